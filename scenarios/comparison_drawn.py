"""Scenarios side by side as all that is saved and shown of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allocator.pictured import DrawnOut
from allocator.sentence import Sentence, say
from scenarios.comparing import Comparison
from scenarios.comparison_charts import comparison_charts
from scenarios.comparison_pictures import comparison_pictures
from scenarios.comparison_tables import comparison_tables, outcomes_table
from scenarios.running import Run

__all__ = ["comparison_drawn"]


def comparison_drawn(
    runs: Sequence[Run],
    comparison: Comparison,
    *,
    facts: Sequence[tuple[Sentence, Sentence | str | int]],
    word: Callable[[Sentence], str],
    lang: str,
) -> DrawnOut:
    """Return tables, charts and pictures. `facts`: where it comes from; `word`, `lang`: the reader's language."""
    tables = comparison_tables(runs, comparison)
    return DrawnOut(
        title=say("Scenarios side by side"),
        day=runs[0].case.policy.date,
        tables=tables,
        printed=[outcomes_table(runs)],
        charts=list(comparison_charts(runs, tables)),
        pictures=comparison_pictures(runs, comparison, word=word, lang=lang),
        facts=facts,
    )
