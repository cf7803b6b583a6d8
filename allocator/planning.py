"""What forecasts, shortfalls and purchases are worked out from: a case, and what happened before it and is to come."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from allocator.case import MICRO, Case
from allocator.demand import DemandHistory
from allocator.demand_ahead import DemandAhead
from allocator.drivers import Drivers
from allocator.procurement_case import Budget, Offer, Order, Supplier

__all__ = ["PlanningCase", "items_of_budget", "money", "offers_in_turn"]


@dataclass(frozen=True, kw_only=True)
class PlanningCase:
    """A case with its planning tables; the day is that of its policy.

    `history`: use by site and item, up to that day at the latest. `drivers`: activity over time, by position of
    the case's sites. `offers`, one of a supplier and item at a time; `orders`: what is still to come of them, of
    those that are under way or only planned. Suppliers, items and sites of these are named by their codes.
    `counted_off`: units by which counts of the last days found something else than the books, by site and item code.
    `ahead`: what a scenario makes of demand on the coming days; needs and history say what would be without it.
    """

    case: Case
    history: DemandHistory
    drivers: Drivers
    suppliers: tuple[Supplier, ...] = ()
    offers: tuple[Offer, ...] = ()
    orders: tuple[Order, ...] = ()
    budgets: tuple[Budget, ...] = ()
    counted_off: Mapping[tuple[str, str], int] = field(default_factory=dict)
    ahead: DemandAhead | None = None

    @property
    def day(self) -> dt.date:
        """The day that everything is planned on."""
        return self.case.policy.date


def offers_in_turn(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return sorted offers, each until the next of its supplier and item begins, or its own last day.

    >>> march = dt.date(2020, 3, 1)
    >>> one = Offer(supplier="A", item="MASK", price=Decimal(1), lead_days=7)
    >>> [str(each.to_day) for each in offers_in_turn([replace(one, from_day=march), one])]
    ['2020-02-29', 'None']
    """
    ordered = sorted(offers, key=lambda offer: (offer.supplier, offer.item, offer.from_day or dt.date.min))
    found = []
    for offer, following in itertools.zip_longest(ordered, ordered[1:]):
        until = offer.to_day
        if following is not None and (offer.supplier, offer.item) == (following.supplier, following.item):
            before = (following.from_day or dt.date.max) - dt.timedelta(days=1)
            until = before if until is None else min(until, before)
        found.append(replace(offer, to_day=until))
    return tuple(found)


def money(micro: int) -> Decimal:
    """Return whole millionths of a yuan as exact yuan.

    >>> money(1_200_000), money(30_000_000)
    (Decimal('1.2'), Decimal('30'))
    """
    return Decimal(micro) / MICRO


def items_of_budget(text: str) -> tuple[str, ...]:
    """Return the codes of items that a budget names, separated by spaces or commas; none for all.

    >>> items_of_budget("MASK, N95、GOWN"), items_of_budget("")
    (('MASK', 'N95', 'GOWN'), ())
    """
    for mark in ",，、;；":
        text = text.replace(mark, " ")
    return tuple(dict.fromkeys(text.split()))
