"""Take the ledger as a case for a command: with the policy in force, checked as a case from files is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.reading import tell_notices
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from data.taking import TakenCase

__all__ = ["Taken", "take_snapshot"]

_SILENT_NAMED = 5


@dataclass(frozen=True)
class Taken:
    """A case from the ledger, and the last document that it knows."""

    told: TakenCase
    document: int

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.told.case


def take_snapshot(desk: Desk, day: dt.date | None) -> Taken:
    """Return the ledger as a case for a day, today where none is said; its notices are told on stderr.

    Raises:
        Refused: no policy, or a case that cannot be planned, everything wrong listed (status 2).

    """
    from data.case_files import CaseUnreadable
    from data.estimating import silent_sites
    from data.ledger_case import check_ledger_case, policy_in_force
    from data.taking import taken_case
    from models.days import day_of
    from models.policies import policy_of
    from models.snapshot import settled

    ledger, session = desk.ledger, desk.session
    day = day or day_of(desk.now, ledger.zone)
    with session.stage(say("Taking the snapshot of {day}", day=day.isoformat())), settled(ledger.engine) as state:
        connection, document = state
        try:
            in_force = policy_in_force(policy_of(connection).toml, day)
            told = taken_case(connection, in_force, document=document, zone=ledger.zone)
            notices = check_ledger_case(told.case, in_force)
            silent = silent_sites(connection, told.case, document=document, zone=ledger.zone)
        except CaseUnreadable as unreadable:
            sentences = [problem.sentence for problem in unreadable.problems]
            last = say(
                "The ledger cannot be planned; problems found: {count}. Nothing was written.", count=len(sentences)
            )
            session.refuse(*sentences, last, status=2)
    tell_notices(session, notices)
    _tell_reports(session, told, silent)
    return Taken(told, document)


def _tell_reports(session: Session, told: TakenCase, silent: list[str]) -> None:
    """Say whose stock nobody has reported for too long, and how it is taken."""
    days = told.case.policy.stale_days
    if len(told.estimates):
        session.tell(
            say(
                "Stock that is an estimate, for its site last reported more than {days} days ago: {count:,} needs.",
                days=days,
                count=len(told.estimates),
            )
        )
    elif silent:
        session.tell(
            say(
                "Sites that reported neither use nor a count for more than {days} days, whose stock is as the books "
                "have it: {count:,}; ask these first: {named}.",
                days=days,
                count=len(silent),
                named=", ".join(silent[:_SILENT_NAMED]) + (", …" if len(silent) > _SILENT_NAMED else ""),
            )
        )
