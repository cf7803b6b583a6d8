"""Write to SQLite from many threads: one of them writes at a time, for all who wait.

Who comes while nobody writes writes at once. Who comes while somebody does waits; whoever wrote then
hands on to the first who waits, and that one writes for all of them: one transaction, one flush of
the disk, then everyone is answered. A thread alone never waits, and many wait for two flushes at most.

Requests that share a transaction are each whole or not at all by a SAVEPOINT. Within one, SQLite copies every
page a statement changes, so what writes very much, an import, has a transaction of its own instead.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.book import Book, Posted
from models.database import writing
from models.entry import Entry, Refusal
from models.faults import Unavailable, interrupted, unavailable
from models.names import Names, unknown
from models.posting import make_ready, post_in, post_many, post_ready
from models.posting_sqlite import SqliteBook
from models.stockroom import Shelves

__all__ = ["SqliteWriter"]

T = TypeVar("T")

AT_ONCE = 256
"""How many requests are written in one transaction at most, so that nobody waits long for the others."""


class _Request:
    """What a thread asks for, and what became of it.

    `is_plain`: a document that makes and counts nothing; `alone`: in a transaction of its own.
    """

    def __init__(
        self, work: Callable[[Book, Names], Any], *, at: int = 0, is_plain: bool = False, alone: bool = False
    ) -> None:
        self.work = work
        self.at = at
        self.is_plain = is_plain
        self.alone = alone
        self.is_done = False
        self.answer: Any = None
        self.error: BaseException | None = None
        self._turn = threading.Lock()
        self._turn.acquire()

    def wait(self) -> None:
        """Wait until it is done, or until it is this thread's turn to write."""
        self._turn.acquire()

    def wake(self) -> None:
        """Let the thread go on."""
        self._turn.release()

    def done(self, answer: Any = None, error: BaseException | None = None) -> None:
        """Note what became of it."""
        self.answer, self.error, self.is_done = answer, error, True


