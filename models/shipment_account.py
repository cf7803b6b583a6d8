"""What was sent with a shipment and what became of it, lot by lot: every unit is somewhere once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.entry import LotKey
from models.locations import kind_of
from models.shipments import SENDS
from models.tables import balance, document, item, location, lot, move

__all__ = ["ShipmentLine", "shipment_account"]

_KEY = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)


@dataclass(frozen=True, kw_only=True)
class ShipmentLine:
    """One lot of a shipment, in base units. `sent`: what its note says; `beyond`: what came beyond that.

    `set_aside`: in quarantine where it went; `stayed`: never left; `went_back`: was refused.
    """

    lot: LotKey
    sent: int = 0
    arrived: int = 0
    set_aside: int = 0
    damaged: int = 0
    lost: int = 0
    stayed: int = 0
    went_back: int = 0
    beyond: int = 0

    @property
    def under_way(self) -> int:
        """Units that nobody has accounted for."""
        gone = self.arrived + self.set_aside + self.damaged + self.lost + self.stayed + self.went_back
        return self.sent + self.beyond - gone


_BECAME = {"QUARANTINE": "set_aside", "DAMAGED": "damaged", "LOST": "lost", "IN_TRANSIT": "went_back"}


def shipment_account(connection: sa.Connection, number: str, *, site: str) -> list[ShipmentLine]:
    """Return what became of each lot of a shipment, by item, expiry and lot. `site`: where it came from."""
    units: dict[LotKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, part, moved in _moved(connection, number, site):
        units[key][part] += moved
    lines = [ShipmentLine(lot=key, **parts) for key, parts in units.items() if any(parts.values())]
    return sorted(lines, key=lambda line: (line.lot.item, line.lot.expires, line.lot))


def _moved(connection: sa.Connection, number: str, site: str) -> Iterator[tuple[LotKey, str, int]]:
    """Give what each line that touched a shipment added to which part; a reversal takes away."""
    own = (f"IN_TRANSIT:{number}", f"SURPLUS:{number}")
    for type_, is_reversal, source, target, moved, *key in _lines(connection, own):
        start, end = (target, source) if is_reversal else (source, target)
        sign, lot_key = (-moved if is_reversal else moved), LotKey(*key)
        if end == own[0] and type_ in SENDS:
            yield lot_key, "sent", sign
            continue
        if end in own:
            continue  # an explanation of what came beyond it
        if start == own[1]:
            yield lot_key, "beyond", sign
        became = _BECAME.get(kind_of(end), "stayed" if end == site else "arrived")
        yield lot_key, became, sign


def _lines(connection: sa.Connection, own: tuple[str, str]) -> list[tuple[Any, ...]]:
    """Return the lines into and out of a shipment, each once: type, whether it takes back, both ends, units, lot."""
    places = list(connection.execute(sa.select(location.c.id).where(location.c.code.in_(own))).scalars())
    # Lines are found by lot and place: a lot alone may have moved a million times elsewhere.
    lots = list(connection.execute(sa.select(balance.c.lot).where(balance.c.location.in_(places)).distinct()).scalars())
    found: dict[tuple[int, int], tuple[Any, ...]] = {}
    for end in (move.c.from_location, move.c.to_location):
        query = _touching().where(move.c.lot.in_(lots), end.in_(places))
        found |= {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(query)}
    return list(found.values())


def _touching() -> sa.Select[Any]:
    source, target, undone = location.alias(), location.alias(), document.alias()
    return (
        sa.select(
            move.c.document, move.c.line, sa.func.coalesce(undone.c.type, document.c.type),
            document.c.reverses.is_not(None), source.c.code, target.c.code, move.c.units, *_KEY,
        )
        .join_from(move, document, document.c.id == move.c.document)
        .outerjoin(undone, undone.c.id == document.c.reverses)
        .join(source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
    )  # fmt: skip
