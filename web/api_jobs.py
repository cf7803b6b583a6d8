"""`/api/v1/jobs/{id}`: how far a background job is, for programs; DELETE cancels it."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from data.texts import translator
from models.days import iso_of, now_micros
from models.jobs import Job, ask_cancel
from web.api_parameters import NumberInPath
from web.jobs_seen import job_seen
from web.pages import language_of
from web.visitors import ledger_of, refuse_forged

__all__ = ["JobAnswer", "job_answer", "router"]

router = APIRouter(prefix="/api/v1", tags=["jobs"])


class JobAnswer(BaseModel):
    """A job: `share` of 1 that is done, `says` what it does now or why it failed, `result` once it is done."""

    id: int
    kind: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    cancel_asked: bool
    share: float
    says: list[str]
    asked_at: str
    begun_at: str | None
    ended_at: str | None
    result: dict[str, Any] | None


@router.get("/jobs/{id_}", summary="How far a job is")
def show(request: Request, id_: NumberInPath) -> JobAnswer:
    """Return one job of whoever asks."""
    return job_answer(request, job_seen(request, id_))


@router.delete("/jobs/{id_}", summary="Cancel a job")
def cancel(request: Request, id_: NumberInPath) -> JobAnswer:
    """Cancel a job: at once where it waits, soon where it runs; as it is where it has ended."""
    job = job_seen(request, id_)
    refuse_forged(request)
    ask_cancel(ledger_of(request).engine, job.id, at=now_micros())
    return job_answer(request, job_seen(request, id_))


def job_answer(request: Request, job: Job) -> JobAnswer:
    """Return a job as the API tells it, its sentences in the caller's language."""
    word, zone = translator(language_of(request)), ledger_of(request).zone
    return JobAnswer.model_construct(
        id=job.id,
        kind=job.kind,
        state=job.state,
        cancel_asked=job.cancel_asked,
        share=job.share,
        says=[word(each) for each in job.says],
        asked_at=iso_of(job.asked_at, zone),
        begun_at=None if job.begun_at is None else iso_of(job.begun_at, zone),
        ended_at=None if job.ended_at is None else iso_of(job.ended_at, zone),
        result=None if job.result is None else dict(job.result),
    )
