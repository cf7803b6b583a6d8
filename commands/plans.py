"""`allocator plans`: the plans that are kept in the ledger."""

from __future__ import annotations

import datetime as dt

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import on_ledger
from commands.open_view import find_open, open_json, show_open
from commands.plan_view import table
from commands.short_view import show_short

_DIGITS_SHOWN = 12


@command(
    say("List the plans that are kept in the ledger, the latest first, under what waits for somebody."),
    examples=("allocator plans", "allocator plans --short"),
)
@option(
    "--short",
    is_flag=True,
    says=say(
        "List instead which needs were short on the days of the last plans, and on how many in a row: the cover that "
        "sites really had, not what was planned."
    ),
)
@click.pass_context
def run(context: click.Context, /, *, short: bool) -> None:
    """Read the list, show it."""
    with on_ledger(context, seals=False, anybody=True) as desk:
        if short:
            show_short(desk)
            return
        from models.database import reading
        from models.plan_events import status_word
        from models.plans import plans

        session, word = desk.session, desk.session.word
        with reading(desk.ledger.engine) as connection:
            found = plans(connection)
        matters = find_open(desk)
        session.show_json(
            "allocator.plans/1", {"plans": [vars(each) for each in found], "open": open_json(desk, matters)}
        )
        show_open(desk, matters)
        if not found:
            session.show(word(say("The ledger has no plan yet. Make one with: allocator allocate")))
            return
        titles = (say("plan"), say("status"), say("drafted by"), say("drafted at"), say("document"), say("snapshot"))
        rows = [
            (
                each.id,
                word(status_word(each.status)),
                each.drafted_by,
                dt.datetime.fromtimestamp(each.drafted_at / 1e6, desk.ledger.zone).strftime("%Y-%m-%d %H:%M"),
                f"{each.document:,}",
                each.snapshot_digest[:_DIGITS_SHOWN],
            )
            for each in found
        ]
        for line in table([tuple(word(title) for title in titles), *rows], left=4):
            session.show(line)
