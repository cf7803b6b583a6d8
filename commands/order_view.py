"""How orders are shown, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from models.orders import KnownOrder

__all__ = ["show_order", "tell_order"]


def show_order(session: Session, order: KnownOrder) -> None:
    """Print one order: its lines, its steps, its receipts, and what never came or came beyond it."""
    from data.order_tables import LINE_TITLES, order_story
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
    for text in table([tuple(map(word, LINE_TITLES)), *_line_rows(order)], left=2):
        session.show(text)
    for sentence in order_story(order):
        session.show(word(sentence).rstrip())


def _line_rows(order: KnownOrder) -> Iterator[tuple[str, ...]]:
    from data.order_tables import price_of

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
