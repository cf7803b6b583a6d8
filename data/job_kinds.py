"""Background jobs that need no scenario, by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping

from allocator.pictured import DrawnOut
from allocator.planned_day import PlannedDay, SupposedDay
from allocator.sentence import Sentence, say
from models.job_work import JobKind, Work
from models.jobs import Outcome
from models.ledger import Ledger

__all__ = ["JOBS", "allocate_as", "keep_results", "take_day"]


def _allocate(work: Work) -> Outcome:
    # The engine is loaded by the worker that runs it, not by every page that lists jobs.
    from data.allocating import allocate_day

    return allocate_day(work)


def _shortfall(work: Work) -> Outcome:
    # Forecasts are loaded by the worker that makes them, not by every page that lists jobs.
    from data.shortfall_job import shortfall_of_day

    return shortfall_of_day(work)


def _policy(work: Work) -> Outcome:
    # The engine is loaded by the worker that runs it, not by every page that lists jobs.
    from data.policy_trying import try_policy

    return try_policy(work)


def _procure(work: Work) -> Outcome:
    # So are purchase plans.
    from data.procure_job import procure_day

    return procure_day(work)


JOBS: Mapping[str, JobKind] = {
    "allocate": JobKind(title=say("Allocate a day"), right="plan", run=_allocate),
    "policy": JobKind(title=say("Try another policy"), right="change-policy", run=_policy),
    "procure": JobKind(title=say("Work out what to order"), right="see-shortfall", run=_procure),
    "shortfall": JobKind(title=say("Work out what runs short"), right="see-shortfall", run=_shortfall),
}
"""What a worker does of them."""


def take_day(ledger: Ledger, day: dt.date) -> PlannedDay:
    """Return a day of the ledger for jobs of scenarios.

    Raises:
        Refusal: as `take_or_refuse`.

    """
    from data.snapshot_taken import planned_day, take_or_refuse

    return planned_day(ledger, take_or_refuse(ledger, day))


def keep_results(
    make: Callable[[Callable[[Sentence], str], str], DrawnOut],
    *,
    stem: str,
    shown: Collection[str] = (),
    without: tuple[str, ...] = (),
    rows: int = 25,
) -> bytes:
    """Return results as one file in both languages, as `kept_drawn`."""
    from data.kept_results import kept_drawn

    return kept_drawn(make, stem=stem, shown=shown, without=without, rows=rows)


def allocate_as(work: Work, supposed: Callable[[PlannedDay], SupposedDay]) -> Outcome:
    """Plan a day as a scenario has it, as `allocate_day`."""
    from data.allocating import allocate_day

    return allocate_day(work, supposed)
