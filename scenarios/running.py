"""Run a scenario: the case as it makes it, planned as any day is; the plan of the day is the run of the baseline."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.activity import Coefficients
from allocator.allocate import allocate
from allocator.case import Case
from allocator.plan import NothingToSend, Plan
from allocator.planning import PlanningCase
from allocator.sentence import Sentence
from scenarios.changed import Changed, changed
from scenarios.costing import prices_of
from scenarios.outcomes import Outcomes, outcomes_of
from scenarios.scenario import Scenario

__all__ = ["Run", "run_scenario"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """A scenario, the case it makes, its plan and what comes of it.

    `plan` is None where nothing at all can be sent; `nothing` then says why.
    """

    scenario: Scenario
    changed: Changed
    plan: Plan | None
    outcomes: Outcomes
    nothing: Sentence | None = None

    @property
    def case(self) -> Case:
        """The case as the scenario makes it."""
        return self.changed.planning.case


def run_scenario(
    planning: PlanningCase,
    scenario: Scenario,
    coefficients: Coefficients,
    *,
    posture: str = "standard",
    explained: bool = False,
) -> Run:
    """Apply a scenario and plan what it makes of the day; the planning case stays as it was.

    `explained`: whether the plan says why each pair gets what it gets, which a plan that is written must.
    """
    then = changed(planning, scenario, coefficients, posture=posture)
    case = then.planning.case
    prices = prices_of(case, planning.offers, then.planning.offers, then.planning.budgets)
    try:
        plan = allocate(case, explained=explained)
    except NothingToSend as nothing:
        return Run(
            scenario=scenario,
            changed=then,
            plan=None,
            outcomes=outcomes_of(case, None, prices),
            nothing=nothing.sentence,
        )
    return Run(scenario=scenario, changed=then, plan=plan, outcomes=outcomes_of(case, plan, prices))
