"""Runs of scenarios as background jobs: who may ask for them, what is asked, and which of them somebody sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request

from allocator.sentence import say
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.jobs import Job, ask_job, jobs_of
from models.rights import reach_of
from scenarios.asked import scenario_asked, stress_asked, texts_of_scenarios
from web.jobs_seen import own_job
from web.visitors import Visitor, ledger_of

__all__ = [
    "DRAWS_MAX",
    "KINDS",
    "PLAN",
    "SAMPLERS",
    "TRY_SCENARIOS",
    "ask_comparison",
    "ask_promotion",
    "ask_stress",
    "may_everywhere",
    "run_seen",
    "runs_seen",
]

TRY_SCENARIOS, PLAN = "try-scenarios", "plan"
KINDS = ("compare", "stress")
SAMPLERS = ("hypercube", "montecarlo")
DRAWS_MAX = 1_000


def may_everywhere(request: Request, visitor: Visitor, right: str) -> bool:
    """Say whether somebody has a right in every area, as what is worked out over all sites takes."""
    if not visitor.may(right):
        return False
    with reading(ledger_of(request).engine) as connection:
        return reach_of(connection, visitor.person, right).everywhere


def ask_comparison(
    request: Request,
    visitor: Visitor,
    *,
    day: dt.date | None,
    names: Iterable[str],
    own: Iterable[tuple[str, str]] = (),
) -> int:
    """Let scenarios be put side by side, and return the job's id. `own`: name and text of those of no library.

    Raises:
        Refusal: it takes a role that holds everywhere; too many jobs wait.
        ScenarioUnreadable: everything that is wrong with what is asked.

    """
    return _ask(request, visitor, "compare", {"scenarios": texts_of_scenarios(names, own)}, day)


def ask_stress(
    request: Request,
    visitor: Visitor,
    *,
    day: dt.date | None,
    name: str,
    text: str,
    draws: int,
    seed: int,
    sampler: str,
) -> int:
    """Let a stress be run, and return the job's id.

    Raises:
        Refusal, ScenarioUnreadable: as `ask_comparison`.

    """
    asked = {"stress": stress_asked(name, text, draws=draws), "draws": draws, "seed": seed, "sampler": sampler}
    return _ask(request, visitor, "stress", asked, day)


def _ask(request: Request, visitor: Visitor, kind: str, asked: Mapping[str, Any], day: dt.date | None) -> int:
    if not may_everywhere(request, visitor, TRY_SCENARIOS):
        raise Refusal(say("A scenario is of all sites. Somebody whose role holds everywhere must have it run."))
    arguments = {**asked, **({} if day is None else {"day": day.isoformat()})}
    return ask_job(ledger_of(request).engine, kind, actor=visitor.person.id, at=now_micros(), arguments=arguments)


def runs_seen(request: Request, visitor: Visitor) -> list[Job]:
    """Return the runs of whoever asks, the last first."""
    with reading(ledger_of(request).engine) as connection:
        return [each for each in jobs_of(connection, visitor.person.id) if each.kind in KINDS]


def run_seen(request: Request, id_: int) -> tuple[Visitor, Job]:
    """Return who asks and one of their runs.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 where it is another's, of another kind, or beyond what they see by now.

    """
    return own_job(request, id_, TRY_SCENARIOS, KINDS)


def ask_promotion(request: Request, visitor: Visitor, run: Job, *, name: str, reason: str) -> int:
    """Let the day of a run be planned by one of its scenarios, and return the job's id.

    Raises:
        Refusal: no reason, no such scenario, or whoever asks may not plan everywhere.

    """
    scenario = scenario_asked(run.arguments, name)
    if scenario is None:
        raise Refusal(say("Choose which of its scenarios the day is to be planned by."))
    if not reason.strip():
        raise Refusal(say("Say why the day is planned by a scenario."))
    if not may_everywhere(request, visitor, PLAN):
        raise Refusal(say("An allocation is of all sites. Somebody whose role holds everywhere must begin it."))
    asked = {"day": (run.result or {})["day"], "scenario": dict(scenario), "reason": reason.strip()}
    return ask_job(ledger_of(request).engine, "promote", actor=visitor.person.id, at=now_micros(), arguments=asked)
