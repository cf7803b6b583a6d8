"""`allocator import --drop FOLDER`: what programs leave in a folder is taken once, and its result lies beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.folders import whole_file
from commands.on_ledger import Desk
from commands.session import Session

if TYPE_CHECKING:
    from data.import_taking import File

__all__ = ["leave_results", "waiting_files"]

_RESULT = ".result.json"
_BEGUN = (".part", ".tmp", ".crdownload", _RESULT)
"""Endings of files that are not finished, or are not for us."""


def waiting_files(session: Session, folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files of folders that have no result of their present content, by name.

    Raises:
        Refused: one of them is no folder, or cannot be read; with status 2.

    """
    from data.os_reasons import reason_of

    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            session.refuse(
                say("{file} is no folder. Name the folder in which files are left.", file=str(folder)), status=2
            )
        try:
            names = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith((".", "~")))
            found += [file for file in names if not file.name.endswith(_BEGUN) and not _has_result(file)]
        except OSError as error:
            why = reason_of(error)
            session.refuse(say("{file} cannot be read: {why}.", file=str(folder), why=why), status=2)
    return tuple(found)


def _result_of(file: Path) -> Path:
    return file.with_name(f"{file.name}{_RESULT}")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _has_result(file: Path) -> bool:
    """Say whether a result of this very content lies beside a file."""
    try:
        told = json.loads(_result_of(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("sha256") == _digest(file)


def leave_results(desk: Desk, files: Sequence[File]) -> None:
    """Write beside each file what became of it: whether it was taken in, and everything that was wrong."""
    from models.days import iso_of

    word = desk.session.word
    for file in files:
        wrong = [problem.sentence for problem in file.problems.problems] or list(file.refused)
        taken = file.taken
        result = {
            "schema": "allocator.drop/1",
            "file": file.path.name,
            "sha256": _digest(file.path),
            "at": iso_of(desk.now, desk.ledger.zone),
            "taken": taken is not None,
            "nothing_new": taken is not None and taken.is_nothing_new,
            "wrong": [word(each) for each in wrong],
            "rows": {kind: saved.counts for kind, saved in taken.saved.items()} if taken else {},
            "documents": dict(taken.posted) if taken else {},
        }
        with whole_file(desk.session, _result_of(file.path)) as begun:
            begun.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
