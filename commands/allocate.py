"""`allocator allocate`: from the ledger to a plan that is kept in it, as a draft."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import on_ledger
from commands.planning import decide, show_kept
from commands.snapshotting import take_snapshot


@command(
    say(
        "Plan the ledger: take a snapshot, decide who gets what, and keep the plan in the ledger as a draft, with its "
        "proof and what it was made from. Exit status: 0 a plan was kept, 2 the ledger cannot be planned, 3 nothing "
        "can be sent."
    ),
    examples=("allocator allocate", "allocator allocate --date 2020-02-10"),
)
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day to plan for; default: today."))
@option(
    "--workbook/--no-workbook",
    default=True,
    show_default=True,
    says=say("Keep plan.xlsx too; for a nation it takes far longer than the plan itself."),
)
@click.pass_context
def run(context: click.Context, /, day: dt.date | None, *, workbook: bool) -> None:
    """Take the snapshot, decide, keep, show."""
    with on_ledger(context) as desk:
        from data.stored_plan import decided_of
        from models.plans import DRAFT, store_plan
        from models.versions import Stamp

        session = desk.session
        taken = take_snapshot(desk, day)
        plan = decide(session, taken.case)
        with session.stage(say("Keeping the plan")):
            decided = decided_of(plan, taken.case, document=taken.document, workbook=workbook)
            name = store_plan(desk.ledger.engine, decided, Stamp(desk.actor, desk.now))
        session.tell(
            say("Kept as {plan}, a draft, from documents up to {document}.", plan=name, document=taken.document)
        )
        show_kept(session, plan, taken.case, named=name, told={"status": DRAFT, "document": taken.document})
