"""`allocator close`: everything of a plan is accounted for."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import Sentence, say
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
        from data.open_said import beyond_word, confirm_days_of
        from models.beyond import open_surplus
        from models.database import reading
        from models.plan_steps import close

        with reading(desk.ledger.engine) as connection:
            confirm_days = confirm_days_of(connection)
        with refusing_by_name(desk):
            units = close(desk.ledger, plan, when_of(desk, date, at), note=note, confirm_days=confirm_days)
        with reading(desk.ledger.engine) as connection:
            beyond = [each for each in open_surplus(connection, desk.ledger.zone) if each.plan == plan]
        said = [_closed(plan, sum(each.units for each in beyond)), *map(beyond_word, beyond)]
        if units:
            said.append(say("{units:,} units that were reserved and not sent are free again.", units=units))
        show_step(desk, plan, "closed", *said, units=units, beyond_units=sum(each.units for each in beyond))


def _closed(plan: str, beyond_units: int) -> Sentence:
    if beyond_units:
        return say(
            "Plan {plan} is closed: all that was sent by its notes is accounted for, but {units:,} units that came "
            "beyond them are not explained.",
            plan=plan,
            units=beyond_units,
        )
    return say("Plan {plan} is closed: all that was sent is accounted for.", plan=plan)
