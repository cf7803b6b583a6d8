"""The background job that plans a day of the ledger, and keeps the plan in it as a draft."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

from allocator.allocate import allocate
from allocator.plan import NothingToSend
from allocator.planned_day import SCENARIO, PlannedDay, SupposedDay
from allocator.sentence import say
from data.case_digest import with_case_digest
from data.drafting import carried_on, carried_said, keep_draft, kept_back_said
from data.snapshot_taken import planned_day, reports_said, take_or_refuse, with_case
from models.database import reading
from models.days import day_of
from models.entry import Refusal
from models.job_work import Work
from models.jobs import Outcome
from models.versions import Stamp

__all__ = ["allocate_day"]

_NOTICES_SAID = 10


def allocate_day(work: Work, supposed: Callable[[PlannedDay], SupposedDay] | None = None) -> Outcome:
    """Plan a day and keep the plan. Arguments: `day` (ISO; today where none is said), `workbook`.

    `supposed`: returns the day as a scenario has it, by which it is planned.

    Raises:
        Refusal: the ledger cannot be planned, everything that is wrong at once; nothing can be sent.

    """
    ledger, said = work.ledger, work.arguments.get("day")
    day = dt.date.fromisoformat(said) if said else day_of(work.now, ledger.zone)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    taken = take_or_refuse(ledger, day)
    by = None if supposed is None else supposed(planned_day(ledger, taken))
    taken = taken if by is None else with_case(taken, by.case)
    work.tell(0.2, say("Deciding who gets what"))
    try:
        proposed = with_case_digest(allocate(taken.case), taken.case)
    except NothingToSend as nothing:
        raise Refusal(nothing.sentence) from None
    if by is not None:
        proposed = dataclasses.replace(proposed, notes=(by.note, *proposed.notes))
    work.tell(0.6, say("Planning everyone else anew"))
    carried = carried_on(ledger.engine, taken.case, proposed)
    work.tell(0.8, say("Keeping the plan"))
    with reading(ledger.engine) as connection:
        kept_back = list(kept_back_said(connection))
    stamp, workbook = Stamp(work.actor, work.now), bool(work.arguments.get("workbook", True))
    beside = {} if by is None else {SCENARIO: by.toml.encode()}
    name = keep_draft(ledger, taken, proposed, carried, stamp, workbook=workbook, beside=beside, first=work.hold)
    kept = say("Kept as {plan}, a draft, from documents up to {document}.", plan=name, document=taken.document)
    warnings = [notice.sentence for notice in taken.notices if notice.warns][:_NOTICES_SAID]
    heeded = () if by is None else (by.note, *by.says)
    says = (kept, *heeded, *carried_said(carried), *kept_back, *reports_said(taken), *warnings)
    return Outcome(says=says, result={"plan": name, "to": f"/plans/{name}"})
