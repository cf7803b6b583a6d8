"""Stock as people look at it: which lot lies where, in which state, and how many units of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.cuts import ALL, NOW, Asked, Cut, counted_whole, form_of, held_by, held_under, recalled_under, unsaid
from models.locations import STORES
from models.often import answers
from models.tables import NO_EXPIRY, balance, item, location, lot

__all__ = ["STATES", "ItemTotal", "StockRow", "codes_of", "stock", "totals"]

STATES = ("usable", "quarantine", "expired", "recalled", "reserved", "in_transit")
"""What stock can be, in the order in which it is counted up."""

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


def stock(connection: sa.Connection, *, day: dt.date, asked: Asked = ALL, cut: Cut = NOW) -> list[StockRow]:
    """Return what is held under a cut, by site, item, expiry and lot; `day` tells what has expired.

    Where nothing is left of an item that a site had or counted, one row of 0 units says so; an item
    that the site never had nor counted has no row.
    """
    recalled = recalled_under(connection, cut)
    today = day.isoformat()
    rows = [_row(found, recalled, today) for found in _found(connection, asked, cut).all()]
    return sorted(rows + _zeros(rows, _once_there(connection, asked, cut)), key=_order)


def _found(connection: sa.Connection, asked: Asked, cut: Cut) -> sa.Result[Any]:
    """Return what is held, with the columns that a row shows."""
    if asked.is_all:
        return connection.execute(_shown(held_under(connection, cut, kinds=STORES, empty=False)))
    return answers(connection, _shown_form, form_of(asked, cut), vars(asked) | vars(cut))


def _shown_form(*given: bool) -> sa.Select[Any]:
    return _shown(held_by(*unsaid(*given), kinds=STORES, empty=False))


def _shown(held: sa.Select[Any]) -> sa.Select[Any]:
    """Return a query for what is held with the columns that a row shows."""
    beside = location.alias()
    shown = (
        location.c.code.label("place"),
        sa.func.coalesce(beside.c.code, location.c.code).label("site"),
        location.c.kind,
        item.c.code.label("item"),
        lot.c.lot_no,
        lot.c.expires,
        lot.c.owner_fund,
        lot.c.earmark,
        item.c.pack_units,
        item.c.unit,
    )
    return (
        held.add_columns(*shown)
        .join(location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .outerjoin(beside, beside.c.id == location.c.parent)
    )


def _row(found: Sequence[Any], recalled: set[int], day: str) -> StockRow:
    # Taken apart at once: there are thousands, and a row's columns by their names cost more than all the rest.
    _, lot_id, units, place, site, kind, item_code, lot_no, expires, fund, earmark, pack_units, unit = found
    state = _OF_KIND.get(kind, "usable")
    if state == "usable" and lot_id in recalled:
        state = "recalled"
    elif state == "usable" and expires < day:
        state = "expired"
    return StockRow(
        site="" if site == place and kind != "SITE" else site,
        place=place,
        item=item_code,
        lot=lot_no,
        expires="" if expires == NO_EXPIRY else expires,
        owner_fund=fund,
        earmark=earmark,
        state=state,
        units=units,
        pack_units=pack_units,
        unit=unit,
    )


def _once_there(connection: sa.Connection, asked: Asked, cut: Cut) -> Iterator[sa.Row[Any]]:
    """Give (site, item, pack_units, unit) of which a site ever had a lot, or that it counted as a whole.

    Every shipment that arrived and every lot that is used up leaves an empty account: the database adds them up.
    """
    yield from answers(connection, _once_form, form_of(asked, cut), vars(asked) | vars(cut))
    if asked.lot_no is None:
        # Where no lot was there, no account tells of a count.
        limits = ((location.c.code, asked.place), (item.c.code, asked.item))
        query = counted_whole(cut).where(*(column == code for column, code in limits if code is not None))
        yield from connection.execute(query)


def _once_form(*given: bool) -> sa.Select[Any]:
    return (
        held_by(*unsaid(*given), kinds=("SITE",))
        .with_only_columns(location.c.code.label("site"), item.c.code.label("item"), item.c.pack_units, item.c.unit)
        .join(location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .distinct()
    )


def _zeros(held: Iterable[StockRow], once_there: Iterable[sa.Row[Any]]) -> list[StockRow]:
    """Return one row of 0 for each site and item that was once there and of which nothing is held."""
    some = {(row.site, row.item) for row in held if row.state != "in_transit"}
    nothing = {"lot": "", "expires": "", "owner_fund": "", "earmark": "", "state": "usable"}
    return [
        StockRow(site=site, place=site, item=code, units=0, pack_units=pack_units, unit=unit, **nothing)
        for site, code, pack_units, unit in dict.fromkeys(map(tuple, once_there))
        if (site, code) not in some
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
    """Return the codes of all sites or items, or all lot numbers (`what`: "site", "item" or "lot"), sorted."""
    if what == "lot":
        return sorted(connection.execute(sa.select(lot.c.lot_no).distinct()).scalars())
    query = sa.select(location.c.code).where(location.c.kind == "SITE") if what == "site" else sa.select(item.c.code)
    return sorted(connection.execute(query).scalars())
