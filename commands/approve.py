"""`allocator approve`: a second person approves a plan, whose lots are reserved, or countersigns an emergency issue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk, on_ledger
from commands.paper import refuse_usage, show_posted, when_options
from commands.plan_step import refusing_by_name, show_moved, show_step, when_of
from models.cut_words import is_number

if TYPE_CHECKING:
    from models.plan_steps import When


@command(
    say(
        "Approve a reviewed plan: never who drafted or overrode it. What moved since its snapshot is shown line by "
        "line, and where stock no longer suffices the approval is refused with those lines. Its lots are reserved, "
        "first expiring first, so that nothing else can take them. A document's number instead of a plan countersigns "
        "an emergency issue: never who posted it."
    ),
    examples=(
        "allocator approve P2020-02-10-1 --actor chief",
        "allocator approve P2020-02-10-1 --partial --note 'the rest follows tomorrow'",
        "allocator approve 1042 --actor chief",
    ),
    right="approve",
)
@argument("plan", metavar="PLAN|DOC")
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
    """Approve a plan or countersign a document."""
    with on_ledger(context) as desk:
        if is_number(plan):
            if partial or date is not None or at is not None:
                refuse_usage(desk.session, say("--partial, --date and --at belong to a plan; {doc} is a document.",
                                               doc=plan))  # fmt: skip
            _countersign(desk, int(plan), note)
        else:
            _approve(desk, plan, when_of(desk, date, at), note, partial=partial)


def _countersign(desk: Desk, number: int, note: str) -> None:
    """Countersign, and show what was signed."""
    from models.countersigning import countersign
    from models.database import reading
    from models.versions import Stamp

    with reading(desk.ledger.engine) as connection:
        reach = desk.reach(connection)
    countersign(desk.ledger, number, Stamp(desk.actor, desk.now), note=note, reach=reach)
    show_posted(desk, number)


def _approve(desk: Desk, plan: str, when: When, note: str, *, partial: bool) -> None:
    """Show what moved, approve, say what is reserved and what is short."""
    from data.kept_plan import loads_in
    from data.plan_steps_said import approved_said
    from models.database import reading
    from models.plan_events import refuse_own, refuse_unless
    from models.plan_steps import approve

    with kept_plan(desk, plan) as kept:
        # Who may not approve hears that first, not what moved.
        refuse_unless(kept.plan, "approved")
        with reading(desk.ledger.engine) as connection:
            refuse_own(connection, kept.plan, desk.actor)
        loads = loads_in(desk.ledger.engine, kept)
        moved = show_moved(desk, kept, loads)
    with refusing_by_name(desk), desk.session.stage(say("Reserving the lots")):
        done = approve(desk.ledger, plan, loads, when, note=note, partial=partial)
    then = say("Send them with: allocator dispatch {plan}", plan=plan)
    said = approved_said(plan, done, actor=desk.actor, then=then)
    lines = [
        {"depot": e.load.depot, "site": e.load.site, "item": e.load.item, "short_units": e.short_units}
        for e in done.short
    ]
    show_step(desk, plan, "approved", *said, notes=done.notes, units=done.units, short=lines, moved=moved)
