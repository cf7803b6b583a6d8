"""From a snapshot to a plan that is kept in the ledger as a draft: the overrides it carries on, the keeping.

The commands and the background job of the pages do these steps one after the other and say what each found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.case import Case
from allocator.overrides import Conflict
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from data.plan_standing import final_files
from data.replanning import proposed_units, replanned
from data.snapshot_taken import Taken
from data.stored_plan import decided_of
from models.database import reading
from models.ledger import Ledger
from models.plan_overrides import Decision, carried_by, take_place
from models.plans import store_plan
from models.promised import kept_by_plan
from models.versions import Stamp

__all__ = ["Carried", "carried_on", "carried_said", "keep_draft", "kept_back_said"]


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
