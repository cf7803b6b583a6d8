"""What an import would read: the kind of each table, what each header means, and the first rows as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Named, say
from commands.plan_view import table

if TYPE_CHECKING:
    from commands.session import Session
    from data.mending import Mended
    from data.problems import Place, ProblemList
    from data.raw_table import RawTable
    from data.sheet_reading import SheetRead
    from data.unit_reading import Conversion

__all__ = ["HOWS", "preview_json", "show_preview", "unread_cells"]

ROWS_SHOWN = 5
_CELL_LETTERS = 24

HOWS = {
    "name": say("its own name"),
    "told": say("as told"),
    "remembered": say("as remembered of this sender"),
    "word": say("a known word"),
}
"""Why a header is read as a column of ours."""


def show_preview(session: Session, mended: Mended, problems: ProblemList) -> None:
    """Print how each table of a file was read; a cell that could not be has a question mark and what stands there."""
    from data.import_columns import IMPORT_TABLES

    word, upload = session.word, mended.upload
    for kind, raw in upload.tables.items():
        if raw is None:
            continue
        read = upload.reads.get(kind)
        named = Named(kind, kind, IMPORT_TABLES[kind].zh)
        place = raw.place().sentence
        if read is None:
            click.echo(word(say("{place}: {kind}; rows: {rows}.", place=place, kind=named, rows=raw.rows)))
        else:
            said = say(
                "{place}: {kind}; the header is row {header}; rows below it: {rows}.",
                place=place,
                kind=named,
                header=read.header_row,
                rows=raw.rows,
            )
            click.echo(word(said))
            for line in table([*_header_rows(session, read)], left=3):
                click.echo(f"  {line}")
        for line in table([*_first_rows(raw, problems, session.lang)], left=len(raw.columns)):
            click.echo(f"  {line}")


def _header_rows(session: Session, read: SheetRead) -> Iterator[Sequence[str]]:
    word = session.word
    yield word(say("header")), word(say("read as")), word(say("because it is"))
    for match in read.columns:
        column = match.column
        called = Named(column.name, column.name, column.zh).worded(session.lang)
        yield _shortened(match.header), called, word(HOWS[match.how])
    understood = {match.position for match in read.columns}
    for position, header in enumerate(read.headers):
        if header and position not in understood:
            yield _shortened(header), "-", word(say("not read"))


def _first_rows(raw: RawTable, problems: ProblemList, lang: str) -> Iterator[Sequence[str]]:
    unread = unread_cells(problems)
    specs = [column.spec for column in raw.columns.values()]
    yield [Named(spec.name, spec.name, spec.zh).worded(lang) for spec in specs]
    for row in range(min(raw.rows, ROWS_SHOWN)):
        yield [_shortened(_cell(raw, row, name, unread)) for name in raw.columns]


def unread_cells(problems: ProblemList) -> dict[Place, str]:
    """Return what stands in each cell that has a problem: where it was read, something else stands in for it."""
    return {each.place: str(each.values.get("found", "")) for each in problems.problems}


def _cell(raw: RawTable, row: int, name: str, unread: Mapping[Place, str]) -> str:
    place = raw.place(row, name)
    return f"? {unread[place]}" if place in unread else raw.columns[name].text_at(row)


def _shortened(text: str) -> str:
    from data.problems import legible

    shown = legible(text)
    return shown if len(shown) <= _CELL_LETTERS else f"{shown[:_CELL_LETTERS]}…"


def preview_json(mended: Mended) -> list[dict[str, Any]]:
    """Return how each table was read, as JSON."""
    tables = ((kind, raw) for kind, raw in mended.upload.tables.items() if raw is not None)
    return [
        {
            **_read_json(kind, raw, mended.upload.reads.get(kind)),
            "units": [_conversion_json(each) for each in mended.units.get(kind, ())],
            "names": [vars(each) for each in mended.names.get(kind, ())],
        }
        for kind, raw in tables
    ]


def _conversion_json(each: Conversion) -> dict[str, Any]:
    found = {"item": each.item, "unit": each.unit, "one": str(each.one), "base": each.base, "rows": each.rows}
    return found | {"found": each.found, "became": each.became, "rounded": each.rounded}


def _read_json(kind: str, raw: RawTable, read: SheetRead | None) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "sheet": raw.sheet, "rows": raw.rows}
    if read is not None:
        found["guessed"] = read.guessed
        found["header_row"] = read.header_row
        found["headers"] = [
            {"header": each.header, "column": each.column.name, "how": each.how} for each in read.columns
        ]
    names = list(raw.columns)
    shown = range(min(raw.rows, ROWS_SHOWN))
    found["first_rows"] = [{name: raw.columns[name].text_at(row) for name in names} for row in shown]
    return found
