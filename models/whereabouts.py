"""Where every unit is that ever came: used, written off, held, under way, by replaying every line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from models.locations import SIGNS
from models.tables import balance, document, location, move

__all__ = ["SORTS", "Whereabouts", "whereabouts"]

SORTS = {
    "received": ("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING"),
    "found": ("COUNT_GAIN",),
    "beyond": ("SURPLUS",),
    "used": ("CONSUMED",),
    "written_off": ("LOST", "DAMAGED", "DESTROYED"),
    "missing": ("COUNT_SHORT",),
    "outside": ("OUTSIDE",),
    "held": ("SITE",),
    "set_aside": ("QUARANTINE",),
    "reserved": ("RESERVED",),
    "in_transit": ("IN_TRANSIT",),
}
"""Sorts of places, by the kinds of location that are of each; units came from the first three."""

_SORT_OF = {kind: sort for sort, kinds in SORTS.items() for kind in kinds}

Account = tuple[int, int]


@dataclass(frozen=True)
class Whereabouts:
    """`units` of each sort in `SORTS`, and those that nobody can explain.

    Unexplained is what the lines of a lot do not add up to, what a balance differs by from its lines, what a
    shipment still holds although its receipt was confirmed, and what came beyond a shipment.
    """

    units: dict[str, int]
    lots: int
    unexplained_units: int


def whereabouts(connection: sa.Connection) -> Whereabouts:
    """Return where all units are, told by the lines and compared with the balances, lot by lot."""
    kinds = {row.id: row.kind for row in connection.execute(sa.select(location.c.id, location.c.kind))}
    replayed = _replayed(connection)
    units = dict.fromkeys(SORTS, 0)
    came_less_went: dict[int, int] = defaultdict(int)
    for (place, lot_id), held in replayed.items():
        units[_SORT_OF[kinds[place]]] += held * SIGNS[kinds[place]]
        came_less_went[lot_id] += held
    gaps = sum(abs(gap) for gap in came_less_went.values())
    drift = _drift(connection, replayed)
    left = _left_of_confirmed(connection) + units["beyond"]
    return Whereabouts(units, len(came_less_went), gaps + drift + left)


def _replayed(connection: sa.Connection) -> dict[Account, int]:
    """Return what the lines of each account add up to."""
    came = sa.select(move.c.to_location.label("place"), move.c.lot, move.c.units.label("units"))
    went = sa.select(move.c.from_location, move.c.lot, -move.c.units)
    both = sa.union_all(came, went).subquery()
    total = sa.cast(sa.func.sum(both.c.units), sa.BigInteger)
    query = sa.select(both.c.place, both.c.lot, total).group_by(both.c.place, both.c.lot)
    return {(place, lot_id): held for place, lot_id, held in connection.execute(query)}


def _drift(connection: sa.Connection, replayed: dict[Account, int]) -> int:
    query = sa.select(balance.c.location, balance.c.lot, balance.c.units)
    stored = {(place, lot_id): held for place, lot_id, held in connection.execute(query)}
    return sum(abs(replayed.get(account, 0) - stored.get(account, 0)) for account in replayed.keys() | stored.keys())


def _left_of_confirmed(connection: sa.Connection) -> int:
    """Return what is still under way with shipments of which some receipt was posted: a difference left open."""
    confirmed = sa.select(sa.literal("IN_TRANSIT:") + document.c.shipment).where(document.c.type == "confirm")
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(balance.c.units), 0))
        .join(location, location.c.id == balance.c.location)
        .where(location.c.kind == "IN_TRANSIT", balance.c.units != 0, location.c.code.in_(confirmed))
    )
    return int(connection.execute(query).scalar_one())
