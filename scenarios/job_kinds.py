"""Background jobs of scenarios, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from allocator.planned_day import PlannedDay, SupposedDay
from allocator.sentence import Sentence, say
from models.job_work import JobKind, Work
from models.jobs import Outcome
from scenarios.job_doors import Doors

__all__ = ["TITLES", "jobs"]

TITLES: Mapping[str, Sentence] = {
    "compare": say("Put scenarios side by side"),
    "stress": say("Run a stress"),
    "promote": say("Plan a day by a scenario"),
}
"""What each does, in words."""

_RIGHTS = {"compare": "try-scenarios", "stress": "try-scenarios", "promote": "plan"}


def jobs(doors: Doors) -> Mapping[str, JobKind]:
    """Return what a worker does of them."""
    does = {"compare": _compare, "stress": _stress, "promote": _promote}
    return {
        name: JobKind(title=TITLES[name], right=_RIGHTS[name], run=partial(run, doors)) for name, run in does.items()
    }


def _compare(doors: Doors, work: Work) -> Outcome:
    # What runs scenarios is loaded by the worker that does, not by every page that lists jobs.
    from scenarios.compare_job import compare

    return compare(work, doors)


def _stress(doors: Doors, work: Work) -> Outcome:
    from scenarios.stress_job import run_stress

    return run_stress(work, doors)


def _promote(doors: Doors, work: Work) -> Outcome:
    """Plan a day by a scenario. Arguments: `day`, `scenario` (its name and text), `reason`."""
    from scenarios.promoting import promoted
    from scenarios.reading import scenario_of

    asked = work.arguments["scenario"]
    scenario, reason = scenario_of(asked["toml"], name=asked["name"]), str(work.arguments["reason"])

    def as_supposed(day: PlannedDay) -> SupposedDay:
        return promoted(day, scenario, reason)

    return doors.allocate(work, as_supposed)
