"""Background jobs: asked for by somebody, claimed by one worker at a time, kept for some days with what came of them.

A worker has a job for a lease that it renews. Where it dies the lease ends, and another worker begins the job
anew; what a job writes it therefore writes in one transaction in which it asks whether the job is still its own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.database import reading, writing
from models.entry import Refusal
from models.job_tables import job
from models.kept_sentences import sentences_json, sentences_of

__all__ = [
    "FILE_BYTES_MAX",
    "KEPT_DAYS",
    "LEASE_SECONDS",
    "LIVE",
    "WAITING_MAX",
    "ClaimLost",
    "Job",
    "Outcome",
    "ask_cancel",
    "ask_job",
    "claim_job",
    "end_job",
    "file_of_job",
    "find_job",
    "give_back",
    "jobs_of",
    "refuse_unless_held",
    "tell_progress",
]

WAITING_MAX, WAITING_OF_ONE_MAX = 100, 10
"""How many jobs may wait, of all people and of one."""

KEPT_DAYS = 14
"""How long a job that has ended is kept, with its result."""

LEASE_SECONDS = 60
"""How long a worker has a job without a sign of life."""

TRIES_MAX = 3
"""How often a job is begun whose workers die: whatever kills them may be the job itself."""

FILE_BYTES_MAX = 16 * 2**20

LIVE = ("waiting", "running")
"""States of jobs of which something is still to come; the others are "done", "failed" and "cancelled"."""

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_PARTS = 1_000_000


class ClaimLost(Exception):
    """Another worker has the job by now: this one's lease had ended. Nothing more of it may be written."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. Times in UTC microseconds; `share`: of 1, how much of it is done; `says`: doing what, or why not."""

    id: int
    kind: str
    actor: str
    arguments: Mapping[str, Any]
    state: str
    asked_at: int
    begun_at: int | None = None
    ended_at: int | None = None
    claim: str = ""
    tries: int = 0
    share: float = 0.0
    says: tuple[Sentence, ...] = ()
    cancel_asked: bool = False
    result: Mapping[str, Any] | None = None
    file_name: str = ""

    @property
    def live(self) -> bool:
        """Whether something of it is still to come."""
        return self.state in LIVE


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a job: sentences for people, plain values for programs, maybe a small file.

    `result["to"]`: the address of the page that shows more, where there is one.
    """

    says: tuple[Sentence, ...] = ()
    result: Mapping[str, Any] | None = None
    file_name: str = ""
    file: bytes | None = None

    def __post_init__(self) -> None:
        """Refuse a file that is larger than is kept."""
        if self.file is not None and len(self.file) > FILE_BYTES_MAX:
            most = FILE_BYTES_MAX >> 20
            raise Refusal(say("The result is larger than is kept ({mebibytes} MiB). Ask for less.", mebibytes=most))


def ask_job(
    engine: sa.Engine, kind: str, *, actor: str, at: int, arguments: Mapping[str, Any] | None = None, key: str = ""
) -> int:
    """Let a job wait for a worker, and return its id. What ended long ago is forgotten at the same time.

    `key`: asked again by the same person with the same one, it is the job that there is.

    Raises:
        Refusal: too many jobs wait already.

    """
    said = json.dumps(dict(arguments or {}), ensure_ascii=False, sort_keys=True)
    row = {"kind": kind, "actor": actor, "key": key or None, "arguments": said, "state": "waiting", "asked_at": at}
    try:
        with writing(engine) as connection:
            connection.execute(sa.delete(job).where(job.c.ended_at < at - KEPT_DAYS * _DAY))
            known = _asked_before(connection, row)
            if known is None:
                _refuse_crowd(connection, actor)
                known = connection.execute(sa.insert(job).returning(job.c.id), row).scalar_one()
            return known
    except sa.exc.IntegrityError:
        # Asked twice at the same moment: the other one was first.
        with reading(engine) as connection:
            known = _asked_before(connection, row)
        if known is None:
            raise
        return known


def _asked_before(connection: sa.Connection, row: Mapping[str, Any]) -> int | None:
    if row["key"] is None:
        return None
    same = (job.c[name] == row[name] for name in ("actor", "kind", "key"))
    return connection.execute(sa.select(job.c.id).where(*same)).scalar()


def _refuse_crowd(connection: sa.Connection, actor: str) -> None:
    waiting = sa.select(sa.func.count()).select_from(job).where(job.c.state == "waiting")
    own = connection.execute(waiting.where(job.c.actor == actor)).scalar_one()
    if own >= WAITING_OF_ONE_MAX:
        raise Refusal(
            say("{count} of your jobs wait already. Wait until one is done, or cancel one on the page Jobs.", count=own)
        )
    if connection.execute(waiting).scalar_one() >= WAITING_MAX:
        raise Refusal(
            say("{count} jobs wait already. Try again when some are done; does a worker run?", count=WAITING_MAX)
        )


def claim_job(engine: sa.Engine, kinds: Collection[str], *, at: int) -> Job | None:
    """Give the job that has waited longest to one worker for a lease; None where none of these kinds waits.

    A job whose worker gave no sign of life begins anew, three times at most.
    """
    with writing(engine) as connection:
        _fail_deadly(connection, at)
        free = sa.or_(job.c.state == "waiting", sa.and_(job.c.state == "running", _is_over(at)))
        query = sa.select(job.c.id).where(free, job.c.kind.in_(kinds)).order_by(job.c.id).limit(1)
        id_ = connection.execute(query.with_for_update(skip_locked=True)).scalar()
        if id_ is None:
            return None
        changed = {
            "state": "running",
            "begun_at": at,
            "lease_until": at + LEASE_SECONDS * _SECOND,
            "claim": secrets.token_hex(16),
            "tries": job.c.tries + 1,
            "share_micro": 0,
            "says": "[]",
        }
        connection.execute(sa.update(job).where(job.c.id == id_).values(changed))
        return find_job(connection, int(id_))


def _fail_deadly(connection: sa.Connection, at: int) -> None:
    """End jobs whose workers died as often as may be, and those that were to be cancelled when theirs did."""
    died = sa.and_(job.c.state == "running", _is_over(at))
    over = sa.update(job).where(died)
    connection.execute(over.where(job.c.cancel_asked == 1).values(state="cancelled", ended_at=at, claim=""))
    why = say("Its worker ended {count} times before it was done. Whoever runs the server finds why in its log.",
              count=TRIES_MAX)  # fmt: skip
    failed = {"state": "failed", "ended_at": at, "claim": "", "says": sentences_json([why])}
    connection.execute(over.where(job.c.tries >= TRIES_MAX).values(failed))


def _is_over(at: int) -> sa.ColumnElement[bool]:
    """Say whether a lease has ended; also one that ends later than any may: it was given while the clock was ahead."""
    return sa.or_(job.c.lease_until < at, job.c.lease_until > at + 2 * LEASE_SECONDS * _SECOND)


def tell_progress(
    engine: sa.Engine, held: Job, *, at: int, share: float | None = None, doing: Sentence | None = None
) -> bool:
    """Renew a worker's lease, and say how far the job is; return whether somebody asked to cancel it.

    Raises:
        ClaimLost: another worker has it by now.

    """
    changed: dict[str, Any] = {"lease_until": at + LEASE_SECONDS * _SECOND}
    if share is not None:
        changed["share_micro"] = round(min(max(share, 0.0), 1.0) * _PARTS)
    if doing is not None:
        changed["says"] = sentences_json([doing])
    with writing(engine) as connection:
        renewed = sa.update(job).where(*_own(held)).values(changed).returning(job.c.cancel_asked)
        asked = connection.execute(renewed).scalar()
    if asked is None:
        raise ClaimLost
    return bool(asked)


def refuse_unless_held(connection: sa.Connection, held: Job) -> None:
    """See to it that a job is still this worker's until the transaction ends.

    Raises:
        ClaimLost: another worker has it by now.

    """
    if connection.execute(sa.select(job.c.id).where(*_own(held)).with_for_update()).first() is None:
        raise ClaimLost


def _own(held: Job) -> tuple[sa.ColumnElement[bool], ...]:
    return (job.c.id == held.id, job.c.claim == held.claim, job.c.state == "running")


def end_job(engine: sa.Engine, held: Job, state: str, outcome: Outcome, *, at: int) -> bool:
    """Keep how a job ended ("done", "failed" or "cancelled"); return whether it was still this worker's."""
    result = None if outcome.result is None else json.dumps(dict(outcome.result), ensure_ascii=False)
    changed: dict[str, Any] = {
        "state": state,
        "ended_at": at,
        "claim": "",
        "says": sentences_json(outcome.says),
        "result": result,
        "file_name": outcome.file_name,
        "file": outcome.file,
    }
    if state == "done":
        changed["share_micro"] = _PARTS
    with writing(engine) as connection:
        return connection.execute(sa.update(job).where(*_own(held)).values(changed)).rowcount == 1


