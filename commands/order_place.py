"""`allocator order place`: an order from what is typed, or orders from a recommendation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.order_group import run
from commands.order_view import order_facts, show_order
from commands.paper import file_read, refuse_usage
from commands.paper_values import QUANTITY

if TYPE_CHECKING:
    from models.ordering import NewLine, NewOrder

__all__ = ["order_place"]

_MICRO = 1_000_000
_PRICE_MAX, _PLACES = 1_000_000_000, 6


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
        from models.canonical import normal
        from models.database import writing
        from models.days import day_of
        from models.ordering import place_all, place_planned, refuse_ahead
        from models.versions import Stamp
        from models.within_reach import refuse_beyond

        zone = desk.ledger.zone
        today = day_of(desk.now, zone)
        day = typed["day"] or today
        refuse_ahead(day, today)
        stamp = Stamp(desk.actor, desk.now)
        planned = typed["number"] and typed["item"] is None and typed["file"] is None
        orders = [] if planned else _asked(desk, typed, day)
        with writing(desk.ledger.engine) as connection:
            refuse_beyond(desk.reach(connection), [line.site for order in orders for line in order.lines])
            if planned:
                place_planned(connection, typed["number"], stamp, zone=zone, day=day, note=typed["note"])
                numbers = [normal(typed["number"])]
            else:
                numbers = place_all(connection, orders, stamp, zone=zone, today=day, again=typed["again"])
        _show(desk, numbers, today)


def _asked(desk: Desk, typed: dict[str, Any], day: dt.date) -> list[NewOrder]:
    """Return the orders that were asked for; those without a number have none yet."""
    from models.ordering import NewOrder

    status, said = ("planned" if typed["planned"] else "ordered"), {"day": day.isoformat(), "note": typed["note"]}
    if typed["file"] is None:
        if typed["supplier"] is None or typed["quantity"] is None or not typed["quantity"]:
            refuse_usage(
                desk.session, say("Say what, how many and from whom: ITEM QUANTITY --supplier CODE; or --from FILE.")
            )
        line = _line(desk, typed)
        _tell_beside(desk, typed["supplier"], [(line, day)], is_typed=True)
        return [NewOrder(number=typed["number"], partner=typed["supplier"], lines=(line,), status=status, **said)]
    alone = [name for name in ("item", "supplier", "site", "arrives", "price", "budget", "number") if typed[name]]
    if alone:
        refuse_usage(desk.session, say("With --from the file says it all: leave out {options}.", options=alone))
    return _of_file(desk, typed, day, status=status, said=said)


def _line(desk: Desk, typed: dict[str, Any]) -> NewLine:
    from models.ordering import NewLine

    price = None
    if typed["price"] is not None:
        try:
            price = Decimal(typed["price"])
        except InvalidOperation:
            price = Decimal(-1)
        if not price.is_finite() or price < 0:
            refuse_usage(desk.session, say('"{found}" is no price. Write it in yuan, as 1.2.', found=typed["price"]))
        if price > _PRICE_MAX or price != round(price, _PLACES):
            sentence = say(
                "A price is at most {most:,} yuan, with at most {places} decimal places.",
                most=_PRICE_MAX,
                places=_PLACES,
            )
            refuse_usage(desk.session, sentence)
    return NewLine(
        item=typed["item"],
        units=typed["quantity"],
        site=typed["site"],
        arrives="" if typed["arrives"] is None else typed["arrives"].isoformat(),
        price_micro=None if price is None else int(price * _MICRO),
        budget=typed["budget"],
    )


def _of_file(desk: Desk, typed: dict[str, Any], day: dt.date, *, status: str, said: dict[str, str]) -> list[NewOrder]:
    """Return the orders of a file that are due; of the others it is said when they are."""
    from data.order_lines import read_orders
    from models.entry import Refusal
    from models.ordering import NewOrder

    rows = file_read(desk.session, lambda: read_orders(typed["file"]))
    by = typed["by"] or day
    due = [row for row in rows if row.order_by is None or row.order_by <= by]
    later = [row.order_by for row in rows if row.order_by is not None and row.order_by > by]
    if later:
        told = say(
            "Lines that need not be ordered before {day}: {count}. They are left out; --by DATE takes them in.",
            day=min(later).isoformat(),
            count=len(later),
        )
        if not due:
            raise Refusal(told)
        desk.session.tell(told)
    lines: dict[tuple[str, str], list[NewLine]] = {}
    dated: dict[str, list[tuple[NewLine, dt.date]]] = {}
    for row in due:
        lines.setdefault((row.supplier, row.number), []).append(row.line)
        dated.setdefault(row.supplier, []).append((row.line, row.order_by or day))
    for supplier, own in dated.items():
        _tell_beside(desk, supplier, own, is_typed=False)
    return [
        NewOrder(number=number, partner=supplier, lines=tuple(own), status=status, **said)
        for (supplier, number), own in lines.items()
    ]


def _tell_beside(desk: Desk, supplier: str, lines: list[tuple[NewLine, dt.date]], *, is_typed: bool) -> None:
    """Tell, before anything is placed, what is odd about lines beside the offers and budgets of their days."""
    from models.budgets import other_days
    from models.database import reading
    from models.names_beside import with_names
    from models.order_offers import beside_offers

    with reading(desk.ledger.engine) as connection:
        zone = desk.ledger.zone if is_typed else None
        told = beside_offers(connection, supplier, lines, zone=zone)
        told = with_names(connection, [*told, *other_days(connection, lines)])
    for sentence in told:
        desk.session.tell(sentence)


def _show(desk: Desk, numbers: list[str], today: dt.date) -> None:
    from models.budgets import budgets_used, said_of_budgets
    from models.database import reading
    from models.orders import known_orders

    with reading(desk.ledger.engine) as connection:
        known = known_orders(connection, desk.ledger.zone)
        orders = [each for each in known if each.number in numbers]
        paying = {line.budget for order in orders for line in order.lines}
        money_left = said_of_budgets(budgets_used(connection, known), paying)
    desk.session.show_json("allocator.orders/1", {"orders": [order_facts(each, today) for each in orders]})
    for order in orders:
        show_order(desk.session, order)
    for sentence in money_left:
        desk.session.show(desk.session.word(sentence))
