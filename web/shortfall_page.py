"""What runs out where and when: the latest report that somebody had worked out, and another asked for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.jobs import Job, ask_job, file_of_job, find_job, jobs_of
from web.cut_asked import day_asked
from web.pages import language_of, page
from web.saved_tables import saved_bytes
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
    found = _report(request, visitor, job)
    stem, dot, ending = name.rpartition(".")
    content = None if found is None else _member(request, found, f"{stem}.{language_of(request)}.{ending}")
    if content is None or dot + ending not in (".svg", ".xlsx", ".pdf"):
        raise HTTPException(status_code=404)
    answer = saved_bytes(content, stem, dot + ending)
    if ending == "svg":
        answer.headers["content-disposition"] = f'inline; filename="{stem}.svg"'
    return answer


def _shown(
    request: Request,
    visitor: Visitor,
    id_: int,
    *,
    wrong: tuple[Sentence, ...] = (),
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    ledger = ledger_of(request)
    found = _report(request, visitor, id_)
    if id_ and found is None:
        raise HTTPException(status_code=404)
    told: dict[str, Any] = {}
    if found is not None:
        content = _member(request, found, "page.json")
        told = json.loads(content) if content is not None else {}
    with reading(ledger.engine) as connection:
        waiting = [each for each in jobs_of(connection, visitor.person.id) if each.kind == KIND and each.live]
    today = day_of(now_micros(), ledger.zone).isoformat()
    return page(
        request,
        "shortfall.html",
        status=status,
        job=found,
        told=told.get(language_of(request)),
        pictures=told.get("pictures", []),
        waiting=waiting,
        wrong=wrong,
        typed=typed or {"day": today, "horizon": "30"},
    )


def _report(request: Request, visitor: Visitor, id_: int) -> Job | None:
    """Return a job of whoever asks that worked out a report: the one of an id, else the latest."""
    with reading(ledger_of(request).engine) as connection:
        if id_:
            named = find_job(connection, id_)
            jobs = [] if named is None else [named]
        else:
            jobs = jobs_of(connection, visitor.person.id)
    own = (each for each in jobs if each.actor == visitor.person.id)
    return next((each for each in own if each.kind == KIND and each.state == "done"), None)


def _member(request: Request, job: Job, name: str) -> bytes | None:
    """Return a file that a report's job kept; None where it kept none of this name."""
    with reading(ledger_of(request).engine) as connection:
        content = file_of_job(connection, job.id)
    if content is None:
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as kept:
        return kept.read(name) if name in kept.namelist() else None
