"""What may be sent: nothing that has expired, nothing that was recalled.

A lot may be used on the day it expires, where that day is the site's day.
"""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.book import Book
from models.days import day_of
from models.entry import Entry, Refusal
from models.names import known
from models.tables import lot_mark

__all__ = ["LEAVING", "is_fit", "recalled_lots", "refuse_unfit"]

LEAVING = ("issue", "transfer", "emergency", "reserve", "dispatch")
"""Types of document that send stock to where it is used: nothing expired or recalled may go with them."""


def is_fit(entry: Entry, zone: ZoneInfo) -> bool:
    """Say whether a document sends nothing that has expired."""
    if entry.type not in LEAVING:
        return True
    day = day_of(entry.occurred_at, zone).isoformat()
    return all(line.lot.expires >= day for line in entry.lines)


def refuse_unfit(book: Book, entry: Entry, zone: ZoneInfo) -> None:
    """Refuse to send what has expired or was recalled, every lot of it at once; the accounts are locked.

    Raises:
        Refusal: with one sentence for each lot.

    """
    if entry.type not in LEAVING:
        return
    day = day_of(entry.occurred_at, zone).isoformat()
    wrong = [
        say(
            "Lot {lot} of {item} expired on {day} and cannot be sent or used. Quarantine it or write it off.",
            lot=key.lot_no or "-",
            item=key.item,
            day=key.expires,
        )
        for key in sorted({line.lot for line in entry.lines if line.counters is None})
        if key.expires < day
    ]
    names = book.names
    lots = {known(names.lot(line.lot))[0] for line in entry.lines}
    recalled: set[int] = set()
    if book.was_marked(lots):
        book.flush()
        recalled = recalled_lots(book.connection, lots, entry.occurred_at)
    wrong += [
        say(
            "Lot {lot} of {item} was recalled and cannot be sent or used. Quarantine it or write it off.",
            lot=key.lot_no or "-",
            item=key.item,
        )
        for key in sorted({line.lot for line in entry.lines})
        if known(names.lot(key))[0] in recalled
    ]
    if wrong:
        raise Refusal(*wrong)


def recalled_lots(connection: sa.Connection, lots: Iterable[int], at: int) -> set[int]:
    """Return which of some lots, by id, are recalled at an instant and not cleared since."""
    query = (
        sa.select(lot_mark.c.lot, lot_mark.c.mark)
        .where(lot_mark.c.lot.in_(set(lots)), lot_mark.c.at <= at)
        .order_by(lot_mark.c.at, lot_mark.c.document)
    )
    last = {row.lot: row.mark for row in connection.execute(query)}
    return {lot_id for lot_id, mark in last.items() if mark == "recalled"}
