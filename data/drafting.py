"""From the ledger to a plan that is kept in it as a draft: the snapshot, the overrides it carries on, the keeping.

The commands and the background job of the pages do these steps one after the other and say what each found.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.case import Case
from allocator.overrides import Conflict
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from data.estimating import silent_sites
from data.ledger_case import check_ledger_case, policy_in_force
from data.plan_standing import final_files
from data.problems import Notice
from data.replanning import proposed_units, replanned
from data.stored_plan import decided_of
from data.taking import TakenCase, taken_case
from models.database import reading
from models.ledger import Ledger
from models.plan_overrides import Decision, carried_by, take_place
from models.plans import store_plan
from models.policies import policy_of
from models.promised import kept_by_plan
from models.snapshot import settled
from models.versions import Stamp

__all__ = ["Carried", "Taken", "carried_on", "carried_said", "keep_draft", "kept_back_said", "reports_said", "take"]

_SILENT_NAMED = 5


@dataclass(frozen=True)
class Taken:
    """A case from the ledger, the last document that it knows, what was noticed, and who has not reported for long."""

    told: TakenCase
    document: int
    notices: tuple[Notice, ...] = ()
    silent: tuple[str, ...] = ()

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
        in_force = policy_in_force(policy_of(connection).toml, day)
        told = taken_case(connection, in_force, document=document, zone=ledger.zone)
        notices = check_ledger_case(told.case, in_force)
        silent = silent_sites(connection, told.case, document=document, zone=ledger.zone)
    return Taken(told, document, tuple(notices), tuple(silent))


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


def kept_back_said(connection: sa.Connection) -> Iterator[Sentence]:
    """Say which plans keep stock for sites that a new one counts as on its way to them."""
    for plan, units in kept_by_plan(connection).items():
        yield say(
            "Plan {plan} keeps {units:,} units for sites that have not left yet; here they count as coming to "
            "them. If they are not to leave, withdraw or close that plan, then plan once more.",
            plan=plan,
            units=units,
        )


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A plan with the overrides of the one whose place it takes.

    `former`: that one's name, "" where there is none; `decisions`: as they were there, `written`: as they are here.
    """

    former: str
    decisions: Sequence[Decision]
    written: Sequence[Decision]
    plan: Plan
    conflicts: tuple[Conflict, ...] = ()


def carried_on(engine: sa.Engine, case: Case, proposed: Plan) -> Carried:
    """Return a proposed plan with the overrides of the drafts of its day, everyone else planned anew around them."""
    with reading(engine) as connection:
        names, decisions = carried_by(connection, case.policy.date.isoformat())
    if not decisions:
        return Carried(former="", decisions=(), written=(), plan=proposed)
    written = [
        dataclasses.replace(each, proposed_units=proposed_units(case, proposed, each.site, each.item))
        for each in decisions
    ]
    found = replanned(case, proposed, decisions)
    return Carried(
        former=names[0], decisions=decisions, written=written, plan=found.plan, conflicts=tuple(found.conflicts)
    )


def carried_said(carried: Carried) -> Iterator[Sentence]:
    """Say which overrides were carried on, and which of them do not fit now."""
    if not carried.decisions:
        return
    count = len(carried.decisions)
    yield say("Overrides carried over from {plan}, none of them changed: {count}.", plan=carried.former, count=count)
    for each in carried.conflicts:
        yield say(
            "The override of {site} and {item} to {units} units does not fit now, and is kept: {why}",
            site=each.override.site,
            item=each.override.item,
            units=each.override.units,
            why=each.sentence,
        )


def keep_draft(
    ledger: Ledger,
    taken: Taken,
    proposed: Plan,
    carried: Carried,
    stamp: Stamp,
    *,
    workbook: bool,
    beside: Mapping[str, bytes] | None = None,
    first: Callable[[sa.Connection], None] = lambda _: None,
) -> str:
    """Keep a plan as a draft in the place of the drafts of its day, and return its name.

    `beside`: more files that are kept with it; `first`: what is done in the same transaction.

    Raises:
        Refusal: somebody overrode meanwhile; a file is larger than a ledger keeps.

    """
    case, date = taken.case, taken.case.policy.date.isoformat()
    final = final_files(carried.plan, case, carried.conflicts, workbook=workbook) if carried.decisions else {}
    decided = decided_of(proposed, taken.told, document=taken.document, workbook=workbook)
    decided = dataclasses.replace(decided, files={**decided.files, **(beside or {})})

    def also(connection: sa.Connection, name: str) -> None:
        first(connection)
        take_place(connection, name, date, carried=carried.decisions, written=carried.written, final=final, stamp=stamp)

    return store_plan(ledger.engine, decided, stamp, also=also)
