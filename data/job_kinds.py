"""Background jobs that need no scenario, by name."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.sentence import say
from models.job_work import JobKind, Work
from models.jobs import Outcome

__all__ = ["JOBS"]


def _allocate(work: Work) -> Outcome:
    # The engine is loaded by the worker that runs it, not by every page that lists jobs.
    from data.allocating import allocate_day

    return allocate_day(work)


def _shortfall(work: Work) -> Outcome:
    # Forecasts are loaded by the worker that makes them, not by every page that lists jobs.
    from data.shortfall_job import shortfall_of_day

    return shortfall_of_day(work)


JOBS: Mapping[str, JobKind] = {
    "allocate": JobKind(title=say("Allocate a day"), right="plan", run=_allocate),
    "shortfall": JobKind(title=say("Work out what runs short"), right="see-shortfall", run=_shortfall),
}
