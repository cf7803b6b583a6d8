"""Read a case for a command: every problem is shown at once, every notice is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case

__all__ = ["read_case_or_refuse"]

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
        sentences = [problem.sentence for problem in unreadable.problems]
        last = say(
            "{case} cannot be read: {count} problems. Nothing was written.", case=str(path), count=len(sentences)
        )
        session.refuse(*sentences, last, status=2)
    for notice in read.notices[:NOTICES_SHOWN]:
        session.tell(notice.sentence)
    if len(read.notices) > NOTICES_SHOWN:
        session.tell(say("{count} more notices like these.", count=len(read.notices) - NOTICES_SHOWN))
    return read.case
