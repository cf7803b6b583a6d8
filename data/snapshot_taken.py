"""The ledger as a case for a day, whole and checked: what plans, forecasts, shortfalls and purchases start from."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.case import Case
from allocator.planned_day import PlannedDay
from allocator.planning import PlanningCase
from allocator.sentence import Sentence, say
from data.case_files import CaseUnreadable
from data.estimating import silent_sites
from data.ledger_case import check_ledger_case, policy_in_force
from data.problems import Notice
from data.taking import TakenCase, taken_case
from models.database import reading
from models.entry import Refusal
from models.ledger import Ledger
from models.planning_known import planning_known
from models.policies import policy_of
from models.snapshot import settled

__all__ = ["Taken", "planned_day", "planning_of", "reports_said", "take", "take_or_refuse", "take_under", "with_case"]

_SILENT_NAMED = 5


@dataclass(frozen=True)
class Taken:
    """A case from the ledger, the last document that it knows, what was noticed, and who has not reported for long.

    `posture`: that of the policy in force, by which coefficients are chosen.
    """

    told: TakenCase
    document: int
    notices: tuple[Notice, ...] = ()
    silent: tuple[str, ...] = ()
    posture: str = "standard"

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.told.case


def take(ledger: Ledger, day: dt.date) -> Taken:
    """Return the ledger as a case for a day, checked as a case from files is.

    Raises:
        Refusal: no policy.
        CaseUnreadable: it cannot be planned, with everything that is wrong.

    """
    with settled(ledger.engine) as (connection, document):
        return _taken(connection, policy_of(connection).toml, day, document, ledger.zone)


def take_under(ledger: Ledger, day: dt.date, policies: Sequence[str]) -> list[Taken]:
    """Return the ledger as a case for a day under each of some policies (their texts), all from the same documents.

    Raises:
        CaseUnreadable: it cannot be planned under one of them, with everything that is wrong.

    """
    with settled(ledger.engine) as (connection, document):
        return [_taken(connection, toml, day, document, ledger.zone) for toml in policies]


def _taken(connection: sa.Connection, toml: str, day: dt.date, document: int, zone: ZoneInfo) -> Taken:
    in_force = policy_in_force(toml, day)
    told = taken_case(connection, in_force, document=document, zone=zone)
    notices = check_ledger_case(told.case, in_force)
    silent = silent_sites(connection, told.case, document=document, zone=zone)
    return Taken(told, document, tuple(notices), tuple(silent), in_force.needs.posture)


def take_or_refuse(ledger: Ledger, day: dt.date) -> Taken:
    """Return what `take` does, for a background job.

    Raises:
        Refusal: no policy; or it cannot be planned, with everything that is wrong.

    """
    try:
        return take(ledger, day)
    except CaseUnreadable as unreadable:
        raise Refusal(*(problem.sentence for problem in unreadable.problems)) from None


def planning_of(ledger: Ledger, taken: Taken) -> PlanningCase:
    """Return a case that was taken with what is known for forecasts and purchases, by the same documents."""
    with reading(ledger.engine) as connection:
        return planning_known(connection, taken.case, document=taken.document, zone=ledger.zone)


def planned_day(ledger: Ledger, taken: Taken) -> PlannedDay:
    """Return what was taken as what-ifs start from it."""
    return PlannedDay(
        planning=planning_of(ledger, taken),
        coefficients=taken.told.settled.coefficients,
        posture=taken.posture,
        document=taken.document,
    )


def with_case(taken: Taken, case: Case) -> Taken:
    """Return what was taken with another case in its place, as a scenario makes it."""
    told = taken.told
    settled = dataclasses.replace(told.settled, case=case)
    return dataclasses.replace(taken, told=dataclasses.replace(told, case=case, settled=settled))


def reports_said(taken: Taken) -> Iterator[Sentence]:
    """Say whose stock nobody has reported for too long, and how it is taken."""
    days, estimates, silent = taken.case.policy.stale_days, taken.told.estimates, taken.silent
    if len(estimates):
        yield say(
            "Stock that is an estimate, for its site last reported more than {days} days ago: {count:,} needs.",
            days=days,
            count=len(estimates),
        )
    elif silent:
        yield say(
            "Sites that reported neither use nor a count for more than {days} days, whose stock is as the books "
            "have it: {count:,}; ask these first: {named}.",
            days=days,
            count=len(silent),
            named=", ".join(silent[:_SILENT_NAMED]) + (", …" if len(silent) > _SILENT_NAMED else ""),
        )
