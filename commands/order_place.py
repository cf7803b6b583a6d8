"""`allocator order place`: an order from what is typed, or orders from a recommendation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.order_group import run
from commands.order_view import show_order
from commands.paper import file_read, refuse_usage
from commands.paper_values import QUANTITY

if TYPE_CHECKING:
    from models.ordering import NewLine, NewOrder

__all__ = ["order_place"]


@command(
    say(
        "Place an order with a supplier: one line that is typed, or the lines of a file such as a recommendation of "
        "`allocator procure`, one order for each supplier. Without --arrives it is expected when the lead days of the "
        "supplier's offer have passed. A planned order is placed by its number alone."
    ),
    examples=(
        "allocator order place MASK 50000 --supplier S1",
        "allocator order place --from purchases.csv",
        "allocator order place --number PO-20200210-1",
    ),
    right="order",
    within=run,
    name="place",
)
@argument("item", required=False, metavar="[ITEM]")
@argument("quantity", required=False, type=QUANTITY, metavar="[QUANTITY]")
@option("--supplier", metavar="CODE", says=say("Who is asked to deliver."))
@option("--site", default="", metavar="CODE", says=say("Where it goes; default: the depot with the most lanes."))
@option("--arrives", type=DAY, metavar="DATE", says=say("The day on which it is expected."))
@option("--price", metavar="YUAN", says=say("Price of one unit; default: the offer's."))
@option(
    "--budget",
    default="",
    metavar="BUDGET",
    says=say("The budget that pays it; default: the only one for its item and day; - for none."),
)
@option("--number", default="", metavar="ORDER", says=say("Number of the order; default: the next of the day."))
@option("--planned", is_flag=True, says=say("Only plan it: nothing is under way before it is placed."))
@option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say(
        "The lines, from a CSV file with the columns {columns}.",
        columns="supplier, item, units, order_by, arrives, site, price, order, budget",
    ),
)
@option("--by", type=DAY, metavar="DATE", says=say("Of the file, lines to be ordered by this day; default: --date."))
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day of the order; default: today."))
@option("--note", default="", metavar="TEXT", says=say("Anything else to keep with the order."))
@option("--again", is_flag=True, says=say("Place it although an order of the same day says exactly this."))
@click.pass_context
def order_place(context: click.Context, /, **typed: Any) -> None:
    """Read, place, show."""
    with on_ledger(context) as desk:
        from data.ordering import place_orders, step_order
        from models.canonical import normal
        from models.database import reading
        from models.days import day_of
        from models.ordering import refuse_ahead
        from models.versions import Stamp

        today = day_of(desk.now, desk.ledger.zone)
        day = typed["day"] or today
        refuse_ahead(day, today)
        stamp = Stamp(desk.actor, desk.now)
        if typed["number"] and typed["item"] is None and typed["file"] is None:
            step_order(desk.ledger, typed["number"], "ordered", stamp, day=day, note=typed["note"])
            numbers = [normal(typed["number"])]
        else:
            orders = _asked(desk, typed, day)
            with reading(desk.ledger.engine) as connection:
                reach = desk.reach(connection)
            numbers = place_orders(desk.ledger, orders, stamp, reach, today=today, again=typed["again"])
        _show(desk, numbers, today)


def _asked(desk: Desk, typed: dict[str, Any], day: dt.date) -> list[NewOrder]:
    """Return the orders that were asked for; those without a number have none yet."""
    from data.ordering import beside_said
    from models.ordering import NewOrder

    status, said = ("planned" if typed["planned"] else "ordered"), {"day": day.isoformat(), "note": typed["note"]}
    if typed["file"] is None:
        if typed["supplier"] is None or typed["quantity"] is None or not typed["quantity"]:
            refuse_usage(
                desk.session, say("Say what, how many and from whom: ITEM QUANTITY --supplier CODE; or --from FILE.")
            )
        line = _line(desk, typed)
        for sentence in beside_said(desk.ledger, {typed["supplier"]: [(line, day)]}, is_typed=True):
            desk.session.tell(sentence)
        return [NewOrder(number=typed["number"], partner=typed["supplier"], lines=(line,), status=status, **said)]
    alone = [name for name in ("item", "supplier", "site", "arrives", "price", "budget", "number") if typed[name]]
    if alone:
        refuse_usage(desk.session, say("With --from the file says it all: leave out {options}.", options=alone))
    return _of_file(desk, typed, day, status=status, said=said)


def _line(desk: Desk, typed: dict[str, Any]) -> NewLine:
    from data.ordering import price_micro_in
    from models.entry import Refusal
    from models.ordering import NewLine

    try:
        price = price_micro_in(typed["price"] or "")
    except Refusal as refusal:
        refuse_usage(desk.session, *refusal.sentences)
    return NewLine(
        item=typed["item"],
        units=typed["quantity"],
        site=typed["site"],
        arrives="" if typed["arrives"] is None else typed["arrives"].isoformat(),
        price_micro=price,
        budget=typed["budget"],
    )


def _of_file(desk: Desk, typed: dict[str, Any], day: dt.date, *, status: str, said: dict[str, str]) -> list[NewOrder]:
    """Return the orders of a file that are due; of the others it is said when they are."""
    from data.order_lines import read_orders
    from data.ordering import beside_said, orders_due

    rows = file_read(desk.session, lambda: read_orders(typed["file"]))
    due = orders_due(rows, day=day, by=typed["by"] or day, status=status, note=said["note"])
    for sentence in (*due.said, *beside_said(desk.ledger, due.dated)):
        desk.session.tell(sentence)
    return list(due.orders)


def _show(desk: Desk, numbers: list[str], today: dt.date) -> None:
    from data.order_tables import order_facts
    from data.ordering import placed

    orders, money_left = placed(desk.ledger, numbers)
    desk.session.show_json("allocator.orders/1", {"orders": [order_facts(each, today) for each in orders]})
    for order in orders:
        show_order(desk.session, order)
    for sentence in money_left:
        desk.session.show(desk.session.word(sentence))
