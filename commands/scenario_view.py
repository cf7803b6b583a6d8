"""Runs of scenarios side by side, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from scenarios.running import Run

__all__ = ["show_outcomes"]


def show_outcomes(session: Session, runs: Sequence[Run]) -> None:
    """Show one row for each outcome, one column for each run, and what has no price."""
    from scenarios.outcome_words import outcome_rows, prices_said

    head = ("", *(run.scenario.named.worded(session.lang) for run in runs))
    for line in table([head, *((session.word(title), *texts) for title, texts in outcome_rows(runs))]):
        session.show(line)
    for each in prices_said(runs):
        session.tell(each)
