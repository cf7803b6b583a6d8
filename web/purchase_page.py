"""What to order, from whom, by when: worked out by a worker, shown with why, saved, and placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from models.days import day_of, now_micros
from models.entry import Refusal
from models.jobs import Job
from models.orders import KnownOrder
from web.cut_asked import day_asked
from web.kept_results import kept_file, kept_told
from web.orders_seen import ORDER, SEE_ORDERS
from web.pages import page
from web.purchase_plans import RULES, WEEKS_MAX, ask_purchase_plan, orders_placed, plan_seen, plans_seen
from web.sealer import then_seal
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_MONEY_MAX = Decimal(10) ** 12
_LISTED = 10

Text = Annotated[str, Form(max_length=1000)]


@router.get("/purchase")
def show(request: Request, job: int = 0) -> Response:
    """Show the latest plan of whoever asks, or that of a job."""
    visitor = visitor_with(request, SEE_ORDERS)
    found = plan_seen(request, job)[1] if job else None
    return _shown(request, visitor, found)


@router.post("/purchase")
def ask(
    request: Request,
    day: Text = "",
    weeks: Text = "26",
    money: Text = "",
    rule: Text = "lp",
    months: Text = "2-4",
    critical: Text = "",
    form: Text = "",
) -> Response:
    """Have it worked out."""
    visitor = visitor_with(request, SEE_ORDERS)
    refuse_forged(request, form)
    typed = {"day": day, "weeks": weeks, "money": money, "rule": rule, "months": months, "critical": critical}
    on, unread = day_asked(day)
    least_most, wrong = _numbers(weeks, money, rule, months)
    if unread or wrong or least_most is None:
        return _shown(request, visitor, None, (*unread, *wrong), typed)
    try:
        id_ = ask_purchase_plan(
            request, visitor, day=on, weeks=int(weeks), rule=rule, months=least_most,
            critical=critical.replace(",", " ").replace("，", " ").split(), money=money.strip(),
        )  # fmt: skip
    except Refusal as refusal:
        return _shown(request, visitor, None, refusal.sentences, typed)
    return RedirectResponse(f"/jobs/{id_}", status_code=303)


def _numbers(weeks: str, money: str, rule: str, months: str) -> tuple[tuple[float, float] | None, list[Sentence]]:
    from data.procuring import months_in

    wrong: list[Sentence] = []
    if not (weeks.isdecimal() and 1 <= int(weeks) <= WEEKS_MAX):
        wrong.append(say("The weeks are a whole number from 1 to {most}.", most=WEEKS_MAX))
    if rule not in RULES:
        wrong.append(say("Choose one of the rules."))
    if money.strip() and not _is_money(money.strip()):
        wrong.append(say("The money is a number of yuan, as 50000."))
    found = months_in(months)
    if found is None:
        wrong.append(say("Write the least and the most months as 2-4."))
    return found, wrong


def _is_money(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and 0 <= amount <= _MONEY_MAX


@router.get("/purchase/{name}")
def give(request: Request, name: str, job: int = 0) -> Response:
    """Give a plan's workbook or PDF."""
    visitor = visitor_with(request, SEE_ORDERS)
    found = plan_seen(request, job)[1] if job else _latest(plans_seen(request, visitor))
    return kept_file(request, found, name)


@router.post("/purchase/{id_}/orders")
def place(request: Request, id_: int, by: Text = "", form: Text = "") -> Response:
    """Place the orders of a plan that are due."""
    visitor, found = plan_seen(request, id_, ORDER)
    refuse_forged(request, form)
    on, wrong = day_asked(by)
    if found.state != "done":
        raise HTTPException(status_code=404)
    if not wrong:
        try:
            made, says = orders_placed(request, visitor, found, by=on)
        except Refusal as refusal:
            wrong = refusal.sentences
    if wrong:
        return _shown(request, visitor, found, unplaced=wrong, by=by)
    answer = _shown(request, visitor, found, done=says, made=made)
    answer.background = then_seal(request)
    return answer


def _latest(plans: Sequence[Job]) -> Job | None:
    return next((each for each in plans if each.state == "done"), None)


def _shown(
    request: Request,
    visitor: Visitor,
    found: Job | None,
    wrong: Sequence[Sentence] = (),
    typed: Mapping[str, str] | None = None,
    *,
    done: Sequence[Sentence] = (),
    made: Sequence[KnownOrder] = (),
    unplaced: Sequence[Sentence] = (),
    by: str = "",
) -> Response:
    plans = plans_seen(request, visitor)
    found = found or _latest(plans)
    today = day_of(now_micros(), ledger_of(request).zone).isoformat()
    return page(
        request,
        "purchase.html",
        status=422 if wrong or unplaced else 200,
        job=found,
        told=None if found is None or found.state != "done" else kept_told(request, found),
        waiting=[each for each in plans if each.live],
        earlier=[each for each in plans if each.state == "done" and found is not None and each.id != found.id][
            :_LISTED
        ],
        rules=RULES,
        weeks_max=WEEKS_MAX,
        may_order=visitor.may(ORDER),
        wrong=wrong,
        typed={
            "day": today,
            "weeks": "26",
            "money": "",
            "rule": "lp",
            "months": "2-4",
            "critical": "",
            **(typed or {}),
        },
        done=done,
        made=made,
        unplaced=unplaced,
        by=by or today,
    )
