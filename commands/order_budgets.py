"""`allocator order budgets`: what may be spent, what orders take of it, and what is left."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import on_ledger
from commands.order_group import run
from commands.plan_view import table
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from models.budgets import BudgetUsed

__all__ = ["order_budgets"]


@command(
    say("Show what each budget may spend, what orders that name it take of it, and what is left."),
    examples=("allocator order budgets", "allocator order budgets --as-of 2020-02-10 --out budgets.xlsx"),
    right="see-shortfall",
    within=run,
    name="budgets",
)
@option("--as-of", "as_of", type=DAY, metavar="DATE", says=say("As it was at the end of this day."))
@table_file_option
@click.pass_context
def order_budgets(context: click.Context, /, *, as_of: dt.date | None, out: Path | None) -> None:
    """Read, add up, show."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        from data.order_tables import BUDGET_COLUMNS, budget_facts, budgets_table
        from models.budgets import budgets_used
        from models.database import reading
        from models.days import day_of
        from models.orders import known_orders

        session, word = desk.session, desk.session.word
        with reading(desk.ledger.engine) as connection:
            used = budgets_used(connection, known_orders(connection, desk.ledger.zone, day=as_of))
        session.show_json("allocator.budgets/1", {"budgets": [budget_facts(each) for each in used]})
        if out is not None:
            day = as_of or day_of(desk.now, desk.ledger.zone)
            save_tables(session, out, [budgets_table(used)], title=say("Budgets"), day=day, desk=desk)
        if not used:
            session.show(word(say("There is no budget. Import budgets with: allocator import FILE")))
            return
        rows = [_shown(each) for each in used]
        for text in table([tuple(word(title) for _, title, _ in BUDGET_COLUMNS[:-1]), *rows], left=4):
            session.show(text)


def _shown(each: BudgetUsed) -> tuple[str, ...]:
    known = each.budget
    days = (day.isoformat() if day else "" for day in (known.from_day, known.to_day))
    money = (each.amount_micro, each.ordered_micro, each.left_micro)
    return (known.bucket, *days, " ".join(known.items), *(f"{micro / 1_000_000:,.2f}" for micro in money))
