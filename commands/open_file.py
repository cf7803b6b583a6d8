"""What waits for somebody, a row each: for the day's sheet, and as a table that is saved with others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.open_matters import OpenMatters
    from models.open_notes import OpenNote

__all__ = ["Waiting", "open_table", "waiting"]

_AT_ONCE = 500  # so that no statement passes a database's limit of variables
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

    `days`: late, None where it has no term; `about`: what it is of where it has no place.
    """

    matter: Sentence
    number: str
    since: dt.date
    site: str = ""
    to: str = ""
    units: int | None = None
    days: int | None = None
    about: Sentence | None = None


def open_table(desk: Desk, matters: OpenMatters) -> TableOut:
    """Return what is open, one matter a row."""
    from data.tables_out import rows_out

    rows = [
        (each.matter, each.number, each.site, each.to, each.since, each.units, each.days)
        for each in waiting(desk, matters)
    ]
    return rows_out("open", say("Not settled"), _COLUMNS, rows)


def waiting(desk: Desk, matters: OpenMatters) -> Iterator[Waiting]:
    """Give what is open, sort by sort, the oldest of each first."""
    from models.days import day_of

    zone = desk.ledger.zone
    for each in matters.emergencies:
        day = day_of(each.occurred_at, zone)
        said = say("emergency issue not countersigned")
        yield Waiting(matter=said, number=str(each.document), since=day, site=each.site, to=each.to, units=each.units)
    for note in matters.differing:
        yield _of_note(say("difference not explained"), note, note.differs_since or note.expected)
    for note, days in matters.late:
        yield _of_note(say("note not confirmed"), note, note.expected, days)
    for surplus in matters.surplus:
        yield Waiting(
            matter=say("came beyond its note"), number=surplus.number, since=surplus.since, site=surplus.site,
            to=surplus.to, units=surplus.units,
        )  # fmt: skip
    for recall in matters.recalls:
        yield Waiting(
            matter=say("recalled, not accounted for"), number=recall.lot_no or "-", since=day_of(recall.since_at, zone),
            units=recall.units, about=say("{sites:,} sites, {item}", sites=recall.sites, item=recall.item),
        )  # fmt: skip
    yield from _exceptions(desk, matters.exceptions)


def _of_note(matter: Sentence, note: OpenNote, since: dt.date, days: int | None = None) -> Waiting:
    return Waiting(
        matter=matter, number=note.number, since=since, site=note.site, to=note.to, units=note.units, days=days
    )


def _exceptions(desk: Desk, numbers: Sequence[int]) -> Iterator[Waiting]:
    import sqlalchemy as sa

    from models.database import reading
    from models.days import day_of
    from models.tables import document, location

    query = sa.select(document.c.id, document.c.occurred_at, sa.func.coalesce(location.c.code, ""))
    query = query.outerjoin(location, location.c.id == document.c.site).order_by(document.c.id)
    with reading(desk.ledger.engine) as connection:
        for start in range(0, len(numbers), _AT_ONCE):
            some = query.where(document.c.id.in_(numbers[start : start + _AT_ONCE]))
            for number, at, site in connection.execute(some):
                day = day_of(at, desk.ledger.zone)
                yield Waiting(matter=say("exception not explained"), number=str(number), since=day, site=site)
