"""Receipts of a file that name an order as their reference: they count against it, or it is said why they do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.canonical import normal
from models.days import day_of
from models.entry import Entry
from models.order_receipts import count_receipts
from models.ordering import lock_order
from models.orders import KnownOrder, known_orders, order_status_word
from models.papers import documents_by_key
from models.versions import Stamp

__all__ = ["count_referenced"]

_NAMED_MAX = 10


def count_referenced(
    connection: sa.Connection, receipts: Sequence[Entry], stamp: Stamp, *, zone: ZoneInfo
) -> list[Sentence]:
    """Count receipts that were posted now against the orders whose numbers are their references.

    Only those of the order's own supplier. Returns what was counted, and what was not and why.
    """
    by_number: dict[str, list[Entry]] = {}
    for entry in receipts:
        reference = normal(str(entry.details.get("reference", "")))
        if reference:
            by_number.setdefault(reference, []).append(entry)
    if not by_number:
        return []
    posted = documents_by_key(connection, [entry.key for own in by_number.values() for entry in own])
    said: list[Sentence] = []
    documents_of: dict[str, int] = {}
    for order in known_orders(connection, zone, numbers=sorted(by_number)):
        came: dict[int, dt.date] = {}
        locked = lock_order(connection, order.number, zone)
        for entry in by_number[order.number]:
            if entry.details.get("partner") != order.partner:
                continue
            document, day = posted[entry.key].number, day_of(entry.occurred_at, zone)
            why = _why_not(locked, document, day.isoformat())
            if why is None:
                came[document] = day
            else:
                said.append(why)
        if came:
            count_receipts(connection, order.number, came, stamp, zone=zone)
            documents_of[order.number] = len(came)
    if documents_of:
        named = [*sorted(documents_of)[:_NAMED_MAX], *(["…"] if len(documents_of) > _NAMED_MAX else [])]
        summary = say(
            "Receipts that count against the order whose number is their reference: {documents} ({orders}).",
            documents=sum(documents_of.values()),
            orders=named,
        )
        said.insert(0, summary)
    return said


def _why_not(order: KnownOrder, document: int, day: str) -> Sentence | None:
    """Return why a receipt does not count against an order, None where it does."""
    if order.status in ("cancelled", "planned"):
        return say(
            "Document {document} names order {number}, which is {status}: it does not count against it.",
            document=document,
            number=order.number,
            status=order_status_word(order.status),
        )
    if day < order.ordered_on:
        return say(
            "Document {document} of {day} names order {number}, which was placed later, on {ordered_on}: it "
            "does not count against it. Check the dates.",
            document=document,
            day=day,
            number=order.number,
            ordered_on=order.ordered_on,
        )
    if any(line.before_units for line in order.lines):
        return say(
            "Document {document} names order {number}, of which some had arrived before the ledger knew of it. "
            "As it may be part of that, it does not count against the order. If it is not: allocator reverse "
            "{document}, then allocator receive with --order {number}",
            document=document,
            number=order.number,
        )
    return None
