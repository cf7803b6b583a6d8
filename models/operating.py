"""What whoever keeps a ledger running wants to know of it, in a few indexed look-ups and without persons or sites."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from models.job_tables import job
from models.leaves import DOCUMENT
from models.tables import document, pending_seal, version
from models.witness_alarms import alarms

__all__ = ["Operating", "lag_seconds", "operating_of"]


@dataclass(frozen=True, kw_only=True)
class Operating:
    """`documents`: the last one's number; `lag_seconds`: how long the oldest thing has waited to be sealed."""

    documents: int
    pending: bool
    lag_seconds: float
    alarms: int
    jobs_waiting: int
    jobs_running: int


def operating_of(connection: sa.Connection, *, at: int) -> Operating:
    """Return how a ledger runs. `at`: now, in UTC microseconds."""
    states = sa.select(job.c.state, sa.func.count()).where(job.c.state.in_(("waiting", "running")))
    jobs = {state: int(count) for state, count in connection.execute(states.group_by(job.c.state))}
    waits = connection.execute(sa.select(pending_seal.c.ref).limit(1)).first() is not None
    return Operating(
        documents=connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0,
        pending=waits,
        lag_seconds=lag_seconds(connection, at=at),
        alarms=len(alarms(connection, at=at)),
        jobs_waiting=jobs.get("waiting", 0),
        jobs_running=jobs.get("running", 0),
    )


def lag_seconds(connection: sa.Connection, *, at: int) -> float:
    """Return how long the oldest document or version has waited to be sealed, 0 where none waits."""
    since = [
        connection.execute(
            sa.select(table.c.recorded_at)
            .join_from(pending_seal, table, pending_seal.c.ref == table.c.id)
            .where(pending_seal.c.kind == kind)
            .order_by(pending_seal.c.ref)
            .limit(1)
        ).scalar()
        for kind, table in ((DOCUMENT, document), ("version", version))
    ]
    return max((max(0, at - each) / 1_000_000 for each in since if each is not None), default=0.0)
