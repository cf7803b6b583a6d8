"""Orders with suppliers: what is still to come, one placed, each with its steps; budgets, and suppliers' days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from data.order_tables import budgets_table, order_story, order_tables, pipeline_table
from data.ordering import price_micro_in
from data.quantities import units_in
from data.supplier_tables import suppliers_known, suppliers_table
from data.tables_out import TableOut
from models.budgets import budgets_used
from models.canonical import normal
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.ordering import NewLine, NewOrder
from models.orders import KnownOrder, order_status_word
from web.cut_asked import day_asked
from web.kept import names_kept
from web.orders_seen import (
    ORDER,
    SEE_ORDERS,
    STEPS,
    OrdersAsked,
    order_seen,
    orders_seen,
    placed_now,
    rows_asked,
    stepped,
)
from web.pages import page
from web.saved_tables import saved_tables
from web.sealer import then_seal
from web.shown_tables import shown_table
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LETTERS_MAX, _ROWS = 200, 100

Text = Annotated[str, Form(max_length=1000)]


def order_address(number: str) -> str:
    """Return the address of an order's page.

    >>> order_address("PO-20200210-1")
    '/orders/PO-20200210-1'
    """
    return f"/orders/{quote(number, safe='')}"


@router.get("/orders")
def show(request: Request, supplier: str = "", item: str = "", ended: str = "", as_of: str = "") -> Response:
    """Show what is still to come, what may be spent, and how long suppliers took."""
    visitor = visitor_with(request, SEE_ORDERS)
    asked, query, wrong = _asked(supplier, item, ended, as_of)
    return _shown(request, visitor, asked, query, wrong=wrong)


@router.get("/orders{ending}")
def save(
    request: Request, ending: str, supplier: str = "", item: str = "", ended: str = "", as_of: str = ""
) -> Response:
    """Give orders, budgets and suppliers as a file."""
    visitor = visitor_with(request, SEE_ORDERS)
    asked, query, wrong = _asked(supplier, item, ended, as_of)
    if wrong:
        raise HTTPException(status_code=404)
    filters = [(_FILTERS[name], value) for name, value in query.items()]
    day = asked.as_of or day_of(now_micros(), ledger_of(request).zone)
    tables = _tables(request, visitor, asked)
    return saved_tables(request, visitor, "orders", ending, tables, title=say("Orders"), day=day, filters=filters)


@router.post("/orders")
def place(
    request: Request,
    item: Text = "",
    units: Text = "",
    supplier: Text = "",
    site: Text = "",
    arrives: Text = "",
    price: Text = "",
    budget: Text = "",
    number: Text = "",
    note: Text = "",
    status: Text = "ordered",
    again: Text = "",
    form: Text = "",
) -> Response:
    """Place an order of one line, or plan it."""
    visitor = visitor_with(request, ORDER)
    refuse_forged(request, form)
    typed = {
        "item": item, "units": units, "supplier": supplier, "site": site, "arrives": arrives, "price": price,
        "budget": budget, "number": number, "note": note, "status": status, "again": again,
    }  # fmt: skip
    said = {name: normal(value.strip()) for name, value in typed.items()}
    try:
        new = _order_typed(said, day_of(now_micros(), ledger_of(request).zone).isoformat())
        day = day_of(now_micros(), ledger_of(request).zone)
        lines = {new.partner: [(line, day) for line in new.lines]}
        made, says = placed_now(request, visitor, [new], lines, typed=True, again=bool(again))
    except Refusal as refusal:
        return _shown(request, visitor, OrdersAsked(), {}, typed=typed, refused=refusal.sentences)
    # What is odd about it is said once, on the answer itself.
    answer = _shown_one(request, visitor, made[0], done=says)
    answer.background = then_seal(request)
    return answer


def _order_typed(said: Mapping[str, str], today: str) -> NewOrder:
    """Return an order as it was typed.

    Raises:
        Refusal: everything of it that cannot be read.

    """
    wrong: list[Sentence] = []
    count = units_in(said["units"]) if said["units"] else say("Say how many units.")
    if isinstance(count, Sentence):
        wrong.append(count)
    elif count == 0:
        wrong.append(say("An order is of one unit at least."))
    wrong += [say("Say what is ordered: the code of an item.")] if not said["item"] else []
    wrong += [say("Say with whom: the code of a supplier.")] if not said["supplier"] else []
    _, unread = day_asked(said["arrives"])
    wrong += unread
    price = None
    try:
        price = price_micro_in(said["price"])
    except Refusal as refusal:
        wrong += refusal.sentences
    if wrong or isinstance(count, Sentence):
        raise Refusal(*wrong)
    line = NewLine(
        item=said["item"],
        units=count,
        site=said["site"],
        arrives=said["arrives"],
        price_micro=price,
        budget=said["budget"],
    )
    status = "planned" if said["status"] == "planned" else "ordered"
    return NewOrder(
        number=said["number"], partner=said["supplier"], lines=(line,), status=status, day=today, note=said["note"]
    )


@router.get("/orders/{number}")
def show_one(request: Request, number: str) -> Response:
    """Show an order."""
    visitor, order = order_seen(request, number)
    return _shown_one(request, visitor, order)


@router.get("/orders/{number}/order{ending}")
def save_one(request: Request, number: str, ending: str) -> Response:
    """Give an order's lines and steps as a file."""
    visitor, order = order_seen(request, number)
    facts = [(say("order"), order.number), (say("supplier"), order.partner), (say("ordered on"), order.ordered_on)]
    return saved_tables(
        request, visitor, order.number, ending, order_tables(order),
        title=say("Order {number}", number=order.number), day=day_of(now_micros(), ledger_of(request).zone),
        filters=facts,
    )  # fmt: skip