class SqliteWriter:
    """Writes for many threads, and beside other processes. `known`: the ids all of them share."""

    def __init__(self, engine: sa.Engine, known: Names, zone: ZoneInfo) -> None:
        self._engine = engine
        self._known = known
        self._zone = zone
        self._mutex = threading.Lock()
        self._waiting: list[_Request] = []
        self._is_busy = False

    def post(self, entry: Entry, *, recorded_at: int) -> Posted:
        """Post one document, together with those of others who post at this moment."""
        is_plain = bool(entry.lines) and not (entry.counted or entry.marks or entry.reverses is not None)
        is_plain = is_plain and not any(unknown(self._known, entry))

        def work(book: Book, names: Names) -> Posted:
            if not is_plain:
                return post_in(book, names, entry, recorded_at=recorded_at, zone=self._zone)
            return post_ready(book, make_ready(book, names, entry, recorded_at=recorded_at), self._zone)

        return self._ask(_Request(work, at=entry.occurred_at, is_plain=is_plain))

    def post_all(self, entries: Sequence[Entry], *, recorded_at: int) -> list[Posted]:
        """Post documents, all of them or none."""

        def work(book: Book, names: Names) -> list[Posted]:
            return post_many(book, names, entries, recorded_at=recorded_at, zone=self._zone)

        return self._ask(_Request(work, alone=len(entries) > AT_ONCE))

    def post_early(
        self,
        early: Callable[[Shelves], Entry],  # noqa: ARG002 - for PostgreSQL: here one writes, and reading costs little
        carefully: Callable[[Book, Names], Posted],
        *,
        recorded_at: int,  # noqa: ARG002 - `carefully` knows it
    ) -> Posted:
        """Post a document that may be worked out before anything is locked."""
        return self.write(carefully)

    def write(self, work: Callable[[Book, Names], T], *, alone: bool = False) -> T:
        """Do some work in a transaction, all of it or nothing. `alone`: nobody else's is in the same one."""
        return self._ask(_Request(work, alone=alone))

    def _ask(self, request: _Request) -> Any:
        with self._mutex:
            self._waiting.append(request)
            is_first = not self._is_busy
            self._is_busy = True
        if not is_first:
            request.wait()
        if not request.is_done:
            self._lead()
        if request.error is not None:
            raise request.error
        return request.answer

    def _lead(self) -> None:
        """Write for all who wait, this thread among them; then hand on."""
        with self._mutex:
            batch = self._waiting[: self._together()]
            del self._waiting[: len(batch)]
        try:
            self._write(batch)
        finally:
            for request in batch:
                if not request.is_done:
                    request.done(error=Unavailable(interrupted(), is_lost=True))
            with self._mutex:
                following = self._waiting[0] if self._waiting else None
                self._is_busy = following is not None
            if following is not None:
                following.wake()
            for request in batch[1:]:
                request.wake()

    def _together(self) -> int:
        """Return how many of those who wait are written for in one transaction."""
        waiting = self._waiting[:AT_ONCE]
        return next((max(place, 1) for place, request in enumerate(waiting) if request.alone), len(waiting))

    def _write(self, batch: Sequence[_Request]) -> None:
        # In the order in which they happened, as far as one may choose: fewer are back-dated.
        ordered = sorted(batch, key=lambda request: request.at)
        try:
            answers = [self._write_alone(ordered[0])] if len(ordered) == 1 else self._write_together(ordered)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread that asked is told
            if len(batch) == 1:
                batch[0].done(error=_said(error))
                return
            # One of them broke the transaction: each for itself, so that only this one hears of it.
            for request in ordered:
                self._write([request])
            return
        for request, answer in zip(ordered, answers, strict=True):
            request.done(*answer)

    def _write_alone(self, request: _Request) -> tuple[Any, None]:
        """Write one request in a transaction of its own; what is refused takes all of it back."""
        names = self._known.begin()
        with writing(self._engine) as connection:
            book = SqliteBook(connection, names)
            answer = request.work(book, names)
            book.flush()
        names.keep()
        return answer, None

    def _write_together(self, batch: Sequence[_Request]) -> list[tuple[Any, BaseException | None]]:
        """Write requests in one transaction; return what became of each once it is durable."""
        names = self._known.begin()
        answers: list[tuple[Any, BaseException | None]] = []
        with writing(self._engine) as connection:
            session = _Session(connection, names)
            for request in batch:
                try:
                    answers.append((session.do(request), None))
                except Refusal as refusal:
                    answers.append((None, refusal))
            session.book.flush()
        names.keep()
        return answers


class _Session:
    """Requests one after the other in one transaction, each whole or not at all."""

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        self._connection = connection
        self._names = names
        self.book = SqliteBook(connection, names)

    def do(self, request: _Request) -> Any:
        """Do what was asked for, or raise and leave nothing of it."""
        # A plain document writes nothing before it is sure to be posted.
        if request.is_plain:
            return request.work(self.book, self._names)
        with self._savepoint():
            answer = request.work(self.book, self._names)
            self.book.flush()
        return answer

    @contextlib.contextmanager
    def _savepoint(self) -> Iterator[None]:
        self.book.flush()
        self._connection.exec_driver_sql("SAVEPOINT request")
        outer = self._names
        self._names = self.book.names = outer.begin()
        try:
            yield
        except Refusal:
            self._connection.exec_driver_sql("ROLLBACK TO request")
            self._connection.exec_driver_sql("RELEASE request")
            self.book = SqliteBook(self._connection, outer)
            raise
        else:
            self._connection.exec_driver_sql("RELEASE request")
            self._names.keep()
            self.book.names = outer
        finally:
            self._names = outer


def _said(error: BaseException) -> BaseException:
    """Return what is said of an error: a sentence where it is the database's."""
    said = unavailable(error) if isinstance(error, Exception) else None
    if said is None:
        return error
    said.__cause__ = error
    return said
