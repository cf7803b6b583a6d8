"""A table as it was read: texts, not yet numbers, and where each of them stands.

CSV files and workbook sheets both become this, so that one set of rules reads their cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import data.arrow_alone  # noqa: F401 - so that pyarrow does not import pandas
from allocator.case import Indices
from data import problem_kinds as kinds
from data.columns import Column, TableSpec
from data.nearest import nearest
from data.problems import Place, ProblemList

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "COLUMNS_MAX",
    "ROWS_MAX",
    "RawColumn",
    "RawTable",
    "known_headers",
    "match_headers",
    "raw_column",
    "trimmed",
]

COLUMNS_MAX = 200
"""Columns a table may have, known or not."""
ROWS_MAX = 50_000_000
"""Rows a table may have."""

# Spaces of every sort at the ends of a cell mean nothing: blanks, no-break and full-width spaces,
# and the invisible marks that come along when text is copied from a web page.
_TRIMMED = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff"


def trimmed(text: str) -> str:
    r"""Return a text without what means nothing at its ends.

    >>> trimmed("\u200b units\u3000\ufeff")
    'units'
    """
    return text.strip(_TRIMMED)


@dataclass(frozen=True, eq=False)
class RawColumn:
    """One column: `index` says for every row which of `values` stands there, -1 where it is blank.

    Values need not be distinct. `header` is the header as written, `letter` the workbook's column.
    """

    spec: Column
    header: str
    letter: str
    index: Indices
    values: pa.StringArray

    def text_at(self, row: int) -> str:
        """Return what stands in a row, "" where it is blank."""
        at = int(self.index[row])
        return "" if at < 0 else str(self.values[at].as_py())

    def take(self, rows: NDArray[np.int64]) -> RawColumn:
        """Return the column with these rows only."""
        return RawColumn(self.spec, self.header, self.letter, self.index[rows], self.values)


@dataclass(frozen=True, eq=False)
class RawTable:
    """The columns of one table that the case format knows, and how to name a place in it."""

    spec: TableSpec
    file: str
    sheet: str
    columns: dict[str, RawColumn]
    rows: int
    row_number: Callable[[int], int]

    def place(self, row: int | None = None, column: str = "") -> Place:
        """Return the place of a row (counted from 0 here) and column, as the reader would look it up."""
        number = 0 if row is None else self.row_number(row)
        raw = self.columns.get(column)
        header = raw.header if raw else column
        letter = raw.letter if raw and row is not None else ""
        return Place(file=self.file, sheet=self.sheet, row=number, column=header, letter=letter)

    def without_blank_rows(self) -> RawTable:
        """Return the table without rows in which every cell is empty, as spreadsheets leave them at the end."""
        blank = np.ones(self.rows, dtype=bool)
        for column in self.columns.values():
            blank &= column.index < 0
            if not blank.any():
                return self
        kept = np.flatnonzero(~blank)
        columns = {name: column.take(kept) for name, column in self.columns.items()}
        number = self.row_number
        return RawTable(self.spec, self.file, self.sheet, columns, len(kept), lambda row: number(int(kept[row])))


def raw_column(spec: Column, header: str, letter: str, cells: pa.ChunkedArray) -> RawColumn:
    """Make a column from dictionary-encoded chunks; blanks at the ends of cells are cut off."""
    if not cells.num_chunks:
        return RawColumn(spec, header, letter, np.empty(0, dtype=np.int32), pa.array([], pa.string()))
    offset = 0
    index = np.empty(len(cells), dtype=np.int32)
    start = 0
    for chunk in cells.chunks:
        part = index[start : start + len(chunk)]
        part[:] = chunk.indices.fill_null(-1).to_numpy()
        if offset:
            part[part >= 0] += offset
        offset += len(chunk.dictionary)
        start += len(chunk)
    values = pa.concat_arrays([chunk.dictionary for chunk in cells.chunks])
    # One way of writing an accented letter, or two codes that look alike would be two: NFC, as documents are hashed.
    trimmed = pc.utf8_normalize(pc.utf8_trim(values, _TRIMMED), "NFC")
    blank = pc.equal(pc.binary_length(trimmed), 0).to_numpy(zero_copy_only=False)
    if blank.any():
        held = index >= 0
        index[held] = np.where(blank[index[held]], -1, index[held])
    return RawColumn(spec, header, letter, index, trimmed)


def match_headers(
    spec: TableSpec, headers: Sequence[str], place: Place, problems: ProblemList
) -> dict[int, Column] | None:
    """Return which column of the table each header means, by position; None where rows cannot be read.

    Unknown headers are a notice with the nearest name; missing required columns, columns that are
    there twice, and far too many columns are problems.
    """
    if len(headers) > COLUMNS_MAX:
        problems.add(kinds.TOO_MANY_COLUMNS, place, found=len(headers), limit=COLUMNS_MAX)
        return None
    matched: dict[int, Column] = {}
    seen: dict[str, str] = {}
    unknown: list[str] = []
    for position, header in enumerate(headers):
        written = header.strip(_TRIMMED)
        column = _known(spec, written)
        if column is None:
            if written:
                unknown.append(written)
            continue
        if column.name in seen:
            problems.add(kinds.COLUMN_TWICE, place, column=column.name, first=seen[column.name], second=written)
            return None
        seen[column.name] = written
        matched[position] = column
    _report_missing(spec, seen, unknown, place, problems)
    return matched


def _known(spec: TableSpec, written: str) -> Column | None:
    found = spec.by_header.get(written) or spec.by_header.get(written.casefold())
    # Templates have both languages in one header.
    return found or spec.by_both.get(" ".join(written.split()))


def known_headers(spec: TableSpec, cells: Sequence[str]) -> set[str]:
    """Return the names of the table's columns among some cells."""
    found = (_known(spec, cell.strip(_TRIMMED)) for cell in cells)
    return {column.name for column in found if column is not None}


def _report_missing(
    spec: TableSpec, seen: dict[str, str], unknown: list[str], place: Place, problems: ProblemList
) -> None:
    for written in unknown:
        near = nearest(written, list(spec.by_header))
        if near:
            problems.notice(kinds.COLUMN_UNKNOWN_NEAR, place, found=written, near=near)
        else:
            problems.notice(kinds.COLUMN_UNKNOWN, place, found=written)
    for column in spec.columns:
        if not column.required or column.name in seen:
            continue
        near = nearest(column.name, unknown) or nearest(column.zh, unknown)
        values: dict[str, Any] = {"column": column.name, "column_zh": column.zh}
        if near:
            problems.add(kinds.COLUMN_MISSING_NEAR, place, near=near, **values)
        else:
            problems.add(kinds.COLUMN_MISSING, place, **values)
