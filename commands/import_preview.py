"""`allocator import --dry-run`: how each table of a file would be read, printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.plan_view import table

if TYPE_CHECKING:
    from commands.session import Session
    from data.import_preview import TableRead
    from data.mending import Mended
    from data.problems import ProblemList

__all__ = ["show_preview"]

_CELL_LETTERS = 24


def show_preview(session: Session, mended: Mended, problems: ProblemList) -> None:
    """Print how each table of a file was read; a cell that could not be has a question mark and what stands there."""
    from data.import_preview import tables_read

    word = session.word
    for read in tables_read(mended, problems):
        if read.header_row is None:
            click.echo(word(say("{place}: {kind}; rows: {rows}.", place=read.place, kind=read.kind, rows=read.rows)))
        else:
            said = say(
                "{place}: {kind}; the header is row {header}; rows below it: {rows}.",
                place=read.place,
                kind=read.kind,
                header=read.header_row,
                rows=read.rows,
            )
            click.echo(word(said))
            for line in table([*_header_rows(session, read)], left=3):
                click.echo(f"  {line}")
        for line in table([*_first_rows(read, session.lang)], left=len(read.columns)):
            click.echo(f"  {line}")


def _header_rows(session: Session, read: TableRead) -> Iterator[Sequence[str]]:
    word = session.word
    yield word(say("header")), word(say("read as")), word(say("because it is"))
    for each in read.headers:
        if each.called is None or each.how is None:
            yield _shortened(each.header), "-", word(say("not read"))
        else:
            yield _shortened(each.header), each.called.worded(session.lang), word(each.how)


def _first_rows(read: TableRead, lang: str) -> Iterator[Sequence[str]]:
    yield [column.worded(lang) for column in read.columns]
    for row in read.first_rows:
        yield [_shortened(cell) for cell in row]


def _shortened(text: str) -> str:
    from data.problems import legible

    shown = legible(text)
    return shown if len(shown) <= _CELL_LETTERS else f"{shown[:_CELL_LETTERS]}…"
