"""A day of the ledger as plans, what-ifs and purchases start from it, and as a scenario makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.sentence import Sentence

if TYPE_CHECKING:
    from allocator.activity import Coefficients
    from allocator.case import Case
    from allocator.planning import PlanningCase

__all__ = ["SCENARIO", "PlannedDay", "SupposedDay"]

SCENARIO = "scenario.toml"
"""The name of the file of a scenario that a plan was made by, kept beside it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlannedDay:
    """What is known of a day. `coefficients`: by which needs follow activity; `document`: the last that it knows."""

    planning: PlanningCase
    coefficients: Coefficients
    posture: str = "standard"
    document: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class SupposedDay:
    """A day as a scenario has it. `note`: what its plan says of that; `toml`: the scenario; `says`: what to heed."""

    case: Case
    note: Sentence
    toml: str
    says: tuple[Sentence, ...] = ()
