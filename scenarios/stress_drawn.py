"""A stress as all that is saved and shown of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence

from allocator.pictured import DrawnOut
from allocator.sentence import Sentence, say
from scenarios.ensemble import Result
from scenarios.stress import Stress, Trial
from scenarios.stress_pictures import stress_charts, stress_pictures
from scenarios.stress_tables import decided_said, stress_tables

__all__ = ["stress_drawn"]


def stress_drawn(
    stress: Stress,
    trials: Sequence[Trial],
    results: Sequence[Result],
    idle: Collection[str],
    *,
    day: dt.date,
    facts: Sequence[tuple[Sentence, Sentence | str | int]],
    word: Callable[[Sentence], str],
) -> DrawnOut:
    """Return tables, of which every run is the last, charts and pictures. `idle`: quantities that move nothing here."""
    tables = stress_tables(stress, trials, results, idle)
    return DrawnOut(
        title=say("Stress: {name}", name=stress.scenario.name),
        day=day,
        tables=tables,
        printed=tables[:-1],
        charts=list(stress_charts(tables)),
        pictures=list(stress_pictures(stress, trials, results, idle, decided=decided_said(stress, word))),
        facts=facts,
    )
