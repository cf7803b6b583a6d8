"""`allocator close`: everything of a plan is accounted for."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import on_ledger
from commands.paper import when_options
from commands.plan_step import refusing_by_name, show_step, when_of


@command(
    say(
        "Close a plan when all its notes are confirmed. Notes that are still open are listed, the late ones first, and "
        "it stays open. What was reserved and never sent is free again."
    ),
    examples=("allocator close P2020-02-10-1",),
    right="plan",
)
@argument("plan", metavar="PLAN")
@option("--note", default="", metavar="TEXT", says=say("Anything else to keep with it."))
@when_options
@click.pass_context
def run(
    context: click.Context, /, plan: str, note: str, date: dt.date | None, at: dt.time | dt.datetime | None
) -> None:
    """Close, or list what is open."""
    with on_ledger(context) as desk:
        from data.plan_steps_said import close_plan, closed_said

        with refusing_by_name(desk):
            closed = close_plan(desk.ledger, plan, when_of(desk, date, at), note=note)
        said = closed_said(plan, closed)
        show_step(desk, plan, "closed", *said, units=closed.units, beyond_units=closed.beyond_units)
