"""One day of the ledger, item by item: what there was, what came, went and was used, and what there is.

For every item

    opening + received − used − written off + counted − given back = closing

where each term is net of reversals. `closing` and `opening` are what accounts hold at the end of two days; the
flows are the day's own lines: the two are read apart, so that they prove each other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Named
from models.cuts import Cut, held_under, lines_of, recalled_under
from models.days import end_of_day
from models.locations import STORES
from models.shipments import SENDS
from models.tables import balance, document, item, location, lot, move

__all__ = ["DayItem", "day_report"]

_SOURCES = ("SUPPLIER", "DONOR", "UPPER_LEVEL")
_LOSSES = ("LOST", "DAMAGED", "DESTROYED")
_DEPOT = "warehouse"


@dataclass(frozen=True, kw_only=True)
class DayItem:
    """One item's day, in units.

    `opening`: held when the day began, opening balances of the day included. `counted`: found less missing, what came
    beyond a shipment's note included until it is known to be a partner's gift, and thus received.
    `given_back`: to partners, or to others outside the ledger. Of `closing`, `at_depots` and `at_sites` are usable,
    `unusable` is in quarantine, recalled or expired, and `under_way` was sent and not accounted for. `sent`: put
    under way on the day, within the ledger.
    """

    item: Named
    unit: str
    opening: int = 0
    received: int = 0
    used: int = 0
    written_off: int = 0
    counted: int = 0
    given_back: int = 0
    sent: int = 0
    at_depots: int = 0
    at_sites: int = 0
    unusable: int = 0
    under_way: int = 0

    @property
    def closing(self) -> int:
        """What is held when the day ends."""
        return self.at_depots + self.at_sites + self.unusable + self.under_way

    @property
    def unexplained(self) -> int:
        """What does not add up: 0, unless the ledger was altered."""
        came = self.opening + self.received + self.counted
        return self.closing - (came - self.used - self.written_off - self.given_back)


def day_report(connection: sa.Connection, day: dt.date, *, known: int, zone: ZoneInfo) -> list[DayItem]:
    """Return the items of which anything was held or moved on a day, by code.

    `known`: as the documents up to this one say.
    """
    before, after = (Cut(at=end_of_day(each, zone), document=known) for each in (day - dt.timedelta(days=1), day))
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item_id, _, units in _held(connection, before, day):
        sums[item_id]["opening"] += units
    for item_id, where, units in _held(connection, after, day):
        sums[item_id][where] += units
    for item_id, what, units in _flows(connection, before, after):
        sums[item_id][what] += units
    rows = connection.execute(sa.select(item.c.id, item.c.code, item.c.name, item.c.name_zh, item.c.unit))
    found = {row.id: (Named(row.code, row.name, row.name_zh), row.unit) for row in rows if any(sums[row.id].values())}
    made = (DayItem(item=named, unit=unit, **sums[item_id]) for item_id, (named, unit) in found.items())
    return sorted(made, key=lambda each: each.item.code)


def _held(connection: sa.Connection, cut: Cut, day: dt.date) -> Iterator[tuple[int, str, int]]:
    """Return the item, the sort of place and the units of everything held under a cut."""
    held = held_under(connection, cut, kinds=STORES, empty=False).subquery()
    is_depot = sa.case((location.c.site_kind == _DEPOT, 1), else_=0)
    units = sa.cast(sa.func.sum(held.c.units), sa.BigInteger)
    query = (
        sa.select(lot.c.item, lot.c.id, lot.c.expires, location.c.kind, is_depot, units)
        .select_from(held)
        .join(location, location.c.id == held.c.location)
        .join(lot, lot.c.id == held.c.lot)
        .group_by(lot.c.item, lot.c.id, lot.c.expires, location.c.kind, is_depot)
    )
    recalled = recalled_under(connection, cut)
    for item_id, lot_id, expires, kind, at_depot, held_units in connection.execute(query):
        unfit = kind == "QUARANTINE" or lot_id in recalled or expires < day.isoformat()
        if kind == "IN_TRANSIT":
            where = "under_way"
        elif unfit:
            where = "unusable"
        else:
            # What is reserved lies at a depot until it is sent.
            where = "at_depots" if at_depot or kind == "RESERVED" else "at_sites"
        yield item_id, where, held_units


def _flows(connection: sa.Connection, before: Cut, after: Cut) -> Iterator[tuple[int, str, int]]:
    """Return the item, the sort of flow and the units of everything that moved on the day."""
    source, target = location.alias(), location.alias()
    units = sa.cast(sa.func.sum(move.c.units), sa.BigInteger)
    kinds = (document.c.type, source.c.kind, target.c.kind)
    # Only accounts to which something happened since are read, and of them only the day.
    query = (
        sa.select(lot.c.item, *kinds, units)
        .select_from(balance)
        .join(move, lines_of(connection, move.c.to_location))
        .join(document, document.c.id == move.c.document)
        .join(source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .join(lot, lot.c.id == move.c.lot)
        .where(balance.c.last_at > before.at, move.c.at > before.at, *after.within(move))
        .group_by(lot.c.item, *kinds)
    )
    for item_id, type_, from_kind, to_kind, moved in connection.execute(query):
        for term, sign in _terms(type_, from_kind, to_kind):
            yield item_id, term, sign * moved


def _terms(type_: str, from_kind: str, to_kind: str) -> list[tuple[str, int]]:
    """Return which terms a line counts in, and its sign there; none for what moves between stores unseen.

    What a partner gave on the way was counted when it came beyond a note: once that is known it is received.

    >>> _terms("receive", "SUPPLIER", "SITE"), _terms("return", "SITE", "SUPPLIER")
    ([('received', 1)], [('given_back', 1)])
    >>> _terms("reverse", "SITE", "SUPPLIER"), _terms("reverse", "SUPPLIER", "SITE")
    ([('received', -1)], [('given_back', -1)])
    >>> _terms("settle", "DONOR", "SURPLUS"), _terms("reverse", "SURPLUS", "DONOR")
    ([('received', 1), ('counted', -1)], [('received', -1), ('counted', 1)])
    """
    if from_kind in _SOURCES and to_kind == "SURPLUS":
        return [("received", 1), ("counted", -1)]
    if from_kind == "SURPLUS" and to_kind in _SOURCES:
        return [("received", -1), ("counted", 1)]
    if (from_kind in STORES) == (to_kind in STORES):
        sent = _under_way(type_, from_kind, to_kind)
        return [] if sent is None else [sent]
    return [_crossing(type_, from_kind, to_kind)]


def _crossing(type_: str, from_kind: str, to_kind: str) -> tuple[str, int]:
    """Return which term a line counts in that brings stock into stores or out of them."""
    comes = from_kind not in STORES
    beyond, into = (from_kind, 1) if comes else (to_kind, -1)
    if beyond in _SOURCES:
        undone = type_ == "reverse"
        return ("given_back", -into) if comes == undone else ("received", into)
    if beyond == "OPENING":
        return "opening", into
    if beyond == "CONSUMED":
        return "used", -into
    if beyond in _LOSSES:
        return "written_off", -into
    return ("given_back", -into) if beyond == "OUTSIDE" else ("counted", into)


def _under_way(type_: str, from_kind: str, to_kind: str) -> tuple[str, int] | None:
    if type_ in SENDS and to_kind == "IN_TRANSIT" and from_kind != "IN_TRANSIT":
        return "sent", 1
    # A shipment that never left goes back where it was; a receipt that is undone does not send anything.
    if type_ == "reverse" and from_kind == "IN_TRANSIT" and to_kind != "IN_TRANSIT":
        return "sent", -1
    return None
