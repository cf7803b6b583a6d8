"""The cells of one sheet or CSV file as rows, before anybody knows which of them is the header."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data import problem_kinds as kinds
from data.case_csv import read_text
from data.csv_cells import meant
from data.problems import Place, ProblemList
from data.raw_table import COLUMNS_MAX
from data.workbook_caps import IMPORT_CELLS_MAX

__all__ = ["CELLS_BYTES_MAX", "SheetCells", "cells_of_csv", "column_letter", "encoded", "text_of"]

# A spreadsheet keeps 15 digits of a number; a longer one is not what was typed.
_EXACT_BELOW = 10**15
_FIELD_CHARACTERS_MAX = 1_000_000
CELLS_BYTES_MAX = 20_000_000
"""Bytes of a CSV file that is parted into cells in memory; what has our own headers is read column by column."""
_SEPARATORS = ",\t;|"


@dataclass(frozen=True)
class SheetCells:
    """Rows of equally many cells, from row 1 of a sheet ("" in a CSV file) on.

    `merged`: rectangles of merged cells, as (row, column) of the first and the last, from 0.
    `widths`: how many cells each row was written with, where that says something, as in a CSV file.
    """

    file: str
    sheet: str
    rows: Sequence[Sequence[Any]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    widths: Sequence[int] | None = None

    @property
    def place(self) -> Place:
        """The sheet as a place."""
        return Place(file=self.file, sheet=self.sheet)


def text_of(cell: Any) -> str:
    """Return a cell as the text a careful person would have typed.

    >>> text_of(421127101001.0), text_of(2.5), text_of(True), text_of(dt.datetime(2020, 2, 10))
    ('421127101001', '2.5', 'true', '2020-02-10')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_BELOW:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)


def column_letter(position: int) -> str:
    """Return the letters of a column, counted from 0.

    >>> column_letter(3), column_letter(27)
    ('D', 'AB')
    """
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def encoded(cells: Sequence[Any]) -> pa.ChunkedArray:
    """Return a column's cells as texts, each distinct cell turned into text once."""
    # True and 1 are one key to a dictionary and two things to a reader.
    keys: Sequence[Any] = cells
    if bool in set(map(type, cells)):
        keys = [text_of(cell) for cell in cells]
    places = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    index = np.fromiter(map(places.__getitem__, keys), dtype=np.int32, count=len(keys))
    texts = pa.array([text_of(key) for key in places], pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(index), texts)])


def cells_of_csv(path: Path, problems: ProblemList) -> SheetCells | None:
    """Return the rows of a CSV file, the shorter ones filled up; None where it could not be read."""
    place = Place(file=path.name)
    text = read_text(path, problems, bytes_max=CELLS_BYTES_MAX)
    if text is None:
        return None
    decoded = text.decode("utf-8", errors="replace")
    csv.field_size_limit(_FIELD_CHARACTERS_MAX)
    try:
        reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=_separator(decoded), strict=True)
        rows: list[list[str]] = []
        width = more = 0
        for row in reader:
            # Shorter rows are filled up to the widest: one of a million cells would make a million of each.
            if len(row) > COLUMNS_MAX:
                problems.add(kinds.TOO_MANY_COLUMNS, place, found=len(row), limit=COLUMNS_MAX)
                return None
            width = max(width, len(row))
            if (len(rows) + 1) * width > IMPORT_CELLS_MAX:
                # The rest is counted, not kept: millions of empty rows are hundreds of megabytes.
                more = 1 + sum(1 for _ in reader)
                break
            rows.append([meant(cell) for cell in row])
    except csv.Error as fault:
        problems.add(kinds.CSV_BROKEN, place, reason=str(fault)[:200])
        return None
    if more:
        limit = f"{IMPORT_CELLS_MAX // width:,}"
        problems.add(kinds.TOO_MANY_ROWS, place, found=f"{len(rows) + more:,}", limit=limit)
        return None
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    return SheetCells(path.name, "", filled, widths=[len(row) for row in rows])


def _separator(text: str) -> str:
    """Return what parts the cells: what stands most often in the first lines, else a comma."""
    head = text[:20_000]
    counts = {separator: head.count(separator) for separator in _SEPARATORS}
    return max(counts, key=lambda separator: counts[separator])
