"""Tables as people save them: .xlsx, .csv and .parquet from one description, with where they come from.

A table is columns, each of one kind, so that dates and numbers stay dates and numbers. What a person
typed may begin as a formula does; such a text is written so that no spreadsheet ever works it out.

    tables = (TableOut(name="stock", title=say("Stock"), columns=(
        ColumnOut(name="site", title=say("site"), values=codes),
        ColumnOut(name="units", title=say("units"), holds="whole", values=units),
    )),)
    write_tables(path, tables, AboutOut(title=say("Stock"), facts=facts), lang="zh")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from allocator.sentence import Named, Sentence
from allocator.tables import ColumnOut, TableOut, rows_out
from data.csv_text import bytes_of, plain_numbers, quoted
from data.tables_book import write_book
from data.texts import translator

__all__ = ["ENDINGS", "AboutOut", "ColumnOut", "TableOut", "files_of", "rows_out", "write_tables"]

ENDINGS = (".xlsx", ".csv", ".parquet")
"""What the name of a file may end with; the ending says the form."""

BYTE_ORDER_MARK = "\ufeff".encode()
"""Without it Excel reads a CSV file in the code page of the computer, and Chinese becomes signs."""


@dataclass(frozen=True, kw_only=True)
class AboutOut:
    """Where tables come from: what they are, and facts by name: filters, time, person, ledger position.

    `day`: dates the file itself, so that the same tables are the same bytes.
    """

    title: Sentence
    day: dt.date
    facts: Sequence[tuple[Sentence, Sentence | str | int]] = ()


def files_of(path: Path, tables: Sequence[TableOut]) -> list[tuple[Path, Sequence[TableOut]]]:
    """Return which file holds which tables: a workbook all of them, other forms one each, named after it.

    >>> from allocator.sentence import say
    >>> two = [rows_out(name, say("stock"), [], []) for name in ("a", "b")]
    >>> [file.name for file, _ in files_of(Path("day.csv"), two)]
    ['day.csv', 'day-b.csv']
    """
    if path.suffix.lower() == ".xlsx":
        return [(path, tables)]
    first, *others = tables
    beside = [(path.with_name(f"{path.stem}-{table.name}{path.suffix}"), [table]) for table in others]
    return [(path, [first]), *beside]


def write_tables(path: Path, tables: Sequence[TableOut], about: AboutOut, *, lang: str) -> None:
    """Write tables to one file, in the form its ending says: a workbook with an About sheet, or one table.

    Headers of a CSV file are the names of the columns or, in Chinese, their titles; those of Parquet are
    names always.

    Raises:
        ValueError: the ending is none of `ENDINGS`, or there are several tables for one file of another form.

    """
    ending = path.suffix.lower()
    if ending == ".xlsx":
        write_book(path, tables, about, lang=lang)
        return
    if ending not in ENDINGS or len(tables) != 1:
        raise ValueError(f"a table is written as one of {', '.join(ENDINGS)}, each into a file of its own")
    if ending == ".csv":
        _write_csv(path, tables[0], lang)
    else:
        _write_parquet(path, tables[0], about)


def _write_csv(path: Path, table: TableOut, lang: str) -> None:
    word = translator(lang)
    header = [word(column.title) if lang.startswith("zh") else column.name for column in table.columns]
    with path.open("wb") as file:
        file.write(BYTE_ORDER_MARK + (",".join(quoted(header).to_pylist()) + "\n").encode())
        if table.rows:
            *fields, last = (_fields(column, lang) for column in table.columns)
            ending = pc.binary_join_element_wise(last, "", "\n")
            file.write(bytes_of(pc.binary_join_element_wise(*fields, ending, ",")))


def _fields(column: ColumnOut, lang: str) -> Any:
    """Return a column as finished fields of a CSV file."""
    if column.holds == "text":
        return quoted(_texts(column.values, lang))
    if column.holds in ("date", "time"):
        texts = ["" if each is None else str(each) for each in column.values]
        return pa.array([text.removesuffix(":00") if column.holds == "time" else text for text in texts], pa.string())
    if isinstance(column.values, np.ndarray) and column.values.dtype.kind in "iuf":
        return plain_numbers(column.values)
    return pa.array(["" if _is_absent(each) else _plain(each) for each in column.values], pa.string())


def _plain(number: Any) -> str:
    """Return one number without exponent; a whole one without a point."""
    if isinstance(number, Decimal):
        return f"{number:f}"
    return str(plain_numbers(np.asarray([number]))[0].as_py())


def _is_absent(cell: Any) -> bool:
    return cell is None or cell == "" or cell != cell  # noqa: PLR0124 - nan alone is not itself


def _texts(values: Any, lang: str) -> list[str]:
    """Return what stands in a column of texts, worded for the reader."""
    word = translator(lang)

    def text(cell: Any) -> str:
        if isinstance(cell, str):
            return cell
        if isinstance(cell, Sentence):
            return word(cell)
        if isinstance(cell, Named):
            return cell.worded("zh" if lang.startswith("zh") else "en")
        return "" if cell is None else str(cell)

    return [text(cell) for cell in values]


_ARROW = {"whole": pa.int64(), "decimal": pa.float64(), "share": pa.float64()}


def _write_parquet(path: Path, table: TableOut, about: AboutOut) -> None:
    import pyarrow.parquet as pq

    word = translator("en")
    columns = {column.name: _arrow(column) for column in table.columns}
    told = {word(name): word(value) if isinstance(value, Sentence) else str(value) for name, value in about.facts}
    pq.write_table(pa.table(columns).replace_schema_metadata({"title": word(about.title), **told}), path)


def _arrow(column: ColumnOut) -> Any:
    if column.holds == "date":
        days = [
            dt.date.fromisoformat(each) if isinstance(each, str) and each else each or None for each in column.values
        ]
        return pa.array(days, pa.date32())
    if column.holds == "time":
        return pa.array(list(column.values), pa.timestamp("ms"))
    if column.holds in _ARROW:
        numbers = [None if _is_absent(each) else float(each) for each in np.asarray(column.values, dtype=object)]
        return pa.array(numbers, pa.float64()).cast(_ARROW[column.holds])
    return pa.array(_texts(column.values, "en"), pa.string())
