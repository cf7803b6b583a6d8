"""The workbook that goes back to its sender: what is wrong stands in each cell, and in a column of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from commands.import_taking import File
    from commands.session import Session
    from data.marked_workbook import CellMark, SheetToMark
    from data.problems import Place
    from data.sheet_cells import SheetCells

__all__ = ["check_errors_file", "send_back", "sound_but_held"]


def check_errors_file(session: Session, out: Path | None, files: Sequence[Path]) -> None:
    """Check where the marked workbook is to go, before anything is read.

    Raises:
        Refused: more than one file, a folder, another ending than .xlsx, or the file itself.

    """
    if out is None:
        return
    wrong: list[Sentence] = []
    if len(files) != 1 or files[0].is_dir():
        wrong.append(say("--errors sends one file back. Take the files in one by one."))
    if out.suffix.lower() != ".xlsx":
        wrong.append(say("{file} is no .xlsx workbook. Give --errors a name that ends in .xlsx.", file=str(out)))
    if any(out.resolve() == file.resolve() for file in files):
        wrong.append(say("{file} is the file itself. Give --errors another name.", file=str(out)))
    if not out.resolve().parent.is_dir():
        wrong.append(say("There is no folder {folder}.", folder=str(out.resolve().parent)))
    if wrong:
        session.refuse(*wrong, status=2)


def send_back(session: Session, file: File, out: Path) -> Sentence | None:
    """Write the marked workbook, and say so; None where nothing is wrong or the file is no table."""
    from data.marked_workbook import mark_workbook, write_sheets

    marks = _marks(session, file)
    if not marks or file.upload is None:
        return None
    title = session.word(say("what to mend"))
    reads = file.upload.reads
    headers = {read.table.sheet: read.header_row for read in reads.values()}
    try:
        is_book = file.held is None and file.path.suffix.lower() in (".xlsx", ".xlsm")
        if not (is_book and mark_workbook(file.path, out, marks, headers, title)):
            sheets = _sheets(file)
            if not sheets:
                return None
            write_sheets(out, sheets, marks, title)
    except OSError as fault:
        from data.os_reasons import reason_of

        return say("{file} cannot be written: {reason}.", file=str(out), reason=reason_of(fault))
    if file.held is None:
        return say("What is wrong is marked in {out}. Mend it there and take that in.", out=str(out))
    return say("Rows held back: {rows}; they are in {out}. Mend them there and take that in.",
               rows=file.held.count, out=str(out))  # fmt: skip


def _marks(session: Session, file: File) -> list[CellMark]:
    """Return what is wrong, cell by cell, in words."""
    from data.marked_workbook import CellMark

    letters = _letters(file)
    marks: list[CellMark] = []
    for problem in file.problems.problems:
        place = problem.place
        mend = problem.kind.mend or Sentence("")
        words = [session.word(Sentence(part.message, problem.shown_values)) for part in (problem.kind.found, mend)]
        letter = place.letter or letters.get((place.sheet, place.column), "")
        marks.append(CellMark(place.sheet, place.row, letter, " ".join(words)))
    marks += [CellMark(place.sheet, place.row, "", session.word(sentence)) for place, sentence in file.refused_at]
    waits = session.word(
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
