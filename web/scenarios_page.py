"""The library of scenarios, what each supposes in words, and what has some of them run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from allocator.sentence import Sentence, say
from data.texts import translator
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.jobs import Job
from scenarios.asked import BESIDE_MAX
from scenarios.change_words import change_in_words
from scenarios.known import library, stress_files
from scenarios.reading import BYTES_MAX, ScenarioUnreadable
from scenarios.scenario import BASELINE, Scenario
from scenarios.writing import toml_of
from web.cut_asked import day_asked
from web.job_kinds import title_of
from web.jobs_seen import state_word
from web.own_text import OwnText, own_text
from web.pages import language_of, page
from web.scenario_runs import DRAWS_MAX, SAMPLERS, TRY_SCENARIOS, ask_comparison, ask_stress, runs_seen
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["api", "router"]

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["scenarios"])

_LETTERS_MAX = 200
_LISTED = 20

Short = Annotated[str, Form(max_length=_LETTERS_MAX)]
Long = Annotated[str, Form(max_length=BYTES_MAX)]
Upload = Annotated[UploadFile | None, File()]


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
    """Show what may be supposed, and what was run."""
    return _shown(request, visitor_with(request, TRY_SCENARIOS))


@router.post("/scenarios")
def run(
    request: Request,
    scenario: Annotated[list[str] | None, Form(max_length=100)] = None,
    day: Short = "",
    name: Short = "",
    text: Long = "",
    file: Upload = None,
    form: Short = "",
) -> Response:
    """Have scenarios put side by side."""
    visitor = visitor_with(request, TRY_SCENARIOS)
    refuse_forged(request, form)
    own, wrong = own_text(name, text, file, most=BYTES_MAX)
    on, unread = day_asked(day)
    typed = {"part": "compare", "day": day, "names": scenario or [], "name": own.name, "text": own.text}
    if wrong or unread:
        return _shown(request, visitor, typed, (*unread, *wrong))
    try:
        given = [(own.name, own.text)] if own.text else []
        id_ = ask_comparison(request, visitor, day=on, names=scenario or [], own=given)
    except ScenarioUnreadable as unreadable:
        return _shown(request, visitor, typed, unreadable.sentences, _lines(own, unreadable))
    except Refusal as refusal:
        return _shown(request, visitor, typed, refusal.sentences)
    return RedirectResponse(f"/jobs/{id_}", status_code=303)


@router.post("/scenarios/stress")
def run_stress(
    request: Request,
    stress: Short = "",
    draws: Short = "",
    seed: Short = "1",
    sampler: Short = SAMPLERS[0],
    day: Short = "",
    name: Short = "",
    text: Long = "",
    file: Upload = None,
    form: Short = "",
) -> Response:
    """Have a stress run."""
    visitor = visitor_with(request, TRY_SCENARIOS)
    refuse_forged(request, form)
    own, wrong = own_text(name, text, file, most=BYTES_MAX)
    on, unread = day_asked(day)
    typed = {
        "part": "stress", "day": day, "stress": stress, "draws": draws, "seed": seed, "sampler": sampler,
        "name": own.name, "text": own.text,
    }  # fmt: skip
    wrong = (*unread, *wrong, *_numbers_wrong(draws, seed, sampler))
    if wrong:
        return _shown(request, visitor, typed, wrong)
    asked = {"name": own.name if own.text else stress, "text": own.text, "sampler": sampler}
    try:
        id_ = ask_stress(request, visitor, day=on, draws=int(draws), seed=int(seed), **asked)
    except ScenarioUnreadable as unreadable:
        return _shown(request, visitor, typed, unreadable.sentences, _lines(own, unreadable))
    except Refusal as refusal:
        return _shown(request, visitor, typed, refusal.sentences)
    return RedirectResponse(f"/jobs/{id_}", status_code=303)


def _numbers_wrong(draws: str, seed: str, sampler: str) -> tuple[Sentence, ...]:
    wrong = []
    if not (draws.isdecimal() and 2 <= int(draws) <= DRAWS_MAX):  # noqa: PLR2004 - one draw spreads over nothing
        wrong.append(say("How many draws is a whole number from 2 to {most:,}.", most=DRAWS_MAX))
    if not (seed.isdecimal() and int(seed) < 2**32):
        wrong.append(say("The seed is a whole number from 0 to {most:,}.", most=2**32 - 1))
    if sampler not in SAMPLERS:
        wrong.append(say("Draw by one of these: {known}.", known=list(SAMPLERS)))
    return tuple(wrong)


def _lines(own: OwnText, unreadable: ScenarioUnreadable) -> list[tuple[int, str, list[Sentence]]]:
    """Return the lines of a text of one's own with what is wrong at each; none where nothing is wrong in it."""
    at: dict[int, list[Sentence]] = {}
    for line, said in zip(unreadable.lines, unreadable.sentences, strict=True):
        at.setdefault(line, []).append(said)
    if not at.keys() - {0}:
        return []
    return [(number, line, at.get(number, [])) for number, line in enumerate(own.text.splitlines(), start=1)]


@router.get("/scenarios/{name}")
def show_one(request: Request, name: str) -> Response:
    """Show what one supposes, in words and as its file."""
    visitor_with(request, TRY_SCENARIOS)
    one = library().get(name)
    if one is None:
        raise HTTPException(status_code=404)
    changes = [change_in_words(each) for each in one.changes]
    return page(request, "scenario.html", one=one, changes=changes, toml=toml_of(one))


def _shown(
    request: Request,
    visitor: Visitor,
    typed: Mapping[str, Any] | None = None,
    wrong: Sequence[Sentence] = (),
    lines: Sequence[tuple[int, str, list[Sentence]]] = (),
) -> Response:
    zone = ledger_of(request).zone
    runs = runs_seen(request, visitor)
    return page(
        request,
        "scenarios.html",
        status=422 if wrong else 200,
        scenarios=[each for each in library().values() if each.name != BASELINE.name],
        stresses=list(stress_files()),
        most=BESIDE_MAX,
        draws_max=DRAWS_MAX,
        samplers=SAMPLERS,
        typed={"part": "", "day": day_of(now_micros(), zone).isoformat(), "names": [], **(typed or {})},
        wrong=wrong,
        lines=lines,
        runs=[
            (each, title_of(each), state_word(each), _of(each), clock_of(each.asked_at, zone))
            for each in runs[:_LISTED]
        ],
    )


def _of(job: Job) -> list[str]:
    """Return the names of what a run is of."""
    if job.kind == "stress":
        return [job.arguments["stress"]["name"]]
    return [each["name"] for each in job.arguments["scenarios"]]


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
