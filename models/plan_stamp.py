"""How a kept plan stands, as little as tells it: equal as long as its files and what people decided on it are."""

from __future__ import annotations

import sqlalchemy as sa

from models.plan_tables import plan_file, plan_override
from models.tables import version

__all__ = ["PlanStamp", "plan_stamp"]

PlanStamp = tuple[object, ...]


def plan_stamp(connection: sa.Connection, name: str) -> PlanStamp:
    """Return what changes with each override, with each sealed version of a plan's files, and with their sizes.

    A file that is altered by hand to another of its size is told by `allocator verify` and the audit, not by this.
    """
    sealed = sa.select(sa.func.max(version.c.id)).where(
        version.c.subject.in_(("plan", "plan_final")), version.c.key == name
    )
    decided = sa.select(sa.func.max(plan_override.c.id)).where(plan_override.c.plan == name)
    files = sa.select(plan_file.c.name, sa.func.length(plan_file.c.content)).where(plan_file.c.plan == name)
    numbers = connection.execute(sa.select(sealed.scalar_subquery(), decided.scalar_subquery())).one()
    return (*numbers, *map(tuple, connection.execute(files.order_by(plan_file.c.name))))
