"""The background job of a stress: the day under many draws of what nobody knows, each decision against every draw."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from allocator.pictured import DrawnOut
from allocator.sentence import say
from models.job_work import Work
from models.jobs import Outcome
from scenarios.asked import stress_of_job
from scenarios.compare_job import day_facts, day_of_work
from scenarios.ensemble import Engine, Ground, Kept, cores, key_of, run_trials
from scenarios.job_doors import Doors, Word
from scenarios.stress import trials
from scenarios.stress_drawn import stress_drawn
from scenarios.stress_idle import idle_of_stress

__all__ = ["run_stress"]

_ALONE_MAX = 16
"""So few runs are made by the worker itself: starting more processes takes longer."""

_TELL_EVERY = 1.0  # seconds
_SAID = 20


def run_stress(work: Work, doors: Doors) -> Outcome:
    """Run a stress. Arguments: `day` (ISO; today where none is said), `stress`, `draws`, `seed`, `sampler`.

    Raises:
        Refusal: the ledger cannot be planned, everything that is wrong at once.

    """
    given, said = stress_of_job(work.arguments), work.arguments
    draws, seed, sampler = int(said["draws"]), int(said["seed"]), str(said["sampler"])
    day = day_of_work(work)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    taken = doors.take(work.ledger, day)
    ground = Ground(
        planning=taken.planning,
        coefficients=taken.coefficients,
        posture=taken.posture,
        digest=f"job {work.job.id}",  # its results are kept in a folder of this job alone
    )
    drawn = list(trials(given, draws=draws, seed=seed, sampler=sampler))
    idle = idle_of_stress(given, ground)
    total = len({key_of(ground, each.scenario) for each in drawn})
    engine = Engine(processes=1 if total <= _ALONE_MAX else cores())
    with tempfile.TemporaryDirectory() as folder:
        results = run_trials(ground, drawn, engine, Kept(Path(folder)), done=_telling(work, total))
    work.tell(0.9, say("Keeping what came of it"))
    facts = [*day_facts(work, taken), (say("draws"), draws), (say("seed"), seed), (say("sampler"), sampler)]

    def make(word: Word, _: str) -> DrawnOut:
        return stress_drawn(given, drawn, results, idle.names, day=day, facts=facts, word=word)

    return Outcome(
        says=idle.says[:_SAID],
        result={"day": day.isoformat(), "document": taken.document, "to": f"/scenarios/runs/{work.job.id}"},
        file_name="stress.zip",
        file=doors.keep(make, stem="scenarios"),
    )


def _telling(work: Work, total: int) -> Callable[[int], None]:
    """Return what tells how many runs are there, once a second at most."""
    last = 0.0

    def done(count: int) -> None:
        nonlocal last
        if time.monotonic() - last > _TELL_EVERY:
            last = time.monotonic()
            work.tell(0.1 + 0.8 * count / max(1, total), say("{done:,} of {total:,} runs", done=count, total=total))

    return done
