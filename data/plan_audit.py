"""Every kept plan checked again from the ledger alone: its snapshot, its policy, its proof, and its overrides."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.stored_plan import verify_stored
from models.plans import plans

__all__ = ["Proven", "prove_plans"]


@dataclass(frozen=True)
class Proven:
    """How many plans there are, how many of them were proven, and the first thing that does not hold."""

    plans: int
    proven: int
    fault: Sentence | None = None


def prove_plans(connection: sa.Connection, zone: ZoneInfo, *, most: int | None) -> Proven:
    """Check the `most` latest plans, all where it is None; what does not hold says which plan it is of."""
    found = plans(connection)
    for count, stored in enumerate(found[:most]):
        fault = verify_stored(connection, stored, zone)
        if fault is not None:
            return Proven(len(found), count, say("Plan {plan} does not hold: {why}", plan=stored.id, why=fault))
    return Proven(len(found), len(found[:most]))
