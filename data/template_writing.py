"""A workbook to fill in: headers in both languages, lists to choose from, checks, a worked example, a hidden mark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from allocator.sentence import Sentence, say
from data.columns import Column, TableSpec
from data.template_examples import example_of
from data.template_lists import CodeLists, Listed, list_for
from data.template_marks import (
    BESIDE_COLUMNS,
    EXAMPLE_COLUMN,
    EXAMPLE_MARK,
    FORM,
    HELP_SHEET,
    LISTS_SHEET,
    MARK_SHEET,
    header_of,
    signature_of,
)
from data.workbook_looks import both, lines_of, widths_of

__all__ = ["FIRST_ROW", "Begun", "write_template"]

FIRST_ROW = 3
"""The first row to fill in: below the headers and the example."""

_LAST_ROW = 1_048_576
_EARLIEST, _LATEST = "DATE(2000,1,1)", "DATE(2100,1,1)"
_PROMPT_MAX, _TITLE_MAX = 255, 32
_FORMATS = {"date": "yyyy-mm-dd", "whole": "#,##0", "decimal": "General", "flag": "@", "choice": "@"}
_LINE = Side(style="thin", color="9AA5B1")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HEAD, _DUE_HEAD, _EXAMPLE, _MISSING = (
    PatternFill("solid", start_color=color, end_color=color) for color in ("D9E2EC", "FCE5CD", "EDEDED", "F8CBAD")
)
_WIDTH_LEAST, _WIDTH_MOST = 13, 42
_LINE_POINTS = 15
_HELP_WIDTHS = (18, 16, 12, 70, 50)


@dataclass(frozen=True)
class Begun:
    """Rows that are filled in as far as is known, by the names of columns; and texts that stand beside them.

    `beside`: for each row what stands in `BESIDE_COLUMNS`, by their names; it is not taken in.
    """

    rows: Sequence[Mapping[str, Any]] = ()
    beside: Sequence[Mapping[str, str]] = ()


_NOTHING_BEGUN = Begun()


def write_template(
    spec: TableSpec,
    path: Path,
    *,
    lists: CodeLists,
    today: dt.date,
    ledger: str = "",
    begun: Begun = _NOTHING_BEGUN,
) -> None:
    """Write a workbook for one kind of table. `ledger`: the name of the one whose codes are in `lists`."""
    chosen = {column.name: listed for column in spec.columns if (listed := list_for(column, lists)) is not None}
    book = Workbook()
    sheet = book.active
    sheet.title = f"{spec.name} {spec.zh}"
    _write_lists(book, list(chosen.values()))
    _write_sheet(sheet, spec, chosen, today)
    _write_begun(sheet, spec, chosen, begun)
    _write_help(book, spec)
    _write_mark(book, spec, today, ledger)
    # The lists and the mark come last, so that their tabs, once shown, are in nobody's way.
    book.move_sheet(LISTS_SHEET, offset=len(book.sheetnames))
    book.properties.creator = book.properties.title = "allocator"
    book.save(path)


def _write_sheet(sheet: Any, spec: TableSpec, chosen: dict[str, Listed], today: dt.date) -> None:
    """Write headers and example, which are locked, above rows that are free to fill in."""
    places = {name: at for at, name in enumerate(chosen, start=1)}
    cells = [EXAMPLE_MARK, *example_of(spec, chosen, today)]
    for at, (column, cell) in enumerate(zip((EXAMPLE_COLUMN, *spec.columns), cells, strict=True), start=1):
        _write_column(sheet, at, column, cell, chosen.get(column.name))
        if at > 1:
            sheet.add_data_validation(_check(column, at, chosen.get(column.name), places.get(column.name, 0)))
    for row, points in ((1, 36), (2, 18)):
        sheet.row_dimensions[row].height = points
    _mark_missing(sheet, spec)
    sheet.freeze_panes = f"B{FIRST_ROW}"
    sheet.sheet_view.zoomScale = 110
    sheet.print_title_rows = "1:1"
    _one_page_wide(sheet)
    _protect(sheet)


def _one_page_wide(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write_column(sheet: Any, at: int, column: Column, cell: Any, listed: Listed | None) -> None:
    letter = get_column_letter(at)
    head, example = sheet.cell(1, at), sheet.cell(2, at)
    if isinstance(cell, str):
        _text(sheet, 2, at, cell)
    else:
        example.value = cell
    head.value = header_of(column)
    head.font = Font(bold=True)
    head.fill = _DUE_HEAD if column.required and at > 1 else _HEAD
    head.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    example.font, example.fill = Font(italic=True, color="7F7F7F"), _EXAMPLE
    head.border = example.border = _BOX
    below = sheet.column_dimensions[letter]
    # A text column keeps 007 as it is typed.
    below.number_format = example.number_format = _FORMATS.get(column.holds, "@")
    below.protection = Protection(locked=at == 1)
    shown = [*column.name.split(), column.zh, str(cell or ""), *(list(listed.means)[:50] if listed else [])]
    below.width = min(_WIDTH_MOST, max(_WIDTH_LEAST, float(widths_of(shown).max()) + 4))


def _check(column: Column, at: int, listed: Listed | None, place: int) -> DataValidation:
    """Return what Excel checks in a column, and what it says beside the cell."""
    check = _rule(column, listed, place)
    check.promptTitle = f"{column.name} {column.zh}"[:_TITLE_MAX]
    check.prompt = both(column.meaning)[:_PROMPT_MAX]
    check.showInputMessage = True
    check.allow_blank = True
    check.errorTitle = check.promptTitle
    letter = get_column_letter(at)
    check.add(f"{letter}{FIRST_ROW}:{letter}{_LAST_ROW}")
    return check


def _rule(column: Column, listed: Listed | None, place: int) -> DataValidation:
    if listed is not None:
        letter = get_column_letter(place)
        formula = f"{LISTS_SHEET}!${letter}$2:${letter}${len(listed.means) + 1}"
        style = "stop" if listed.fixed else "warning"
        error = _CHOOSE if listed.fixed else _NEW_CODE
        return _checked(error, type="list", formula1=formula, errorStyle=style)
    if column.holds == "date":
        latest = "TODAY()" if column.name in _PAST else _LATEST
        error = _PAST_DATE if column.name in _PAST else _DATE
        return _checked(error, type="date", operator="between", formula1=_EARLIEST, formula2=latest)
    if column.holds in ("whole", "decimal"):
        least = max(column.least, 1) if column.above_zero and column.holds == "whole" else column.least
        bounds = {"formula1": f"{least:g}", "formula2": f"{column.most:.0f}"}
        error = _WHOLE if column.holds == "whole" else _DECIMAL
        return _checked(error, type=column.holds, operator="between", **bounds)
    return DataValidation()


_PAST = ("day", "reported_on", "counted_on")
"""Days on which something has happened already."""

_CHOOSE = say("Choose one from the list.")
_NEW_CODE = say("This is not in the list. Keep it only if it is a code that came into being after this template.")
_DATE = say("Write a date, such as 2020-02-10.")
_PAST_DATE = say("Write a date, such as 2020-02-10; it may not be yet to come.")
_WHOLE = say("Write a whole number, in base units; leave the cell empty where nobody knows.")
_DECIMAL = say("Write a number; leave the cell empty where nobody knows.")


def _checked(error: Sentence, **rule: Any) -> DataValidation:
    return DataValidation(showErrorMessage=True, error=both(error)[:_PROMPT_MAX], **rule)


def _mark_missing(sheet: Any, spec: TableSpec) -> None:
    """Let required cells that are still empty show, in rows where something was written."""
    last = get_column_letter(len(spec.columns) + 1)
    for at, column in enumerate(spec.columns, start=2):
        if column.required:
            letter = get_column_letter(at)
            formula = f'AND(COUNTA($B{FIRST_ROW}:${last}{FIRST_ROW})>0,${letter}{FIRST_ROW}="")'
            rule = FormulaRule(formula=[formula], fill=_MISSING)
            sheet.conditional_formatting.add(f"{letter}{FIRST_ROW}:{letter}{_LAST_ROW}", rule)


def _protect(sheet: Any) -> None:
    """Lock what is not to be typed; without a password, for it keeps from slips and not from people."""
    sheet.protection.sheet = True
    for allowed in ("formatColumns", "formatRows", "formatCells", "sort", "autoFilter"):
        setattr(sheet.protection, allowed, False)  # False: not forbidden


def _write_lists(book: Workbook, lists: Sequence[Listed]) -> None:
    """Write what is shown in drop-downs, and, beside all of them, what each of it means."""
    sheet = book.create_sheet(LISTS_SHEET)
    for at, listed in enumerate(lists, start=1):
        for column, title, values in (
            (at, listed.name, listed.means),
            (at + len(lists), f"={listed.name}", listed.means.values()),
        ):
            _text(sheet, 1, column, title)
            for row, value in enumerate(values, start=2):
                _text(sheet, row, column, value)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True


def _write_begun(sheet: Any, spec: TableSpec, chosen: Mapping[str, Listed], begun: Begun) -> None:
    """Write what is known already, and what a person should read beside it."""
    shown = {name: {code: text for text, code in listed.means.items()} for name, listed in chosen.items()}
    for row, values in enumerate(begun.rows, start=FIRST_ROW):
        for at, column in enumerate(spec.columns, start=2):
            value = values.get(column.name)
            if isinstance(value, str):
                _text(sheet, row, at, shown.get(column.name, {}).get(value, value))
            elif value is not None:
                sheet.cell(row, at, value)
            sheet.cell(row, at).protection = Protection(locked=False)
            sheet.cell(row, at).alignment = Alignment(vertical="top")
            sheet.cell(row, at).number_format = _FORMATS.get(column.holds, "@")
    for at, column in enumerate(BESIDE_COLUMNS if begun.beside else (), start=len(spec.columns) + 2):
        texts = [said.get(column.name, "") for said in begun.beside]
        head = sheet.cell(1, at, header_of(column))
        head.font, head.fill, head.border = Font(bold=True, italic=True), _EXAMPLE, _BOX
        head.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        widest = float(widths_of([*texts, column.name]).max())
        sheet.column_dimensions[get_column_letter(at)].width = min(_WIDTH_MOST, max(_WIDTH_LEAST, widest + 3))
        for row, text in enumerate(texts, start=FIRST_ROW):
            _text(sheet, row, at, text)
            sheet.cell(row, at).alignment = Alignment(wrap_text=True, vertical="top")
            below = sheet.row_dimensions[row]
            below.height = max(below.height or 0, _LINE_POINTS * _lines(text))


def _lines(text: str) -> int:
    """Return how many lines a text takes in the widest column."""
    return int(sum(lines_of([part], _WIDTH_MOST)[0] for part in text.split("\n")))


def _write_mark(book: Workbook, spec: TableSpec, today: dt.date, ledger: str) -> None:
    sheet = book.create_sheet(MARK_SHEET)
    mark = {
        "template": spec.name,
        "form": FORM,
        "columns": signature_of(spec),
        "made on": today.isoformat(),
        "ledger": ledger,
    }
    for row, pair in enumerate(mark.items(), start=1):
        for column, value in enumerate(pair, start=1):
            _text(sheet, row, column, value)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True


def _text(sheet: Any, row: int, column: int, value: str) -> None:
    """Write a text that stays one, whatever it begins with."""
    cell = sheet.cell(row, column, value)
    cell.data_type = "s"
    if value[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True


_HELP = (
    say(
        "Fill in a row for each line, from row {row} on. Orange columns are due; a cell that stays empty says nothing."
    ),
    say("The grey row is an example and is not taken in. Leave the headers and the hidden sheets as they are."),
    say("To choose from a list press Alt and the down arrow. Codes are what counts; names help to find them."),
    say("Send the file back, or take it in: allocator import FILE.xlsx"),
)


def _write_help(book: Workbook, spec: TableSpec) -> None:
    """Write how to fill the sheet in, and what every column means."""
    sheet = book.create_sheet(HELP_SHEET)
    sheet.cell(1, 1, f"{spec.name} {spec.zh}").font = Font(bold=True, size=14)
    for row, sentence in enumerate(_HELP, start=2):
        sheet.cell(row, 1, both(Sentence(sentence.message, {"row": FIRST_ROW})))
    top = len(_HELP) + 3
    for place, title in enumerate(("column 列", "列名", "due 必填", "meaning 含义", "one of 可选"), start=1):
        head = sheet.cell(top, place, title)
        head.font, head.fill, head.border = Font(bold=True), _HEAD, _BOX
        sheet.column_dimensions[get_column_letter(place)].width = _HELP_WIDTHS[place - 1]
    for row, column in enumerate(spec.columns, start=top + 1):
        due = "yes 是" if column.required else ""
        cells = (column.name, column.zh, due, both(column.meaning), ", ".join(column.choices))
        for place, text in enumerate(cells, start=1):
            cell = sheet.cell(row, place, text)
            cell.alignment, cell.border = Alignment(wrap_text=True, vertical="top"), _BOX
    _one_page_wide(sheet)
    sheet.protection.sheet = True
