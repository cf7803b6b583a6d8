"""Make a scenario the plan of the day: its needs, roads, limits and rules in place of the ledger's, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.scenario_source import scenario_named

if TYPE_CHECKING:
    from allocator.planned_day import SupposedDay
    from data.snapshot_taken import Taken

__all__ = ["supposed_day"]


def supposed_day(desk: Desk, taken: Taken, name: str, reason: str) -> SupposedDay:
    """Return the day as a scenario has it.

    Raises:
        Refused: no reason, or a scenario that cannot be read (2).
        Refusal: it supposes what must be done in truth first.

    """
    from data.snapshot_taken import planned_day
    from scenarios.promoting import promoted

    session = desk.session
    scenario = scenario_named(session, name)
    if not reason.strip():
        session.refuse(say("Say why the day is planned by a scenario: --reason TEXT."), status=2)
    by = promoted(planned_day(desk.ledger, taken), scenario, reason)
    for each in by.says:
        session.tell(each)
    return by
