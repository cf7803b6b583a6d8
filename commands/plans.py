"""`allocator plans`: the plans that are kept in the ledger."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import Desk, on_ledger
from commands.open_view import find_open, show_open
from commands.plan_view import table
from commands.short_view import show_short
from commands.table_files import check_table_file, save_tables, table_file_option
from models.days import local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.tables_out import TableOut
    from models.plans import StoredPlan

_DIGITS_SHOWN = 12


@command(
    say("List the plans that are kept in the ledger, the latest first, under what waits for somebody."),
    examples=("allocator plans", "allocator plans --short", "allocator plans --out plans.xlsx"),
    right="see-plans",
)
@option(
    "--short",
    is_flag=True,
    says=say(
        "List instead which needs were short on the days of the last plans, and on how many in a row: the cover that "
        "sites really had, not what was planned."
    ),
)
@table_file_option
@click.pass_context
def run(context: click.Context, /, *, short: bool, out: Path | None) -> None:
    """Read the list, show it."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        if short:
            show_short(desk, out)
            return
        from data.open_said import open_plain
        from data.open_table import open_table
        from models.database import reading
        from models.days import day_of
        from models.plan_events import status_word
        from models.plans import plans

        session, word = desk.session, desk.session.word
        with reading(desk.ledger.engine) as connection:
            found = plans(connection)
        if out is not None:
            today = day_of(desk.now, desk.ledger.zone)
            tables = [_plans_table(found, desk), open_table(find_open(desk), desk.ledger.zone)]
            save_tables(session, out, tables, title=say("Plans"), day=today, desk=desk)
        matters = find_open(desk)
        plain = open_plain(matters, desk.ledger.zone)
        session.show_json("allocator.plans/1", {"plans": [vars(each) for each in found], "open": plain})
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


def _plans_table(found: Sequence[StoredPlan], desk: Desk) -> TableOut:
    from data.tables_out import rows_out
    from models.plan_events import status_word

    columns = (
        ("plan", say("plan"), "text"),
        ("date", say("day"), "date"),
        ("status", say("status"), "text"),
        ("drafted_by", say("drafted by"), "text"),
        ("drafted_at", say("drafted at"), "time"),
        ("document", say("document"), "whole"),
        ("snapshot", say("snapshot"), "text"),
    )
    rows = [
        (
            each.id,
            each.date,
            status_word(each.status),
            each.drafted_by,
            local_time(each.drafted_at, desk.ledger.zone),
            each.document,
            each.snapshot_digest,
        )
        for each in found
    ]
    return rows_out("plans", say("Plans"), columns, rows)
