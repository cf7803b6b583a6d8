"""`allocator order`: orders placed with suppliers, and what becomes of them."""

from __future__ import annotations

from commands.order_budgets import order_budgets
from commands.order_group import run
from commands.order_list import order_list, order_suppliers
from commands.order_place import order_place
from commands.order_steps import order_cancel, order_ship, order_show

__all__ = [
    "order_budgets",
    "order_cancel",
    "order_list",
    "order_place",
    "order_ship",
    "order_show",
    "order_suppliers",
    "run",
]
