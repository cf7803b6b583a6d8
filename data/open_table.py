"""What waits for somebody, a row each: for pages, for the day's sheet, and as a table that is saved with others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from data.tables_out import TableOut, rows_out
from models.days import day_of
from models.open_matters import OpenMatters
from models.open_notes import OpenNote

__all__ = ["SORTS", "Waiting", "open_table", "waiting"]

SORTS = {
    "emergency": say("emergency issue not countersigned"),
    "differing": say("difference not explained"),
    "late": say("note not confirmed"),
    "surplus": say("came beyond its note"),
    "recall": say("recalled, not accounted for"),
    "exception": say("exception not explained"),
}
"""Every sort of open matter, in the order in which they are told."""

_COLUMNS = (
    ("matter", say("matter"), "text"),
    ("number", say("number"), "text"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("since", say("since"), "date"),
    ("units", say("units"), "whole"),
    ("days_late", say("days late"), "whole"),
)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One open matter. `number`: of the note or document, or the lot; `site`, `to`: codes, "" where it has none.

    `days`: late, None where it has no term; `about`: what it is of where it has no place;
    `document`: 0 where it is of none; `shipment`: its number, "" where it is of none.
    """

    sort: str
    number: str
    since: dt.date
    document: int
    site: str = ""
    to: str = ""
    units: int | None = None
    days: int | None = None
    about: Sentence | None = None
    item: str = ""
    shipment: str = ""

    @property
    def matter(self) -> Sentence:
        """What it is, in words."""
        return SORTS[self.sort]


def open_table(matters: OpenMatters, zone: ZoneInfo) -> TableOut:
    """Return what is open, one matter a row."""
    rows = [
        (each.matter, each.number, each.site, each.to, each.since, each.units, each.days)
        for each in waiting(matters, zone)
    ]
    return rows_out("open", say("Not settled"), _COLUMNS, rows)


def waiting(matters: OpenMatters, zone: ZoneInfo) -> Iterator[Waiting]:
    """Give what is open, sort by sort, the oldest of each first."""
    for each in matters.emergencies:
        day = day_of(each.occurred_at, zone)
        yield Waiting(
            sort="emergency", number=str(each.document), since=day, document=each.document, site=each.site,
            to=each.to, units=each.units, shipment=each.shipment,
        )  # fmt: skip
    for note in matters.differing:
        yield _of_note("differing", note, note.differs_since or note.expected)
    for note, days in matters.late:
        yield _of_note("late", note, note.expected, days)
    for surplus in matters.surplus:
        yield Waiting(
            sort="surplus", number=surplus.number, since=surplus.since, document=0, site=surplus.site,
            to=surplus.to, units=surplus.units, shipment=surplus.number,
        )  # fmt: skip
    for recall in matters.recalls:
        yield Waiting(
            sort="recall", number=recall.lot_no or "-", since=day_of(recall.since_at, zone), document=recall.document,
            units=recall.units, about=say("{sites:,} sites, {item}", sites=recall.sites, item=recall.item),
            item=recall.item,
        )  # fmt: skip
    for odd in matters.exceptions:
        day = day_of(odd.occurred_at, zone)
        yield Waiting(sort="exception", number=str(odd.document), since=day, document=odd.document, site=odd.site)


def _of_note(sort: str, note: OpenNote, since: dt.date, days: int | None = None) -> Waiting:
    return Waiting(
        sort=sort, number=note.number, since=since, document=note.document, site=note.site, to=note.to,
        units=note.units, days=days, shipment=note.number,
    )  # fmt: skip
