"""The plans: a list of them, a new one by a background job, and a page for each."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from data.ledger_facts import Fact
from data.plan_cover_tables import plan_cover_tables
from data.tables_out import rows_out
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.jobs import ask_job
from models.plan_events import status_word
from models.plans import plans
from models.rights import reach_of
from web.pages import page
from web.plan_seen import SEE, plan_seen
from web.plan_shown import event_rows, fares_kept, plan_within
from web.plan_steps import steps_open
from web.saved_tables import saved_tables
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_PLAN = "plan"
_LETTERS_MAX = 1024
_LISTED = 200


@router.get("/plans")
def list_plans(request: Request) -> Response:
    """Show the plans, the latest first, and what begins a new one."""
    return _listed(request, visitor_with(request, SEE))


@router.get("/plans{ending}")
def save_plans(request: Request, ending: str) -> Response:
    """Give the list of plans as a file."""
    visitor, ledger = visitor_with(request, SEE), ledger_of(request)
    with reading(ledger.engine) as connection:
        found = plans(connection)
    columns = (
        ("plan", say("plan"), "text"),
        ("day", say("day"), "date"),
        ("status", say("status"), "text"),
        ("by", say("drafted by"), "text"),
        ("at", say("drafted at"), "text"),
        ("document", say("up to document"), "whole"),
    )
    rows = [
        (
            *(each.id, each.date, status_word(each.status), each.drafted_by),
            *(clock_of(each.drafted_at, ledger.zone), each.document),
        )
        for each in found
    ]
    tables, day = [rows_out("plans", say("Plans"), columns, rows)], day_of(now_micros(), ledger.zone)
    return saved_tables(request, visitor, "plans", ending, tables, title=say("Plans"), day=day)


@router.post("/plans")
def allocate(
    request: Request,
    day: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",
    form: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",
) -> Response:
    """Ask for the allocation of a day."""
    visitor = visitor_with(request, _PLAN)
    refuse_forged(request, form)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        everywhere = reach_of(connection, visitor.person, _PLAN).everywhere
    if not everywhere:
        why = say("An allocation is of all sites. Somebody whose role holds everywhere must begin it.")
        return _listed(request, visitor, day, why)
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return _listed(request, visitor, day, say('"{found}" is not a day. Write it as 2020-02-10.', found=day))
    try:
        job = ask_job(ledger.engine, "allocate", actor=visitor.person.id, at=now_micros(), arguments={"day": day})
    except Refusal as refusal:
        return _listed(request, visitor, day, *refusal.sentences)
    return RedirectResponse(f"/jobs/{job}", status_code=303)


def _listed(request: Request, visitor: Visitor, day: str = "", *wrong: Sentence) -> Response:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        found = plans(connection)[:_LISTED]
    return page(
        request,
        "plans.html",
        status=422 if wrong else 200,
        plans=[(each, status_word(each.status), clock_of(each.drafted_at, ledger.zone)) for each in found],
        may_plan=visitor.may(_PLAN),
        day=day or day_of(now_micros(), ledger.zone).isoformat(),
        wrong=wrong,
    )


@router.get("/plans/{name}")
def show(request: Request, name: str) -> Response:
    """Show one plan: how it stands, what comes next, and how everyone fares by it."""
    return shown(request, name)


def shown(
    request: Request, name: str, *, wrong: tuple[Sentence, ...] = (), done: tuple[Sentence, ...] = ()
) -> Response:
    """Return the page of a plan. `wrong`: why a step was refused; `done`: what one did."""
    seen = plan_seen(request, name)
    try:
        fares = fares_kept(request, seen)
    except Refusal as altered:
        return page(request, "plan-altered.html", status=500, plan=seen.plan, wrong=altered.sentences)
    return page(
        request,
        "plan.html",
        status=422 if wrong else 200,
        plan=seen.plan,
        status_said=status_word(seen.plan.status),
        events=event_rows(request, seen),
        has_map=bool(fares.map_svg),
        everywhere=seen.reach.everywhere,
        steps=steps_open(request, seen),
        wrong=wrong,
        done=done,
        **fares.told,
    )


@router.get("/plans/{name}/cover{ending}")
def save_cover(request: Request, name: str, ending: str) -> Response:
    """Give how everyone fares by a plan as a file."""
    seen = plan_seen(request, name)
    tables = plan_cover_tables(*plan_within(request, seen))
    facts: list[Fact] = [(say("plan"), name), (say("status"), status_word(seen.plan.status))]
    return saved_tables(
        request, seen.visitor, f"{name}-cover", ending, tables,
        title=say("Cover by plan {plan}", plan=name), day=dt.date.fromisoformat(seen.plan.date), filters=facts,
    )  # fmt: skip


@router.get("/plans/{name}/map.svg")
def draw_map(request: Request, name: str) -> Response:
    """Draw the stops of a plan."""
    seen = plan_seen(request, name)
    try:
        drawn = fares_kept(request, seen).map_svg
    except Refusal:
        drawn = ""
    if not drawn:
        raise HTTPException(status_code=404)
    return Response(drawn, media_type="image/svg+xml")
