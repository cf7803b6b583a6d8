"""What a reversal may be: the mirror of one document, once, and never of a reversal; and which documents it undid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Entry, Refusal
from models.names import Placed
from models.tables import document, lot_mark, move

__all__ = ["refuse_unmirrored", "was_reversed"]

_MIRRORED_MARK = {"recalled": "cleared", "cleared": "recalled"}


def was_reversed(
    number: sa.ColumnElement[int] = document.c.id, *, known: sa.ColumnElement[int] | int | None = None
) -> sa.Exists:
    """Return the condition that the document of a row was reversed; `known`: by one up to this document."""
    undoing = document.alias()
    query = sa.select(undoing.c.id).where(undoing.c.reverses == number)
    if known is not None:
        query = query.where(undoing.c.id <= known)
    return query.exists()


def refuse_unmirrored(
    connection: sa.Connection, entry: Entry, lines: Iterable[Placed], marks: Iterable[tuple[int, str]]
) -> None:
    """Refuse a reversal that is not the exact mirror of its document, where and when that stood.

    `lines`, `marks`: those of the reversal, by ids, without counter-lines. Runs while its accounts are
    locked, so that two reversals of one document cannot both pass.

    Raises:
        Refusal: no such document, it is itself a reversal or was reversed before, or the lines differ.

    """
    number = entry.reverses
    at = _stood_at(connection, number)
    same = at == entry.occurred_at and all(line.at == at for line in lines)
    mirrored = Counter((line.to_id, line.from_id, line.lot, line.units) for line in lines)
    unmarked = Counter((lot_id, _MIRRORED_MARK[mark]) for lot_id, mark in marks)
    if not same or mirrored != _lines_of(connection, number) or unmarked != _marks_of(connection, number):
        raise Refusal(
            say(
                "This is not the mirror of document {number}: a reversal takes back every line of its document, "
                "with the same units, where and when they stood. Let the program make it: allocator reverse {number}",
                number=number,
            )
        )


def _stood_at(connection: sa.Connection, number: int | None) -> int:
    """Return when a document that may be reversed happened, in UTC microseconds."""
    query = sa.select(document.c.reverses, document.c.occurred_at).where(document.c.id == number)
    row = connection.execute(query).first()
    if row is None:
        raise Refusal(say("There is no document {number}. Check its number.", number=number))
    if row.reverses is not None:
        raise Refusal(
            say(
                "Document {number} is itself the reversal of document {reversed}. "
                "Post the right document again instead of reversing the reversal.",
                number=number,
                reversed=row.reverses,
            )
        )
    by = connection.execute(sa.select(document.c.id).where(document.c.reverses == number)).scalar()
    if by is not None:
        raise Refusal(
            say("Document {number} was reversed before, by document {by}. Nothing is left to do.", number=number, by=by)
        )
    return int(row.occurred_at)


def _lines_of(connection: sa.Connection, number: int | None) -> Counter[tuple[int, int, int, int]]:
    query = sa.select(move.c.from_location, move.c.to_location, move.c.lot, move.c.units).where(
        move.c.document == number, move.c.counters.is_(None)
    )
    return Counter((row[0], row[1], row[2], row[3]) for row in connection.execute(query))


def _marks_of(connection: sa.Connection, number: int | None) -> Counter[tuple[int, str]]:
    query = sa.select(lot_mark.c.lot, lot_mark.c.mark).where(lot_mark.c.document == number)
    return Counter((row.lot, row.mark) for row in connection.execute(query))
