"""Plans: each is, with all its files, decisions and steps, what was sealed of it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.audit_findings import Fault
from models.canonical import says_the_same
from models.plan_tables import plan_event, plan_file, plan_override
from models.plans import DRAFT, StoredPlan, altered_file, plan_files, plans
from models.tables import version

__all__ = ["audit_plans"]

_MADE_FROM = ("date", "document", "snapshot_digest", "policy_digest", "versions", "drafted_by", "drafted_at")


def audit_plans(connection: sa.Connection) -> tuple[Fault | None, int]:
    """Compare every plan with its sealed versions; return what does not hold, and how many there are."""
    found = plans(connection)
    sentences = (
        sentence
        for each in found
        for sentence in (_altered(connection, each), _altered_since(connection, each))
        if sentence is not None
    )
    names = {each.id for each in found}
    lost = _vanished(connection, names) or _homeless(connection, names)
    sentence = lost or next(sentences, None)
    return (None if sentence is None else Fault("plans", sentence)), len(found)


def _altered(connection: sa.Connection, stored: StoredPlan) -> Sentence | None:
    """Return what of a plan is not as it was kept: what it was made from, or one of its files."""
    sealed = _kept(connection, "plan", stored.id)
    if sealed is None:
        return say("Plan {plan} was never sealed: somebody wrote it past the program.", plan=stored.id)
    wrong = [name for name in _MADE_FROM if not says_the_same(sealed.get(name), getattr(stored, name))]
    if wrong:
        return say("Plan {plan}: its row says another {column} than was sealed.", plan=stored.id, column=wrong[0])
    file = altered_file(connection, stored, plan_files(connection, stored.id))
    if file is not None:
        return say(
            "{file} of plan {plan} is not the file that was kept: it was altered since.", file=file, plan=stored.id
        )
    return None


def _altered_since(connection: sa.Connection, stored: StoredPlan) -> Sentence | None:
    """Return which step or decision of a plan is not as it was sealed, or how it does not stand."""
    for table, subject in ((plan_event, "plan_event"), (plan_override, "plan_override")):
        query = sa.select(table).where(table.c.plan == stored.id).order_by(table.c.id)
        for found in connection.execute(query).mappings():
            sealed = _kept(connection, subject, str(found["id"]))
            if sealed is None or not says_the_same({**found, "id": None}, {**sealed, "id": None}):
                return say(
                    "Plan {plan}: row {number} of {table} is not what was sealed.",
                    plan=stored.id,
                    number=found["id"],
                    table=table.name,
                )
    events = sa.select(plan_event.c.event).where(plan_event.c.plan == stored.id)
    last = connection.execute(events.order_by(plan_event.c.id.desc()).limit(1)).scalar()
    stands = DRAFT if last in (None, "overridden") else last
    if stored.status != stands:
        return say(
            "Plan {plan} is said to be {status}, but its last step leaves it {stands}.",
            plan=stored.id,
            status=stored.status,
            stands=stands,
        )
    return None


def _kept(connection: sa.Connection, subject: str, key: str) -> dict[str, Any] | None:
    """Return what was sealed of something that is written once: its first version."""
    query = sa.select(version.c.body).where(version.c.subject == subject, version.c.key == key)
    body = connection.execute(query.order_by(version.c.id).limit(1)).scalar()
    if body is None:
        return None
    said = json.loads(body)
    by = {"drafted_by": said["actor"], "drafted_at": said["recorded_at"]} if subject == "plan" else {}
    return {**said["row"], **by}


def _homeless(connection: sa.Connection, names: set[str]) -> Sentence | None:
    """Return a step, a decision or a file of a plan that is not there."""
    for table in (plan_event, plan_override, plan_file):
        for name in connection.execute(sa.select(table.c.plan).distinct().order_by(table.c.plan)).scalars():
            if name not in names:
                return say("There are rows of plan {plan} in {table}, and no such plan.", plan=name, table=table.name)
    return None


def _vanished(connection: sa.Connection, names: set[str]) -> Sentence | None:
    """Return what was sealed and is not there any more: a plan, a step, or a decision."""
    sealed = sa.select(version.c.key).where(version.c.subject == "plan").order_by(version.c.id)
    gone = next((name for name in connection.execute(sealed).scalars() if name not in names), None)
    if gone is not None:
        return say("Plan {plan} was sealed, and is not there any more.", plan=gone)
    for table in (plan_event, plan_override):
        there = {str(number) for number in connection.execute(sa.select(table.c.id)).scalars()}
        keys = sa.select(version.c.key).where(version.c.subject == table.name).order_by(version.c.id)
        lost = next((key for key in connection.execute(keys).scalars() if key not in there), None)
        if lost is not None:
            return say("Row {number} of {table} was sealed, and is not there any more.", number=lost, table=table.name)
    return None
