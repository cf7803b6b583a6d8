"""`/api/v1/orders`: orders with suppliers for programs: listed, placed and taken further, each once for its key."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from data.order_tables import order_facts
from data.ordering import price_micro_in
from data.texts import translator
from models.database import reading
from models.days import day_of, now_micros
from models.ordering import NewLine, NewOrder
from models.orders import KnownOrder
from web.api_once import answered_once
from web.api_parameters import Code, CodeInPath, Cursor, Key, Limit, example
from web.cursors import cursor_of, start_of
from web.orders_seen import ORDER, SEE_ORDERS, order_seen, orders_seen, placed_now, stepped
from web.pages import language_of
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["orders"])

Name = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=1000)]


class OrderLineRead(BaseModel):
    """A line of an order, in units; `price`: of one unit, in yuan."""

    item: str
    site: str
    units: int
    arrived_units: int
    to_come_units: int
    arrives: str
    price: str | None
    budget: str | None


class OrderStepRead(BaseModel):
    """A step of an order."""

    status: str
    day: str
    arrives: str
    note: str
    actor: str


class OrderReceiptRead(BaseModel):
    """A document that counts against an order."""

    document: int
    day: str


class OrderRead(BaseModel):
    """An order as it stands. `over_units`: what came beyond it, by item."""

    order: str
    supplier: str
    status: str
    ordered_on: str | None
    arrives: str | None
    late: bool
    lines: list[OrderLineRead]
    over_units: dict[str, int]
    steps: list[OrderStepRead]
    receipts: list[OrderReceiptRead]


class OrdersPage(BaseModel):
    """Orders by number; `next`: the cursor of the next ones, null where these are the last."""

    orders: list[OrderRead]
    next: str | None


class OrderLineAsked(BaseModel):
    """A line to be ordered. `price`: yuan, "" as offered; `site` "": the main depot; `arrives` null: by the offer.

    `budget`: "" for the only one that pays it, "-" where none is to.
    """

    item: Name
    units: int = Field(ge=1, le=10**12)
    site: Short = ""
    arrives: dt.date | None = None
    price: Annotated[str, Field(max_length=40)] = ""
    budget: Short = ""


class OrderAsked(BaseModel):
    """An order to be placed, or planned only. `again`: although one of the same day says exactly this."""

    model_config = example(supplier="S1", lines=[{"item": "MASK", "units": 50000, "price": "1.2"}])

    supplier: Name
    lines: list[OrderLineAsked] = Field(min_length=1, max_length=500)
    number: Short = ""
    planned: bool = False
    note: Note = ""
    again: bool = False


class OrderPlaced(BaseModel):
    """The order, and what there is to say: what is odd about it, what is left of its budget."""

    order: OrderRead
    says: list[str]


class OrderStepAsked(BaseModel):
    """A step of an order. `day` null: today; `arrives`: when it is expected now, of one that was shipped."""

    model_config = example(arrives="2020-02-14", note="By rail.")

    day: dt.date | None = None
    arrives: dt.date | None = None
    note: Note = ""


@router.get("/orders", summary="Orders with suppliers")
def orders(
    request: Request,
    supplier: Code = "",
    item: Code = "",
    ended: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
    limit: Limit = 100,
    cursor: Cursor = "",
) -> OrdersPage:
    """Return orders of which something is still to come, by number; with `ended` the others too."""
    visitor = visitor_with(request, SEE_ORDERS)
    with reading(ledger_of(request).engine) as connection:
        seen, _ = orders_seen(request, connection, visitor)
    found = [
        each
        for each in seen
        if supplier in ("", each.partner)
        and (ended or each.is_open)
        and (not item or any(line.item == item for line in each.lines))
    ]
    start = start_of(cursor)
    return OrdersPage.model_construct(
        orders=[_read(request, each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


@router.get("/orders/{number}", summary="One order")
def show(request: Request, number: CodeInPath) -> OrderRead:
    """Return one order."""
    return _read(request, order_seen(request, number)[1])


@router.post("/orders", summary="Place an order", response_model=OrderPlaced)
def place(request: Request, asked: OrderAsked, key: Key) -> Response:
    """Place an order with a supplier today, or plan it."""
    visitor = visitor_with(request, ORDER)
    refuse_forged(request)
    today = day_of(now_micros(), ledger_of(request).zone)

    def work() -> BaseModel:
        new = NewOrder(
            number=asked.number,
            partner=asked.supplier,
            lines=tuple(map(_line, asked.lines)),
            status="planned" if asked.planned else "ordered",
            day=today.isoformat(),
            note=asked.note,
        )
        dated = {new.partner: [(line, today) for line in new.lines]}
        made, says = placed_now(request, visitor, [new], dated, typed=True, again=asked.again)
        word = translator(language_of(request))
        return OrderPlaced.model_construct(order=_read(request, made[0]), says=[word(each) for each in says])

    return answered_once(request, visitor.person.id, key, f"order {asked.model_dump_json()}", work)


@router.post("/orders/{number}/{step}", summary="Place a planned order, ship or cancel one", response_model=OrderRead)
def take_step(
    request: Request, number: CodeInPath, step: Literal["place", "ship", "cancel"], asked: OrderStepAsked, key: Key
) -> Response:
    """Take an order further: what arrives is posted as a receipt instead."""
    visitor, order = order_seen(request, number, ORDER)
    refuse_forged(request)

    def work() -> BaseModel:
        arrives = "" if asked.arrives is None else asked.arrives.isoformat()
        stepped(request, visitor, order, step, day=asked.day, arrives=arrives, note=asked.note)
        return _read(request, order_seen(request, number, ORDER)[1])

    said = f"order {order.number} {step} {asked.model_dump_json()}"
    return answered_once(request, visitor.person.id, key, said, work)


def _line(asked: OrderLineAsked) -> NewLine:
    return NewLine(
        item=asked.item,
        units=asked.units,
        site=asked.site,
        arrives="" if asked.arrives is None else asked.arrives.isoformat(),
        price_micro=price_micro_in(asked.price),
        budget=asked.budget,
    )


def _read(request: Request, order: KnownOrder) -> OrderRead:
    facts = order_facts(order, day_of(now_micros(), ledger_of(request).zone))
    parts = {
        "lines": [OrderLineRead.model_construct(**each) for each in facts["lines"]],
        "steps": [OrderStepRead.model_construct(**each) for each in facts["steps"]],
        "receipts": [OrderReceiptRead.model_construct(**each) for each in facts["receipts"]],
    }
    return OrderRead.model_construct(**{**facts, **parts})
