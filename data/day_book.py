"""The day report as a workbook of one sheet, whose sums can be followed cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allocator.sentence import say
from data.day_sheet import FLOWS, HELD, DaySheet, day_rows, facts_of, open_rows, short_rows, sum_sentence
from data.texts import translator
from data.workbook_looks import Looks
from data.workbook_out import open_book, write_cells

__all__ = ["write_day_book"]

_A4, _HEADING_POINTS = 9, 32
_TEXTS = 2
_WIDTHS = (30, 8, *[11] * 13)
_OPEN_SPANS = (1, 2, 5, 1, 1, 1)
"""The number of a note and where it goes are longer than the numbers above them."""


def write_day_book(sheet: DaySheet, path: Path, *, lang: str = "en") -> None:
    """Write the report to an .xlsx file; closing stock and a check beside it are formulas."""
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    title = word(say("Day report of supplies"))
    with open_book(path, date=sheet.day, title=title) as book:
        looks = Looks(book)
        looks.whole.set_num_format("#,##0;−#,##0;–")
        page = book.add_worksheet(word(say("Day report")))
        for column, width in enumerate(_WIDTHS):
            page.set_column(column, column, width)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 1)
        page.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.5)
        page.set_footer("&L&9allocator&R&9&P / &N")
        page.write_string(0, 0, f"{title}  {sheet.day.isoformat()}", looks.title)
        row = 1
        for name, text in facts_of(sheet, lang):
            page.write_string(row, 0, f"{word(name)}: {text}", looks.note)
            row += 1
        row = _day(page, row + 1, sheet, lang, looks)
        page.write_string(row, 0, word(sum_sentence(sheet)), looks.note)
        row += 2
        if sheet.shortages:
            row = _part(page, row, word(say("Short by tier, in units")), short_rows(sheet, lang), looks) + 1
        if sheet.open:
            _part(page, row, word(say("Not settled")), open_rows(sheet, lang), looks, _OPEN_SPANS)
        else:
            page.write_string(row, 0, word(say("Not settled: nothing")), looks.section)


def _day(page: Any, row: int, sheet: DaySheet, lang: str, looks: Looks) -> int:
    """Write the day's table and return the row after it."""
    headings, rows = day_rows(sheet, lang)
    check = len(headings)
    page.set_row(row, _HEADING_POINTS)
    write_cells(page, row, [*headings, translator(lang)(say("check"))], looks.heading)
    closing = _TEXTS + [name for name, _ in FLOWS].index("closing")
    styles = [looks.text] * _TEXTS + [looks.whole] * (len(headings) - _TEXTS)
    for number, cells in enumerate(rows, start=row + 1):
        write_cells(page, number, cells, styles=styles)
        first, *terms = (f"{_letter(column)}{number + 1}" for column in range(_TEXTS, closing))
        signed = "".join(sign + cell for sign, cell in zip(_SIGNS, terms, strict=True))
        difference = sheet.items[number - row - 1].unexplained
        page.write_formula(number, closing, f"={first}{signed}", looks.whole, cells[closing] - difference)
        held = f"{_letter(closing + 1)}{number + 1}:{_letter(closing + len(HELD))}{number + 1}"
        page.write_formula(number, check, f"={_letter(closing)}{number + 1}-SUM({held})", looks.whole, -difference)
    return row + 1 + len(rows)


_SIGNS = "+--+-"
"""How the terms after the opening stock count."""


def _part(
    page: Any,
    row: int,
    title: str,
    table: tuple[list[str], list[list[Any]]],
    looks: Looks,
    spans: Sequence[int] = (),
) -> int:
    """Write a smaller table under its title and return the row after it. `spans`: columns that each cell takes."""
    headings, rows = table
    page.write_string(row, 0, title, looks.section)
    _spread(page, row + 1, [(heading, looks.heading) for heading in headings], spans)
    for number, cells in enumerate(rows, start=row + 2):
        styled = [(cell, looks.text if cell is None or isinstance(cell, str) else looks.whole) for cell in cells]
        _spread(page, number, styled, spans)
    return row + 2 + len(rows)


def _spread(page: Any, row: int, cells: Sequence[tuple[Any, Any]], spans: Sequence[int]) -> None:
    """Write one row of cells with their looks, wide texts over several columns."""
    column = 0
    for (cell, look), span in zip(cells, spans or [1] * len(cells), strict=True):
        if span > 1:
            page.merge_range(row, column, row, column + span - 1, cell or "", look)
        else:
            text = "" if cell is None else cell
            page.write(row, column, text, look)
        column += span


def _letter(column: int) -> str:
    """Return a column's letter.

    >>> _letter(0), _letter(8)
    ('A', 'I')
    """
    return chr(ord("A") + column)
