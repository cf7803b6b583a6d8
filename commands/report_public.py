"""`allocator report donation --public`: what the public may read of donations, as a page or as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say
from commands.folders import whole_file
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import TABLE_ENDINGS, Fact, check_table_file, save_tables
from models.cut_words import Known, cut_said, cut_word

if TYPE_CHECKING:
    from data.public_page import Column
    from models.public_ledger import PublicLedger

__all__ = ["report_public"]

_ENDINGS = (".html", *TABLE_ENDINGS)


def report_public(
    desk: Desk, *, named: Sequence[str], out: Path | None, as_of: dt.date | None, known_at: Known | None
) -> None:
    """Gather what the public may read, write it where asked, show it."""
    import sqlalchemy as sa

    from models.database import reading
    from models.days import day_of
    from models.public_ledger import public_ledger
    from models.tables import document, instance

    check_table_file(desk.session, out, _ENDINGS)
    zone = desk.ledger.zone
    with reading(desk.ledger.engine) as connection:
        cut = cut_said(connection, desk.ledger.zone, as_of, known_at)
        found = public_ledger(connection, named=named, cut=cut)
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
        last = cut.document
        if last is None:
            last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0
    under = cut_word(as_of, known_at)
    told = _told(desk, last) if under is None else under

    def day(at: int) -> dt.date:
        return day_of(at, zone)

    if out is not None:
        _write(desk, found, out, name=name, told=told, day=day, last=last)
    _show(desk, found, told, day)


def _told(desk: Desk, last: int) -> Sentence:
    from models.days import clock_of

    return say("As known at {time}, up to document {number}.", time=clock_of(desk.now, desk.ledger.zone), number=last)


def _write(
    desk: Desk,
    found: PublicLedger,
    out: Path,
    *,
    name: str,
    told: Sentence,
    day: Callable[[int], dt.date],
    last: int,
) -> None:
    from data.public_page import donation_tables, public_page

    session = desk.session
    if out.suffix.lower() == ".html":
        with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
            begun.write_text(public_page(found, name=name, day_of=day, told=told), encoding="utf-8")
        session.tell(say("Saved: {file}", file=str(out)))
        return
    tables = donation_tables(found, day)
    # Who wrote it is left out: nobody's name or number is in what the public reads.
    facts: list[Fact] = [(say("ledger"), name), (say("told"), told), (say("up to document"), f"{last:,}")]
    title = say("Public ledger of donations")
    save_tables(session, out, tables, title=title, day=day(desk.now), filters=facts)


def _show(desk: Desk, found: PublicLedger, told: Sentence, day: Callable[[int], dt.date]) -> None:
    from data.public_page import GIFT_COLUMNS, SOURCE_COLUMNS, gift_rows, source_rows

    session, word = desk.session, desk.session.word

    def text(cell: Any) -> str:
        if isinstance(cell, Sentence):
            return word(cell)
        if isinstance(cell, Named):
            return cell.worded(session.lang)
        return f"{cell:,}" if isinstance(cell, int) else str(cell)

    def told_as_json(rows: Sequence[Sequence[Any]], columns: Sequence[Column]) -> list[dict[str, Any]]:
        names = [name for name, _, _ in columns]
        return [
            {name: cell if isinstance(cell, int) else text(cell) for name, cell in zip(names, row, strict=True)}
            for row in rows
        ]

    rows = source_rows(found)
    as_json = {
        "sources": told_as_json(rows, SOURCE_COLUMNS),
        "gifts": told_as_json(gift_rows(found, day), GIFT_COLUMNS),
    }
    session.show_json("allocator.public-donations/1", as_json)
    session.show(word(told))
    if not rows:
        session.show(word(say("Nothing was given yet.")))
        return
    kept = [n for n in range(len(SOURCE_COLUMNS)) if n <= _GIVEN or any(row[n] for row in rows)]
    session.show()
    titles = [word(SOURCE_COLUMNS[n][1]) for n in kept]
    for line in table([titles, *([text(row[n]) for n in kept] for row in rows)], left=_GIVEN):
        session.show(line)


_GIVEN = 3  # the column of what was given; before it stand texts
