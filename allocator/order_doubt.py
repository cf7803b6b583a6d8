"""Which orders are counted upon, everywhere alike: what is overdue is not, nor what follows it.

A supplier that failed to bring an item in time is not believed about its other orders of that item, until somebody
asks for a new day and enters it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from allocator.procurement_case import Order

__all__ = ["doubted_orders"]


def doubted_orders(orders: Sequence[Order], today: dt.date) -> tuple[bool, ...]:
    """Say of each order whether it is doubted: it, or another of its supplier and item, should have arrived.

    >>> def order(number, item, day):
    ...     day = dt.date(2020, 2, day)
    ...     return Order(order=number, supplier="A", item=item, units=1, arrives=day, status="shipped")
    >>> doubted_orders([order("1", "MASK", 9), order("2", "MASK", 12), order("3", "GOWN", 12)], dt.date(2020, 2, 10))
    (True, True, False)
    """
    failed = {(each.supplier, each.item) for each in orders if each.on_the_way and each.overdue(today)}
    return tuple((each.supplier, each.item) in failed for each in orders)
