"""A plan that is kept in the ledger, with a folder of its files while it is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from allocator.case import Case
from allocator.plan import Plan
from allocator.sentence import say
from allocator.verify_shapes import DoesNotHold
from data.case_files import CaseUnreadable
from data.plan_shown import read_shown_plan
from data.plan_standing import loads_of, standing_folder
from data.stored_plan import catalogue_of, plan_folder
from models.database import reading
from models.entry import Refusal
from models.plan_reserving import Load
from models.plans import FINAL, StoredPlan, altered_file, find_plan, plan_files

__all__ = ["WHY_FILES", "Altered", "Kept", "kept_plan", "loads_in", "read_kept"]

WHY_FILES = (
    "pairs.csv",
    "reasons.csv",
    "sources.csv",
    "activity.csv",
    "unusual.csv",
    "raised.csv",
    "estimates.csv",
    "conflicts.json",
)
"""The files of a plan that tell why a site got what it got: reasons, where needs come from, what people decided."""


class Altered(Refusal):
    """The files of a kept plan are not those that were kept."""


@dataclass(frozen=True)
class Kept:
    """A plan of the ledger, and a folder with its files while it is looked at.

    `folder`: the plan as it was proposed, and the catalogue; `standing`: with its overrides where it has any.
    """

    plan: StoredPlan
    folder: Path

    @property
    def standing(self) -> Path:
        """The folder of the plan as it stands."""
        return standing_folder(self.folder)


@contextlib.contextmanager
def kept_plan(engine: sa.Engine, name: str, only: Collection[str] | None = None) -> Iterator[Kept]:
    """Give a kept plan with its files, or `only` some of them.

    Raises:
        Refusal: there is none of this name.

    """
    with reading(engine) as connection:
        plan = find_plan(connection, name)
        wanted = None if only is None else [*only, *(f"{FINAL}{file}" for file in only)]
        files = plan_files(connection, name, wanted)
    with plan_folder(files) as folder:
        yield Kept(plan, folder)


def read_kept(kept: Kept, lang: str) -> tuple[Case, Plan]:
    """Return the catalogue of a kept plan, and the plan as it stands, worded in a language.

    Raises:
        Altered: its files were altered.

    """
    try:
        case = catalogue_of(kept.folder)
        return case, read_shown_plan(kept.standing, case, lang)
    except (DoesNotHold, CaseUnreadable, OSError, LookupError):
        raise Altered(
            say("The files of plan {plan} were altered. See: allocator verify {plan}", plan=kept.plan.id)
        ) from None


def loads_in(engine: sa.Engine, kept: Kept) -> list[Load]:
    """Return what a kept plan sends.

    Raises:
        Altered: its files were altered.

    """
    with reading(engine) as connection:
        altered = altered_file(connection, kept.plan, plan_files(connection, kept.plan.id))
    if altered is not None:
        raise Altered(
            say(
                "{file} of plan {plan} was altered since it was kept. See: allocator verify {plan}",
                file=altered,
                plan=kept.plan.id,
            )
        )
    return loads_of(kept.folder, catalogue_of(kept.folder))
