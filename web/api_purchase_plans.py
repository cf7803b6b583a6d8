"""`/api/v1/purchase-plans`: what to order, worked out by a worker, for programs; and orders placed from a plan."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from allocator.sentence import say
from data.texts import translator
from models.entry import Refusal
from web.api_jobs import JobAnswer, job_answer
from web.api_once import answered_once
from web.api_parameters import Cursor, Key, Limit, NumberInPath, example
from web.cursors import cursor_of, start_of
from web.orders_seen import ORDER, SEE_ORDERS
from web.pages import language_of
from web.problems import problem
from web.purchase_plans import WEEKS_MAX, ask_purchase_plan, orders_placed, plan_seen, plans_seen
from web.visitors import refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["orders"])


class PurchasePlanAsked(BaseModel):
    """What is to be worked out. `money`: yuan, in place of the ledger's budgets; `months`: of stock, of the rules."""

    model_config = example(weeks=12, critical=["MASK"])

    day: dt.date | None = None
    weeks: int = Field(default=26, ge=1, le=WEEKS_MAX)
    rule: Literal["lp", "openlmis", "msupply", "qat"] = "lp"
    months_least: float = Field(default=2, ge=0, le=120)
    months_most: float = Field(default=4, gt=0, le=120)
    critical: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(default=[], max_length=100)
    money: int | None = Field(default=None, ge=0, le=10**12)


class PurchasePlansPage(BaseModel):
    """Jobs of whoever asks, the last first; `next`: the cursor of the next ones, null where these are the last."""

    plans: list[JobAnswer]
    next: str | None


class OrdersOfPlanAsked(BaseModel):
    """Which orders of a plan are placed: those to be ordered by a day, today where none is said."""

    model_config = example(by="2020-02-14")

    by: dt.date | None = None


class OrdersOfPlanPlaced(BaseModel):
    """The numbers of the orders that were placed, and what there is to say of them."""

    orders: list[str]
    says: list[str]


@router.get("/purchase-plans", summary="Purchase plans")
def plans(request: Request, limit: Limit = 100, cursor: Cursor = "") -> PurchasePlansPage:
    """Return the purchase plans of whoever asks as jobs; the result of one that is done is what to order, and why."""
    visitor = visitor_with(request, SEE_ORDERS)
    found, start = plans_seen(request, visitor), start_of(cursor)
    return PurchasePlansPage.model_construct(
        plans=[job_answer(request, each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


@router.get("/purchase-plans/{id_}", summary="One purchase plan")
def show(request: Request, id_: NumberInPath) -> JobAnswer:
    """Return one purchase plan: how far it is, and once it is done what to order, from whom and by when."""
    return job_answer(request, plan_seen(request, id_)[1])


@router.post("/purchase-plans", summary="Have a purchase plan made", status_code=202, response_model=JobAnswer)
def ask(request: Request, asked: PurchasePlanAsked, key: Key) -> Response:
    """Have it worked out by a worker what to order, from whom and by when."""
    visitor = visitor_with(request, SEE_ORDERS)
    refuse_forged(request)

    def work() -> BaseModel:
        if asked.months_least > asked.months_most:
            raise Refusal(say("The least months of stock are above the most."))
        id_ = ask_purchase_plan(
            request,
            visitor,
            day=asked.day,
            weeks=asked.weeks,
            rule=asked.rule,
            months=(asked.months_least, asked.months_most),
            critical=asked.critical,
            money="" if asked.money is None else str(asked.money),
        )
        return job_answer(request, plan_seen(request, id_)[1])

    said = f"purchase-plan {asked.model_dump_json()}"
    return answered_once(request, visitor.person.id, key, said, work, status=202)


@router.post("/purchase-plans/{id_}/orders", summary="Place orders of a plan", response_model=OrdersOfPlanPlaced)
def place(request: Request, id_: NumberInPath, asked: OrdersOfPlanAsked, key: Key) -> Response:
    """Place the orders of a plan that are due, one for each supplier."""
    visitor, found = plan_seen(request, id_, ORDER)
    refuse_forged(request)
    if found.state != "done":
        return problem(request, 404)

    def work() -> BaseModel:
        made, says = orders_placed(request, visitor, found, by=asked.by)
        word = translator(language_of(request))
        return OrdersOfPlanPlaced.model_construct(
            orders=[each.number for each in made], says=[word(each) for each in says]
        )

    return answered_once(request, visitor.person.id, key, f"place {id_} {asked.model_dump_json()}", work)
