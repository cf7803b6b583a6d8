"""From the cells of a sheet to a raw table: titles passed over, merged cells filled, totals and footers left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.columns import Column, TableSpec
from data.header_match import Match, match_all
from data.import_columns import IMPORT_TABLES
from data.problems import Place, ProblemList
from data.raw_table import RawTable, raw_column, trimmed
from data.sheet_cells import SheetCells, column_letter, encoded, text_of
from data.sheet_header import Header, Readers, find_header, kinds_like

__all__ = ["SheetRead", "guess_kind", "read_sheet", "sheet_of_table"]

_FILLED_DOWN = ("code", "item", "site", "text", "date", "choice")
"""What may stand in a cell merged over several rows and hold for each of them; a quantity never does."""


@dataclass(frozen=True)
class SheetRead:
    """How one table was read: its kind, whether that was guessed, and what each header means.

    `header_row`: the header's first row, from 1; `header_rows`: how many rows it takes.
    """

    kind: str
    guessed: bool
    header_row: int
    header_rows: int
    columns: tuple[Match, ...]
    headers: tuple[str, ...]
    table: RawTable


def guess_kind(cells: SheetCells, name: str, readers: Readers, problems: ProblemList) -> str | None:
    """Return the kind of table that a sheet's headers and title speak of; None where none or several do.

    Several are a problem, for nobody but its writer can say which is meant.
    """
    likely = kinds_like(cells, name, readers)
    if len(likely) > 1:
        problems.add(more_kinds.KIND_UNCLEAR, cells.place, kinds=likely)
    return likely[0] if len(likely) == 1 else None


def read_sheet(
    cells: SheetCells, kind: str, readers: Readers, problems: ProblemList, *, guessed: bool = False
) -> SheetRead | None:
    """Return the table of a sheet; None after a problem with the whole of it."""
    spec = IMPORT_TABLES[kind]
    header = find_header(cells, spec, readers)
    if header is None:
        problems.add(kinds.FILE_EMPTY, cells.place)
        return None
    if header.title:
        problems.notice(kinds.HEADER_BELOW, cells.place, row=header.at + 1)
    found = match_all(spec, header.texts, readers.words, readers.told, cells.place, problems)
    if found is None:
        return None
    table = _table(cells, spec, header, found, readers, problems)
    return SheetRead(kind, guessed, header.at + 1, header.rows, tuple(found), header.texts, table)


def sheet_of_table(kind: str, table: RawTable, header_row: int) -> SheetRead:
    """Return how a table was read whose headers are all names of ours."""
    columns = tuple(
        Match(position, column.header, column.spec, "name") for position, column in enumerate(table.columns.values())
    )
    return SheetRead(
        kind, guessed=False, header_row=header_row, header_rows=1, columns=columns, headers=(), table=table
    )


def _table(
    cells: SheetCells,
    spec: TableSpec,
    header: Header,
    found: Sequence[Match],
    readers: Readers,
    problems: ProblemList,
) -> RawTable:
    first = header.at + header.rows
    kept = _kept_rows(cells, first, found, readers, problems)
    _report_ragged(cells, header, kept, problems)
    rows = _filled(cells, first, found, problems)
    letters = bool(cells.sheet) or cells.widths is None
    columns = {
        match.column.name: raw_column(
            match.column,
            match.header,
            column_letter(match.position) if letters else "",
            encoded([rows[at][match.position] for at in kept]),
        )
        for match in found
    }
    return RawTable(spec, cells.file, cells.sheet, columns, len(kept), lambda row: kept[row] + 1).without_blank_rows()


def _kept_rows(
    cells: SheetCells, first: int, found: Sequence[Match], readers: Readers, problems: ProblemList
) -> list[int]:
    """Return the rows below the header that are neither blank nor a total nor a footer; say which are those."""
    words = readers.words
    due = [match.position for match in found if match.column.holds in ("item", "site", "code")]
    kept: list[int] = []
    passed: list[int] = []
    for at in range(first, len(cells.rows)):
        row = cells.rows[at]
        if due and all(row[position] for position in due):
            # Nearly every row; what it holds is looked at in its columns.
            kept.append(at)
            continue
        filled = [cell for cell in row if cell != ""]
        if not filled:
            continue
        start = next((trimmed(text_of(cell)) for cell in filled if trimmed(text_of(cell))), "")
        is_whole = bool(due) and all(trimmed(text_of(row[position])) for position in due)
        if not is_whole and (words.is_total(start) or words.is_footer(start)):
            passed.append(at + 1)
        else:
            kept.append(at)
    if passed:
        problems.notice(more_kinds.ROWS_PASSED, cells.place, rows=passed[:20], count=len(passed))
    return kept


def _report_ragged(cells: SheetCells, header: Header, kept: Sequence[int], problems: ProblemList) -> None:
    """Report rows of a CSV file with other than the header's number of cells: what stands in them may be shifted."""
    if cells.widths is None:
        return
    due = cells.widths[header.at]
    wrong = [at for at in kept if cells.widths[at] != due]

    def describe(n: int) -> tuple[Place, dict[str, Any]]:
        return Place(file=cells.file, row=wrong[n] + 1), {"found": cells.widths[wrong[n]], "due": due}  # type: ignore[index]

    problems.add_each(kinds.ROW_RAGGED, len(wrong), describe)


def _filled(cells: SheetCells, first: int, found: Sequence[Match], problems: ProblemList) -> Sequence[Sequence[Any]]:
    """Return the rows with what stands in merged cells in each of them; a merged quantity is a problem."""
    by_position = {match.position: match for match in found}
    for begin, end in cells.merged:
        if begin[0] < first <= end[0] and begin[1] in by_position:
            letter = column_letter(begin[1])
            place = Place(file=cells.file, sheet=cells.sheet, row=begin[0] + 1, column=letter, letter=letter)
            problems.add(more_kinds.MERGED_HEADER, place, found=by_position[begin[1]].header)
    tall = [
        (begin, end)
        for begin, end in cells.merged
        if begin[0] >= first and end[0] > begin[0] and begin[1] in by_position
    ]
    if not tall:
        return cells.rows
    rows = [list(row) for row in cells.rows]
    for begin, end in tall:
        column: Column = by_position[begin[1]].column
        cell = rows[begin[0]][begin[1]]
        if cell == "":
            continue
        if column.holds not in _FILLED_DOWN:
            place = Place(
                file=cells.file, sheet=cells.sheet, row=begin[0] + 1, column=column.name, letter=column_letter(begin[1])
            )
            problems.add(more_kinds.MERGED_NUMBER, place, found=text_of(cell), rows=end[0] - begin[0] + 1)
            continue
        for at in range(begin[0] + 1, min(end[0] + 1, len(rows))):
            rows[at][begin[1]] = cell
    return rows
