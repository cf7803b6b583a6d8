"""`allocator review`: somebody looked at a plan; it may be approved now."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan
from commands.on_ledger import on_ledger
from commands.plan_step import show_moved, show_step


@command(
    say(
        "Note that a plan was looked at, so that it may be approved. What moved at the depots since its snapshot is "
        "shown. An override makes it a draft again."
    ),
    examples=("allocator review P2020-02-10-1", "allocator review P2020-02-10-1 --note 'with the township'"),
    right="plan",
)
@argument("plan", metavar="PLAN")
@option("--note", default="", metavar="TEXT", says=say("Anything else to keep with it."))
@click.pass_context
def run(context: click.Context, /, plan: str, note: str) -> None:
    """Show what moved, note it."""
    with on_ledger(context) as desk:
        from data.kept_plan import loads_in
        from data.plan_steps_said import reviewed_said
        from models.days import day_of
        from models.plan_steps import review
        from models.versions import Stamp

        with kept_plan(desk, plan) as kept:
            moved = show_moved(desk, kept, loads_in(desk.ledger.engine, kept))
            planned = dt.date.fromisoformat(kept.plan.date)
        review(desk.ledger, plan, Stamp(desk.actor, desk.now), note=note)
        today, then = day_of(desk.now, desk.ledger.zone), say("Approve it with: allocator approve {plan}", plan=plan)
        said = reviewed_said(plan, planned=planned, today=today, then=then)
        show_step(desk, plan, "reviewed", *said, moved=moved)
