"""Background jobs: how far they are, what came of them; cancelled here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import say
from data.tables_out import rows_out
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.jobs import KEPT_DAYS, Job, ask_cancel, file_of_job
from web.job_kinds import title_of
from web.jobs_seen import ASKS, job_seen, jobs_seen, state_word
from web.pages import page
from web.saved_tables import saved_tables
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LETTERS_MAX = 1024


@router.get("/jobs")
def list_jobs(request: Request) -> Response:
    """Show the jobs of whoever asks, the last first."""
    jobs = jobs_seen(request, visitor_with(request, ASKS))
    return page(request, "jobs.html", jobs=[_shown(request, job) for job in jobs], one=None, kept_days=KEPT_DAYS)


@router.get("/jobs{ending}")
def save_jobs(request: Request, ending: str) -> Response:
    """Give the list as a file."""
    visitor = visitor_with(request, ASKS)
    zone = ledger_of(request).zone
    columns = (
        ("job", say("job"), "whole"),
        ("title", say("what it does"), "text"),
        ("state", say("state"), "text"),
        ("by", say("by"), "text"),
        ("asked_at", say("asked for"), "text"),
        ("ended_at", say("ended"), "text"),
    )
    rows = [
        (
            *(job.id, title_of(job), state_word(job), job.actor, clock_of(job.asked_at, zone)),
            "" if job.ended_at is None else clock_of(job.ended_at, zone),
        )
        for job in jobs_seen(request, visitor)
    ]
    tables = [rows_out("jobs", say("Jobs"), columns, rows)]
    day = day_of(now_micros(), zone)
    return saved_tables(request, visitor, "jobs", ending, tables, title=say("Jobs"), day=day)


@router.get("/jobs/{id_}")
def show_job(request: Request, id_: int) -> Response:
    """Show one job."""
    job = _shown(request, job_seen(request, id_))
    return page(request, "jobs.html", jobs=[job], one=job, kept_days=KEPT_DAYS)


@router.get("/jobs/{id_}/file")
def give_file(request: Request, id_: int) -> Response:
    """Give the file that came of a job."""
    job = job_seen(request, id_)
    with reading(ledger_of(request).engine) as connection:
        content = file_of_job(connection, job.id)
    if content is None:
        raise HTTPException(status_code=404)
    named = {"content-disposition": f'attachment; filename="{job.file_name}"'}
    return Response(content, media_type="application/octet-stream", headers=named)


@router.post("/jobs/{id_}/cancel")
def cancel(request: Request, id_: int, form: Annotated[str, Form(max_length=_LETTERS_MAX)] = "") -> Response:
    """Cancel a job, at once where it waits."""
    job = job_seen(request, id_)
    refuse_forged(request, form)
    ask_cancel(ledger_of(request).engine, job.id, at=now_micros())
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def _shown(request: Request, job: Job) -> dict[str, Any]:
    zone = ledger_of(request).zone
    to = str((job.result or {}).get("to", ""))
    return {
        "job": job,
        "title": title_of(job),
        "state": state_word(job),
        "percent": round(100 * job.share),
        "asked_at": clock_of(job.asked_at, zone),
        "ended_at": None if job.ended_at is None else clock_of(job.ended_at, zone),
        "to": to if to.startswith("/") and not to.startswith("//") else "",
    }
