"""Stock as people look at it: which lot lies where, in which state, and how many units of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.cuts import ALL, NOW, Asked, Cut, held_under, recalled_under
from models.locations import owner_of
from models.shipments import shipments
from models.tables import NO_EXPIRY, item, location, lot

__all__ = ["STATES", "ItemTotal", "StockRow", "codes_of", "stock", "totals"]

STATES = ("usable", "quarantine", "expired", "recalled", "reserved", "in_transit")
"""What stock can be, in the order in which it is counted up."""

_STORES = ("SITE", "QUARANTINE", "RESERVED", "IN_TRANSIT")
_OF_KIND = {"QUARANTINE": "quarantine", "RESERVED": "reserved", "IN_TRANSIT": "in_transit"}


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """`units` of one lot in one place and state.

    `site`: where it lies or, in transit, where it goes; "" for what is reserved. `place`: the location's
    own code. `expires`: ISO day, "" where it never does. 0 units, of no lot: none of the item is left.
    """

    site: str
    place: str
    item: str
    lot: str
    expires: str
    owner_fund: str
    earmark: str
    state: str
    units: int
    pack_units: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class ItemTotal:
    """All of an item that was asked for, by state."""

    item: str
    unit: str
    pack_units: int
    units: dict[str, int]

    @property
    def all_units(self) -> int:
        """Return the units in every state together."""
        return sum(self.units.values())


def stock(
    connection: sa.Connection, *, day: dt.date, zone: ZoneInfo, asked: Asked = ALL, cut: Cut = NOW
) -> list[StockRow]:
    """Return what is held under a cut, by site, item, expiry and lot; `day` tells what has expired.

    Where nothing is left of an item that a site had or counted, one row of 0 units says so; an item
    that the site never had nor counted has no row.
    """
    recalled = recalled_under(connection, cut)
    rows = [_row(found, recalled, day.isoformat()) for found in _rows(connection, asked, cut)]
    bound = shipments(connection, (owner_of(row.place) for row in rows if row.state == "in_transit"), zone)
    rows = [replace(row, site=bound[owner_of(row.place)].to) if row.state == "in_transit" else row for row in rows]
    if asked.place is not None:
        rows = [row for row in rows if row.site == asked.place]
    return sorted(_with_zeros(rows), key=_order)


def _rows(connection: sa.Connection, asked: Asked, cut: Cut) -> Iterator[sa.Row[tuple[object, ...]]]:
    """Return what is held, with the columns that a row shows."""
    shown = (
        location.c.code.label("place"),
        location.c.kind,
        item.c.code.label("item"),
        lot.c.lot_no,
        lot.c.expires,
        lot.c.owner_fund,
        lot.c.earmark,
        item.c.pack_units,
        item.c.unit,
    )
    queries = [held_under(connection, cut, kinds=_STORES, asked=asked)]
    if asked.place is not None:
        # What is under way to a site stands at its shipment, not beside the site.
        under_way = replace(asked, place=None)
        queries.append(held_under(connection, cut, kinds=("IN_TRANSIT",), asked=under_way))
    for query in queries:
        yield from connection.execute(query.add_columns(*shown).join(item, item.c.id == lot.c.item))


def _row(found: sa.Row[tuple[object, ...]], recalled: set[int], day: str) -> StockRow:
    state = _OF_KIND.get(found.kind, "usable")
    if state == "usable" and found.lot in recalled:
        state = "recalled"
    elif state == "usable" and found.expires < day:
        state = "expired"
    return StockRow(
        site="" if found.kind in ("RESERVED", "IN_TRANSIT") else owner_of(found.place),
        place=found.place,
        item=found.item,
        lot=found.lot_no,
        expires="" if found.expires == NO_EXPIRY else found.expires,
        owner_fund=found.owner_fund,
        earmark=found.earmark,
        state=state,
        units=found.units,
        pack_units=found.pack_units,
        unit=found.unit,
    )


def _with_zeros(rows: list[StockRow]) -> list[StockRow]:
    """Return the rows with units, and one row of 0 for each site and item without any."""
    held = [row for row in rows if row.units]
    some = {(row.site, row.item) for row in held if row.state != "in_transit"}
    empty = {(row.site, row.item): row for row in rows if not row.units and row.place == row.site}
    return held + [
        replace(row, lot="", expires="", owner_fund="", earmark="", state="usable")
        for pair, row in empty.items()
        if pair not in some
    ]


def _order(row: StockRow) -> tuple[str, str, int, str, str, str, str]:
    # What never expires comes last, as it is picked last.
    never = row.expires or NO_EXPIRY
    return (row.site, row.item, STATES.index(row.state), never, row.lot, row.owner_fund, row.place)


def totals(rows: Iterable[StockRow]) -> list[ItemTotal]:
    """Return all of each item, by state, in the order of the items' codes."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    first: dict[str, StockRow] = {}
    for row in rows:
        first.setdefault(row.item, row)
        sums[row.item][row.state] += row.units
    return [
        ItemTotal(item=code, unit=first[code].unit, pack_units=first[code].pack_units, units=sums[code])
        for code in sorted(sums)
    ]


def codes_of(connection: sa.Connection, what: str) -> list[str]:
    """Return the codes of all sites or items (`what`: "site" or "item"), sorted."""
    query = sa.select(location.c.code).where(location.c.kind == "SITE") if what == "site" else sa.select(item.c.code)
    return sorted(connection.execute(query).scalars())
