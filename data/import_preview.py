"""What an import would read: the kind of each table, what each header means, and the first rows as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say

if TYPE_CHECKING:
    from data.mending import Mended
    from data.problems import Place, ProblemList
    from data.raw_table import RawTable
    from data.sheet_reading import SheetRead
    from data.unit_reading import Conversion

__all__ = ["HOWS", "HeaderRead", "TableRead", "preview_json", "tables_read", "unread_cells"]

ROWS_SHOWN = 5

HOWS = {
    "name": say("its own name"),
    "told": say("as told"),
    "remembered": say("as remembered of this sender"),
    "word": say("a known word"),
}
"""Why a header is read as a column of ours."""


@dataclass(frozen=True)
class HeaderRead:
    """A header of a file: what it is read as and why; None where it is not read."""

    header: str
    called: Named | None = None
    how: Sentence | None = None


@dataclass(frozen=True, kw_only=True)
class TableRead:
    """How one table of a file was read. `header_row`: from 1, None where the file says its columns itself.

    `first_rows`: a cell that could not be read has a question mark and what stands there.
    """

    place: Sentence
    kind: Named
    rows: int
    header_row: int | None
    headers: tuple[HeaderRead, ...]
    columns: tuple[Named, ...]
    first_rows: tuple[tuple[str, ...], ...]


def tables_read(mended: Mended, problems: ProblemList) -> Iterator[TableRead]:
    """Give how each table of a file was read."""
    from data.import_columns import IMPORT_TABLES

    unread = unread_cells(problems)
    for kind, raw in mended.upload.tables.items():
        if raw is None:
            continue
        read = mended.upload.reads.get(kind)
        specs = [column.spec for column in raw.columns.values()]
        yield TableRead(
            place=raw.place().sentence,
            kind=Named(kind, kind, IMPORT_TABLES[kind].zh),
            rows=raw.rows,
            header_row=None if read is None else read.header_row,
            headers=() if read is None else tuple(_headers(read)),
            columns=tuple(Named(spec.name, spec.name, spec.zh) for spec in specs),
            first_rows=tuple(
                tuple(_cell(raw, row, name, unread) for name in raw.columns) for row in range(min(raw.rows, ROWS_SHOWN))
            ),
        )


def _headers(read: SheetRead) -> Iterator[HeaderRead]:
    for match in read.columns:
        column = match.column
        yield HeaderRead(match.header, Named(column.name, column.name, column.zh), HOWS[match.how])
    understood = {match.position for match in read.columns}
    for position, header in enumerate(read.headers):
        if header and position not in understood:
            yield HeaderRead(header)


def unread_cells(problems: ProblemList) -> dict[Place, str]:
    """Return what stands in each cell that has a problem: where it was read, something else stands in for it."""
    return {each.place: str(each.values.get("found", "")) for each in problems.problems}


def _cell(raw: RawTable, row: int, name: str, unread: Mapping[Place, str]) -> str:
    place = raw.place(row, name)
    return f"? {unread[place]}" if place in unread else raw.columns[name].text_at(row)


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
