"""What people decided in some days: overrides, steps of plans, approvals beside plans, and versions of the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.countersign_tables import countersignature
from models.plan_tables import plan, plan_event, plan_override
from models.policies import KeptPolicy, policies
from models.tables import document, location

__all__ = ["Approved", "Decisions", "Overridden", "decisions_between", "sites_of_documents"]


@dataclass(frozen=True, kw_only=True)
class Overridden:
    """An override as it was recorded. `cancelled`: by a later one; `recorded_at`: UTC microseconds."""

    plan: str
    site: str
    item: str
    proposed_units: int
    units: int
    reason: str
    note: str
    actor: str
    recorded_at: int
    cancelled: bool


@dataclass(frozen=True, kw_only=True)
class Approved:
    """A step that somebody took. `what`: "plan", "document" or "emergency"; `by_another`: than who made it."""

    what: str
    number: str
    step: str
    made_by: str
    actor: str
    recorded_at: int
    note: str

    @property
    def by_another(self) -> bool:
        """Whether another person took the step than made what it is about."""
        return self.actor != self.made_by


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """What was decided. `policies`: each version of the days with the one before it, None before the first."""

    overrides: tuple[Overridden, ...]
    steps: tuple[Approved, ...]
    policies: tuple[tuple[KeptPolicy | None, KeptPolicy], ...]

    @property
    def overridden_plans(self) -> tuple[str, ...]:
        """Return the plans that were overridden, in the order of their first override."""
        return tuple(dict.fromkeys(each.plan for each in self.overrides))


def decisions_between(connection: sa.Connection, first_at: int, last_at: int) -> Decisions:
    """Return what was recorded between two instants, UTC microseconds, both included."""
    versions = policies(connection)
    changed = (
        (before, after)
        for before, after in zip([None, *versions], versions, strict=False)
        if first_at <= after.recorded_at <= last_at
    )
    return Decisions(
        overrides=tuple(_overrides(connection, first_at, last_at)),
        steps=tuple(_steps(connection, first_at, last_at)),
        policies=tuple(changed),
    )


def _overrides(connection: sa.Connection, first_at: int, last_at: int) -> list[Overridden]:
    later = plan_override.alias()
    names = ("plan", "site", "item", "proposed_units", "units", "reason", "note", "actor", "recorded_at")
    gone = sa.exists(sa.select(later.c.id).where(later.c.cancels == plan_override.c.id))
    query = (
        sa.select(*(plan_override.c[name] for name in names), gone.label("cancelled"))
        .where(plan_override.c.recorded_at.between(first_at, last_at), plan_override.c.cancels.is_(None))
        .order_by(plan_override.c.id)
    )
    return [Overridden(**{**row, "cancelled": bool(row["cancelled"])}) for row in connection.execute(query).mappings()]


def _steps(connection: sa.Connection, first_at: int, last_at: int) -> list[Approved]:
    of_plans = sa.select(
        plan_event.c.plan, plan_event.c.event, plan.c.drafted_by, plan_event.c.actor, plan_event.c.recorded_at,
        plan_event.c.note,
    ).join(plan, plan.c.id == plan_event.c.plan)  # fmt: skip
    found = [
        Approved(what="plan", number=name, step=step, made_by=by, actor=actor, recorded_at=at, note=note)
        for name, step, by, actor, at, note in connection.execute(
            of_plans.where(plan_event.c.recorded_at.between(first_at, last_at)).order_by(plan_event.c.id)
        )
    ]
    signed = (
        sa.select(
            document.c.id, document.c.actor, countersignature.c.actor, countersignature.c.recorded_at,
            countersignature.c.note,
        )
        .join(document, document.c.id == countersignature.c.document)
        .where(countersignature.c.recorded_at.between(first_at, last_at))
    )  # fmt: skip
    found += [
        Approved(
            what="emergency",
            number=str(number),
            step="countersigned",
            made_by=by,
            actor=actor,
            recorded_at=at,
            note=note,
        )
        for number, by, actor, at, note in connection.execute(signed)
    ]
    approved = sa.select(document.c.id, document.c.actor, document.c.approver, document.c.recorded_at).where(
        document.c.approver.is_not(None), document.c.recorded_at.between(first_at, last_at)
    )
    found += [
        Approved(
            what="document", number=str(number), step="approved", made_by=by, actor=approver, recorded_at=at, note=""
        )
        for number, by, approver, at in connection.execute(approved)
    ]
    return sorted(found, key=lambda each: (each.recorded_at, each.what, each.number))


def sites_of_documents(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return the site of each of some documents, by number; those of none are left out."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        query = (
            sa.select(document.c.id, location.c.code)
            .join(location, location.c.id == document.c.site)
            .where(document.c.id.in_(numbers[start : start + _AT_ONCE]))
        )
        found |= {row.id: row.code for row in connection.execute(query)}
    return found


_AT_ONCE = 500
