"""A file marked for its sender: what is wrong stands in each cell, and in a column of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from data.import_taking import File
    from data.marked_workbook import CellMark, SheetToMark
    from data.problems import Place
    from data.sheet_cells import SheetCells

__all__ = ["sound_but_held", "write_marked"]

Word = Callable[[Sentence], str]


def write_marked(file: File, out: Path, word: Word) -> bool:
    """Write the marked workbook of a file; False where nothing is wrong with it, or it is no table.

    Raises:
        OSError: it cannot be written.

    """
    from data.marked_workbook import mark_workbook, write_sheets

    marks = _marks(file, word)
    if not marks or file.upload is None:
        return False
    title = word(say("what to mend"))
    headers = {read.table.sheet: read.header_row for read in file.upload.reads.values()}
    is_book = file.held is None and file.path.suffix.lower() in (".xlsx", ".xlsm")
    if not (is_book and mark_workbook(file.path, out, marks, headers, title)):
        sheets = _sheets(file)
        if not sheets:
            return False
        write_sheets(out, sheets, marks, title)
    return True


def _marks(file: File, word: Word) -> list[CellMark]:
    """Return what is wrong, cell by cell, in words."""
    from data.marked_workbook import CellMark

    letters = _letters(file)
    marks: list[CellMark] = []
    for problem in file.problems.problems:
        place = problem.place
        mend = problem.kind.mend or Sentence("")
        words = [word(Sentence(part.message, problem.shown_values)) for part in (problem.kind.found, mend)]
        letter = place.letter or letters.get((place.sheet, place.column), "")
        marks.append(CellMark(place.sheet, place.row, letter, " ".join(words)))
    marks += [CellMark(place.sheet, place.row, "", word(sentence)) for place, sentence in file.refused_at]
    waits = word(
        say(
            "Nothing is wrong in this row: it is, or may be, of one document with a row to be mended, and waits for it."
        )
    )
    return marks + [CellMark(place.sheet, place.row, "", waits, is_wrong=False) for place in sound_but_held(file)]


def sound_but_held(file: File) -> list[Place]:
    """Return the places of sound rows that are held back for their documents alone."""
    from data.problems import Place

    upload, held = file.upload, file.held
    if upload is None or held is None:
        return []
    said = {(problem.place.sheet, problem.place.row) for problem in file.problems.problems}
    said |= {(place.sheet, place.row) for place, _ in file.refused_at}
    places = [
        Place(file=read.table.file, sheet=read.table.sheet, row=row)
        for kind, read in upload.reads.items()
        for row in sorted(held.rows.get(kind, ()))
    ]
    return [place for place in places if (place.sheet, place.row) not in said]


def _letters(file: File) -> dict[tuple[str, str], str]:
    """Return the columns' letters by sheet and header, where places do not say them."""
    from data.sheet_cells import column_letter, text_of

    found: dict[tuple[str, str], str] = {}
    for read in file.upload.reads.values() if file.upload else ():
        cells = None if read.table.sheet else _cells(file, "")
        if cells is not None and cells.rows:
            header = cells.rows[read.header_row - 1]
            found |= {("", text_of(text).strip()): column_letter(at) for at, text in enumerate(header)}
    return found


def _sheets(file: File) -> list[SheetToMark]:
    """Return the sheets to write anew: whole, or with their header and the rows held back."""
    from data.import_files import kind_named
    from data.marked_workbook import SheetToMark

    if file.upload is None:
        return []
    sheets: list[SheetToMark] = []
    for kind, read in file.upload.reads.items():
        cells = _cells(file, read.table.sheet)
        kept = None if file.held is None else frozenset(file.held.rows.get(kind, ()))
        if cells is None or kept == frozenset():
            continue
        name = cells.sheet if kind_named(cells.sheet) == kind else kind
        sheets.append(SheetToMark(name, cells, read.header_row + read.header_rows - 1, kept))
    return sheets


def _cells(file: File, sheet: str) -> SheetCells | None:
    from data.problems import ProblemList
    from data.sheet_cells import cells_of_csv

    problems = ProblemList()
    if file.path.suffix.lower() in (".csv", ".txt"):
        return cells_of_csv(file.path, problems)
    from data.case_workbook import open_workbook

    workbook = open_workbook(file.path, problems)
    return None if workbook is None else workbook.cells(sheet, problems)
