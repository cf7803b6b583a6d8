"""Orders with suppliers that somebody may see, placed and taken further: for pages and programs alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException, Request

from allocator.sentence import Sentence, say
from data.order_tables import pipeline_rows
from data.ordering import Dated, beside_said, place_orders, placed, step_order
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.ordering import NewOrder, refuse_ahead
from models.orders import KnownLine, KnownOrder, find_order, known_orders
from models.rights import Reach, reach_of
from models.versions import Stamp
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = [
    "ORDER",
    "SEE_ORDERS",
    "STEPS",
    "OrdersAsked",
    "order_seen",
    "orders_seen",
    "placed_now",
    "rows_asked",
    "stepped",
]

SEE_ORDERS, ORDER = "see-shortfall", "order"

STEPS = {"place": "ordered", "ship": "shipped", "cancel": "cancelled"}
"""What may be done with an order, and how it stands after it. What arrives is posted as a receipt."""


@dataclass(frozen=True, kw_only=True)
class OrdersAsked:
    """Filters of orders; "" for none. `ended`: also those of which nothing comes any more; `as_of`: None for now."""

    supplier: str = ""
    item: str = ""
    ended: bool = False
    as_of: dt.date | None = None


def orders_seen(
    request: Request, connection: sa.Connection, visitor: Visitor, as_of: dt.date | None = None
) -> tuple[list[KnownOrder], Reach]:
    """Return the orders all of whose sites are within reach of somebody, and that reach."""
    reach = reach_of(connection, visitor.person, SEE_ORDERS)
    found = known_orders(connection, ledger_of(request).zone, day=as_of)
    return [each for each in found if _within(each, reach)], reach


def rows_asked(orders: Sequence[KnownOrder], asked: OrdersAsked, day: dt.date) -> list[tuple[KnownOrder, KnownLine]]:
    """Return the lines of orders that are asked for, late ones first."""
    own = [each for each in orders if asked.supplier in ("", each.partner)]
    return [row for row in pipeline_rows(own, day, ended=asked.ended) if asked.item in ("", row[1].item)]


def order_seen(request: Request, number: str, right: str = SEE_ORDERS) -> tuple[Visitor, KnownOrder]:
    """Return who asks and an order they may see.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 without the right, or where there is no such order within reach.

    """
    visitor = visitor_with(request, right)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        try:
            found = find_order(connection, number, ledger.zone)
        except Refusal:
            raise HTTPException(status_code=404) from None
        if not _within(found, reach_of(connection, visitor.person, right)):
            raise HTTPException(status_code=404)
    return visitor, found


def _within(order: KnownOrder, reach: Reach) -> bool:
    return reach.everywhere or all(reach.holds(line.site) for line in order.lines)


def placed_now(
    request: Request, visitor: Visitor, orders: Sequence[NewOrder], dated: Dated, *, typed: bool, again: bool
) -> tuple[list[KnownOrder], list[Sentence]]:
    """Place orders; return them as they stand, and what there is to say: what is odd, what is left of the budgets.

    `dated`: their lines by supplier with their days; `typed`: somebody typed them; `again`: also what was ordered so.

    Raises:
        Refusal: everything that is wrong with them; nothing was placed.

    """
    ledger, now = ledger_of(request), now_micros()
    today = day_of(now, ledger.zone)
    for order in orders:
        refuse_ahead(dt.date.fromisoformat(order.day), today)
    with reading(ledger.engine) as connection:
        reach = reach_of(connection, visitor.person, ORDER)
    odd = beside_said(ledger, dated, is_typed=typed)
    numbers = place_orders(ledger, orders, Stamp(visitor.person.id, now), reach, today=today, again=again)
    made, left = placed(ledger, numbers)
    done = [
        say("Order {number} with supplier {supplier} is placed.", number=each.number, supplier=each.partner)
        if each.status != "planned"
        else say("Order {number} with supplier {supplier} is planned.", number=each.number, supplier=each.partner)
        for each in made
    ]
    return made, [*done, *odd, *left]


def stepped(
    request: Request, visitor: Visitor, order: KnownOrder, step: str, *, day: dt.date | None, arrives: str, note: str
) -> None:
    """Take an order further.

    Raises:
        Refusal: the step does not follow, or is yet to come.

    """
    stamp = Stamp(visitor.person.id, now_micros())
    step_order(ledger_of(request), order.number, STEPS[step], stamp, day=day, arrives=arrives, note=note)
