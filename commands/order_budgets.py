"""`allocator order budgets`: what may be spent, what orders take of it, and what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import on_ledger
from commands.order_group import run
from commands.plan_view import table
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.budgets import BudgetUsed

__all__ = ["order_budgets"]

_COLUMNS = (
    ("budget", say("budget"), "text"),
    ("from", say("from"), "date"),
    ("to", say("to"), "date"),
    ("items", say("items"), "text"),
    ("amount", say("amount, yuan"), "decimal"),
    ("ordered", say("ordered, yuan"), "decimal"),
    ("left", say("left, yuan"), "decimal"),
    ("unpriced", say("lines without a price"), "whole"),
)


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
        from models.budgets import budgets_used
        from models.database import reading
        from models.days import day_of
        from models.orders import known_orders

        session, word = desk.session, desk.session.word
        with reading(desk.ledger.engine) as connection:
            used = budgets_used(connection, known_orders(connection, desk.ledger.zone, day=as_of))
        session.show_json("allocator.budgets/1", {"budgets": [_facts(each) for each in used]})
        if out is not None:
            day = as_of or day_of(desk.now, desk.ledger.zone)
            save_tables(session, out, [_table_out(used)], title=say("Budgets"), day=day, desk=desk)
        if not used:
            session.show(word(say("There is no budget. Import budgets with: allocator import FILE")))
            return
        rows = [_shown(each) for each in used]
        for text in table([tuple(word(title) for _, title, _ in _COLUMNS[:-1]), *rows], left=4):
            session.show(text)


def _yuan(micro: int) -> float:
    return micro / 1_000_000


def _facts(each: BudgetUsed) -> dict[str, Any]:
    from commands.order_view import price_of

    known = each.budget
    return {
        "budget": known.bucket,
        "from": known.from_day.isoformat() if known.from_day else None,
        "to": known.to_day.isoformat() if known.to_day else None,
        "items": list(known.items),
        "amount": price_of(each.amount_micro),
        "ordered": price_of(each.ordered_micro),
        "left": price_of(each.left_micro),
        "unpriced_lines": each.unpriced_lines,
    }


def _shown(each: BudgetUsed) -> tuple[str, ...]:
    known = each.budget
    days = (day.isoformat() if day else "" for day in (known.from_day, known.to_day))
    money = (each.amount_micro, each.ordered_micro, each.left_micro)
    return (known.bucket, *days, " ".join(known.items), *(f"{_yuan(micro):,.2f}" for micro in money))


def _table_out(used: Sequence[BudgetUsed]) -> TableOut:
    from data.tables_out import rows_out

    rows = [
        (
            *(each.budget.bucket, each.budget.from_day, each.budget.to_day, " ".join(each.budget.items)),
            *map(_yuan, (each.amount_micro, each.ordered_micro, each.left_micro)),
            each.unpriced_lines,
        )
        for each in used
    ]
    return rows_out("budgets", say("Budgets"), _COLUMNS, rows)
