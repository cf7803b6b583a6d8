"""What forecasts, shortfalls and purchases are worked out from: a case, and what happened before it and is to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allocator.case import Case
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.procurement_case import Budget, Offer, Order, Supplier

__all__ = ["PlanningCase"]


@dataclass(frozen=True, kw_only=True)
class PlanningCase:
    """A case with its planning tables; the day is that of its policy.

    `history`: use by site and item, up to that day at the latest. `drivers`: activity over time, by position of
    the case's sites. `offers`, one of a supplier and item at a time; `orders`: what is still to come of them, of
    those that are under way or only planned. Suppliers, items and sites of these are named by their codes.
    """

    case: Case
    history: DemandHistory
    drivers: Drivers
    suppliers: tuple[Supplier, ...] = ()
    offers: tuple[Offer, ...] = ()
    orders: tuple[Order, ...] = ()
    budgets: tuple[Budget, ...] = ()

    @property
    def day(self) -> dt.date:
        """The day that everything is planned on."""
        return self.case.policy.date