@router.post("/orders/{number}/{step}")
def take_step(
    request: Request, number: str, step: str, day: Text = "", arrives: Text = "", note: Text = "", form: Text = ""
) -> Response:
    """Place a planned order, say that one was shipped, or cancel it."""
    visitor, order = order_seen(request, number, ORDER)
    if step not in STEPS:
        raise HTTPException(status_code=404)
    refuse_forged(request, form)
    on, unread = day_asked(day)
    _, unread_too = day_asked(arrives)
    wrong: tuple[Sentence, ...] = (*unread, *unread_too)
    typed = {"step": step, "day": day, "arrives": arrives, "note": note}
    if not wrong:
        try:
            stepped(request, visitor, order, step, day=on, arrives=arrives.strip(), note=note.strip())
            address = order_address(order.number)
            return RedirectResponse(address, status_code=303, background=then_seal(request))
        except Refusal as refusal:
            wrong = refusal.sentences
    return _shown_one(request, visitor, order, refused=wrong, typed=typed)


_FILTERS = {
    "supplier": say("supplier"),
    "item": say("item"),
    "ended": say("also ended ones"),
    "as_of": say("at the end of"),
}


def _asked(
    supplier: str, item: str, ended: str, as_of: str
) -> tuple[OrdersAsked, dict[str, str], tuple[Sentence, ...]]:
    supplier, item, ended, as_of = (text.strip()[:_LETTERS_MAX] for text in (supplier, item, ended, as_of))
    day, wrong = day_asked(as_of)
    asked = OrdersAsked(supplier=supplier, item=item, ended=bool(ended), as_of=day)
    query = {"supplier": supplier, "item": item, "ended": "1" if ended else "", "as_of": as_of}
    return asked, {name: value for name, value in query.items() if value}, wrong


def _tables(request: Request, visitor: Visitor, asked: OrdersAsked) -> list[TableOut]:
    """Return the orders that are asked for; budgets and suppliers, of all areas, for who sees all."""
    ledger = ledger_of(request)
    day = asked.as_of or day_of(now_micros(), ledger.zone)
    with reading(ledger.engine) as connection:
        orders, reach = orders_seen(request, connection, visitor, asked.as_of)
        tables = [pipeline_table(rows_asked(orders, asked, day), day)]
        if reach.everywhere:
            tables.append(budgets_table(budgets_used(connection, orders)))
            tables.append(suppliers_table(suppliers_known(connection, orders, day)))
    return tables


def _shown(
    request: Request,
    visitor: Visitor,
    asked: OrdersAsked,
    query: Mapping[str, str],
    *,
    wrong: Sequence[Sentence] = (),
    typed: Mapping[str, str] | None = None,
    refused: Sequence[Sentence] = (),
) -> Response:
    tables = _tables(request, visitor, asked)
    with reading(ledger_of(request).engine) as connection:
        names = names_kept(request, connection)
    links = {"order": order_address}
    return page(
        request,
        "orders.html",
        status=422 if refused else 200,
        table=shown_table(request, tables[0], names, links=links, most=_ROWS),
        beside=[shown_table(request, each, names, most=_ROWS) for each in tables[1:] if each.rows],
        asked=query,
        query=urlencode(query),
        wrong=wrong,
        may_order=visitor.may(ORDER),
        typed=typed or {},
        refused=refused,
    )


def _shown_one(
    request: Request,
    visitor: Visitor,
    order: KnownOrder,
    *,
    done: Sequence[Sentence] = (),
    refused: Sequence[Sentence] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        names = names_kept(request, connection)
    today = day_of(now_micros(), ledger.zone)
    return page(
        request,
        "order.html",
        status=422 if refused else 200,
        order=order,
        status_said=order_status_word(order.status),
        late=order.is_late(today),
        tables=[shown_table(request, each, names) for each in order_tables(order)],
        story=list(order_story(order))[len(order.steps) :],
        steps=_steps_open(order) if visitor.may(ORDER) else [],
        receives=visitor.may("post-stock") and order.status in ("ordered", "shipped"),
        at=order_address(order.number),
        today=today.isoformat(),
        done=done,
        refused=refused,
        typed=typed or {},
    )


def _steps_open(order: KnownOrder) -> list[str]:
    """Return what may be done with an order as it stands."""
    if not order.is_open:
        return []
    return ["place", "cancel"] if order.status == "planned" else ["ship", "cancel"]
