"""Orders, their steps and receipts as their versions tell them, to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from models.audit_reading import Reader
from models.tables import item, location, purchase_event, purchase_line, purchase_order, purchase_receipt

__all__ = ["purchases"]

_Row = tuple[str, dict[str, Any]]


def purchases(reader: Reader) -> list[tuple[str, tuple[str, ...], Iterable[_Row]]]:
    """Return what was sealed of orders: subject, what makes a row that row, and the rows by key."""
    return [
        ("purchase_order", ("number",), _orders(reader)),
        ("purchase_event", ("id",), _steps(reader)),
        ("purchase_receipt", ("document",), _receipts(reader)),
    ]


def _orders(reader: Reader) -> Iterator[_Row]:
    c = purchase_line.c
    query = (
        sa.select(
            c.purchase,
            c.line,
            item.c.code,
            location.c.code,
            c.units,
            c.arrives,
            c.price_micro,
            c.budget,
            c.before_units,
        )
        .join_from(purchase_line, item, item.c.id == c.item)
        .join(location, location.c.id == c.site)
        .order_by(c.purchase, c.line)
    )
    names = ("line", "item", "site", "units", "arrives", "price_micro", "budget", "before_units")
    lines: dict[int, list[dict[str, Any]]] = {}
    for purchase, *values in reader.rows(query):
        lines.setdefault(purchase, []).append(dict(zip(names, values, strict=True)))
    heads = sa.select(purchase_order.c.id, purchase_order.c.number, purchase_order.c.partner)
    for id_, number, partner in reader.rows(heads.order_by(purchase_order.c.id)):
        yield number, {"number": number, "partner": partner, "lines": lines.get(id_, [])}


def _steps(reader: Reader) -> Iterator[_Row]:
    c = purchase_event.c
    names = ("id", "status", "day", "arrives", "note", "document", "actor", "recorded_at")
    query = sa.select(purchase_order.c.number, *(c[name] for name in names)).join_from(
        purchase_event, purchase_order, purchase_order.c.id == c.purchase
    )
    for number, *values in reader.rows(query.order_by(c.id)):
        yield str(values[0]), {"number": number, **dict(zip(names, values, strict=True))}


def _receipts(reader: Reader) -> Iterator[_Row]:
    query = sa.select(purchase_receipt.c.document, purchase_order.c.number).join_from(
        purchase_receipt, purchase_order, purchase_order.c.id == purchase_receipt.c.purchase
    )
    for document, number in reader.rows(query.order_by(purchase_receipt.c.document)):
        yield str(document), {"document": document, "number": number}
