"""What came of a run of scenarios: pictures and tables, files to save, and a plan of the day made of one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence
from models.entry import Refusal
from models.jobs import Job
from scenarios.asked import scenarios_asked
from web.job_kinds import title_of
from web.kept_results import kept_file, kept_told
from web.pages import page
from web.scenario_runs import PLAN, ask_promotion, may_everywhere, run_seen
from web.visitors import Visitor, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1000)]


@router.get("/scenarios/runs/{id_}")
def show(request: Request, id_: int) -> Response:
    """Show what came of a run; its job where nothing has come of it yet."""
    visitor, run = run_seen(request, id_)
    if run.state != "done":
        return RedirectResponse(f"/jobs/{id_}", status_code=303)
    return _shown(request, visitor, run)


@router.get("/scenarios/runs/{id_}/{name}")
def give(request: Request, id_: int, name: str) -> Response:
    """Give a picture of a run, or its workbook or PDF."""
    _, run = run_seen(request, id_)
    return kept_file(request, run, name)


@router.post("/scenarios/runs/{id_}/promote")
def promote(request: Request, id_: int, scenario: Text = "", reason: Text = "", form: Text = "") -> Response:
    """Have the day planned by one of the scenarios of a run."""
    visitor_with(request, PLAN)
    visitor, run = run_seen(request, id_)
    refuse_forged(request, form)
    if run.state != "done" or run.kind != "compare":
        raise HTTPException(status_code=404)
    try:
        job = ask_promotion(request, visitor, run, name=scenario, reason=reason)
    except Refusal as refusal:
        return _shown(request, visitor, run, refusal.sentences, {"scenario": scenario, "reason": reason})
    return RedirectResponse(f"/jobs/{job}", status_code=303)


def _shown(
    request: Request,
    visitor: Visitor,
    run: Job,
    wrong: tuple[Sentence, ...] = (),
    typed: dict[str, str] | None = None,
) -> Response:
    told = kept_told(request, run)
    if told is None:
        raise HTTPException(status_code=404)
    is_comparison = run.kind == "compare"
    return page(
        request,
        "scenario-run.html",
        status=422 if wrong else 200,
        run=run,
        title=title_of(run),
        told=told,
        scenarios=scenarios_asked(run.arguments)[1:] if is_comparison else [],
        stress="" if is_comparison else run.arguments["stress"]["name"],
        may_plan=is_comparison and may_everywhere(request, visitor, PLAN),
        wrong=wrong,
        typed=typed or {"scenario": "", "reason": ""},
    )
