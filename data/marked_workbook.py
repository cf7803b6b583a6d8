"""A workbook sent back: the cells that could not be read marked, with a sentence in each and in a column of its own."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from data.sheet_cells import SheetCells

__all__ = ["CellMark", "SheetToMark", "mark_workbook", "write_sheets"]

_BAD = PatternFill("solid", fgColor="FFC7CE")
_WIDTH = 60
_TEXT_MAX = 2_000
_HIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 65534, 65535), "�")
_UNREADABLE = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, EOFError,
    zipfile.BadZipFile, ParseError, InvalidFileException,
)  # fmt: skip


@dataclass(frozen=True)
class CellMark:
    """What is wrong in a row: `row` from 1, 0 for the sheet as a whole; `letter`: the cell's column, "" for none.

    `is_wrong` is false where a row is only said to be there for another.
    """

    sheet: str
    row: int
    letter: str
    text: str
    is_wrong: bool = True


@dataclass(frozen=True)
class SheetToMark:
    """A sheet's cells, the name it gets, the last row of its header, from 1, and the rows that are kept (None: all)."""

    name: str
    cells: SheetCells
    header_row: int
    kept: frozenset[int] | None = None


def mark_workbook(source: Path, out: Path, marks: Sequence[CellMark], headers: Mapping[str, int], title: str) -> bool:
    """Write a copy of a workbook with its bad cells marked; False where it cannot be opened to be written.

    `headers`: the row of each sheet's header, from 1; `title`: what stands over the column of sentences.
    """
    try:
        book = openpyxl.load_workbook(source)
        for name, own in _by_sheet(marks).items():
            if name in book.sheetnames:
                _mark(book[name], own, headers.get(name, 1), title)
        _list_the_rest(book, [mark for mark in marks if not mark.row or mark.sheet not in book.sheetnames], title)
        book.save(out)
    except _UNREADABLE:
        return False
    return True


def write_sheets(out: Path, sheets: Sequence[SheetToMark], marks: Sequence[CellMark], title: str) -> None:
    """Write sheets anew, with the rows that are kept, their bad cells marked."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    by_sheet = _by_sheet(marks)
    for sheet in sheets:
        page: Worksheet = book.create_sheet(sheet.name[:31] or "data")
        rows = [at for at in range(len(sheet.cells.rows)) if at < sheet.header_row or _is_kept(sheet, at)]
        for place, at in enumerate(rows, start=1):
            for column, cell in enumerate(sheet.cells.rows[at], start=1):
                _put(page, place, column, cell)
        now_at = {at + 1: place for place, at in enumerate(rows, start=1)}
        own = [
            replace(mark, row=now_at[mark.row]) for mark in by_sheet.get(sheet.cells.sheet, ()) if mark.row in now_at
        ]
        _mark(page, own, sheet.header_row, title)
        page.freeze_panes = f"A{sheet.header_row + 1}"
    _list_the_rest(book, [mark for mark in marks if not mark.row], title)
    book.save(out)


def _is_kept(sheet: SheetToMark, at: int) -> bool:
    return sheet.kept is None or at + 1 in sheet.kept


def _by_sheet(marks: Iterable[CellMark]) -> dict[str, list[CellMark]]:
    found: dict[str, list[CellMark]] = {}
    for mark in marks:
        if mark.row:
            found.setdefault(mark.sheet, []).append(mark)
    return found


def _mark(page: Worksheet, marks: Sequence[CellMark], header_row: int, title: str) -> None:
    """Colour the bad cells of a sheet, put a comment on each, and say all of a row in a column behind the others."""
    column = page.max_column + 1
    by_row: dict[int, list[CellMark]] = {}
    for mark in marks:
        by_row.setdefault(mark.row, []).append(mark)
    for row, own in by_row.items():
        texts = list(dict.fromkeys(_plain(mark.text) for mark in own))
        for letter in dict.fromkeys(mark.letter for mark in own if mark.letter):
            cell: Any = page[f"{letter}{row}"]
            if not isinstance(cell, MergedCell):
                cell.fill = _BAD
                said = "\n".join(dict.fromkeys(_plain(mark.text) for mark in own if mark.letter == letter))
                cell.comment = Comment(said, "allocator", width=360, height=120)
        _put(page, row, column, "\n".join(texts))
        if any(mark.is_wrong for mark in own):
            page.cell(row, column).fill = _BAD
        page.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    _put(page, header_row, column, title)
    page.cell(header_row, column).font = Font(bold=True)
    page.column_dimensions[get_column_letter(column)].width = _WIDTH


def _list_the_rest(book: Any, marks: Sequence[CellMark], title: str) -> None:
    """List what is wrong with sheets as a whole on a sheet of its own, the last."""
    if not marks:
        return
    page = book.create_sheet(_free_name(book, title))
    for row, mark in enumerate(marks, start=1):
        _put(page, row, 1, _plain(f"{mark.sheet}: {mark.text}" if mark.sheet else mark.text))
    page.column_dimensions["A"].width = 2 * _WIDTH


def _free_name(book: Any, title: str) -> str:
    name = title[:28]
    return name if name not in book.sheetnames else f"{name} 2"


def _put(page: Worksheet, row: int, column: int, value: Any) -> None:
    """Write a cell; a text stays a text, whatever it begins with."""
    if value == "" or value is None:
        return
    cell: Any = page.cell(row, column)
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        cell.value = _plain(value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in "=+-@"
    else:
        cell.value = value


def _plain(text: str) -> str:
    return text.translate(_HIDDEN)[:_TEXT_MAX]
