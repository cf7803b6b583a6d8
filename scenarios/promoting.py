"""Make a scenario the plan of the day: its needs, roads, limits and rules in place of the ledger's, with a reason."""

from __future__ import annotations

from allocator.planned_day import PlannedDay, SupposedDay
from allocator.sentence import say
from models.entry import Refusal
from scenarios.changed import changed
from scenarios.idle_said import idle_said
from scenarios.promoting_remedies import not_of_a_plan
from scenarios.scenario import Scenario
from scenarios.writing import toml_of

__all__ = ["promoted"]


def promoted(day: PlannedDay, scenario: Scenario, reason: str) -> SupposedDay:
    """Return a day as a scenario has it.

    Raises:
        Refusal: the scenario supposes what must be done in truth first, with what to type.

    """
    case = day.planning.case
    refused = tuple(not_of_a_plan(scenario, case))
    if refused:
        raise Refusal(*refused)
    then = changed(day.planning, scenario, day.coefficients, posture=day.posture)
    supposed = then.planning.case
    if len(supposed.needs) != len(case.needs):
        raise Refusal(
            say(
                "Scenario {name} makes needs that nobody has now. Import those needs (allocator import needs.csv), "
                "then plan.",
                name=scenario.name,
            )
        )
    note = say(
        "Planned by the scenario {name} ({says}); the reason given: {reason}",
        name=scenario.name,
        says=scenario.told,
        reason=reason.strip(),
    )
    return SupposedDay(case=supposed, note=note, toml=toml_of(scenario), says=tuple(idle_said(scenario, then)))
