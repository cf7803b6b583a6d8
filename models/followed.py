"""What became of the units that a plan sent, by note and item: told by every line into and out of its shipments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from models.locations import owner_of
from models.plan_notes import PlanNote
from models.tables import item, location, lot, move

__all__ = ["FATES", "fates_of"]

FATES = {
    "SITE": "delivered",
    "QUARANTINE": "set_aside",
    "DAMAGED": "damaged",
    "LOST": "lost",
    "IN_TRANSIT": "elsewhere",
    "SURPLUS": "elsewhere",
}
"""Where the units of a shipment went, by the kind of place: refused or brought elsewhere, they did not arrive."""

_AT_ONCE = 500  # codes in one statement


def fates_of(connection: sa.Connection, notes: Sequence[PlanNote]) -> dict[tuple[str, str], dict[str, int]]:
    """Return what became of each item of each note, by (number, item): units by fate, and those still under way.

    What went back into a shipment, for a receipt was reversed, is under way again.
    """
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sites = {note.number: note.site for note in notes}
    for start in range(0, len(notes), _AT_ONCE):
        codes = [f"IN_TRANSIT:{note.number}" for note in notes[start : start + _AT_ONCE]]
        for inward, own, far in (
            (1, move.c.to_location, move.c.from_location),
            (-1, move.c.from_location, move.c.to_location),
        ):
            here, there = location.alias(), location.alias()
            query = (
                sa.select(here.c.code, item.c.code, there.c.kind, there.c.code, sa.func.sum(move.c.units))
                .join_from(move, here, here.c.id == own)
                .join(there, there.c.id == far)
                .join(lot, lot.c.id == move.c.lot)
                .join(item, item.c.id == lot.c.item)
                .where(here.c.code.in_(codes))
                .group_by(here.c.code, item.c.code, there.c.kind, there.c.code)
            )
            for place, code, kind, far_place, units in connection.execute(query):
                number = owner_of(place)
                fates = found[number, code]
                fates["under_way"] += inward * int(units)
                # What never left lies at the depot, and was not delivered.
                fate = "elsewhere" if kind == "SITE" and far_place != sites[number] else FATES.get(kind, "")
                if fate:
                    fates[fate] -= inward * int(units)
    return found
