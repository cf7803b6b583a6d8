"""Overrides of a plan: what a person decided for a site and an item, why, and when; nothing of it is ever erased.

The last row for a pair stands, unless it cancels the one before. A plan that takes another's place
carries its overrides as they were decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import sqlalchemy as sa

from allocator.sentence import say
from models.canonical import normal
from models.entry import Refusal
from models.plan_events import lock_plan, record_event, refuse_unless
from models.plan_tables import plan, plan_override
from models.plans import keep_final
from models.reasons import OTHER, REASONS, reason_named
from models.versions import Stamp, record_versions

__all__ = ["Decision", "carried_by", "check_reason", "standing", "store_override", "take_place", "write_decisions"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`units` of an item go to a site, whatever the rule says. `proposed_units`: what the rule gave.

    `cancels`: the override that stands no more, where this is a cancellation; `carries`: the same
    override, of the plan before. `id`: 0 before it is kept. `recorded_at`: UTC microseconds.
    """

    site: str
    item: str
    units: int
    proposed_units: int
    reason: str
    note: str
    actor: str
    recorded_at: int
    cancels: int | None = None
    carries: int | None = None
    id: int = 0


def check_reason(reason: str, note: str) -> None:
    """Refuse an override without one of the reasons, or with the last of them and no note.

    Raises:
        Refusal: with the reasons there are.

    """
    if reason_named("override", reason) is None:
        raise Refusal(
            say("An override needs a reason. Give one of: {reasons}.", reasons=[r.code for r in REASONS["override"]])
        )
    if reason == OTHER and not note:
        raise Refusal(say('The reason "other" needs a note. Say with --note what the reason is.'))


def standing(connection: sa.Connection, name: str) -> list[Decision]:
    """Return the overrides of a plan that stand, by site and item."""
    columns = [plan_override.c[field] for field in Decision.__dataclass_fields__]
    query = sa.select(*columns).where(plan_override.c.plan == name).order_by(plan_override.c.id)
    last: dict[tuple[str, str], Decision] = {}
    for row in connection.execute(query).mappings():
        decision = Decision(**row)
        last[decision.site, decision.item] = decision
    return [decision for _, decision in sorted(last.items()) if decision.cancels is None]


def store_override(
    connection: sa.Connection,
    name: str,
    decision: Decision,
    *,
    before: Sequence[Decision],
    final: Mapping[str, bytes],
    stamp: Stamp,
) -> None:
    """Keep an override, or a cancellation, with the plan that follows from it. `before`: what stood for that plan.

    Raises:
        Refusal: the plan may not be overridden, or somebody else overrode it meanwhile.

    """
    refuse_unless(lock_plan(connection, name), "overridden")
    if standing(connection, name) != list(before):
        raise Refusal(
            say("Plan {plan} was overridden by somebody else at this moment. Look at it, then do it again.", plan=name)
        )
    write_decisions(connection, name, [decision], stamp)
    keep_final(connection, name, final, stamp)
    record_event(connection, name, "overridden", stamp)


def write_decisions(connection: sa.Connection, name: str, decisions: Sequence[Decision], stamp: Stamp) -> None:
    """Write overrides of a plan, to be sealed."""
    told = [asdict(replace(each, note=normal(each.note))) for each in decisions]
    rows = [{key: value for key, value in each.items() if key != "id"} for each in told]
    versions = []
    for row in rows:
        insert = sa.insert(plan_override).returning(plan_override.c.id)
        id_ = connection.execute(insert, {"plan": name, **row}).scalar_one()
        versions.append((str(id_), {"plan": name, **row}))
    record_versions(connection, "plan_override", versions, stamp)


def carried_by(connection: sa.Connection, date: str, *, apart_from: str = "") -> tuple[list[str], list[Decision]]:
    """Return the plans of a day whose place a new one takes, the last first, and the overrides that it carries.

    Those are the last one's. `apart_from`: the new one, where it is there already.
    """
    query = sa.select(plan.c.id).where(
        plan.c.date == date, plan.c.status.in_(("draft", "reviewed")), plan.c.id != apart_from
    )
    names = list(connection.execute(query.order_by(plan.c.drafted_at.desc(), plan.c.id.desc())).scalars())
    decisions = standing(connection, names[0]) if names else []
    return names, [replace(each, carries=each.id, id=0) for each in decisions]


def take_place(
    connection: sa.Connection,
    name: str,
    date: str,
    *,
    carried: Sequence[Decision],
    written: Sequence[Decision],
    final: Mapping[str, bytes],
    stamp: Stamp,
) -> None:
    """Let a new plan take the place of the drafts of its day, with their overrides and what follows from them.

    `carried`: what was carried when it was planned; `written`: the same as the new plan keeps them.

    Raises:
        Refusal: somebody overrode meanwhile.

    """
    names = carried_by(connection, date, apart_from=name)[0]
    for former in names:
        lock_plan(connection, former)
    if carried_by(connection, date, apart_from=name)[1] != list(carried):
        raise Refusal(say("Plan {plan} was overridden by somebody else at this moment. Plan once more.", plan=names[0]))
    if written:
        write_decisions(connection, name, written, stamp)
        keep_final(connection, name, final, stamp)
    for former in names:
        record_event(connection, former, "superseded", stamp, note=name)
