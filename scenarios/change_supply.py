"""Change what can be bought: offers, orders under way, budgets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from allocator.procurement_case import Budget, Offer, Order
from scenarios.choosing import chosen_of_records
from scenarios.scenario import Change

__all__ = ["budgets_changed", "offers_changed", "orders_changed"]

_DAY = dt.timedelta(days=1)


def offers_changed(offers: Iterable[Offer], change: Change, today: dt.date) -> tuple[tuple[Offer, ...], int]:
    """Return the offers with a change in force from its first to its last day, before and after which they stand.

    >>> offer = Offer(supplier="A", item="MASK", price=Decimal("1.2"), lead_days=7)
    >>> gone = Change(table="offers", do="close", since=0, until=27)
    >>> [(each.from_day, each.to_day) for each in offers_changed([offer], gone, dt.date(2020, 2, 10))[0]]
    [(None, datetime.date(2020, 2, 9)), (datetime.date(2020, 3, 9), None)]
    """
    offers = list(offers)
    fit = chosen_of_records(offers, change)
    first, last = _day(change.since, today), _day(change.until, today)
    kept: list[Offer] = []
    for offer, fits in zip(offers, fit, strict=True):
        if not fits:
            kept.append(offer)
            continue
        kept += _outside(offer, first, last)
        inside = _inside(offer, first, last)
        if inside is not None and change.do != "close":
            kept.append(_offer_changed(inside, change))
    return tuple(kept), sum(fit)


def orders_changed(orders: Iterable[Order], change: Change, today: dt.date) -> tuple[tuple[Order, ...], int]:
    """Return the orders under way, dropped, late or short as the change says.

    With a first or last day it speaks of the orders that are due between them, as changes before it left them; one of
    which nobody said when it comes is not among them.

    >>> orders = [Order(order=n, supplier="A", item="MASK", units=5, status="shipped",
    ...                 arrives=dt.date(2020, 2, day)) for n, day in (("1", 12), ("2", 20))]
    >>> lost = Change(table="orders", do="drop", since=0, until=7)
    >>> [each.order for each in orders_changed(orders, lost, dt.date(2020, 2, 10))[0]]
    ['2']
    """
    orders = list(orders)
    first, last = _day(change.since, today), _day(change.until, today)
    fit = [
        fits and _due(order, first, last) for order, fits in zip(orders, chosen_of_records(orders, change), strict=True)
    ]
    kept = [_order_changed(each, change) if fits else each for each, fits in zip(orders, fit, strict=True)]
    return tuple(each for each in kept if each is not None), sum(fit)


def budgets_changed(budgets: Iterable[Budget], change: Change, _: dt.date) -> tuple[tuple[Budget, ...], int]:
    """Return the budgets with their amounts changed, in whole fen."""
    budgets = list(budgets)
    fit = chosen_of_records(budgets, change)
    new = [
        replace(each, amount=_changed(each.amount, change).quantize(Decimal("0.01"))) if fits else each
        for each, fits in zip(budgets, fit, strict=True)
    ]
    return tuple(new), sum(fit)


def _offer_changed(offer: Offer, change: Change) -> Offer:
    value = getattr(offer, change.column)
    if value is None and change.do != "set":  # no limit is no limit, whatever it is multiplied by
        return offer
    new: Any = _changed(Decimal(value or 0), change)
    if change.column != "price":
        new = max(0, int(new.to_integral_value(ROUND_FLOOR)))
    changed: Offer = replace(offer, **{change.column: new})
    return changed


def _due(order: Order, first: dt.date | None, last: dt.date | None) -> bool:
    if first is None and last is None:
        return True
    return order.arrives is not None and (first or order.arrives) <= order.arrives <= (last or order.arrives)


def _order_changed(order: Order, change: Change) -> Order | None:
    if change.do == "drop":
        return None
    if change.column == "units":
        return replace(order, units=int(_changed(Decimal(order.units), change).to_integral_value(ROUND_FLOOR)))
    return order if order.arrives is None else replace(order, arrives=order.arrives + _DAY * int(_by(change)))


def _changed(value: Decimal, change: Change) -> Decimal:
    by = _by(change)
    return {"scale": value * by, "set": by, "add": value + by}[change.do]


def _by(change: Change) -> Decimal:
    assert isinstance(change.by, Decimal)  # noqa: S101 - the reader saw to it
    return change.by


def _day(when: dt.date | int | None, today: dt.date) -> dt.date | None:
    return today + _DAY * when if isinstance(when, int) else when


def _outside(offer: Offer, first: dt.date | None, last: dt.date | None) -> Iterator[Offer]:
    """Yield what of an offer lies before the first or after the last day."""
    if first is not None and (offer.from_day is None or offer.from_day < first):
        ends = first - _DAY if offer.to_day is None else min(offer.to_day, first - _DAY)
        yield replace(offer, to_day=ends)
    if last is not None and (offer.to_day is None or offer.to_day > last):
        begins = last + _DAY if offer.from_day is None else max(offer.from_day, last + _DAY)
        yield replace(offer, from_day=begins)


def _inside(offer: Offer, first: dt.date | None, last: dt.date | None) -> Offer | None:
    begins = max((day for day in (offer.from_day, first) if day is not None), default=None)
    ends = min((day for day in (offer.to_day, last) if day is not None), default=None)
    if begins is not None and ends is not None and ends < begins:
        return None
    return replace(offer, from_day=begins, to_day=ends)
