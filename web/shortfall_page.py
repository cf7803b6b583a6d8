"""What runs out where and when: the latest report that somebody had worked out, and another asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from models.days import day_of, now_micros
from models.entry import Refusal
from models.jobs import ask_job
from web.cut_asked import day_asked
from web.kept_results import kept_file, kept_told, live_jobs, own_job
from web.pages import page
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

SEE_SHORTFALL = "see-shortfall"
KIND = "shortfall"
_HORIZON_MAX = 366
_LETTERS_MAX = 100

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]


@router.get("/shortfall")
def show(request: Request, job: int = 0) -> Response:
    """Show the latest report of whoever asks, or that of a job; and what is being worked out."""
    visitor = visitor_with(request, SEE_SHORTFALL)
    return _shown(request, visitor, job)


@router.post("/shortfall")
def ask(request: Request, form: Text = "", day: Text = "", horizon: Text = "30") -> Response:
    """Let a worker work out a report."""
    visitor = visitor_with(request, SEE_SHORTFALL)
    refuse_forged(request, form)
    on, wrong = day_asked(day)
    days = int(horizon) if horizon.isdecimal() and len(horizon) < len(str(_HORIZON_MAX)) + 1 else 0
    if not 0 < days <= _HORIZON_MAX:
        wrong = (*wrong, say("The horizon is a whole number of days from 1 to {most}.", most=_HORIZON_MAX))
    asked = {"horizon_days": days, **({} if on is None else {"day": on.isoformat()})}
    if not wrong:
        try:
            id_ = ask_job(ledger_of(request).engine, KIND, actor=visitor.person.id, at=now_micros(), arguments=asked)
            return RedirectResponse(f"/jobs/{id_}", status_code=303)
        except Refusal as refusal:
            wrong = refusal.sentences
    return _shown(request, visitor, 0, wrong=wrong, typed={"day": day, "horizon": horizon}, status=422)


@router.get("/shortfall/{name}")
def give(request: Request, name: str, job: int = 0) -> Response:
    """Give a picture of a report, or its workbook or PDF."""
    visitor = visitor_with(request, SEE_SHORTFALL)
    return kept_file(request, own_job(request, visitor, (KIND,), job), name)


def _shown(
    request: Request,
    visitor: Visitor,
    id_: int,
    *,
    wrong: tuple[Sentence, ...] = (),
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    found = own_job(request, visitor, (KIND,), id_)
    if id_ and found is None:
        raise HTTPException(status_code=404)
    today = day_of(now_micros(), ledger_of(request).zone).isoformat()
    return page(
        request,
        "shortfall.html",
        status=status,
        job=found,
        told=None if found is None else kept_told(request, found),
        waiting=live_jobs(request, visitor, (KIND,)),
        wrong=wrong,
        typed=typed or {"day": today, "horizon": "30"},
    )
