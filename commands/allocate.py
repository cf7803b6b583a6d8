"""`allocator allocate`: from the ledger to a plan that is kept in it, as a draft."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from allocator.planned_day import SCENARIO
from allocator.sentence import say
from commands.grammar import command, option
from commands.moments import DAY
from commands.needs_view import needs_facts, show_needs
from commands.on_ledger import Desk, on_ledger
from commands.planning import decide, show_kept
from commands.snapshotting import take_snapshot

if TYPE_CHECKING:
    from allocator.plan import Plan
    from data.snapshot_taken import Taken

__all__ = ["draft", "keep_plan", "run"]


@command(
    say(
        "Plan the ledger: take a snapshot, decide who gets what, and keep the plan in the ledger as a draft, with its "
        "proof and what it was made from. It takes the place of earlier drafts of the day, whose overrides it keeps. "
        "Exit status: 0 a plan was kept, 2 the ledger cannot be planned, 3 nothing "
        "can be sent."
    ),
    examples=(
        "allocator allocate",
        "allocator allocate --date 2020-02-10",
        "allocator allocate --scenario roads-slow --reason 'snow since the night'",
    ),
    right="plan",
)
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day to plan for; default: today."))
@option(
    "--workbook/--no-workbook",
    default=True,
    show_default=True,
    says=say("Keep plan.xlsx too; for a nation it takes far longer than the plan itself."),
)
@option("--scenario", metavar="NAME|FILE", says=say("Plan by this scenario instead of the day as it is."))
@option("--reason", default="", metavar="TEXT", says=say("Why the day is planned by a scenario."))
@click.pass_context
def run(context: click.Context, /, day: dt.date | None, *, workbook: bool, scenario: str | None, reason: str) -> None:
    """Take the snapshot, decide, keep, show."""
    with on_ledger(context) as desk:
        draft(desk, day, workbook=workbook, scenario=scenario, reason=reason)


def draft(desk: Desk, day: dt.date | None, *, workbook: bool, scenario: str | None = None, reason: str = "") -> None:
    """Plan a day of the ledger, by a scenario or as it is, keep the plan and show it."""
    from data.needs_told import told_of
    from models.plans import DRAFT

    session = desk.session
    taken, beside = take_snapshot(desk, day), {}
    if scenario is not None:
        from commands.scenario_promoting import supposed_day
        from data.snapshot_taken import with_case

        by = supposed_day(desk, taken, scenario, reason)
        taken, beside = with_case(taken, by.case), {SCENARIO: by.toml.encode()}
    elif reason:
        session.refuse(say("--reason belongs to --scenario. Add --scenario, or leave it out."), status=2)
    proposed = decide(session, taken.case)
    if scenario is not None:
        proposed = dataclasses.replace(proposed, notes=(by.note, *proposed.notes))
    name, plan = keep_plan(desk, taken, proposed, workbook=workbook, beside=beside)
    session.tell(say("Kept as {plan}, a draft, from documents up to {document}.", plan=name, document=taken.document))
    needs = told_of(taken.told.settled)
    if show_needs(session, needs, taken.case):
        session.show()
    told = {"status": DRAFT, "document": taken.document, **needs_facts(session, needs)}
    show_kept(session, plan, taken.case, named=name, told=told)


def keep_plan(
    desk: Desk, taken: Taken, proposed: Plan, *, workbook: bool, beside: Mapping[str, bytes] | None = None
) -> tuple[str, Plan]:
    """Keep the plan with the overrides of the one whose place it takes; return its name, and it as it stands.

    `beside`: more files that are kept with it.
    """
    from data.drafting import carried_on, carried_said, keep_draft, kept_back_said
    from models.database import reading
    from models.versions import Stamp

    session, ledger = desk.session, desk.ledger
    with reading(ledger.engine) as connection:
        for each in kept_back_said(connection):
            session.tell(each)
    with session.stage(say("Planning everyone else anew")):
        carried = carried_on(ledger.engine, taken.case, proposed)
    for each in carried_said(carried):
        session.tell(each)
    with session.stage(say("Keeping the plan")):
        stamp = Stamp(desk.actor, desk.now)
        name = keep_draft(ledger, taken, proposed, carried, stamp, workbook=workbook, beside=beside)
    return name, carried.plan
