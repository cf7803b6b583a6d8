"""Which background jobs somebody may see: their own, who administers everywhere all."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from fastapi import HTTPException, Request

from allocator.sentence import Sentence, say
from models.database import reading
from models.jobs import Job, find_job, jobs_of
from models.rights import reach_of
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["ASKS", "job_seen", "jobs_seen", "own_job", "state_word"]

ASKS = "see-stock"
"""The right to look at jobs of one's own: everybody's. What a job does takes another, of its kind."""

_ALL = "change-people"

_STATE_WORDS = {
    "waiting": say("waiting"),
    "running": say("running"),
    "done": say("done"),
    "failed": say("failed"),
    "cancelled": say("cancelled"),
}


def jobs_seen(request: Request, visitor: Visitor) -> list[Job]:
    """Return the jobs that somebody may see, the last first."""
    with reading(ledger_of(request).engine) as connection:
        return jobs_of(connection, None if _sees_all(connection, visitor) else visitor.person.id)


def job_seen(request: Request, id_: int) -> Job:
    """Return one job of whoever asks.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 where it is another's, forgotten, or never was.

    """
    visitor = visitor_with(request, ASKS)
    with reading(ledger_of(request).engine) as connection:
        found = find_job(connection, id_)
        if found is None or not (found.actor == visitor.person.id or _sees_all(connection, visitor)):
            raise HTTPException(status_code=404)
    return found


def own_job(request: Request, id_: int, right: str, kinds: Collection[str]) -> tuple[Visitor, Job]:
    """Return who asks and a job of theirs, of one of some kinds, which takes a right that holds everywhere.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 where it is another's, of another kind, or beyond what they see by now.

    """
    visitor = visitor_with(request, right)
    with reading(ledger_of(request).engine) as connection:
        found = find_job(connection, id_)
        everywhere = reach_of(connection, visitor.person, right).everywhere
    if found is None or found.kind not in kinds or found.actor != visitor.person.id or not everywhere:
        raise HTTPException(status_code=404)
    return visitor, found


def _sees_all(connection: sa.Connection, visitor: Visitor) -> bool:
    """Say whether somebody sees what others asked for, which may be of every area."""
    return visitor.may(_ALL) and reach_of(connection, visitor.person, _ALL).everywhere


def state_word(job: Job) -> Sentence:
    """Return how a job stands, in words."""
    return say("is being cancelled") if job.cancel_asked and job.live else _STATE_WORDS[job.state]
