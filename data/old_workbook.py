"""Workbooks of the form before .xlsx, as Excel 97 and WPS (.xls, .et) write them, looked at before they are read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import python_calamine as calamine

from data import problem_kinds as kinds
from data.problems import Place, ProblemList
from data.raw_table import COLUMNS_MAX
from data.workbook_caps import CELLS_MAX, SheetPart

__all__ = ["OLD_BYTES_MAX", "is_old_workbook", "open_old", "without_panic"]

OLD_BYTES_MAX = 60_000_000
"""Bytes such a file may have; the form itself allows 65,536 rows a sheet."""

_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_ROWS_MAX = 65_536
_SECONDS = 15.0
_READ_ALL = """
import sys
import python_calamine
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except ImportError:
    pass
book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
for name in book.sheet_names:
    book.get_sheet_by_name(name)
"""

T = TypeVar("T")


def is_old_workbook(path: Path) -> bool:
    """Say whether a file begins as such workbooks do, whatever its name ends with."""
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def without_panic(work: Callable[[], T]) -> T:
    """Do some work of the reader; where it gives up on itself, that is an error like any other.

    Raises:
        CalamineError: the reader gave up.

    """
    try:
        return work()
    except BaseException as fault:
        # A panic of the reader is no Exception, so that nobody mistakes it for one; here it means a broken file.
        if type(fault).__name__ == "PanicException":
            raise calamine.CalamineError(str(fault)[:200]) from fault
        raise


def open_old(path: Path, problems: ProblemList) -> tuple[calamine.CalamineWorkbook, dict[str, SheetPart]] | None:
    """Return an old workbook and its sheets; None where it is broken, has a password or is far too large."""
    place = Place(file=path.name)
    size = path.stat().st_size
    if size > OLD_BYTES_MAX:
        problems.add(kinds.FILE_TOO_LARGE, place, found=f"{size:,}", limit=f"{OLD_BYTES_MAX:,}")
        return None
    if not _is_survived(path):
        problems.add(kinds.WORKBOOK_OLD, place)
        return None
    try:
        book = without_panic(lambda: calamine.CalamineWorkbook.from_path(str(path)))
        sheets = {name: without_panic(lambda name=name: _looked_at(book, name)) for name in book.sheet_names}  # type: ignore[misc]
    except (calamine.CalamineError, OSError, ValueError):
        problems.add(kinds.WORKBOOK_OLD, place)
        return None
    for name, part in sheets.items():
        if part is None:
            where = Place(file=path.name, sheet=name)
            problems.add(kinds.SHEET_TOO_WIDE, where, cell=name, columns=COLUMNS_MAX, rows=_ROWS_MAX, cells=CELLS_MAX)
            return None
    return book, {name: part for name, part in sheets.items() if part is not None}


def _is_survived(path: Path) -> bool:
    """Say whether the reader survives a file: one whose sizes lie makes it ask for gigabytes and end its process.

    So a process of its own reads it first, which may have no more memory and time than a sound file needs.
    """
    try:
        command = [sys.executable, "-I", "-c", _READ_ALL, str(path)]
        tried = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    # What it refuses in an orderly way (1) is told by whoever opens it next.
    return tried.returncode in (0, 1)


def _looked_at(book: calamine.CalamineWorkbook, name: str) -> SheetPart | None:
    """Return how many cells a sheet's rectangle has; None where it is too wide or too high."""
    sheet = book.get_sheet_by_name(name)
    if sheet.width > COLUMNS_MAX or sheet.height > _ROWS_MAX:
        return None
    return SheetPart(cells=sheet.width * sheet.height)
