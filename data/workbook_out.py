"""Workbooks going out: one way to open them, name sheets and write rows, the same bytes every time.

Texts are written as texts whatever they begin with, so `=1+1` as a site's name stays a name.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import xlsxwriter.exceptions

__all__ = ["ROWS_MAX", "TEXT_MAX", "free_sheet_name", "open_book", "write_cells"]

ROWS_MAX = 1_048_576
"""Rows of one sheet, by Excel."""
TEXT_MAX = 32_767
"""Characters of one cell, by Excel."""

_SHEET_NAME_MAX = 31
_SHEET_NAME_UNFIT = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_OPTIONS = {
    # Rows go to disk as they are written, so that a million of them need no memory.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


@contextlib.contextmanager
def open_book(path: Path, *, date: dt.date, title: str) -> Iterator[Any]:
    """Open a new workbook, dated with the plan's day instead of the clock's, and write it at the end.

    Raises:
        OSError: it cannot be written.

    """
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    book.set_properties({"title": title, "created": dt.datetime(date.year, date.month, date.day)})  # noqa: DTZ001 - a day, in no zone
    # After a fault the temporary rows are dropped with the half-written book.
    yield book
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        why = error.args[0] if error.args else None
        raise (why if isinstance(why, OSError) else OSError(str(error))) from error


def free_sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a sheet name Excel accepts and nobody has yet, and take it.

    >>> taken = {"summary"}
    >>> free_sheet_name("Summary", taken), free_sheet_name("a/b: " + "x" * 40, taken)
    ('Summary (2)', 'a b  xxxxxxxxxxxxxxxxxxxxxxxxxx')
    """
    base = _SHEET_NAME_UNFIT.sub(" ", wanted).strip("' ") or "-"
    name, number = base[:_SHEET_NAME_MAX], 1
    # "History" is a name Excel keeps for itself.
    while name.casefold() in taken or name.casefold() == "history":
        number += 1
        ending = f" ({number})"
        name = base[: _SHEET_NAME_MAX - len(ending)] + ending
    taken.add(name.casefold())
    return name


def write_cells(sheet: Any, row: int, cells: Iterable[Any], style: Any = None, styles: Sequence[Any] = ()) -> None:
    """Write one row: texts as texts, numbers as numbers, None and nan as empty cells.

    `styles`: one for each column, where they differ.
    """
    for column, cell in enumerate(cells):
        look = styles[column] if styles else style
        # nan is the only number that is not equal to itself.
        if cell is None or cell == "" or cell != cell:  # noqa: PLR0124
            if look is not None:
                sheet.write_blank(row, column, None, look)
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell[:TEXT_MAX], look)
        else:
            sheet.write_number(row, column, cell, look)
