"""Take the ledger as a case for a command: with the policy in force, checked as a case from files is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.reading import tell_notices

if TYPE_CHECKING:
    from data.snapshot_taken import Taken

__all__ = ["take_snapshot"]


def take_snapshot(desk: Desk, day: dt.date | None) -> Taken:
    """Return the ledger as a case for a day, today where none is said; its notices are told on stderr.

    Raises:
        Refused: no policy, or a case that cannot be planned, everything wrong listed (status 2).

    """
    from data.case_files import CaseUnreadable
    from data.snapshot_taken import reports_said, take
    from models.days import day_of

    session = desk.session
    day = day or day_of(desk.now, desk.ledger.zone)
    try:
        with session.stage(say("Taking the snapshot of {day}", day=day.isoformat())):
            taken = take(desk.ledger, day)
    except CaseUnreadable as unreadable:
        sentences = [problem.sentence for problem in unreadable.problems]
        last = say("The ledger cannot be planned; problems found: {count}. Nothing was written.", count=len(sentences))
        session.refuse(*sentences, last, status=2)
    tell_notices(session, taken.notices)
    for each in reports_said(taken):
        session.tell(each)
    return taken
