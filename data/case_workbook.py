"""Read the sheets of a workbook as raw tables; spreadsheet numbers and dates become plain texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine as calamine

from data import problem_kinds as kinds
from data.columns import TableSpec
from data.old_workbook import is_old_workbook, open_old, without_panic
from data.os_reasons import reason_of
from data.problems import Place, ProblemList
from data.raw_table import RawTable, known_headers, match_headers, raw_column
from data.sheet_cells import SheetCells, column_letter, encoded, text_of
from data.workbook_caps import CELLS_MAX, SheetPart, inspect

__all__ = ["Workbook", "open_workbook"]

_HEADER_WITHIN = 10  # rows in which a header is looked for


@dataclass(frozen=True)
class Workbook:
    """An opened workbook: its sheets by name, as they were found when it was looked through."""

    file: str
    sheets: dict[str, SheetPart]
    book: calamine.CalamineWorkbook

    def sheets_with_cells(self) -> list[str]:
        """Return the names of the sheets that hold anything."""
        return [name for name, part in self.sheets.items() if part.cells]

    def _parsed(self, sheet: str, problems: ProblemList) -> tuple[list[list[Any]], Any] | None:
        """Return a sheet's rows and what is merged in it; None after a problem. Parsing is what takes its time."""

        def parsed() -> tuple[list[list[Any]], Any]:
            found = self.book.get_sheet_by_name(sheet)
            return found.to_python(skip_empty_area=False), found.merged_cell_ranges

        try:
            return without_panic(parsed)
        except (calamine.CalamineError, ValueError) as fault:
            problems.add(kinds.WORKBOOK_BROKEN, Place(file=self.file, sheet=sheet), reason=str(fault))
            return None

    def _cells(self, sheet: str, problems: ProblemList) -> list[list[Any]] | None:
        parsed = self._parsed(sheet, problems)
        return None if parsed is None else parsed[0]

    def cells(self, sheet: str, problems: ProblemList) -> SheetCells | None:
        """Return a sheet's cells, with what is merged; None after a problem."""
        parsed = self._parsed(sheet, problems)
        lost = _report_lost_results(self.sheets[sheet], Place(file=self.file, sheet=sheet), problems)
        if parsed is None or lost:
            return None
        return SheetCells(self.file, sheet, parsed[0], list(parsed[1] or ()))

    def key_values(self, sheet: str, problems: ProblemList) -> list[tuple[str, str, int]] | None:
        """Return the first two cells of every row that has a key, as texts, and its number; None after a problem."""
        rows = self._cells(sheet, problems)
        if rows is None or _report_lost_results(self.sheets[sheet], Place(file=self.file, sheet=sheet), problems):
            return None
        pairs = [
            (text_of(row[0]).strip(), text_of(row[1]).strip(), number)
            for number, row in enumerate(rows, start=1)
            if len(row) > 1
        ]
        return [pair for pair in pairs if pair[0]]

    def texts(self, sheet: str, problems: ProblemList) -> list[list[str]] | None:
        """Return every cell of a sheet as a text, row by row; None after a problem."""
        rows = self._cells(sheet, problems)
        return None if rows is None else [[text_of(cell).strip() for cell in row] for row in rows]

    def table(self, sheet: str, spec: TableSpec, problems: ProblemList) -> RawTable | None:
        """Read one sheet as a table; its header is the first row with the columns that are due.

        People write a title above it; where no row has them all, the first that is not empty is the header.
        """
        place = Place(file=self.file, sheet=sheet)
        if _report_lost_results(self.sheets[sheet], place, problems):
            return None
        rows = self._cells(sheet, problems)
        if rows is None:
            return None
        first = next((n for n, row in enumerate(rows) if any(cell != "" for cell in row)), None)
        if first is None:
            problems.add(kinds.FILE_EMPTY, place)
            return None
        header_at = _header_row(rows, first, spec)
        if header_at > first:
            problems.notice(kinds.HEADER_BELOW, place, row=header_at + 1)
        headers = [text_of(cell) for cell in rows[header_at]]
        matched = match_headers(spec, headers, place, problems)
        if matched is None:
            return None
        body = rows[header_at + 1 :]
        by_position = list(zip(*body, strict=True)) or [()] * len(headers)
        columns = {
            column.name: raw_column(column, headers[at].strip(), column_letter(at), encoded(by_position[at]))
            for at, column in matched.items()
        }
        first_row = header_at + 2
        raw = RawTable(spec, self.file, sheet, columns, len(body), lambda row: row + first_row)
        return raw.without_blank_rows()


def _header_row(rows: list[list[Any]], first: int, spec: TableSpec) -> int:
    """Return the first of some rows that names every column that is due, else the first row."""
    due = {column.name for column in spec.columns if column.required}
    for at in range(first, min(len(rows), first + _HEADER_WITHIN)):
        if due <= known_headers(spec, [text_of(cell) for cell in rows[at] if cell != ""]):
            return at
    return first


def _report_lost_results(part: SheetPart, place: Place, problems: ProblemList) -> bool:
    """Report cells whose content a reader would take for empty."""
    if part.error_cell:
        problems.add(kinds.ERROR_CELL, place, cell=part.error_cell)
    if part.uncounted_formula:
        problems.add(kinds.FORMULA_UNCOUNTED, place, cell=part.uncounted_formula)
    return bool(part.error_cell or part.uncounted_formula)


def open_workbook(path: Path, problems: ProblemList, *, cells_max: int = CELLS_MAX) -> Workbook | None:
    """Open a workbook after looking through it; None where it is refused."""
    try:
        if is_old_workbook(path):
            old = open_old(path, problems)
            return None if old is None else Workbook(path.name, old[1], old[0])
    except OSError as fault:
        problems.add(kinds.FILE_UNREADABLE, Place(file=path.name), reason=reason_of(fault))
        return None
    sheets = inspect(path, problems, cells_max=cells_max)
    if sheets is None:
        return None
    try:
        book = without_panic(lambda: calamine.CalamineWorkbook.from_path(str(path)))
        names = set(book.sheet_names)
    except (calamine.CalamineError, OSError, ValueError) as fault:
        problems.add(kinds.WORKBOOK_BROKEN, Place(file=path.name), reason=str(fault))
        return None
    return Workbook(path.name, {name: part for name, part in sheets.items() if name in names}, book)
