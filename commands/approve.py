"""`allocator approve`: a second person approves a plan, and its lots are reserved."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan
from commands.named import with_names
from commands.on_ledger import on_ledger
from commands.paper import when_options
from commands.plan_step import loads_in, show_moved, show_step, tell_alone, when_of


@command(
    say(
        "Approve a reviewed plan: never who drafted or overrode it. What moved since its snapshot is shown line by "
        "line, and where stock no longer suffices the approval is refused with those lines. Its lots are reserved, "
        "first expiring first, so that nothing else can take them."
    ),
    examples=(
        "allocator approve P2020-02-10-1 --actor chief",
        "allocator approve P2020-02-10-1 --partial --note 'the rest follows tomorrow'",
    ),
)
@argument("plan", metavar="PLAN")
@option("--partial", is_flag=True, says=say("Where there are too few, reserve what there is and say so."))
@option("--note", default="", metavar="TEXT", says=say("Anything else to keep with it."))
@when_options
@click.pass_context
def run(
    context: click.Context,
    /,
    plan: str,
    *,
    partial: bool,
    note: str,
    date: dt.date | None,
    at: dt.time | dt.datetime | None,
) -> None:
    """Show what moved, approve, say what is reserved and what is short."""
    with on_ledger(context) as desk:
        from models.database import reading
        from models.entry import Refusal
        from models.plan_events import refuse_own, refuse_unless
        from models.plan_steps import approve, told

        with kept_plan(desk, plan) as kept:
            # Who may not approve hears that first, not what moved.
            refuse_unless(kept.plan, "approved")
            with reading(desk.ledger.engine) as connection:
                refuse_own(connection, kept.plan, desk.actor)
            loads = loads_in(desk, kept)
            moved = show_moved(desk, kept, loads)
        try:
            with desk.session.stage(say("Reserving the lots")):
                when = when_of(desk, date, at)
                done = approve(desk.ledger, plan, loads, when, note=note, partial=partial)
        except Refusal as refusal:
            with reading(desk.ledger.engine) as connection:
                desk.session.refuse(*with_names(connection, refusal.sentences))
        short = told(done.short)
        said = say(
            "Plan {plan} is approved: {units:,} units are reserved for {notes:,} notes. "
            "Send them with: allocator dispatch {plan}",
            plan=plan,
            units=done.units,
            notes=done.notes,
        )
        lines = [
            {"depot": e.load.depot, "site": e.load.site, "item": e.load.item, "short_units": e.short_units}
            for e in done.short
        ]
        show_step(desk, plan, "approved", *short, said, notes=done.notes, units=done.units, short=lines, moved=moved)
        tell_alone(desk, plan)
