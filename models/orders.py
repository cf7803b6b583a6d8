"""Orders placed with suppliers: how each stands, what of it has arrived, what is still to come and when.

Each step of an order is a fact: planned, ordered, shipped, arrived or cancelled. What has arrived is told by the
receipts that count against it and were not reversed: at a site its own lines first, in their order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.canonical import normal
from models.days import day_of, end_of_day
from models.entry import Refusal
from models.reversal import was_reversed
from models.tables import (
    document,
    item,
    location,
    lot,
    move,
    purchase_event,
    purchase_line,
    purchase_order,
    purchase_receipt,
)

__all__ = ["ENDED", "STATUSES", "KnownLine", "KnownOrder", "Step", "find_order", "known_orders", "order_status_word"]

STATUSES = {
    "planned": say("planned"),
    "ordered": say("ordered"),
    "shipped": say("shipped"),
    "arrived": say("arrived"),
    "cancelled": say("cancelled"),
}
"""How an order may stand, in words."""

_AT_ONCE = 500  # so that no statement passes a database's limit of variables

ENDED = ("arrived", "cancelled")
"""How an order stands of which nothing comes any more."""


def order_status_word(status: str) -> Sentence:
    """Return how an order stands, in words.

    >>> str(order_status_word("shipped"))
    'shipped'
    """
    return STATUSES[status]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an order. `day`, `arrives`: ISO days, "" where nobody said; `recorded_at`: UTC microseconds."""

    status: str
    day: str
    arrives: str
    note: str
    actor: str
    recorded_at: int


@dataclass(frozen=True, kw_only=True)
class KnownLine:
    """One line of an order: what was ordered, and what of it has arrived. `arrives`: the ISO day it is expected.

    `budget`: the bucket that pays it, "" for none. `before_units`: what of it had arrived before the ledger knew of the
    order.
    """

    item: str
    site: str
    units: int
    arrived_units: int
    arrives: str
    price_micro: int | None
    budget: str = ""
    before_units: int = 0


@dataclass(frozen=True, kw_only=True)
class KnownOrder:
    """An order as it stands. `receipts`: the documents that count against it, with their days."""

    number: str
    partner: str
    lines: tuple[KnownLine, ...]
    steps: tuple[Step, ...]
    receipts: tuple[tuple[int, dt.date], ...]
    over_units: dict[str, int]

    @property
    def status(self) -> str:
        """How it stands."""
        return self.steps[-1].status

    @property
    def ordered_on(self) -> str:
        """The ISO day on which it was ordered, "" where it is only planned or nobody said."""
        return next((step.day for step in self.steps if step.status != "planned"), "")

    @property
    def arrived_on(self) -> str:
        """The ISO day on which the last of it arrived, "" where something is still to come or nobody said."""
        if self.status != "arrived":
            return ""
        return max(day for _, day in self.receipts).isoformat() if self.receipts else self.steps[-1].day

    @property
    def is_open(self) -> bool:
        """Say whether anything of it is still to come."""
        return self.status not in ENDED

    def outstanding_units(self, line: KnownLine) -> int:
        """Return the units of a line that are still to come."""
        return max(0, line.units - line.arrived_units) if self.is_open else 0

    @property
    def arrives(self) -> str:
        """The first ISO day on which something of it is expected, "" where nothing is."""
        return min((line.arrives for line in self.lines if self.outstanding_units(line)), default="")

    def is_late(self, day: dt.date) -> bool:
        """Say whether something of it was to arrive before a day and has not; a plan is never late."""
        return self.status != "planned" and "" < self.arrives < day.isoformat()


def find_order(connection: sa.Connection, number: str, zone: ZoneInfo) -> KnownOrder:
    """Return an order by its number, as it stands now.

    Raises:
        Refusal: there is none of this number.

    """
    found = known_orders(connection, zone, numbers=[normal(number)])
    if not found:
        raise Refusal(say("There is no order {number}. `allocator order list --all` shows them.", number=number))
    return found[0]


def known_orders(
    connection: sa.Connection,
    zone: ZoneInfo,
    *,
    numbers: Sequence[str] | None = None,
    day: dt.date | None = None,
    upto: int | None = None,
) -> list[KnownOrder]:
    """Return orders by number, as they stood at the end of a day, with receipts up to a document; None: now.

    An order has arrived by its receipts while they bring all of it, whichever of them was the last to come.
    """
    query = sa.select(purchase_order.c.id, purchase_order.c.number, purchase_order.c.partner)
    wanted = None if numbers is None else frozenset(numbers)
    # Of more than a statement can name, all are read.
    is_few = wanted is not None and len(wanted) <= _AT_ONCE
    if wanted is not None and is_few:
        query = query.where(purchase_order.c.number.in_(wanted))
    orders = connection.execute(query.order_by(purchase_order.c.number)).all()
    orders = [row for row in orders if wanted is None or row.number in wanted]
    chosen = [row.id for row in orders] if is_few else None
    steps = _steps(connection, chosen, day, upto)
    lines = _lines(connection, chosen)
    receipts = _receipts(connection, chosen, zone, day, upto)
    # Without a step an order was not placed yet on that day.
    return [
        _known(number, partner, steps[id_], lines[id_], receipts.get(id_, _NOTHING))
        for id_, number, partner in orders
        if id_ in steps
    ]


class _Upon(NamedTuple):
    """A step, whether it is upon a receipt, and whether that was reversed."""

    step: Step
    is_upon_receipt: bool
    is_reversed: bool


