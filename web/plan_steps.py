"""Carry a plan on: which steps are open to whoever looks, and each of them done, for pages and programs alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import Request

from allocator.sentence import Sentence, say
from data.kept_plan import kept_plan, loads_in
from data.plan_steps_said import (
    approved_said,
    close_plan,
    closed_said,
    dispatched_said,
    reviewed_said,
    withdrawn_said,
)
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.ledger import Ledger
from models.plan_events import follows, refuse_own
from models.plan_notes import notes_of
from models.plan_stamp import plan_stamp
from models.plan_steps import When, approve, dispatch, review, withdraw
from models.plan_stock import Moved, moved_since
from web.kept import kept_of
from web.plan_seen import PlanSeen, whole_plan
from web.visitors import ledger_of

__all__ = ["STEPS", "Step", "do_step", "steps_open"]


@dataclass(frozen=True)
class _Asked:
    """A step that somebody asks for."""

    plan: str
    planned: dt.date
    when: When
    note: str
    partial: bool
    depot: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """What may be done to a plan. `event`: what it leaves in the plan's life; `note_due`: it takes a note."""

    event: str
    right: str
    title: Sentence
    says: Sentence
    do: Callable[[Ledger, _Asked], Iterator[Sentence]]
    note_due: bool = False
    shows_moved: bool = False


def _review(ledger: Ledger, asked: _Asked) -> Iterator[Sentence]:
    review(ledger, asked.plan, asked.when.stamp, note=asked.note)
    today = day_of(asked.when.recorded_at, ledger.zone)
    then = say("Another person may approve it now.")
    yield from reviewed_said(asked.plan, planned=asked.planned, today=today, then=then)


def _approve(ledger: Ledger, asked: _Asked) -> Iterator[Sentence]:
    with kept_plan(ledger.engine, asked.plan) as kept:
        loads = loads_in(ledger.engine, kept)
    done = approve(ledger, asked.plan, loads, asked.when, note=asked.note, partial=asked.partial)
    yield from approved_said(asked.plan, done, actor=asked.when.actor)


def _withdraw(ledger: Ledger, asked: _Asked) -> Iterator[Sentence]:
    yield withdrawn_said(asked.plan, withdraw(ledger, asked.plan, asked.when, note=asked.note))


def _dispatch(ledger: Ledger, asked: _Asked) -> Iterator[Sentence]:
    yield from dispatched_said(dispatch(ledger, asked.plan, asked.when, depot=asked.depot))


def _close(ledger: Ledger, asked: _Asked) -> Iterator[Sentence]:
    yield from closed_said(asked.plan, close_plan(ledger, asked.plan, asked.when, note=asked.note))


STEPS = {
    "review": Step(
        event="reviewed",
        right="plan",
        title=say("Review"),
        says=say("Note that somebody looked at it, so that it may be approved. An override makes it a draft again."),
        do=_review,
        shows_moved=True,
    ),
    "approve": Step(
        event="approved",
        right="approve",
        title=say("Approve"),
        says=say("Its lots are reserved, first expiring first. Never by who drafted or overrode it."),
        do=_approve,
        shows_moved=True,
    ),
    "dispatch": Step(
        event="dispatched",
        right="plan",
        title=say("Dispatch"),
        says=say("Its notes leave their depots, and are under way until their sites confirm them."),
        do=_dispatch,
    ),
    "close": Step(
        event="closed",
        right="plan",
        title=say("Close"),
        says=say("When all its notes are confirmed. What was reserved and never sent is free again."),
        do=_close,
    ),
    "withdraw": Step(
        event="withdrawn",
        right="plan",
        title=say("Withdraw"),
        says=say("Before anything of it has left. What was reserved is free again. Say why in the note."),
        do=_withdraw,
        note_due=True,
    ),
}
"""Every step by its name, in the order of a plan's life."""


@dataclass(frozen=True, kw_only=True)
class Open:
    """A step that follows now. `why_not`: why whoever looks may not take it; `moved`: at the depots since then."""

    name: str
    step: Step
    why_not: tuple[Sentence, ...]
    moved: tuple[Moved, ...]


def steps_open(request: Request, seen: PlanSeen) -> list[Open]:
    """Return the steps that follow from how a plan stands, for those who have any step's right."""
    ledger = ledger_of(request)
    if not any(seen.visitor.may(step.right) for step in STEPS.values()):
        return []
    moved = tuple(_moved(request, seen)) if seen.plan.status in ("draft", "reviewed") else ()
    with reading(ledger.engine) as connection:
        return [
            Open(
                name=name,
                step=step,
                why_not=tuple(_why_not(connection, request, seen, step)),
                moved=moved if step.shows_moved else (),
            )
            for name, step in STEPS.items()
            if follows(seen.plan, step.event) and (name != "dispatch" or _waits(connection, seen.plan.id))
        ]


def _waits(connection: sa.Connection, plan: str) -> bool:
    """Say whether a note of a plan has not left yet."""
    return any(note.sent is None for note in notes_of(connection, plan))


def _moved(request: Request, seen: PlanSeen) -> list[Moved]:
    """Return what moved at the depots since the plan's snapshot, of what the plan sends from within reach."""
    engine, kept, plan = ledger_of(request).engine, kept_of(request), seen.plan

    def sent() -> set[tuple[str, str]]:
        with kept_plan(engine, plan.id) as files:
            return {(load.depot, load.item) for load in loads_in(engine, files)}

    with reading(engine) as connection:
        stamp = plan_stamp(connection, plan.id)
    pairs = kept.plan_loads.answer(plan.id, stamp, sent)
    with reading(engine) as connection:
        found = kept.moved.answer(connection, (plan.id, stamp), lambda: moved_since(connection, plan.document, pairs))
    return [each for each in found if seen.reach.holds(each.depot)]


def _why_not(connection: sa.Connection, request: Request, seen: PlanSeen, step: Step) -> Iterator[Sentence]:
    outside = whole_plan(connection, request, seen, step.right)
    if outside is not None:
        yield outside
    elif step.event == "approved":
        try:
            refuse_own(connection, seen.plan, seen.visitor.person.id)
        except Refusal as refusal:
            yield from refusal.sentences


def do_step(
    request: Request, seen: PlanSeen, name: str, *, note: str = "", partial: bool = False, depot: str = ""
) -> list[Sentence]:
    """Take a step with a plan, and return what there is to say of it.

    Raises:
        Refusal: whoever asks may not, or the ledger refuses it; nothing was changed.

    """
    ledger, step, now = ledger_of(request), STEPS[name], now_micros()
    with reading(ledger.engine) as connection:
        outside = whole_plan(connection, request, seen, step.right)
    if outside is not None:
        raise Refusal(outside)
    when = When(actor=seen.visitor.person.id, occurred_at=now, recorded_at=now)
    planned = dt.date.fromisoformat(seen.plan.date)
    return list(step.do(ledger, _Asked(seen.plan.id, planned, when, note.strip(), partial, depot)))
