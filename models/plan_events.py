"""The life of a plan: draft, reviewed, approved, dispatched, closed; or superseded, or withdrawn.

Each step is a fact (`plan_event`); how a plan stands follows from the last one, and `plan.status`
repeats it. An override makes a reviewed plan a draft again.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.canonical import normal
from models.catalogue_rows import lock_catalogue
from models.entry import Refusal
from models.people import LOCAL
from models.plan_tables import plan, plan_event, plan_override
from models.plans import DRAFT, StoredPlan, find_plan
from models.tables import person
from models.versions import Stamp, record_versions

__all__ = [
    "ENDED",
    "Event",
    "events_of",
    "follows",
    "lock_plan",
    "record_event",
    "refuse_own",
    "refuse_unless",
    "status_word",
    "step_word",
]

_MAY_FOLLOW = {
    "overridden": (DRAFT, "reviewed"),
    "reviewed": (DRAFT,),
    "approved": ("reviewed",),
    "withdrawn": (DRAFT, "reviewed", "approved"),
    "superseded": (DRAFT, "reviewed"),
    "dispatched": ("approved", "dispatched"),
    "closed": ("dispatched",),
}
"""Each event, and how a plan must stand for it."""

ENDED = ("withdrawn", "superseded", "closed")
"""How a plan stands that nothing follows any more."""

_STATUSES = {
    DRAFT: say("draft"),
    "reviewed": say("reviewed"),
    "approved": say("approved"),
    "withdrawn": say("withdrawn"),
    "superseded": say("superseded"),
    "dispatched": say("dispatched"),
    "closed": say("closed"),
}

_NEXT = {
    DRAFT: say("Review it first: allocator review {plan}"),
    "reviewed": say("Approve it first: allocator approve {plan}"),
    "approved": say("Dispatch it with: allocator dispatch {plan}; or take it back with: allocator withdraw {plan}"),
    "withdrawn": say("Make another with: allocator allocate"),
    "superseded": say("A later plan took its place: allocator plans"),
    "dispatched": say("It is on its way; when all of it is confirmed: allocator close {plan}"),
    "closed": say("Make another with: allocator allocate"),
}
"""What to do instead, by how the plan stands."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One step of a plan's life. `recorded_at`: UTC microseconds."""

    event: str
    actor: str
    recorded_at: int
    note: str = ""

    @property
    def alone(self) -> bool:
        """Whether nobody but the local administrator approved it."""
        return self.event == "approved" and self.actor == LOCAL


def status_word(status: str) -> Sentence:
    """Return how a plan stands, in words.

    >>> str(status_word("dispatched"))
    'dispatched'
    """
    return _STATUSES.get(status, Sentence("{status}", {"status": status}))


def step_word(event: str) -> Sentence:
    """Return a step of a plan in words.

    >>> str(step_word("overridden"))
    'overridden'
    """
    return {"drafted": say("drafted"), "overridden": say("overridden")}.get(event) or status_word(event)


def follows(stored: StoredPlan, event: str) -> bool:
    """Say whether a step follows from how a plan stands."""
    return stored.status in _MAY_FOLLOW[event]


def events_of(connection: sa.Connection, name: str) -> list[Event]:
    """Return what became of a plan, in order."""
    columns = (plan_event.c.event, plan_event.c.actor, plan_event.c.recorded_at, plan_event.c.note)
    query = sa.select(*columns).where(plan_event.c.plan == name).order_by(plan_event.c.id)
    return [Event(**row) for row in connection.execute(query).mappings()]


def lock_plan(connection: sa.Connection, name: str) -> StoredPlan:
    """Return a plan that nobody else changes until this transaction ends.

    Raises:
        Refusal: there is none of this name.

    """
    connection.execute(sa.select(plan.c.id).where(plan.c.id == name).with_for_update())
    return find_plan(connection, name)


def refuse_unless(stored: StoredPlan, event: str) -> None:
    """Refuse a step that does not follow from how a plan stands.

    Raises:
        Refusal: with what to do instead.

    """
    if follows(stored, event):
        return
    instead = Sentence(_NEXT[stored.status].message, {"plan": stored.id})
    values = {"plan": stored.id, "status": status_word(stored.status), "instead": instead}
    refused = {
        "overridden": say("Plan {plan} is {status} and cannot be overridden any more. {instead}", **values),
        "reviewed": say("Plan {plan} is {status} and needs no review. {instead}", **values),
        "approved": say("Plan {plan} is {status} and cannot be approved. {instead}", **values),
        "withdrawn": say("Plan {plan} is {status} and cannot be withdrawn. {instead}", **values),
        "superseded": say("Plan {plan} is {status} and cannot be superseded. {instead}", **values),
        "dispatched": say("Plan {plan} is {status} and cannot be dispatched. {instead}", **values),
        "closed": say("Plan {plan} is {status} and cannot be closed. {instead}", **values),
    }
    raise Refusal(refused[event])


def refuse_own(connection: sa.Connection, stored: StoredPlan, actor: str) -> None:
    """Refuse who approves what they drafted or overrode; where nobody is defined the local administrator may.

    The database refuses it too (`models/guards.py`).

    Raises:
        Refusal: naming what they did.

    """
    if actor == LOCAL:
        lock_catalogue(connection)
        if connection.execute(sa.select(person.c.id).limit(1)).first() is None:
            return
    if stored.drafted_by == actor:
        raise Refusal(
            say("{actor} drafted plan {plan} and cannot approve it. Have another person do it.", actor=actor,
                plan=stored.id)
        )  # fmt: skip
    own = sa.select(plan_override.c.site, plan_override.c.item).where(
        plan_override.c.plan == stored.id, plan_override.c.actor == actor
    )
    row = connection.execute(own.order_by(plan_override.c.id.desc()).limit(1)).first()
    if row is not None:
        raise Refusal(
            say(
                "{actor} overrode plan {plan} ({site}, {item}) and cannot approve it. Have another person do it.",
                actor=actor,
                plan=stored.id,
                site=row.site,
                item=row.item,
            )
        )


def record_event(connection: sa.Connection, name: str, event: str, stamp: Stamp, *, note: str = "") -> None:
    """Write one step of a plan's life, to be sealed, and how the plan stands after it."""
    row = {"plan": name, "event": event, "actor": stamp.actor, "recorded_at": stamp.recorded_at, "note": normal(note)}
    id_ = connection.execute(sa.insert(plan_event).returning(plan_event.c.id), row).scalar_one()
    record_versions(connection, "plan_event", [(str(id_), row)], stamp)
    status = DRAFT if event == "overridden" else event
    connection.execute(sa.update(plan).where(plan.c.id == name).values(status=status))
