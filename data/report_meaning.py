"""What a report would mean once it is recorded, with what is doubtful in it: tried, and taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allocator.sentence import Named, Sentence, say
from models.book import Book
from models.database import reading
from models.days import day_of
from models.document_notes import notes_of
from models.documents import Draft, post_draft_in
from models.documents_read import SeenDocument, read_document
from models.entry import LotKey
from models.imports import only_try
from models.ledger import Ledger
from models.locations import kind_of
from models.names import Names
from models.names_beside import with_names
from models.used import used_at
from models.words import lot_word

__all__ = ["Meaning", "lines_said", "meaning_of"]

_TIMES = 10
"""A nought too many or too few makes ten times: that is asked about."""

_LONG_DAYS = 365
_USE_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """A report as it would stand. `again`: it stands so already, recorded before under the same key.

    `lines`: what becomes of each lot; `notes`: what to know; `doubts`: what looks like a slip.
    """

    seen: SeenDocument
    again: bool
    lines: tuple[Sentence, ...]
    notes: tuple[Sentence, ...]
    doubts: tuple[Sentence, ...]


def meaning_of(ledger: Ledger, draft: Draft, *, now: int) -> Meaning:
    """Return what a document would do. `now`: UTC microseconds.

    Raises:
        Refusal: it would be refused.

    """

    def work(book: Book, names: Names) -> tuple[SeenDocument, bool, tuple[Sentence, ...]]:
        posted = post_draft_in(book, names, draft, recorded_at=now, zone=ledger.zone)
        seen = read_document(book.connection, posted.id)
        assert seen is not None  # noqa: S101 - it was posted in this transaction
        notes = with_names(book.connection, notes_of(book.connection, seen, zone=ledger.zone))
        return seen, posted.again, tuple(notes)

    seen, again, notes = only_try(ledger, work)
    doubts = () if again else tuple(_doubts(ledger, seen))
    return Meaning(seen=seen, again=again, lines=tuple(lines_said(seen)), notes=notes, doubts=doubts)


def lines_said(seen: SeenDocument) -> Iterator[Sentence]:
    """Give what becomes of each lot: what was found and how far that is from the book, or what goes and what comes."""
    if seen.type == "count":
        for code, lot_no, found, book in _found(seen):
            of = {"item": seen.names.get(code, Named(code)), "lot": lot_word(lot_no), "found": found, "book": book}
            if found == book:
                yield say("{item}, {lot}: {found:,} found, as the book says.", **of)
            elif found < book:
                yield say("{item}, {lot}: {found:,} found, {book:,} in the book: {few:,} missing.",
                          few=book - found, **of)  # fmt: skip
            else:
                yield say("{item}, {lot}: {found:,} found, {book:,} in the book: {many:,} more.",
                          many=found - book, **of)  # fmt: skip
        return
    for line in seen.lines:
        if line.counters is None:
            of = {"item": seen.names.get(line.lot.item, Named(line.lot.item)), "lot": lot_word(line.lot.lot_no)}
            if seen.type == "issue":
                yield say("{item}, {lot}: {units:,} used, {left:,} left.", units=line.units, left=line.from_after, **of)
            else:
                yield say("{item}, {lot}: {units:,} come, {there:,} there then.",
                          units=line.units, there=line.to_after, **of)  # fmt: skip


def _found(seen: SeenDocument) -> Iterator[tuple[str, str, int, int]]:
    """Give item, lot number, units found and units in the book of each lot that a count speaks of."""
    off = {
        line.lot: line.units if kind_of(line.from_location) == "COUNT_GAIN" else -line.units
        for line in seen.lines
        if line.counters is None
    }
    for row in seen.counted:
        if row["lot"] is not None:
            key = LotKey(row["item"], row["lot"], row["expires"], row["fund"], row["earmark"])
            yield key.item, key.lot_no, row["units"], row["units"] - off.pop(key, 0)
    for key, units in off.items():
        yield key.item, key.lot_no, 0, -units


def _doubts(ledger: Ledger, seen: SeenDocument) -> Iterator[Sentence]:
    if seen.type == "count":
        yield from _doubted_counts(seen)
        return
    day = day_of(seen.occurred_at, ledger.zone)
    first, last = day - dt.timedelta(days=_USE_DAYS), day - dt.timedelta(days=1)
    with reading(ledger.engine) as connection:
        used = used_at(connection, str(seen.site), first, last, ledger.zone)
    daily = {code: units / _USE_DAYS for code, units in used.items() if units > 0}
    for code, units in _moved(seen).items():
        of = {"item": seen.names.get(code, Named(code)), "units": units}
        if seen.type == "issue" and code in daily and units >= _TIMES * max(1, daily[code]):
            yield say("{units:,} of {item} is {times:,} times what is used here a day. Is that right?",
                      times=round(units / daily[code]), **of)  # fmt: skip
        elif seen.type == "receive" and code in daily and units > _LONG_DAYS * daily[code]:
            yield say("{units:,} of {item} is more than is used here in a year. Is that right?", **of)


def _moved(seen: SeenDocument) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for line in seen.lines:
        if line.counters is None:
            found[line.lot.item] = found.get(line.lot.item, 0) + line.units
    return found


def _doubted_counts(seen: SeenDocument) -> Iterator[Sentence]:
    """Give the lots of which ten times more or less was found than the book says."""
    for code, _, found, book in _found(seen):
        if min(found, book) > 0 and max(found, book) >= _TIMES * min(found, book):
            yield say(
                "{found:,} of {item} were found where the book says {book:,}. Is there a nought too many or too few?",
                item=seen.names.get(code, Named(code)), found=found, book=book,
            )  # fmt: skip
