"""`allocator order show`, `ship` and `cancel`: one order, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.order_group import run
from commands.order_view import show_order
from commands.table_files import check_table_file, save_tables, table_file_option

__all__ = ["order_cancel", "order_ship", "order_show", "show_one"]

_DATE = option("--date", "day", type=DAY, metavar="DATE", says=say("The day on which it happened; default: today."))
_NOTE = option("--note", default="", metavar="TEXT", says=say("Anything else to keep with the step."))


def show_one(desk: Desk, number: str, out: Path | None = None) -> None:
    """Show an order as it stands now; `out`: save its lines and steps.

    Raises:
        Refusal: there is none of this number.

    """
    from data.order_tables import order_facts, order_tables
    from models.database import reading
    from models.days import day_of
    from models.orders import find_order

    today = day_of(desk.now, desk.ledger.zone)
    with reading(desk.ledger.engine) as connection:
        order = find_order(connection, number, desk.ledger.zone)
    if out is not None:
        title = say("Order {number}", number=order.number)
        facts = [(say("order"), order.number), (say("supplier"), order.partner), (say("ordered on"), order.ordered_on)]
        save_tables(desk.session, out, order_tables(order), title=title, day=today, filters=facts, desk=desk)
    desk.session.show_json("allocator.order/1", order_facts(order, today))
    show_order(desk.session, order)


def _step(
    context: click.Context, number: str, status: str, *, day: dt.date | None, note: str, arrives: str = ""
) -> None:
    """Record a step of an order, and show it."""
    from data.ordering import step_order
    from models.versions import Stamp

    with on_ledger(context) as desk:
        stamp = Stamp(desk.actor, desk.now)
        step_order(desk.ledger, number, status, stamp, day=day, arrives=arrives, note=note)
        show_one(desk, number)


@command(
    say("Show an order: its lines, what of them has arrived, and every step with who recorded it."),
    examples=("allocator order show PO-20200210-1", "allocator order show PO-20200210-1 --out order.xlsx"),
    right="see-shortfall",
    within=run,
    name="show",
)
@argument("number", metavar="ORDER")
@table_file_option
@click.pass_context
def order_show(context: click.Context, /, *, number: str, out: Path | None) -> None:
    """Show."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        show_one(desk, number, out)


@command(
    say("Say that an order was shipped, and when it is expected now. Again, where the day of arrival changes."),
    examples=("allocator order ship PO-20200210-1 --arrives 2020-02-14",),
    right="order",
    within=run,
    name="ship",
)
@argument("number", metavar="ORDER")
@option("--arrives", type=DAY, metavar="DATE", says=say("The day on which it is expected now; default: as it was."))
@_DATE
@_NOTE
@click.pass_context
def order_ship(
    context: click.Context, /, *, number: str, arrives: dt.date | None, day: dt.date | None, note: str
) -> None:
    """Record."""
    expected = "" if arrives is None else arrives.isoformat()
    _step(context, number, "shipped", day=day, note=note, arrives=expected)


@command(
    say("Cancel an order: what has not arrived of it is awaited no more. What has arrived stays in stock."),
    examples=("allocator order cancel PO-20200210-1 --note 'The works has closed'",),
    right="order",
    within=run,
    name="cancel",
)
@argument("number", metavar="ORDER")
@_DATE
@_NOTE
@click.pass_context
def order_cancel(context: click.Context, /, *, number: str, day: dt.date | None, note: str) -> None:
    """Record."""
    _step(context, number, "cancelled", day=day, note=note)
