"""`allocator order list` and `order suppliers`: what is under way, and how long suppliers took."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.order_group import run
from commands.order_view import order_facts, pipeline_rows, price_of, standing
from commands.plan_view import table
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.orders import KnownLine, KnownOrder

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
        day, orders = _orders(desk, as_of)
        orders = [each for each in orders if supplier in (None, each.partner)]
        rows = [row for row in pipeline_rows(orders, day, ended=ended) if item in (None, row[1].item)]
        session, word = desk.session, desk.session.word
        shown = {order.number: order for order, _ in rows}
        session.show_json("allocator.orders/1", {"orders": [order_facts(each, day) for each in shown.values()]})
        if out is not None:
            save_tables(session, out, [_table_out(rows, day)], title=say("Orders"), day=day, desk=desk)
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


def _table_out(rows: list[tuple[KnownOrder, KnownLine]], day: dt.date) -> TableOut:
    from data.tables_out import rows_out
    from models.orders import order_status_word

    columns = (
        ("order", say("order"), "text"),
        ("supplier", say("supplier"), "text"),
        ("item", say("item"), "text"),
        ("site", say("to site"), "text"),
        ("units", say("units ordered"), "whole"),
        ("arrived_units", say("units arrived"), "whole"),
        ("to_come_units", say("units to come"), "whole"),
        ("arrives", say("expected"), "date"),
        ("status", say("status"), "text"),
        ("late_days", say("days late"), "whole"),
        ("ordered_on", say("ordered on"), "text"),
        ("price", say("price"), "text"),
        ("budget", say("budget"), "text"),
    )
    cells = []
    for order, line in rows:
        late = (day - dt.date.fromisoformat(line.arrives)).days
        comes = order.outstanding_units(line)
        cells.append(
            (
                *(order.number, order.partner, line.item, line.site, line.units, line.arrived_units, comes),
                *(line.arrives, order_status_word(order.status)),
                max(0, late) if comes and order.status != "planned" else 0,
                *(order.ordered_on, price_of(line.price_micro), line.budget),
            )
        )
    return rows_out("orders", say("Orders"), columns, cells)


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
        from allocator.lead_times import seen_lead_times

        session, word = desk.session, desk.session.word
        day, orders = _orders(desk)
        seen = {
            each.supplier: each
            for each in seen_lead_times(
                (order.partner, dt.date.fromisoformat(order.ordered_on), dt.date.fromisoformat(order.arrived_on))
                for order in orders
                if order.ordered_on and order.arrived_on
            )
        }
        promised = _promised(desk, day)
        rows = []
        for supplier in sorted({*seen, *promised, *(order.partner for order in orders)}):
            own = seen.get(supplier)
            rows.append(
                {
                    "supplier": supplier,
                    "promised_days": promised.get(supplier),
                    "arrived_orders": own.orders if own else 0,
                    "median_days": own.median_days if own else None,
                    "p90_days": own.p90_days if own else None,
                    "open_orders": sum(order.partner == supplier and order.is_open for order in orders),
                }
            )
        if out is not None:
            _save_suppliers(desk, rows, out, day)
        session.show_json("allocator.suppliers/1", {"suppliers": rows})
        if not rows:
            session.show(word(say("There is neither an offer nor an order. Import offers with: allocator import FILE")))
            return
        cells = [tuple(_cell(value) for value in row.values()) for row in rows]
        for text in table([tuple(word(title) for title in _SUPPLIER_TITLES), *cells]):
            session.show(text)


_SUPPLIER_TITLES: tuple[Sentence, ...] = (
    *(say("supplier"), say("promised days"), say("orders arrived"), say("median days")),
    *(say("9 of 10 within days"), say("orders open")),
)


def _save_suppliers(desk: Desk, rows: list[dict[str, Any]], out: Path, day: dt.date) -> None:
    from data.tables_out import rows_out

    names = ("supplier", "promised_days", "arrived_orders", "median_days", "p90_days", "open_orders")
    holds = ("text", "whole", "whole", "decimal", "decimal", "whole")
    columns = list(zip(names, _SUPPLIER_TITLES, holds, strict=True))
    tables = [rows_out("suppliers", say("Suppliers"), columns, [[row[name] for name in names] for row in rows])]
    save_tables(desk.session, out, tables, title=say("How long suppliers took"), day=day, desk=desk)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value is None else str(value)


def _promised(desk: Desk, day: dt.date) -> dict[str, int]:
    """Return the longest lead days that each supplier's offers of a day promise."""
    import sqlalchemy as sa

    from models.database import reading
    from models.tables import offer

    today = day.isoformat()
    query = (
        sa.select(offer.c.partner, sa.func.max(offer.c.lead_days))
        .where(offer.c.since <= today, sa.or_(offer.c.until == "", offer.c.until >= today))
        .group_by(offer.c.partner)
    )
    with reading(desk.ledger.engine) as connection:
        return dict(connection.execute(query).all())
