"""The workbook that goes back to its sender: what is wrong stands in each cell, and in a column of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from commands.session import Session
    from data.import_taking import File

__all__ = ["check_errors_file", "send_back"]


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
    from data.import_returned import write_marked

    try:
        if not write_marked(file, out, session.word):
            return None
    except OSError as fault:
        from data.os_reasons import reason_of

        return say("{file} cannot be written: {reason}.", file=str(out), reason=reason_of(fault))
    if file.held is None:
        return say("What is wrong is marked in {out}. Mend it there and take that in.", out=str(out))
    return say("Rows held back: {rows}; they are in {out}. Mend them there and take that in.",
               rows=file.held.count, out=str(out))  # fmt: skip
