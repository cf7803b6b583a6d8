"""Place orders: what a price is, which lines of a recommendation are due, what is odd about them, what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from allocator.sentence import Sentence, say
from data.order_lines import ToOrder
from models.budgets import budgets_used, other_days, said_of_budgets
from models.database import reading, writing
from models.days import day_of
from models.entry import Refusal
from models.ledger import Ledger
from models.names_beside import with_names
from models.order_offers import beside_offers
from models.ordering import NewLine, NewOrder, add_step, place_all, refuse_ahead
from models.orders import KnownOrder, known_orders
from models.rights import Reach
from models.versions import Stamp
from models.within_reach import refuse_beyond

__all__ = ["Dated", "Due", "beside_said", "orders_due", "place_orders", "placed", "price_micro_in", "step_order"]

_MICRO = 1_000_000
_PRICE_MAX, _PLACES = 1_000_000_000, 6

Dated = Mapping[str, Sequence[tuple[NewLine, dt.date]]]
"""Lines by supplier, each with the day on which it is ordered."""


def price_micro_in(text: str) -> int | None:
    """Return a price that was typed in yuan, in millionths of one; None where nothing was.

    Raises:
        Refusal: it is none.

    >>> price_micro_in("1.2"), price_micro_in("")
    (1200000, None)
    """
    if not text.strip():
        return None
    try:
        price = Decimal(text.strip())
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise Refusal(say('"{found}" is no price. Write it in yuan, as 1.2.', found=text))
    if price > _PRICE_MAX or price != round(price, _PLACES):
        raise Refusal(
            say(
                "A price is at most {most:,} yuan, with at most {places} decimal places.",
                most=_PRICE_MAX,
                places=_PLACES,
            )
        )
    return int(price * _MICRO)


@dataclass(frozen=True, kw_only=True)
class Due:
    """Orders that are due, one of each supplier and number; their lines with their days; what is said of the others."""

    orders: tuple[NewOrder, ...]
    dated: Dated
    said: tuple[Sentence, ...] = ()


def orders_due(rows: Sequence[ToOrder], *, day: dt.date, by: dt.date, status: str, note: str) -> Due:
    """Return the orders of rows that are to be ordered by a day, to be placed (or planned) on `day`.

    Raises:
        Refusal: none is due yet.

    """
    due = [row for row in rows if row.order_by is None or row.order_by <= by]
    later = [row.order_by for row in rows if row.order_by is not None and row.order_by > by]
    said: tuple[Sentence, ...] = ()
    if later:
        told = say(
            "Lines that need not be ordered before {day}: {count}. They are left out; --by DATE takes them in.",
            day=min(later).isoformat(),
            count=len(later),
        )
        if not due:
            raise Refusal(told)
        said = (told,)
    lines: dict[tuple[str, str], list[NewLine]] = {}
    dated: dict[str, list[tuple[NewLine, dt.date]]] = {}
    for row in due:
        lines.setdefault((row.supplier, row.number), []).append(row.line)
        dated.setdefault(row.supplier, []).append((row.line, row.order_by or day))
    orders = tuple(
        NewOrder(number=number, partner=supplier, lines=tuple(own), status=status, day=day.isoformat(), note=note)
        for (supplier, number), own in lines.items()
    )
    return Due(orders=orders, dated=dated, said=said)


def beside_said(ledger: Ledger, dated: Dated, *, is_typed: bool = False) -> list[Sentence]:
    """Say, before anything is placed, what is odd about lines beside the offers and budgets of their days.

    `is_typed`: somebody typed them; else they are a plan's, which weighed what a week brings and who sells cheaper.
    """
    zone = ledger.zone if is_typed else None
    with reading(ledger.engine) as connection:
        found: list[Sentence] = []
        for supplier, lines in dated.items():
            told = [*beside_offers(connection, supplier, lines, zone=zone), *other_days(connection, lines)]
            found += with_names(connection, told)
        return found


def place_orders(
    ledger: Ledger, orders: Sequence[NewOrder], stamp: Stamp, reach: Reach, *, today: dt.date, again: bool = False
) -> list[str]:
    """Place orders, all or none, and return their numbers.

    `reach`: where whoever places them may; `again`: also what an order of the same day says already.

    Raises:
        Refusal: everything that is wrong with any of them; nothing was placed.

    """
    sites = [line.site for order in orders for line in order.lines]
    if not reach.everywhere and not all(sites):
        raise Refusal(say("Say which site it goes to: the main depot lies outside your areas."))
    refuse_beyond(reach, sites)
    with writing(ledger.engine) as connection:
        return place_all(connection, orders, stamp, zone=ledger.zone, today=today, again=again)


def step_order(
    ledger: Ledger, number: str, status: str, stamp: Stamp, *, day: dt.date | None, arrives: str = "", note: str = ""
) -> None:
    """Record a step of an order on a day, today where none is said.

    Raises:
        Refusal: there is none of this number, or the step does not follow, or it is yet to come.

    """
    today = day_of(stamp.recorded_at, ledger.zone)
    refuse_ahead(day or today, today)
    with writing(ledger.engine) as connection:
        add_step(connection, number, status, stamp, zone=ledger.zone, day=day or today, arrives=arrives, note=note)


def placed(ledger: Ledger, numbers: Iterable[str]) -> tuple[list[KnownOrder], list[Sentence]]:
    """Return orders as they stand, and what is left of the budgets that pay them."""
    wanted = set(numbers)
    with reading(ledger.engine) as connection:
        known = known_orders(connection, ledger.zone)
        orders = [each for each in known if each.number in wanted]
        paying = {line.budget for order in orders for line in order.lines}
        return orders, said_of_budgets(budgets_used(connection, known), paying)
