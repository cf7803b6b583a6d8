"""The background job that puts scenarios side by side, the day as it is first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from allocator.pictured import DrawnOut
from allocator.planned_day import PlannedDay
from allocator.sentence import Sentence, say
from models.days import clock_of, day_of
from models.job_work import Work
from models.jobs import Outcome
from scenarios.asked import scenarios_asked
from scenarios.comparing import compared
from scenarios.comparison_drawn import comparison_drawn
from scenarios.idle_said import idle_said
from scenarios.job_doors import Doors, Word
from scenarios.outcome_words import prices_said, run_facts
from scenarios.running import Run, run_scenario

__all__ = ["compare", "day_facts", "day_of_work"]

_SHOWN = ("by-tier", "by-area", "by-item")
_WITHOUT = ("gained-", "lost-", "gain-", "lose-")
_ROWS = 30
_SAID = 20

Fact = tuple[Sentence, Sentence | str | int]


def compare(work: Work, doors: Doors) -> Outcome:
    """Run each and keep them side by side. Arguments: `day` (ISO; today where none is said), `scenarios`.

    Raises:
        Refusal: the ledger cannot be planned, everything that is wrong at once.

    """
    day = day_of_work(work)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    taken = doors.take(work.ledger, day)
    asked, runs = scenarios_asked(work.arguments), list[Run]()
    for each in asked:
        work.tell(0.1 + 0.8 * len(runs) / len(asked), say("Running {scenario}", scenario=each.named))
        runs.append(run_scenario(taken.planning, each, taken.coefficients, posture=taken.posture))
    work.tell(0.9, say("Keeping what came of it"))
    comparison = compared(runs)
    facts = day_facts(work, taken)

    def make(word: Word, lang: str) -> DrawnOut:
        return comparison_drawn(runs, comparison, facts=facts, word=word, lang=lang)

    result = {"day": day.isoformat(), "document": taken.document, "runs": [run_facts(each) for each in runs]}
    return Outcome(
        says=tuple(_said(runs))[:_SAID],
        result={**result, "to": f"/scenarios/runs/{work.job.id}"},
        file_name="scenarios.zip",
        file=doors.keep(make, stem="scenarios", shown=_SHOWN, without=_WITHOUT, rows=_ROWS),
    )


def day_of_work(work: Work) -> dt.date:
    """Return the day that a job was asked for, today where none was."""
    said = work.arguments.get("day")
    return dt.date.fromisoformat(said) if said else day_of(work.now, work.ledger.zone)


def day_facts(work: Work, taken: PlannedDay) -> list[Fact]:
    """Return where the results of a job come from."""
    return [
        (say("day"), taken.planning.day.isoformat()),
        (say("worked out at"), clock_of(work.now, work.ledger.zone)),
        (say("worked out by"), work.actor),
        (say("up to document"), f"{taken.document:,}"),
    ]


def _said(runs: Sequence[Run]) -> Iterator[Sentence]:
    """Say what to heed of the runs."""
    for run in runs[1:]:
        if run.nothing is not None:
            yield run.nothing
        yield from idle_said(run.scenario, run.changed)
    yield from prices_said(runs)
