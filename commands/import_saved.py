"""`allocator import --out FILE`: what was read as what, all of it, as tables: rows, headers, names, units, faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say
from commands.on_ledger import Desk
from commands.table_files import one_text, save_tables
from data.import_preview import HOWS, unread_cells
from data.import_taking import File

if TYPE_CHECKING:
    from data.problems import ProblemList
    from data.raw_table import RawColumn, RawTable
    from data.tables_out import ColumnOut, TableOut

__all__ = ["save_read"]

_HEADERS = (
    ("file", say("file"), "text"),
    ("table", say("table"), "text"),
    ("header", say("header"), "text"),
    ("read_as", say("read as"), "text"),
    ("because", say("because it is"), "text"),
)
_NAMES = (
    ("file", say("file"), "text"),
    ("table", say("table"), "text"),
    ("about", say("about"), "text"),
    ("found", say("what was said"), "text"),
    ("code", say("read as"), "text"),
    ("rows", say("rows"), "whole"),
)
_UNITS = (
    ("file", say("file"), "text"),
    ("table", say("table"), "text"),
    ("item", say("item"), "text"),
    ("unit", say("what was said"), "text"),
    ("one", say("base units in one"), "decimal"),
    ("base", say("base unit"), "text"),
    ("rows", say("rows"), "whole"),
    ("found", say("first so written"), "text"),
    ("became", say("became"), "text"),
    ("rounded", say("rounded"), "text"),
)
_FAULTS = (("file", say("file"), "text"), ("fault", say("what is wrong"), "text"))
_ABOUT = {"site": say("site"), "item": say("item"), "partner": say("partner")}


def save_read(desk: Desk, files: Sequence[File], out: Path, *, day: dt.date) -> None:
    """Save how every file was read: a table of rows for each kind in it, and what each header, name and unit is."""
    from data.tables_out import rows_out

    tables = [made for file in files for made in _rows_of(file, named=len(files) > 1)]
    for name, title, columns, rows in (
        ("headers", say("Headers"), _HEADERS, _headers(files)),
        ("names", say("Names"), _NAMES, _names(files)),
        ("units", say("Units of measure"), _UNITS, _units(files)),
        ("faults", say("Faults"), _FAULTS, _faults(files)),
    ):
        own = list(rows)
        if own:
            tables.append(rows_out(name, title, columns, own))
    if not tables:
        desk.session.tell(say("Nothing could be read, so there is nothing to save."))
        return
    facts = [(say("file"), str(file.path)) for file in files]
    save_tables(desk.session, out, tables, title=say("What was read as what"), day=day, filters=facts, desk=desk)


def _rows_of(file: File, *, named: bool) -> Iterator[TableOut]:
    """Give each table of a file as it was read, with the row of the file that each row is."""
    from data.tables_out import ColumnOut, TableOut

    upload = file.mended.upload if file.mended is not None else file.upload
    for kind, raw in upload.tables.items() if upload is not None else ():
        if raw is None or not raw.rows:
            continue
        unread = _unread(raw, file.problems)
        numbers = [raw.row_number(row) for row in range(raw.rows)]
        row = ColumnOut(name="row", title=say("row"), values=numbers, holds="whole")
        columns = [_column(raw.columns[name], unread.get(name, {})) for name in raw.columns]
        if unread:
            columns.append(_what_was_not_read(raw, unread))
        title = Sentence("{table}", {"table": _table(kind)})
        name = f"{kind}-{file.path.stem}" if named else kind
        yield TableOut(name=name, title=title, columns=(row, *columns))


def _unread(raw: RawTable, problems: ProblemList) -> dict[str, dict[int, str]]:
    """Return, by column and row, what stands in cells that could not be read."""
    found: dict[str, dict[int, str]] = {}
    at = {raw.row_number(row): row for row in range(raw.rows)}
    by_header = {column.header: name for name, column in raw.columns.items()}
    for place, text in unread_cells(problems).items():
        name = by_header.get(place.column)
        if name is not None and place.row in at and (place.file, place.sheet) == (raw.file, raw.sheet):
            found.setdefault(name, {})[at[place.row]] = text
    return found


def _column(column: RawColumn, unread: dict[int, str]) -> ColumnOut:
    """Return a column of texts; numbers are numbers and days are days where each that could be read is one."""
    import numpy as np

    from data.tables_out import ColumnOut

    spec = column.spec
    texts = np.append(column.values.to_numpy(zero_copy_only=False).astype(object), "")[column.index]
    texts[list(unread)] = ""
    values: list[Any] = texts.tolist()
    holds = "text"
    parse: Callable[[str], Any] | None = _PARSED.get(spec.holds)
    if parse is not None:
        parsed = [parse(text) for text in values]
        if all(value is not None or not text for value, text in zip(parsed, values, strict=True)):
            values, holds = parsed, spec.holds
    title = Sentence("{column}", {"column": Named(spec.name, spec.name, spec.zh)})
    return ColumnOut(name=spec.name, title=title, values=values, holds=holds)


def _what_was_not_read(raw: RawTable, unread: dict[str, dict[int, str]]) -> ColumnOut:
    """Return what stands in cells that could not be read, by the names of their columns; their own cells are empty."""
    from data.tables_out import ColumnOut

    found: dict[int, list[Sentence]] = {}
    for name, cells in unread.items():
        spec = raw.columns[name].spec
        for row, text in cells.items():
            said = Sentence("{column}: {text}", {"column": Named(name, name, spec.zh), "text": text})
            found.setdefault(row, []).append(said)
    texts = [one_text(found.get(row, [])) for row in range(raw.rows)]
    return ColumnOut(name="not_read", title=say("could not be read"), values=texts)


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


_PARSED: dict[str, Callable[[str], Any]] = {"whole": _number, "decimal": _number, "date": _day}


def _table(kind: str) -> Named:
    from data.import_columns import IMPORT_TABLES

    return Named(kind, kind, IMPORT_TABLES[kind].zh)


def _headers(files: Sequence[File]) -> Iterator[tuple[Any, ...]]:
    for file in files:
        for kind, read in file.upload.reads.items() if file.upload is not None else ():
            if read is None:
                continue
            for match in read.columns:
                column = match.column
                named = Named(column.name, column.name, column.zh)
                yield str(file.path), _table(kind), match.header, named, HOWS[match.how]
            understood = {match.position for match in read.columns}
            for position, header in enumerate(read.headers):
                if header and position not in understood:
                    yield str(file.path), _table(kind), header, "", say("not read")


def _names(files: Sequence[File]) -> Iterator[tuple[Any, ...]]:
    for file in files:
        for kind, reads in file.mended.names.items() if file.mended is not None else ():
            for each in reads:
                yield str(file.path), _table(kind), _ABOUT[each.about], each.found, each.code, each.rows


def _units(files: Sequence[File]) -> Iterator[tuple[Any, ...]]:
    from allocator.words import unit_named

    for file in files:
        for kind, reads in file.mended.units.items() if file.mended is not None else ():
            for each in reads:
                rounded = say("yes") if each.rounded else ""
                said = (each.item, each.unit, float(each.one), unit_named(each.base), each.rows)
                yield str(file.path), _table(kind), *said, each.found, each.became, rounded


def _faults(files: Sequence[File]) -> Iterator[tuple[Any, ...]]:
    for file in files:
        for problem in file.problems.problems:
            yield str(file.path), problem.sentence
        for sentence in file.refused:
            yield str(file.path), sentence
