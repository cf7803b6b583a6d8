"""A receipt that counts against an order: posted together with it, and the last of them closes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.book import Book
from models.days import day_of
from models.documents import Draft, post_draft_in
from models.documents_in import AllToCome
from models.entry import Refusal
from models.ledger import Ledger
from models.names import Names
from models.ordering import lock_order, record_step
from models.orders import KnownOrder, find_order, order_status_word
from models.posting import Posted
from models.requests import Row
from models.stockroom import Stockroom
from models.tables import purchase_order, purchase_receipt
from models.versions import Stamp, record_versions

__all__ = ["after_receipt", "all_to_come", "count_receipts", "outstanding_rows", "post_receipt_of"]


def outstanding_rows(order: KnownOrder, site: str) -> list[Row]:
    """Return lines that receive all that is still to come of an order at a site."""
    return [
        Row(item=line.item, quantity=order.outstanding_units(line))
        for line in order.lines
        if line.site == site and order.outstanding_units(line)
    ]


def all_to_come(number: str, site: str, like: Row, zone: ZoneInfo) -> AllToCome:
    """Return the lines that receive all that is still to come of an order at a site, as it stands when they are posted.

    `like`: a row with item "" that says what is known of the line (lot, expiry, fund, earmark, price), which can be
    said where one line is to come. They refuse where nothing is to come, or several lines and something is said.
    """

    def rows_of(room: Stockroom) -> list[Row]:
        rows = outstanding_rows(find_order(room.connection, number, zone), site)
        if not rows:
            raise Refusal(
                say("Nothing of order {number} is still to come at {site}. Give an item and how many.", number=number,
                    site=site)
            )  # fmt: skip
        if len(rows) > 1 and like != Row(item="", quantity=None):
            raise Refusal(
                say(
                    "Several lines of order {number} are still to come at {site} ({items}), so nothing says which of "
                    "them a lot, expiry date, price, fund or earmark is of. Receive them one by one: give an item and "
                    "how many.",
                    number=number,
                    site=site,
                    items=[row.item for row in rows],
                )
            )
        return [replace(like, item=row.item, quantity=row.quantity) for row in rows]

    return AllToCome(like, rows_of)


def post_receipt_of(ledger: Ledger, draft: Draft, number: str, stamp: Stamp) -> Posted:
    """Post a receipt and count it against an order, in one transaction; what was posted before counts already.

    Raises:
        Refusal: there is no such order, it was cancelled or is only planned, it is another supplier's; or what the
            receipt is refused for. Nothing was written.

    """

    def work(book: Book, names: Names) -> Posted:
        book.flush()  # what others have done of this order in the same transaction counts
        order = lock_order(book.connection, number, ledger.zone)
        if book.find_key(draft.entry.key) is None:
            _refuse_unfit(order, str(draft.entry.asked["partner"]) if draft.entry.asked else "")
            _refuse_before(order, day_of(draft.entry.occurred_at, ledger.zone).isoformat())
        posted = post_draft_in(book, names, draft, recorded_at=stamp.recorded_at, zone=ledger.zone)
        book.flush()
        if not posted.again:
            came = {posted.id: day_of(draft.entry.occurred_at, ledger.zone)}
            count_receipts(book.connection, order.number, came, stamp, zone=ledger.zone)
        return posted

    return ledger.write(work)


def _refuse_unfit(order: KnownOrder, partner: str) -> None:
    values = {"number": order.number, "status": order_status_word(order.status)}
    if order.status in ("cancelled", "planned"):
        raise Refusal(
            say(
                "Order {number} is {status}, so nothing of it is awaited. Place it first, or receive without it.",
                **values,
            )
        )
    if partner != order.partner:
        raise Refusal(
            say(
                "Order {number} is of supplier {partner}, and this comes from {other}. Name another order or supplier.",
                number=order.number,
                partner=order.partner,
                other=partner,
            )
        )


def _refuse_before(order: KnownOrder, day: str) -> None:
    if day < order.ordered_on:
        raise Refusal(
            say(
                "This came on {day}, before order {number} was placed, on {ordered_on}. Check the date, or receive it "
                "without the order.",
                day=day,
                number=order.number,
                ordered_on=order.ordered_on,
            )
        )


def count_receipts(
    connection: sa.Connection, number: str, came: Mapping[int, dt.date], stamp: Stamp, *, zone: ZoneInfo
) -> KnownOrder:
    """Note that documents are receipts of an order; where nothing is left to come, it has arrived.

    `came`: the day of each document. Returns the order as it stands then.
    """
    query = sa.select(purchase_order.c.id).where(purchase_order.c.number == number)
    id_ = connection.execute(query).scalar_one()
    connection.execute(sa.insert(purchase_receipt), [{"document": each, "purchase": id_} for each in came])
    about = [(str(each), {"document": each, "number": number}) for each in came]
    record_versions(connection, "purchase_receipt", about, stamp)
    now = find_order(connection, number, zone)
    if now.is_open and not any(now.outstanding_units(line) for line in now.lines):
        last = max(came, key=lambda each: (came[each], each))
        record_step(connection, number, "arrived", stamp, day=came[last].isoformat(), document=last)
        return find_order(connection, number, zone)
    return now


def after_receipt(order: KnownOrder) -> list[Sentence]:
    """Return how an order stands after a receipt: what is still to come of it, and what came beyond it."""
    said = [
        say(
            "{units:,} units of {item} came beyond order {number}; they are in stock all the same.",
            units=units,
            item=item,
            number=order.number,
        )
        for item, units in order.over_units.items()
    ]
    left = [line for line in order.lines if order.outstanding_units(line)]
    said += [
        say(
            "Order {number} stays open: {units:,} units of {item} are still to come, expected on {day}.",
            number=order.number,
            units=order.outstanding_units(line),
            item=line.item,
            day=line.arrives,
        )
        for line in left
    ]
    if not left:
        said.append(say("Order {number} has arrived.", number=order.number))
    return said
