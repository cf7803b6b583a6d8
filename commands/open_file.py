"""What waits for somebody, as a table that is saved with others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.open_matters import OpenMatters

__all__ = ["open_table"]

_COLUMNS = (
    ("matter", say("matter"), "text"),
    ("number", say("number"), "text"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("since", say("since"), "date"),
    ("units", say("units"), "whole"),
    ("days_late", say("days late"), "whole"),
)


def open_table(desk: Desk, matters: OpenMatters) -> TableOut:
    """Return what is open, one matter a row."""
    from data.tables_out import rows_out

    return rows_out("open", say("Not settled"), _COLUMNS, list(_rows(desk, matters)))


def _rows(desk: Desk, matters: OpenMatters) -> Iterator[tuple[Any, ...]]:
    from models.days import day_of

    for each in matters.emergencies:
        day = day_of(each.occurred_at, desk.ledger.zone)
        matter = say("emergency issue not countersigned")
        yield (matter, str(each.document), each.site, each.to, day, each.units, None)
    for note in matters.differing:
        since = note.differs_since or note.expected
        yield (say("difference not explained"), note.number, note.site, note.to, since, note.units, None)
    for note, days in matters.late:
        yield (say("note not confirmed"), note.number, note.site, note.to, note.expected, note.units, days)
    for surplus in matters.surplus:
        where = (surplus.site, surplus.to, surplus.since)
        yield (say("came beyond its note"), surplus.number, *where, surplus.units, None)
    for number in matters.exceptions:
        yield (say("exception not explained"), str(number), "", "", None, None, None)
    for recall in matters.recalls:
        day = day_of(recall.since_at, desk.ledger.zone)
        yield (say("recalled, not accounted for"), recall.lot_no or "-", "", "", day, recall.units, None)
