"""A worker's part: claim a job, do it, keep giving signs of life, keep what came of it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.database import reading
from models.entry import Refusal
from models.faults import unavailable
from models.jobs import (
    LEASE_SECONDS,
    ClaimLost,
    Job,
    Outcome,
    claim_job,
    end_job,
    give_back,
    refuse_unless_held,
    tell_progress,
)
from models.ledger import Ledger
from models.people import acting
from models.rights import refuse_without

__all__ = ["Cancelled", "Clock", "JobKind", "Work", "do_claimed", "do_next"]

Clock = Callable[[], int]

_SIGN_EVERY = LEASE_SECONDS / 6  # seconds
_BACK_TRIES, _BACK_EVERY_SECONDS = 30, 1.0


class Cancelled(Exception):
    """Somebody asked to cancel the job."""


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """What may be asked of a worker. `right`: what it takes, looked at again before it begins."""

    title: Sentence
    right: str
    run: Callable[[Work], Outcome]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A job while it is done, as its function sees it: who asked for what, in which ledger, and when it began."""

    ledger: Ledger
    job: Job
    now: int
    clock: Clock

    @property
    def actor(self) -> str:
        """Who asked for it, and acts."""
        return self.job.actor

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What was asked for."""
        return self.job.arguments

    def tell(self, share: float, doing: Sentence) -> None:
        """Say what begins now, and how much of 1 is done before it.

        Raises:
            Cancelled: somebody asked to; nothing more should be done.
            ClaimLost: another worker has the job by now.

        """
        if tell_progress(self.ledger.engine, self.job, at=self.clock(), share=share, doing=doing):
            raise Cancelled

    def hold(self, connection: sa.Connection) -> None:
        """See to it, in the transaction that keeps the result, that no other worker keeps one too.

        Raises:
            ClaimLost: another worker has the job by now.

        """
        refuse_unless_held(connection, self.job)


def do_next(ledger: Ledger, kinds: Mapping[str, JobKind], clock: Clock) -> Job | None:
    """Do the job that has waited longest, whatever becomes of it; return it as it was claimed, None where none waits.

    A worker that is told to end meanwhile gives it back, so that the next one begins it anew; so does one that lost
    its connection to the ledger, once that is there again.

    Raises:
        Exception: the ledger's database cannot just now (`models.faults.unavailable` says it).

    """
    job = claim_job(ledger.engine, kinds, at=clock())
    if job is not None:
        do_claimed(ledger, kinds, clock, job)
    return job


def do_claimed(ledger: Ledger, kinds: Mapping[str, JobKind], clock: Clock, job: Job) -> None:
    """Do a job that this worker has, as `do_next` does."""
    work = Work(ledger=ledger, job=job, now=clock(), clock=clock)
    try:
        with _signs_of_life(work), contextlib.suppress(ClaimLost):
            state, outcome = _done(work, kinds[job.kind])
            end_job(ledger.engine, job, state, outcome, at=clock())
    except (KeyboardInterrupt, SystemExit):
        give_back(ledger.engine, job)
        raise
    except Exception as error:
        if _is_lost(error):
            _give_back_later(ledger, job)
        raise


def _is_lost(error: Exception) -> bool:
    said = unavailable(error)
    return said is not None and said.is_lost


def _give_back_later(ledger: Ledger, job: Job) -> None:
    """Give a job back as soon as the ledger can be reached; if that is not soon, its lease ends by itself."""
    for _ in range(_BACK_TRIES):
        try:
            give_back(ledger.engine, job)
        except Exception as error:
            if unavailable(error) is None:
                raise
            time.sleep(_BACK_EVERY_SECONDS)
        else:
            return


def _done(work: Work, kind: JobKind) -> tuple[str, Outcome]:
    try:
        with reading(work.ledger.engine) as connection:
            refuse_without(connection, acting(connection, work.actor), kind.right)
        return "done", kind.run(work)
    except Refusal as refusal:
        return "failed", Outcome(says=refusal.sentences)
    except Cancelled:
        return "cancelled", Outcome()
    except ClaimLost:
        raise
    except Exception as error:
        said = unavailable(error)
        if said is not None and said.is_lost:
            raise
        if said is not None:
            return "failed", Outcome(says=(said.sentence,))
        logging.getLogger(__name__).exception("job %s (%s) failed", work.job.id, work.job.kind)
        why = say("The program failed here, and nothing was changed. Whoever runs the server finds why in its log.")
        return "failed", Outcome(says=(why,))


@contextlib.contextmanager
def _signs_of_life(work: Work) -> Iterator[None]:
    """Renew the lease from a thread of its own while the job is done: its own thread may compute for minutes."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(_SIGN_EVERY):
            with contextlib.suppress(ClaimLost, sa.exc.SQLAlchemyError):
                tell_progress(work.ledger.engine, work.job, at=work.clock())

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
