"""How long suppliers took from the order to the arrival, beside what their offers promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from allocator.lead_times import seen_lead_times
from allocator.sentence import Sentence, say
from data.tables_out import TableOut, rows_out
from models.orders import KnownOrder
from models.tables import offer

__all__ = ["SUPPLIER_TITLES", "suppliers_known", "suppliers_table"]

SUPPLIER_TITLES: tuple[Sentence, ...] = (
    *(say("supplier"), say("promised days"), say("orders arrived"), say("median days")),
    *(say("9 of 10 within days"), say("orders open")),
)

_NAMES = ("supplier", "promised_days", "arrived_orders", "median_days", "p90_days", "open_orders")
_HOLDS = ("text", "whole", "whole", "decimal", "decimal", "whole")


def suppliers_known(connection: sa.Connection, orders: Sequence[KnownOrder], day: dt.date) -> list[dict[str, Any]]:
    """Return each supplier with an offer of a day or an order, by code; None where nothing is known."""
    seen = {
        each.supplier: each
        for each in seen_lead_times(
            (order.partner, dt.date.fromisoformat(order.ordered_on), dt.date.fromisoformat(order.arrived_on))
            for order in orders
            if order.ordered_on and order.arrived_on
        )
    }
    promised = _promised(connection, day)
    rows = []
    for supplier in sorted({*seen, *promised, *(order.partner for order in orders)}):
        own = seen.get(supplier)
        rows.append(
            {
                "supplier": supplier,
                "promised_days": promised.get(supplier),
                "arrived_orders": own.orders if own else 0,
                "median_days": own.median_days if own else None,
                "p90_days": own.p90_days if own else None,
                "open_orders": sum(order.partner == supplier and order.is_open for order in orders),
            }
        )
    return rows


def suppliers_table(rows: Sequence[dict[str, Any]]) -> TableOut:
    """Return them as a table to save."""
    columns = list(zip(_NAMES, SUPPLIER_TITLES, _HOLDS, strict=True))
    return rows_out("suppliers", say("Suppliers"), columns, [[row[name] for name in _NAMES] for row in rows])


def _promised(connection: sa.Connection, day: dt.date) -> dict[str, int]:
    """Return the longest lead days that each supplier's offers of a day promise."""
    today = day.isoformat()
    query = (
        sa.select(offer.c.partner, sa.func.max(offer.c.lead_days))
        .where(offer.c.since <= today, sa.or_(offer.c.until == "", offer.c.until >= today))
        .group_by(offer.c.partner)
    )
    return dict(connection.execute(query).all())
