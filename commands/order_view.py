"""How orders are shown: in lines for people, and as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.orders import KnownLine, KnownOrder

__all__ = ["order_facts", "order_tables", "pipeline_rows", "price_of", "show_order", "standing", "tell_order"]


def price_of(micro: int | None) -> str:
    """Return a price as people write it, "" where nobody said one.

    >>> price_of(1_200_000), price_of(None)
    ('1.2', '')
    """
    from allocator.planning import money

    return "" if micro is None else f"{money(micro):f}"


def order_facts(order: KnownOrder, day: dt.date) -> dict[str, Any]:
    """Return an order as plain values; `day`: today, by which it may be late."""
    return {
        "order": order.number,
        "supplier": order.partner,
        "status": order.status,
        "ordered_on": order.ordered_on or None,
        "arrives": order.arrives or None,
        "late": order.is_late(day),
        "lines": [
            {
                "item": line.item,
                "site": line.site,
                "units": line.units,
                "arrived_units": line.arrived_units,
                "to_come_units": order.outstanding_units(line),
                "arrives": line.arrives,
                "price": price_of(line.price_micro) or None,
                "budget": line.budget or None,
            }
            for line in order.lines
        ],
        "over_units": order.over_units,
        "steps": [{name: value for name, value in vars(step).items() if name != "recorded_at"} for step in order.steps],
        "receipts": [{"document": number, "day": came.isoformat()} for number, came in order.receipts],
    }


def pipeline_rows(orders: list[KnownOrder], day: dt.date, *, ended: bool) -> list[tuple[KnownOrder, KnownLine]]:
    """Return the lines of which something is still to come, late ones first, then by day; `ended`: the others last."""
    lines = [(order, line) for order in orders for line in order.lines if ended or order.outstanding_units(line)]

    def rank(row: tuple[KnownOrder, KnownLine]) -> tuple[bool, bool, str, str, str, str]:
        order, line = row
        comes = bool(order.outstanding_units(line))
        late = comes and order.status != "planned" and line.arrives < day.isoformat()
        return not comes, not late, line.arrives, order.number, line.item, line.site

    return sorted(lines, key=rank)


def standing(order: KnownOrder, line: KnownLine, day: dt.date) -> Sentence:
    """Return how a line stands on a day, in words."""
    from models.orders import order_status_word

    word = order_status_word(order.status)
    late = (day - dt.date.fromisoformat(line.arrives)).days
    if order.outstanding_units(line) and order.status != "planned" and late > 0:
        return say("{status}, {days} days late", status=word, days=late)
    return word


def show_order(session: Session, order: KnownOrder) -> None:
    """Print one order: its lines, its steps, its receipts, and what never came or came beyond it."""
    from models.orders import order_status_word

    word = session.word
    status = order_status_word(order.status)
    head = say(
        "Order {number} with supplier {supplier}: {status}.",
        number=order.number,
        supplier=order.partner,
        status=status,
    )
    session.show(word(head))
    for text in table([tuple(map(word, _LINE_TITLES)), *_line_rows(order)], left=2):
        session.show(text)
    for sentence in _story(order):
        session.show(word(sentence).rstrip())


_LINE_TITLES = (
    say("item"),
    say("to site"),
    say("units ordered"),
    say("units arrived"),
    say("units to come"),
    say("expected"),
    say("price"),
    say("budget"),
)


def order_tables(order: KnownOrder) -> list[TableOut]:
    """Return an order's lines and its steps as tables to save."""
    from data.tables_out import rows_out
    from models.orders import order_status_word

    names = ("item", "site", "units", "arrived_units", "to_come_units", "arrives", "price", "budget")
    holds = ("text", "text", "whole", "whole", "whole", "date", "text", "text")
    lines = [
        (
            *(line.item, line.site, line.units, line.arrived_units, order.outstanding_units(line)),
            *(line.arrives, price_of(line.price_micro), line.budget),
        )
        for line in order.lines
    ]
    steps = [(step.day, order_status_word(step.status), step.arrives, step.actor, step.note) for step in order.steps]
    columns = (
        ("day", say("day"), "date"),
        ("status", say("status"), "text"),
        ("arrives", say("expected"), "date"),
        ("actor", say("recorded by"), "text"),
        ("note", say("note"), "text"),
    )
    return [
        rows_out("lines", say("Lines"), list(zip(names, _LINE_TITLES, holds, strict=True)), lines),
        rows_out("steps", say("Steps"), columns, steps),
    ]


def _line_rows(order: KnownOrder) -> Iterator[tuple[str, ...]]:
    for line in order.lines:
        counts = (line.units, line.arrived_units, order.outstanding_units(line))
        yield (
            line.item,
            line.site,
            *(f"{units:,}" for units in counts),
            line.arrives,
            price_of(line.price_micro),
            line.budget,
        )


def _story(order: KnownOrder) -> Iterator[Sentence]:
    """Yield what became of an order, step by step, and how it differs from what was ordered."""
    from models.orders import order_status_word

    for step in order.steps:
        yield say(
            "{day}: {status}{expected}, recorded by {actor}. {note}",
            day=step.day or say("no day said"),
            status=order_status_word(step.status),
            expected=say(", expected on {day}", day=step.arrives) if step.arrives else Sentence(""),
            actor=step.actor,
            note=step.note,
        )
    for number, came in order.receipts:
        yield say("{day}: document {number} brought part of it.", day=came.isoformat(), number=number)
    for line in order.lines if order.status == "arrived" else ():
        if line.arrived_units < line.units:
            left = line.units - line.arrived_units
            yield say("{units:,} units of {item} never came and are awaited no more.", units=left, item=line.item)
    for item, units in order.over_units.items():
        yield say("Beyond the order came {units:,} units of {item}.", units=units, item=item)


def tell_order(desk: Desk, number: str) -> None:
    """Tell how an order stands after a receipt: what is still to come, and what came beyond it."""
    from models.database import reading
    from models.names_beside import with_names
    from models.order_receipts import after_receipt
    from models.orders import find_order

    with reading(desk.ledger.engine) as connection:
        sentences = with_names(connection, after_receipt(find_order(connection, number, desk.ledger.zone)))
    for sentence in sentences:
        desk.session.tell(sentence)
