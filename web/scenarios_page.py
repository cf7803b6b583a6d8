"""The library of scenarios, and what each supposes in words; for programs too."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel

from data.texts import translator
from scenarios.change_words import change_in_words
from scenarios.known import library
from scenarios.scenario import Scenario
from scenarios.writing import toml_of
from web.pages import language_of, page
from web.visitors import visitor_with

__all__ = ["api", "router"]

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["scenarios"])

TRY_SCENARIOS = "try-scenarios"


class ScenarioRead(BaseModel):
    """A scenario of the library: `changes` in words, in the caller's language."""

    name: str
    title: str
    says: str
    changes: list[str]


class ScenariosRead(BaseModel):
    """All of the library."""

    scenarios: list[ScenarioRead]


@router.get("/scenarios")
def show(request: Request) -> Response:
    """Show what may be supposed."""
    visitor_with(request, TRY_SCENARIOS)
    return page(request, "scenarios.html", scenarios=list(library().values()), one=None, changes=[], toml="")


@router.get("/scenarios/{name}")
def show_one(request: Request, name: str) -> Response:
    """Show what one supposes, in words and as its file."""
    visitor_with(request, TRY_SCENARIOS)
    one = library().get(name)
    if one is None:
        raise HTTPException(status_code=404)
    changes = [change_in_words(each) for each in one.changes]
    return page(request, "scenarios.html", scenarios=[], one=one, changes=changes, toml=toml_of(one))


@api.get("/scenarios", summary="What may be supposed")
def scenarios(request: Request) -> ScenariosRead:
    """Return the library of scenarios."""
    visitor_with(request, TRY_SCENARIOS)
    return ScenariosRead.model_construct(scenarios=[_read(request, each) for each in library().values()])


def _read(request: Request, each: Scenario) -> ScenarioRead:
    lang = language_of(request)
    word = translator(lang)
    return ScenarioRead.model_construct(
        name=each.name,
        title=each.named.worded(lang),
        says=each.told.worded(lang),
        changes=[word(change_in_words(change)) for change in each.changes],
    )
