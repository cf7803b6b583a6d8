"""`allocator order list` and `order suppliers`: what is under way, and how long suppliers took."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.order_group import run
from commands.plan_view import table
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from models.orders import KnownOrder

__all__ = ["order_list", "order_suppliers"]

_TITLES = (
    *(say("order"), say("supplier"), say("item"), say("to site")),
    *(say("units ordered"), say("units arrived"), say("units to come"), say("expected"), say("status")),
)


@command(
    say("List what is still to come of orders, late ones first, then by the day they are expected."),
    examples=(
        "allocator order list",
        "allocator order list --item MASK",
        "allocator order list --all --out orders.xlsx",
    ),
    right="see-shortfall",
    within=run,
    name="list",
)
@option("--supplier", metavar="CODE", says=say("Only orders placed with this supplier."))
@option("--item", metavar="CODE", says=say("Only lines of this item."))
@option("--as-of", "as_of", type=DAY, metavar="DATE", says=say("As it was at the end of this day."))
@option("--all", "ended", is_flag=True, says=say("Also orders that have arrived or were cancelled."))
@table_file_option
@click.pass_context
def order_list(
    context: click.Context,
    /,
    *,
    supplier: str | None,
    item: str | None,
    as_of: dt.date | None,
    ended: bool,
    out: Path | None,
) -> None:
    """Read, choose, show."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        from data.order_tables import order_facts, pipeline_rows, pipeline_table, standing

        day, orders = _orders(desk, as_of)
        orders = [each for each in orders if supplier in (None, each.partner)]
        rows = [row for row in pipeline_rows(orders, day, ended=ended) if item in (None, row[1].item)]
        session, word = desk.session, desk.session.word
        shown = {order.number: order for order, _ in rows}
        session.show_json("allocator.orders/1", {"orders": [order_facts(each, day) for each in shown.values()]})
        if out is not None:
            save_tables(session, out, [pipeline_table(rows, day)], title=say("Orders"), day=day, desk=desk)
        if not rows:
            session.show(word(say("Nothing is on order. Place an order with: allocator order place")))
            return
        cells = [
            (
                order.number,
                order.partner,
                line.item,
                line.site,
                f"{line.units:,}",
                f"{line.arrived_units:,}",
                f"{order.outstanding_units(line):,}",
                line.arrives,
                word(standing(order, line, day)),
            )
            for order, line in rows
        ]
        for text in table([tuple(word(title) for title in _TITLES), *cells], left=4):
            session.show(text)


def _orders(desk: Desk, as_of: dt.date | None = None) -> tuple[dt.date, list[KnownOrder]]:
    """Return the day that is looked at, and the orders as they stood at its end; None: as they stand now."""
    from models.database import reading
    from models.days import day_of
    from models.orders import known_orders

    with reading(desk.ledger.engine) as connection:
        found = known_orders(connection, desk.ledger.zone, day=as_of)
    return as_of or day_of(desk.now, desk.ledger.zone), found


@command(
    say("Show how long suppliers took from the order to the arrival, beside what their offers promise."),
    examples=("allocator order suppliers", "allocator order suppliers --out suppliers.xlsx"),
    right="see-shortfall",
    within=run,
    name="suppliers",
)
@table_file_option
@click.pass_context
def order_suppliers(context: click.Context, /, *, out: Path | None) -> None:
    """Read, work out, show."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        from data.supplier_tables import SUPPLIER_TITLES, suppliers_known, suppliers_table
        from models.database import reading

        session, word = desk.session, desk.session.word
        day, orders = _orders(desk)
        with reading(desk.ledger.engine) as connection:
            rows = suppliers_known(connection, orders, day)
        if out is not None:
            save_tables(session, out, [suppliers_table(rows)], title=say("How long suppliers took"), day=day, desk=desk)
        session.show_json("allocator.suppliers/1", {"suppliers": rows})
        if not rows:
            session.show(word(say("There is neither an offer nor an order. Import offers with: allocator import FILE")))
            return
        cells = [tuple(_cell(value) for value in row.values()) for row in rows]
        for text in table([tuple(word(title) for title in SUPPLIER_TITLES), *cells]):
            session.show(text)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value is None else str(value)
