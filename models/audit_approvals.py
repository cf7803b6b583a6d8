"""Every plan was approved by a person who neither drafted nor overrode it."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.people import LOCAL
from models.plan_tables import plan, plan_event, plan_override
from models.tables import version

__all__ = ["check_approvals"]


def check_approvals(reader: Reader) -> Fault | None:
    """Nobody approved a plan they drafted or overrode, unless nobody was defined who could have.

    The guard that refuses it may have been away for a moment, so its being there proves nothing.
    """
    overrode = sa.select(plan_override.c.id).where(
        plan_override.c.plan == plan_event.c.plan, plan_override.c.actor == plan_event.c.actor
    )
    drafted = plan.c.drafted_by == plan_event.c.actor
    own = (
        sa.select(plan_event.c.id, plan_event.c.plan, plan_event.c.actor, drafted)
        .join(plan, plan.c.id == plan_event.c.plan)
        .where(plan_event.c.event == "approved", sa.or_(drafted, overrode.exists()))
    )
    for number, name, who, is_drafter in reader.rows(own.order_by(plan_event.c.id)):
        if who == LOCAL and not _people_before(reader, number):
            continue
        if is_drafter:
            sentence = say("Plan {plan} was approved by {who}, who drafted it.", plan=name, who=who)
        else:
            sentence = say("Plan {plan} was approved by {who}, who overrode it.", plan=name, who=who)
        return Fault("approver", sentence)
    return None


def _people_before(reader: Reader, number: int) -> bool:
    """Say whether anybody had been defined when a step of a plan was recorded."""
    first = sa.select(sa.func.min(version.c.id)).where(version.c.subject == "person")
    step = sa.select(sa.func.min(version.c.id)).where(
        version.c.subject == plan_event.name, version.c.key == str(number)
    )
    defined, recorded = reader.one(first), reader.one(step)
    # A step that was never recorded is none that was sealed, which the plans' own check names.
    return defined is not None and recorded is not None and defined < recorded
