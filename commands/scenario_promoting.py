"""Make a scenario the plan of the day: its needs, roads, limits and rules in place of the ledger's, with a reason."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.promoting_remedies import not_of_a_plan
from commands.scenario_source import scenario_named, tell_idle

if TYPE_CHECKING:
    from data.snapshot_taken import Taken

__all__ = ["Promoted", "promoted"]


@dataclasses.dataclass(frozen=True)
class Promoted:
    """A snapshot as a scenario has it; what the plan says of it; the scenario as it is kept beside the plan."""

    taken: Taken
    note: Sentence
    toml: str


def promoted(desk: Desk, taken: Taken, name: str, reason: str) -> Promoted:
    """Return the snapshot with a scenario applied.

    Raises:
        Refused: no reason; a scenario that cannot be read (2), or that supposes what must be done in truth first.

    """
    from data.snapshot_taken import planning_of
    from scenarios.changed import changed
    from scenarios.writing import toml_of

    session = desk.session
    scenario = scenario_named(session, name)
    if not reason.strip():
        session.refuse(say("Say why the day is planned by a scenario: --reason TEXT."), status=2)
    refused = list(not_of_a_plan(scenario, taken.case))
    if refused:
        session.refuse(*refused)
    told = taken.told
    then = changed(planning_of(desk.ledger, taken), scenario, told.settled.coefficients, posture=taken.posture)
    tell_idle(session, scenario, then)
    case = then.planning.case
    if len(case.needs) != len(taken.case.needs):
        session.refuse(
            say(
                "Scenario {name} makes needs that nobody has now. Import those needs (allocator import needs.csv), "
                "then plan.",
                name=scenario.name,
            )
        )
    settled = dataclasses.replace(told.settled, case=case)
    note = say(
        "Planned by the scenario {name} ({says}); the reason given: {reason}",
        name=scenario.name,
        says=scenario.told,
        reason=reason.strip(),
    )
    applied = dataclasses.replace(taken, told=dataclasses.replace(told, case=case, settled=settled))
    return Promoted(applied, note, toml_of(scenario))
