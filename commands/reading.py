"""Read a case for a command: every problem is shown at once, every notice is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from allocator.sentence import Sentence, say
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from data.problems import CaseUnreadable, Notice

__all__ = ["read_case_or_refuse", "refuse_unreadable", "tell_notices"]

NOTICES_SHOWN = 20


def read_case_or_refuse(session: Session, path: Path) -> Case:
    """Read a case; tell its notices on stderr.

    Raises:
        Refused: the case has problems; all of them, with status 2.

    """
    from data.case_files import CaseUnreadable, read_case

    try:
        with session.stage(say("Reading {case}", case=str(path))):
            read = read_case(path)
    except CaseUnreadable as unreadable:
        refuse_unreadable(session, path, unreadable)
    tell_notices(session, read.notices)
    return read.case


def refuse_unreadable(session: Session, path: Path, unreadable: CaseUnreadable) -> NoReturn:
    """Say everything that keeps a case from being read.

    Raises:
        Refused: always, with status 2.

    """
    sentences = [problem.sentence for problem in unreadable.problems]
    last = say(
        "{case} cannot be read; problems found: {count}. Nothing was written.", case=str(path), count=len(sentences)
    )
    # A table that is missing may stand there under another name, and that is a notice.
    tell_notices(session, unreadable.notices)
    session.refuse(*sentences, last, status=2)


def tell_notices(session: Session, notices: Sequence[Notice]) -> None:
    """Tell the first warnings one by one, and what was read how in one line for all files read alike."""
    files_by_finding: dict[str, list[str]] = {}
    for notice in notices:
        if not notice.warns:
            found = session.word(Sentence(notice.kind.found.message, notice.values))
            files_by_finding.setdefault(found, []).append(notice.place.file)
    for found, files in files_by_finding.items():
        if len(files_by_finding) == 1 and len(files) > 1:
            session.tell(say("All {count} files: {found}", count=len(files), found=found))
        else:
            session.tell(say("{files}: {found}", files=files, found=found))
    warnings = [notice for notice in notices if notice.warns]
    for notice in warnings[:NOTICES_SHOWN]:
        session.tell(notice.sentence)
    if len(warnings) > NOTICES_SHOWN:
        session.tell(say("{count} more notices like these.", count=len(warnings) - NOTICES_SHOWN))
