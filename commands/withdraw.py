"""`allocator withdraw`: a plan is taken back before anything of it left."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import on_ledger
from commands.paper import when_options
from commands.plan_step import show_step, when_of


@command(
    say("Withdraw a plan of which nothing has left yet. What was reserved for it is free again."),
    examples=("allocator withdraw P2020-02-10-1 --note 'the road is closed'",),
    right="plan",
)
@argument("plan", metavar="PLAN")
@option("--note", default="", metavar="TEXT", says=say("Why; it is due."))
@when_options
@click.pass_context
def run(
    context: click.Context, /, plan: str, note: str, date: dt.date | None, at: dt.time | dt.datetime | None
) -> None:
    """Withdraw, say what is free again."""
    with on_ledger(context) as desk:
        from data.plan_steps_said import withdrawn_said
        from models.plan_steps import withdraw

        units = withdraw(desk.ledger, plan, when_of(desk, date, at), note=note)
        show_step(desk, plan, "withdrawn", withdrawn_said(plan, units), units=units)
