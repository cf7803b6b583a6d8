"""`allocator report decisions`: who decided what, who paid for it, who approved it, and what changed in the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.plan_view import table
from commands.report_group import run
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = ["report_decisions"]

_SHOWN = 30


@command(
    say(
        "Report what people decided in some days: overrides with who got less or more by them, every step of a plan "
        "and who took it, approvals of documents and emergency issues, and what each version of the policy says "
        "differently from the one before. That a plan follows from its snapshot to the last byte is proved by: "
        "allocator audit check"
    ),
    examples=(
        "allocator report decisions --from 2020-02-01 --to 2020-02-29",
        "allocator report decisions --from 2020-02-10 --to 2020-02-10 --out decisions.xlsx --lang zh",
    ),
    right="see-records",
    within=run,
    name="decisions",
)
@option(
    "--from", "first", type=DAY, metavar="DATE", says=say("The first day on which it was recorded; default: today.")
)
@option("--to", "last", type=DAY, metavar="DATE", says=say("The last such day; default: today."))
@table_file_option
@click.pass_context
def report_decisions(
    context: click.Context, /, *, first: dt.date | None, last: dt.date | None, out: Path | None
) -> None:
    """Gather what was decided, write it where asked, show it."""
    with on_ledger(context, reads=True) as desk:
        from data.decision_tables import decided_between, decided_json, decision_tables
        from models.database import reading
        from models.days import day_of, end_of_day, start_of_day

        check_table_file(desk.session, out)
        zone = desk.ledger.zone
        today = day_of(desk.now, zone)
        begin, end = first or today, last or today
        if begin > end:
            desk.session.refuse(
                say("{first} is after {last}. Turn them round.", first=begin.isoformat(), last=end.isoformat()),
                status=2,
            )
        with reading(desk.ledger.engine) as connection:
            decided = decided_between(
                connection, start_of_day(begin, zone), end_of_day(end, zone), lang=desk.session.lang
            )
        tables = decision_tables(decided, zone)
        title = say("Decisions from {first} to {last}", first=begin.isoformat(), last=end.isoformat())
        if out is not None:
            save_tables(desk.session, out, tables, title=title, day=today, desk=desk)
        desk.session.show_json("allocator.decisions/1", decided_json(decided))
        _show(desk, title, tables)


def _show(desk: Desk, title: Sentence, tables: Sequence[TableOut]) -> None:
    session, word = desk.session, desk.session.word
    session.show(word(title))
    for each in tables:
        session.show()
        if not each.rows:
            session.show(word(say("{part}: none.", part=each.title)))
            continue
        session.show(word(each.title))
        titles = [word(column.title) for column in each.columns]
        rows = list(zip(*(column.values[:_SHOWN] for column in each.columns), strict=True))
        for line in table([titles, *([_text(desk, cell) for cell in row] for row in rows)], left=len(titles)):
            session.show(line)
        if each.rows > _SHOWN:
            session.show(word(say("… and {more} more; --out FILE has all.", more=each.rows - _SHOWN)))


def _text(desk: Desk, cell: Any) -> str:
    if isinstance(cell, Sentence):
        return desk.session.word(cell)
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return f"{cell:,.10g}" if isinstance(cell, int | float) else str(cell)
