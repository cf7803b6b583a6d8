"""The .xlsx form of tables that people save: a sheet for each, its header in sight, and an About sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_rowcol_to_cell

from allocator.sentence import Named, Sentence, say
from data.texts import translator
from data.workbook_looks import HEADING_POINTS, lines_of, widths_of
from data.workbook_out import ROWS_MAX, TEXT_MAX, free_sheet_name, open_book

if TYPE_CHECKING:
    from data.tables_out import AboutOut, ColumnOut, TableOut

__all__ = ["write_book"]

_A4 = 9
_WIDTH_LEAST, _WIDTH_MOST = 8, 60
_ABOUT_WIDTHS = (30, 90)
_ROWS_MEASURED = 2_000
"""Rows whose texts decide how wide a column is."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {"indent": 1},
    "whole": {"num_format": "#,##0"},
    "decimal": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "time": {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
}
_FIRST_DAY = dt.date(1900, 3, 1)
"""Earlier days Excel counts otherwise than the calendar does; they stay texts."""


class _Looks:
    """The cell formats, made once."""

    def __init__(self, book: Any) -> None:
        thin = {"border": 1, "border_color": "#9AA5B1", "valign": "vcenter"}
        self.heading = book.add_format({**thin, "bold": True, "text_wrap": True, "bg_color": "#D9E2EC"})
        self.cells = {holds: book.add_format({**thin, **more}) for holds, more in _FORMATS.items()}
        # Excel shows the ' nowhere, and keeps the cell a text even where somebody types in it.
        self.quoted = book.add_format({**thin, "indent": 1, "quote_prefix": True})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.name = book.add_format({"bold": True, "valign": "top"})
        self.fact = book.add_format({"text_wrap": True, "valign": "top"})


def write_book(
    path: Path,
    tables: Sequence[TableOut],
    about: AboutOut,
    *,
    lang: str,
    finish: Callable[[Any, dict[str, Any], set[str]], None] | None = None,
) -> None:
    """Write tables and where they come from to an .xlsx file.

    `finish`: called with the open book, the (first) sheet of each table by its name and the names of sheets that are
    taken, to add charts and colours before the About sheet.
    """
    word = translator(lang)
    names: set[str] = set()
    with open_book(path, date=about.day, title=word(about.title)) as book:
        looks = _Looks(book)
        sheets: dict[str, Any] = {}
        for table in tables:
            for start in range(0, max(table.rows, 1), ROWS_MAX - 1):
                sheet = book.add_worksheet(free_sheet_name(word(table.title), names))
                sheets.setdefault(table.name, sheet)
                _write_sheet(sheet, table, slice(start, start + ROWS_MAX - 1), looks, lang)
        if finish is not None:
            finish(book, sheets, names)
        _write_about(book.add_worksheet(free_sheet_name(word(say("About")), names)), tables, about, looks, word)


def _write_sheet(sheet: Any, table: TableOut, part: slice, looks: _Looks, lang: str) -> None:
    """Write a header that stays in sight, can be filtered by and is printed on every page; and the rows below it."""
    word = translator(lang)
    cells = [list(_cells(column, part, lang)) for column in table.columns]
    titles = [word(column.title) for column in table.columns]
    for position, (title, values) in enumerate(zip(titles, cells, strict=True)):
        sheet.set_column(position, position, _width(title, values))
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(cells[0]), len(titles) - 1)
    sheet.set_row(0, HEADING_POINTS)
    for position, title in enumerate(titles):
        sheet.write_string(0, position, title, looks.heading)
    kinds = [column.holds for column in table.columns]
    for row, line in enumerate(zip(*cells, strict=True), start=1):
        for position, (value, holds) in enumerate(zip(line, kinds, strict=True)):
            _write(sheet, row, position, value, looks, holds)
    if table.added_up and cells[0]:
        _write_sums(sheet, table, cells, looks, word(say("total")))


def _write_sums(sheet: Any, table: TableOut, cells: Sequence[Sequence[Any]], looks: _Looks, title: str) -> None:
    """Write a last row of formulas that add up what stands above them."""
    last = len(cells[0])
    sheet.write_string(last + 1, 0, title, looks.heading)
    for position, column in enumerate(table.columns):
        if column.name in table.added_up:
            top, bottom = xl_rowcol_to_cell(1, position), xl_rowcol_to_cell(last, position)
            known = sum(value for value in cells[position] if value is not None)
            sheet.write_formula(last + 1, position, f"=SUM({top}:{bottom})", looks.cells[column.holds], known)


def _cells(column: ColumnOut, part: slice, lang: str) -> Iterator[Any]:
    """Give what is written in a column: texts worded, days as days, numbers as numbers, None for nothing."""
    word = translator(lang)
    for cell in column.values[part]:
        value = cell.item() if hasattr(cell, "item") else cell
        if isinstance(value, Sentence):
            yield word(value)
        elif isinstance(value, Named):
            yield value.worded("zh" if lang.startswith("zh") else "en")
        elif column.holds == "date" and isinstance(value, str) and value:
            yield dt.date.fromisoformat(value)
        elif value is None or value == "" or value != value:  # noqa: PLR0124 - nan alone is not itself
            yield None
        else:
            yield value


def _write(sheet: Any, row: int, column: int, value: Any, looks: _Looks, holds: str) -> None:
    look = looks.cells[holds]
    if value is None:
        sheet.write_blank(row, column, None, look)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:TEXT_MAX], looks.quoted if value.startswith(_FORMULA_SIGNS) else look)
    elif isinstance(value, dt.date):
        day = value.date() if isinstance(value, dt.datetime) else value
        if day < _FIRST_DAY:
            sheet.write_string(row, column, str(value), look)
        else:
            sheet.write_datetime(row, column, value, look)
    elif holds == "text":
        sheet.write_string(row, column, str(value), look)
    else:
        sheet.write_number(row, column, float(value) if holds != "whole" else int(value), look)


def _width(title: str, values: Sequence[Any]) -> float:
    """Return how wide a column is: its cells whole unless one is very long, its title on up to three lines."""
    shown = [f"{value:,}" if isinstance(value, (int, float)) else str(value or "") for value in values[:_ROWS_MEASURED]]
    widest = max(float(widths_of(shown).max()) if shown else 0.0, float(widths_of([title]).max()) / 2)
    return min(_WIDTH_MOST, max(_WIDTH_LEAST, widest * 1.05 + 3))


def _write_about(sheet: Any, tables: Sequence[TableOut], about: AboutOut, looks: _Looks, word: Any) -> None:
    """Write what the tables are, and every fact on a line of its own."""
    for column, width in enumerate(_ABOUT_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, word(about.title), looks.title)
    rows = [(say("rows"), ", ".join(f"{word(table.title)}: {table.rows:,}" for table in tables))]
    for row, (name, value) in enumerate([*about.facts, *rows], start=2):
        text = word(value) if isinstance(value, Sentence) else str(value)
        sheet.set_row(row, 15 * int(lines_of([text], _ABOUT_WIDTHS[1])[0]))
        sheet.write_string(row, 0, word(name), looks.name)
        sheet.write_string(row, 1, text[:TEXT_MAX], looks.fact)