def give_back(engine: sa.Engine, held: Job) -> None:
    """Let a job wait again whose worker is told to end; this try does not count."""
    changed = {"state": "waiting", "claim": "", "tries": job.c.tries - 1, "lease_until": None}
    with writing(engine) as connection:
        connection.execute(sa.update(job).where(*_own(held)).values(changed))


def ask_cancel(engine: sa.Engine, id_: int, *, at: int) -> None:
    """Cancel a job: at once where it waits, else when its worker next looks up; nothing where it has ended."""
    with writing(engine) as connection:
        waits = sa.update(job).where(job.c.id == id_, job.c.state == "waiting")
        if not connection.execute(waits.values(state="cancelled", ended_at=at)).rowcount:
            runs = sa.update(job).where(job.c.id == id_, job.c.state == "running")
            connection.execute(runs.values(cancel_asked=1))


_SHOWN = [column for column in job.c if column.name not in ("file", "key", "lease_until")]


def find_job(connection: sa.Connection, id_: int) -> Job | None:
    """Return one job, None where there is none of this id, or no more."""
    row = connection.execute(sa.select(*_SHOWN).where(job.c.id == id_)).mappings().first()
    return None if row is None else _job(row)


def jobs_of(connection: sa.Connection, actor: str | None, *, most: int = 200) -> list[Job]:
    """Return the jobs of a person, or everybody's, those that were asked for last first."""
    query = sa.select(*_SHOWN).order_by(job.c.id.desc()).limit(most)
    if actor is not None:
        query = query.where(job.c.actor == actor)
    return [_job(row) for row in connection.execute(query).mappings()]


def file_of_job(connection: sa.Connection, id_: int) -> bytes | None:
    """Return the file that came of a job, None where none did."""
    content = connection.execute(sa.select(job.c.file).where(job.c.id == id_)).scalar()
    return None if content is None else bytes(content)


def _job(row: sa.RowMapping) -> Job:
    values: dict[str, Any] = dict(row)
    result = values["result"]
    values |= {
        "arguments": json.loads(values["arguments"]),
        "says": tuple(sentences_of(values["says"])),
        "cancel_asked": bool(values["cancel_asked"]),
        "share": values.pop("share_micro") / _PARTS,
        "result": None if result is None else json.loads(result),
    }
    return Job(**values)
