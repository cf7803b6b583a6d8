"""How findings stand: new, accepted, open until a day, closed; and opened again where more evidence came.

A finding is worked out anew each time, so it is known by its rule and subject and by the days that its evidence
spans: one whose first day moved keeps the number under which it was first decided on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from allocator.finding import Finding
from allocator.sentence import Sentence, say
from models.finding_events import ACCEPTED, CLOSED, OPENED, FindingEvent

__all__ = ["STATES", "Standing", "standing"]

STATES: Mapping[str, Sentence] = {
    "new": say("new"),
    "again": say("more evidence since it was decided"),
    "open": say("open"),
    "late": say("open, late"),
    "accepted": say("accepted"),
    "closed": say("closed"),
}
"""How a finding may stand. The first four wait for somebody."""

WAITING = ("new", "again", "open", "late")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A finding and what was decided on it. `finding`: None where nothing is found any more."""

    id: str
    state: str
    finding: Finding | None
    events: tuple[FindingEvent, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.state in WAITING


def standing(
    findings: Iterable[Finding], decided: Mapping[str, list[FindingEvent]], *, today: dt.date
) -> list[Standing]:
    """Return how each finding stands, in their order; then those that were decided on and are found no more."""
    left = dict(decided)
    result = []
    for each in findings:
        number = _number_of(each, left)
        events = tuple(left.pop(number, ()))
        finding = each if number == each.id else replace(each, id=number)
        result.append(Standing(id=number, state=_state(finding, events, today), finding=finding, events=events))
    return result + [
        Standing(id=number, state=_state(None, tuple(events), today), finding=None, events=tuple(events))
        for number, events in left.items()
    ]


def _number_of(finding: Finding, decided: Mapping[str, list[FindingEvent]]) -> str:
    if finding.id in decided:
        return finding.id
    first, last = finding.first_day.isoformat(), finding.last_day.isoformat()
    for number, events in decided.items():
        event = events[-1]
        same = (event.rule, event.subject) == (finding.rule, finding.subject)
        if same and event.first_day <= last and first <= event.last_day:
            return number
    return finding.id


def _state(finding: Finding | None, events: tuple[FindingEvent, ...], today: dt.date) -> str:
    if not events:
        return "new"
    last = events[-1]
    if last.event == OPENED:
        return "late" if last.due < today.isoformat() else "open"
    if finding is not None and (
        len(finding.evidence) > last.evidence_rows or finding.last_day.isoformat() > last.last_day
    ):
        return "again"
    return {ACCEPTED: "accepted", CLOSED: "closed"}[last.event]
