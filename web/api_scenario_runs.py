"""`/api/v1/scenario-runs`: scenarios put side by side and stresses, by a worker, for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models.jobs import Job
from scenarios.reading import BYTES_MAX, ScenarioUnreadable
from web.api_jobs import JobAnswer, job_answer
from web.api_once import answered_once
from web.api_parameters import Cursor, Key, Limit, NumberInPath, example
from web.cursors import cursor_of, start_of
from web.problems import problem
from web.scenario_runs import (
    DRAWS_MAX,
    TRY_SCENARIOS,
    ask_comparison,
    ask_stress,
    run_seen,
    runs_seen,
)
from web.visitors import Visitor, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["scenarios"])

Name = Annotated[str, Field(min_length=1, max_length=100)]


class OwnScenario(BaseModel):
    """A scenario that is none of the library's: its name and its file."""

    name: Name
    toml: str = Field(max_length=BYTES_MAX)


class StressAsked(BaseModel):
    """A stress: one of the library by its name, or one's own with its file."""

    name: Name
    toml: str = Field(default="", max_length=BYTES_MAX)
    draws: int = Field(default=64, ge=2, le=DRAWS_MAX)
    seed: int = Field(default=1, ge=0, lt=2**32)
    sampler: Literal["hypercube", "montecarlo"] = "hypercube"


class ScenarioRunAsked(BaseModel):
    """Scenarios that are put beside the day as it is, or a stress; the day is today where none is said."""

    model_config = example(day="2020-02-10", scenarios=["holiday-return", "truck-strike"])

    day: dt.date | None = None
    scenarios: list[Name] = Field(default=[], max_length=50)
    own: list[OwnScenario] = Field(default=[], max_length=5)
    stress: StressAsked | None = None


class ScenarioRunAnswer(BaseModel):
    """A run: `of` names what it is of, `job` how far it is and, once it is done, what came of each scenario."""

    of: list[str]
    job: JobAnswer


class ScenarioRunsPage(BaseModel):
    """Runs of whoever asks, the last first; `next`: the cursor of the next ones, null where these are the last."""

    runs: list[ScenarioRunAnswer]
    next: str | None


@router.get("/scenario-runs", summary="Runs of scenarios")
def runs(request: Request, limit: Limit = 100, cursor: Cursor = "") -> ScenarioRunsPage:
    """Return the runs of whoever asks, the last first, without what came of them."""
    visitor = visitor_with(request, TRY_SCENARIOS)
    found, start = runs_seen(request, visitor), start_of(cursor)
    return ScenarioRunsPage.model_construct(
        runs=[_answer(request, each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


@router.get("/scenario-runs/{id_}", summary="One run of scenarios")
def show(request: Request, id_: NumberInPath) -> ScenarioRunAnswer:
    """Return one run, and once it is done what came of it; its page's workbook and pictures are no part of the API."""
    return _answer(request, run_seen(request, id_)[1])


@router.post("/scenario-runs", summary="Have scenarios run", status_code=202, response_model=ScenarioRunAnswer)
def ask(request: Request, asked: ScenarioRunAsked, key: Key) -> Response:
    """Have scenarios put beside the day as it is, or a stress run, by a worker."""
    visitor = visitor_with(request, TRY_SCENARIOS)
    refuse_forged(request)

    def work() -> BaseModel:
        return _answer(request, run_seen(request, _ask(request, visitor, asked))[1])

    try:
        return answered_once(
            request, visitor.person.id, key, f"scenario-run {asked.model_dump_json()}", work, status=202
        )
    except ScenarioUnreadable as unreadable:
        return problem(request, 422, *unreadable.sentences)


def _ask(request: Request, visitor: Visitor, asked: ScenarioRunAsked) -> int:
    if asked.stress is None:
        own = [(each.name, each.toml) for each in asked.own]
        return ask_comparison(request, visitor, day=asked.day, names=asked.scenarios, own=own)
    given: dict[str, Any] = asked.stress.model_dump()
    text = given.pop("toml")
    return ask_stress(request, visitor, day=asked.day, text=text, **given)


def _answer(request: Request, job: Job) -> ScenarioRunAnswer:
    of = [job.arguments["stress"]] if job.kind == "stress" else job.arguments["scenarios"]
    return ScenarioRunAnswer.model_construct(of=[each["name"] for each in of], job=job_answer(request, job))
