"""What is said of a step that was taken with a plan, alike by commands, pages and programs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from data.open_said import beyond_word, confirm_days_of
from models.beyond import Surplus, open_surplus
from models.database import reading
from models.ledger import Ledger
from models.people import LOCAL
from models.plan_steps import Approved, Dispatched, When, close, of_another_day, told

__all__ = [
    "Closed",
    "alone_said",
    "approved_said",
    "close_plan",
    "closed_said",
    "dispatched_said",
    "reviewed_said",
    "withdrawn_said",
]


def reviewed_said(plan: str, *, planned: dt.date, today: dt.date, then: Sentence) -> list[Sentence]:
    """Say that a plan is reviewed, and where its day is past. `then`: what may follow, in the words of the door.

    >>> day, then = dt.date(2020, 2, 10), say("Approve it now.")
    >>> [str(each) for each in reviewed_said("P1", planned=day, today=day, then=then)]
    ['Plan P1 is reviewed. Approve it now.']
    """
    return [
        *of_another_day(plan, planned=planned, today=today),
        _followed(say("Plan {plan} is reviewed.", plan=plan), then),
    ]


def approved_said(plan: str, done: Approved, *, actor: str, then: Sentence | None = None) -> list[Sentence]:
    """Say what is short, what is reserved, and where nobody but the local administrator approved the plan.

    `then`: what may follow, in the words of the door.

    >>> [str(each) for each in approved_said("P1", Approved(2, 30, ()), actor="chief")]
    ['Plan P1 is approved: 30 units are reserved for 2 notes.']
    """
    said = say(
        "Plan {plan} is approved: {units:,} units are reserved for {notes:,} notes.",
        plan=plan,
        units=done.units,
        notes=done.notes,
    )
    alone = [alone_said(plan)] if actor == LOCAL else []
    return [*told(done.short), said if then is None else _followed(said, then), *alone]


def _followed(said: Sentence, then: Sentence) -> Sentence:
    return say("{sentence} {remark}", sentence=said, remark=then)


def alone_said(plan: str) -> Sentence:
    """Say that nobody but the local administrator approved a plan."""
    return say("Plan {plan} was not approved by a second person.", plan=plan)


def withdrawn_said(plan: str, units: int) -> Sentence:
    """Say that a plan is withdrawn, and how many `units` are free again."""
    return say("Plan {plan} is withdrawn; {units:,} reserved units are free again.", plan=plan, units=units)


def dispatched_said(done: Dispatched) -> list[Sentence]:
    """Say what stayed behind, and which notes left."""
    sent = say(
        "Notes sent: {count:,}, from {first} to {last}.",
        count=len(done.notes),
        first=done.notes[0].number,
        last=done.notes[-1].number,
    )
    return [*done.stayed, sent]


@dataclass(frozen=True)
class Closed:
    """A plan that is closed. `units`: reserved and never sent; `beyond`: what came beyond its notes, unexplained."""

    units: int
    beyond: tuple[Surplus, ...]

    @property
    def beyond_units(self) -> int:
        """The units that came beyond its notes and are not explained."""
        return sum(each.units for each in self.beyond)


def close_plan(ledger: Ledger, plan: str, when: When, *, note: str) -> Closed:
    """Close a plan by the policy in force, and see what came beyond its notes.

    Raises:
        Refusal: notes are open, those that are late first.

    """
    with reading(ledger.engine) as connection:
        confirm_days = confirm_days_of(connection)
    units = close(ledger, plan, when, note=note, confirm_days=confirm_days)
    with reading(ledger.engine) as connection:
        beyond = tuple(each for each in open_surplus(connection, ledger.zone) if each.plan == plan)
    return Closed(units, beyond)


def closed_said(plan: str, closed: Closed) -> list[Sentence]:
    """Say that a plan is closed, what came beyond its notes, and what is free again.

    >>> [str(each) for each in closed_said("P1", Closed(0, ()))]
    ['Plan P1 is closed: all that was sent is accounted for.']
    """
    freed = say("{units:,} units that were reserved and not sent are free again.", units=closed.units)
    return [_accounted(plan, closed.beyond_units), *map(beyond_word, closed.beyond), *([freed] if closed.units else [])]


def _accounted(plan: str, beyond_units: int) -> Sentence:
    if beyond_units:
        return say(
            "Plan {plan} is closed: all that was sent by its notes is accounted for, but {units:,} units that came "
            "beyond them are not explained.",
            plan=plan,
            units=beyond_units,
        )
    return say("Plan {plan} is closed: all that was sent is accounted for.", plan=plan)
