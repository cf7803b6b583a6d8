"""`allocator dispatch`: the notes of an approved plan leave their depots."""

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
        "Send the notes of an approved plan: each becomes a shipment under its number, under way until its site "
        "confirms it. What expired or was recalled since it was reserved, or is too short for its site by now, "
        "stays behind, and is said; where nothing may go, the plan stays as it was. A note whose dispatch was reversed "
        "is sent again. Interrupted and done again, it sends nothing twice."
    ),
    examples=("allocator dispatch P2020-02-10-1", "allocator dispatch P2020-02-10-1 --depot D1"),
    right="plan",
)
@argument("plan", metavar="PLAN")
@option("--depot", default="", metavar="DEPOT", says=say("Only the notes of this depot."))
@when_options
@click.pass_context
def run(
    context: click.Context, /, plan: str, depot: str, date: dt.date | None, at: dt.time | dt.datetime | None
) -> None:
    """Send, say what left and what stayed."""
    with on_ledger(context) as desk:
        from data.plan_steps_said import dispatched_said
        from models.plan_steps import dispatch

        with refusing_by_name(desk), desk.session.stage(say("Sending the notes")):
            done = dispatch(desk.ledger, plan, when_of(desk, date, at), depot=depot)
        hints = [
            say("To print them: allocator notes {plan} --out notes.pdf", plan=plan),
            say("When one has arrived: allocator confirm {note} --all", note=done.notes[0].number),
        ]
        notes = [
            {"note": each.number, "depot": each.depot, "site": each.site, "arrives": each.arrives}
            for each in done.notes
        ]
        stayed = [desk.session.word(each) for each in done.stayed]
        show_step(desk, plan, "dispatched", *dispatched_said(done), *hints, notes=notes, stayed=stayed)
