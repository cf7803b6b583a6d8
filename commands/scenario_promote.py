"""`allocator scenario promote`: plan the day by a scenario, for a reason."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.allocate import draft
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.on_ledger import on_ledger
from commands.scenario_group import run as group

__all__ = ["promote"]


@command(
    say(
        "Plan a day of the ledger by a scenario, and keep the plan as a draft that says so and why. It is reviewed and "
        "approved as any other; the scenario is kept beside it. What a scenario supposes of stock must be posted first."
    ),
    examples=("allocator scenario promote roads-slow --reason 'snow since the night'",),
    right="plan",
    within=group,
    name="promote",
)
@argument("name", metavar="NAME|FILE")
@option("--reason", required=True, metavar="TEXT", says=say("Why the day is planned by a scenario."))
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day to plan for; default: today."))
@click.pass_context
def promote(context: click.Context, /, *, name: str, reason: str, day: dt.date | None) -> None:
    """Do what `allocate --scenario` does."""
    with on_ledger(context) as desk:
        draft(desk, day, workbook=True, scenario=name, reason=reason)