def _standing(steps: Sequence[_Upon], *, whole: bool) -> tuple[Step, ...]:
    """Return the steps that stand. Those upon receipts stand while receipts bring the `whole` of the order.

    Where the receipt that closed it was reversed and others bring the whole of it all the same, the last such step
    stands for them.
    """
    upon = [each for each in steps if each.is_upon_receipt] if whole else []
    kept = [each for each in upon if not each.is_reversed] or upon[-1:]
    return tuple(each.step for each in steps if not each.is_upon_receipt or each in kept)


def _steps(
    connection: sa.Connection, chosen: Sequence[int] | None, day: dt.date | None, upto: int | None
) -> dict[int, list[_Upon]]:
    """Return the steps of orders, in order."""
    c = purchase_event.c
    columns = (c.purchase, c.status, c.day, c.arrives, c.note, c.actor, c.recorded_at)
    upon = (c.document.is_not(None).label("upon"), was_reversed(c.document, known=upto).label("fell"))
    query = sa.select(*columns, *upon).order_by(c.id)
    if chosen is not None:
        query = query.where(c.purchase.in_(chosen))
    if day is not None:
        query = query.where(c.day <= day.isoformat())
    if upto is not None:
        query = query.where(sa.or_(c.document.is_(None), c.document <= upto))
    found: dict[int, list[_Upon]] = {}
    for row in connection.execute(query).mappings():
        said = dict(row)
        own = found.setdefault(said.pop("purchase"), [])
        upon_receipt, fell = bool(said.pop("upon")), bool(said.pop("fell"))
        own.append(_Upon(Step(**said), upon_receipt, fell))
    return found


def _lines(connection: sa.Connection, chosen: Sequence[int] | None) -> dict[int, list[Any]]:
    c = purchase_line.c
    query = (
        sa.select(
            c.purchase,
            item.c.code.label("item"),
            location.c.code.label("site"),
            *(c.units, c.arrives, c.price_micro, c.budget, c.before_units),
        )
        .join_from(purchase_line, item, item.c.id == c.item)
        .join(location, location.c.id == c.site)
        .order_by(c.purchase, c.line)
    )
    if chosen is not None:
        query = query.where(c.purchase.in_(chosen))
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.purchase, []).append(row)
    return found


@dataclass
class _Came:
    """What receipts brought of an order: units by site and item, and the documents with their days."""

    units: dict[tuple[str, str], int]
    documents: list[tuple[int, dt.date]]


_NOTHING = _Came({}, [])


def _known(number: str, partner: str, steps: Sequence[_Upon], lines: Sequence[Any], came: _Came) -> KnownOrder:
    """Return an order as its steps, its lines and what came of it tell it."""
    arrived, over = _dealt(lines, came.units)
    whole = all(units >= row.units for row, units in zip(lines, arrived, strict=True))
    own = _standing(steps, whole=whole)
    later = next((step.arrives for step in reversed(own) if step.arrives), "")
    known = (
        KnownLine(
            item=row.item,
            site=row.site,
            units=row.units,
            arrived_units=units,
            arrives=later or row.arrives,
            price_micro=row.price_micro,
            budget=row.budget,
            before_units=row.before_units,
        )
        for row, units in zip(lines, arrived, strict=True)
    )
    return KnownOrder(
        number=number,
        partner=partner,
        lines=tuple(known),
        steps=own,
        receipts=tuple(came.documents),
        over_units=over,
    )


def _receipts(
    connection: sa.Connection, chosen: Sequence[int] | None, zone: ZoneInfo, day: dt.date | None, upto: int | None
) -> dict[int, _Came]:
    c = purchase_receipt.c
    query = (
        sa.select(
            *(c.purchase, c.document, document.c.occurred_at),
            *(location.c.code.label("site"), item.c.code.label("item"), sa.func.sum(move.c.units)),
        )
        .join_from(purchase_receipt, document, document.c.id == c.document)
        .join(location, location.c.id == document.c.site)
        .join(move, move.c.document == c.document)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        # A counter-line at a later count is no part of what came.
        .where(move.c.counters.is_(None), ~was_reversed(c.document, known=upto))
        .group_by(c.purchase, c.document, document.c.occurred_at, location.c.code, item.c.code)
        .order_by(c.document)
    )
    if chosen is not None:
        query = query.where(c.purchase.in_(chosen))
    if day is not None:
        query = query.where(document.c.occurred_at <= end_of_day(day, zone))
    if upto is not None:
        query = query.where(c.document <= upto)
    found: dict[int, _Came] = {}
    for purchase, number, at, site, code, units in connection.execute(query):
        came = found.setdefault(purchase, _Came({}, []))
        came.units[site, code] = came.units.get((site, code), 0) + int(units)
        if not came.documents or came.documents[-1][0] != number:
            came.documents.append((number, day_of(at, zone)))
    return found


def _dealt(lines: Sequence[Any], came: dict[tuple[str, str], int]) -> tuple[list[int], dict[str, int]]:
    """Return what of each line has arrived, and what came of each item beyond them all.

    What came at a site fills that site's own lines first, in their order; then those of other sites.
    """
    left = dict(came)
    arrived = [min(row.units, row.before_units) for row in lines]
    for at, row in enumerate(lines):
        arrived[at] += _taken(left, (row.site, row.item), row.units - arrived[at])
    beyond: dict[str, int] = {}
    for (_, code), units in left.items():
        beyond[code] = beyond.get(code, 0) + units
    for at, row in enumerate(lines):
        arrived[at] += _taken(beyond, row.item, row.units - arrived[at])
    return arrived, {code: units for code, units in sorted(beyond.items()) if units}


def _taken(left: dict[Any, int], key: Any, most: int) -> int:
    """Take up to so many units of what is left under a key."""
    taken = min(most, left.get(key, 0))
    if taken:
        left[key] -= taken
    return taken
