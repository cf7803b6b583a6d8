"""Rows of a sheet by the hundred thousand: whole columns become cells, and cells become rows, in pyarrow.

xlsxwriter takes some 20 microseconds for a cell, which is a second for a county and minutes for a
nation. In its constant-memory mode it appends every finished row to a temporary file; here whole
blocks of finished rows are appended to that file instead. Everything else (looks, widths, printing,
zipping) stays with xlsxwriter, and small parts are written through it as usual. Only this module
knows how xlsxwriter keeps that file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.csv_text import bytes_of, plain_numbers
from data.workbook_out import TEXT_MAX

__all__ = ["append_rows", "blank_cell", "number_cells", "rows_of_cells", "text_cells", "write_columns"]

Cells = Any
"""A column of cells as texts: a pyarrow array, or one text where every row has the same cell."""

# What XML cannot hold at all; and what Excel would decode as a character's number.
_UNFIT = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_BLANKS = r"^\s|\s$|\s\s|[\t\n]"
_LONG = 1 << 10
_CODED = "(_x[0-9a-fA-F]{4}_)"


def text_cells(texts: Any, look: Any) -> Cells:
    """Return texts (a list or a pyarrow array) as cells; an empty text is an empty cell."""
    column = pa.array(texts, pa.string())
    if len(column) > _LONG:
        # Names, lots and days repeat; each distinct one becomes a cell once.
        encoded = pc.dictionary_encode(column)
        if len(encoded.dictionary) * 2 < len(column):
            return text_cells(encoded.dictionary, look).take(encoded.indices)
    clean = pc.replace_substring_regex(column, _UNFIT, "")
    clean = pc.utf8_slice_codeunits(clean, 0, TEXT_MAX)
    clean = pc.replace_substring_regex(clean, _CODED, r"_x005F\1")
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        clean = pc.replace_substring(clean, plain, escaped)
    style = _style(look)
    head, tail = f'{style} t="inlineStr"><is><t', "</t></is></c>"
    # Blanks at the ends, or two together, are only kept where that is said.
    kept = pc.if_else(pc.match_substring_regex(clean, _BLANKS), ' xml:space="preserve">', ">")
    cells = pc.binary_join_element_wise(head, kept, clean, tail, "")
    return pc.if_else(pc.equal(clean, ""), f"{style}/>", cells)


def number_cells(values: Any, look: Any) -> Cells:
    """Return numbers as cells; nan is an empty cell."""
    texts = plain_numbers(values)
    style = _style(look)
    return pc.if_else(
        pc.equal(texts, ""), f"{style}/>", pc.binary_join_element_wise(f"{style}><v>", texts, "</v></c>", "")
    )


def blank_cell(look: Any) -> Cells:
    """Return an empty cell, the same in every row."""
    return f"{_style(look)}/>"


def _style(look: Any) -> str:
    return f' s="{look._get_xf_index()}"'  # noqa: SLF001 - see the module's docstring


def rows_of_cells(
    first_row: int | NDArray[np.integer],
    columns: Sequence[Cells],
    *,
    points: float | NDArray[np.floating] | None = None,
) -> Any:
    """Return finished rows. `first_row`: number of the first row from 0, or every row's own number.

    `points`: the height of all rows, or of each; None leaves it to the program that shows them.
    """
    count = next(len(column) for column in columns if not isinstance(column, str))
    rows = first_row + np.arange(count) if isinstance(first_row, int) else np.asarray(first_row)
    numbers = plain_numbers(rows.astype(np.int64) + 1)
    parts: list[Any] = ['<row r="', numbers, '"', *_heights(points), ">"]
    for position, cells in enumerate(columns):
        parts += [f'<c r="{chr(ord("A") + position)}', numbers, '"', cells]
    return pc.binary_join_element_wise(*parts, "</row>", "")


def _heights(points: float | NDArray[np.floating] | None) -> list[Any]:
    if points is None:
        return []
    texts = str(points) if isinstance(points, (int, float)) else plain_numbers(points)
    return [' ht="', texts, '" customHeight="1"']


def append_rows(sheet: Any, first_row: int, rows: Any, *, columns: int) -> int:
    """Append finished rows that start at a row number, from 0, and return the number after the last."""
    if not len(rows):
        return first_row
    last_row = first_row + len(rows) - 1
    # The row xlsxwriter still holds goes first; then it is told how far the sheet reaches now.
    sheet._write_single_row(last_row)  # noqa: SLF001
    sheet._check_dimensions(first_row, 0)  # noqa: SLF001
    sheet._check_dimensions(last_row, columns - 1)  # noqa: SLF001
    sheet.row_data_fh.flush()
    sheet.row_data_fh.buffer.write(bytes_of(rows))
    return last_row + 1


def write_columns(
    sheet: Any, first_row: int, columns: Sequence[Cells], *, points: NDArray[np.floating] | None = None
) -> int:
    """Write columns of cells one beside the other and return the number of the row after the last.

    `points`: the height of each row.
    """
    return append_rows(sheet, first_row, rows_of_cells(first_row, columns, points=points), columns=len(columns))
