"""What moved at the depots since a plan's snapshot was taken, in the order in which it was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from models.tables import balance, item, location, lot, move

__all__ = ["Moved", "moved_since"]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Units of an item that a depot had on its shelves when the snapshot was taken, and has now."""

    depot: str
    item: str
    then_units: int
    now_units: int


def moved_since(connection: sa.Connection, document: int, pairs: Iterable[tuple[str, str]]) -> list[Moved]:
    """Return the pairs of a depot and an item whose stock is another than after a document, by depot and item."""
    asked = set(pairs)
    depots = {depot for depot, _ in asked}
    into = _moved(connection, document, depots, move.c.to_location)
    out = _moved(connection, document, depots, move.c.from_location)
    changed = {pair: into.get(pair, 0) - out.get(pair, 0) for pair in asked}
    now = _held(connection, depots)
    return [
        Moved(depot=depot, item=code, then_units=now.get((depot, code), 0) - units, now_units=now.get((depot, code), 0))
        for (depot, code), units in sorted(changed.items())
        if units
    ]


def _moved(
    connection: sa.Connection, document: int, depots: set[str], end: sa.Column[int]
) -> dict[tuple[str, str], int]:
    query = (
        sa.select(location.c.code, item.c.code, sa.func.sum(move.c.units))
        .select_from(move)
        .join(location, location.c.id == end)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(move.c.document > document, location.c.code.in_(depots))
        .group_by(location.c.code, item.c.code)
    )
    return {(depot, code): int(units) for depot, code, units in connection.execute(query)}


def _held(connection: sa.Connection, depots: set[str]) -> dict[tuple[str, str], int]:
    query = (
        sa.select(location.c.code, item.c.code, sa.func.sum(balance.c.units))
        .select_from(balance)
        .join(location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(location.c.code.in_(depots))
        .group_by(location.c.code, item.c.code)
    )
    return {(depot, code): int(units) for depot, code, units in connection.execute(query)}
