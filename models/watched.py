"""Has anything been written to a ledger since? Asked on every request, so it must cost next to nothing.

SQLite tells a connection by its `data_version` that another one committed, of this process or of any; PostgreSQL tells
which transactions are seen. Both change with the first commit that can be read, never later: what was read after one
such answer, and is asked for under the same one, is what would be read again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from models.database import open_database
from models.stamped import Stamped
from models.until_recorded import Mark, mark_query
from models.versions_counted import versions_counted

__all__ = ["Watch", "WhileUnchanged"]

_T = TypeVar("_T")

_QUESTIONS = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}


class Together:
    """Lets those who ask at once share an answer: one that was begun after each of them asked, so it is never late."""

    def __init__(self) -> None:
        self._working, self._counting = threading.Lock(), threading.Lock()
        self._begun = self._ended = 0
        self._answer: Any = None

    def answer(self, work: Callable[[], _T]) -> _T:
        """Return what `work` gives, or gave to another who began it since."""
        with self._counting:
            wanted = self._begun + 1
        with self._working:
            if self._ended < wanted:
                with self._counting:
                    self._begun += 1
                self._answer = work()
                self._ended = self._begun
            found: _T = self._answer
            return found


class Watch:
    """Watches one ledger over a connection of its own, which never writes. Safe to use from many threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._lock = threading.Lock()
        self._states, self._catalogues = Together(), Together()
        self._question = _QUESTIONS[engine.dialect.name]
        marks = mark_query(engine.dialect.name)
        self._marks = str(marks.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
        # In memory, and with a library that may open one connection only, there is nobody to watch from.
        self._engine = open_database(engine.url, connections=1) if _many(engine) else None
        self._connection: Any = None
        self._state: Hashable = None
        self._recorded: Mark | None = None
        self._versions = versions_counted(engine.dialect.name)

    def state(self) -> Hashable:
        """Return what stays equal as long as nobody commits anything; None, which says nothing, where it is unknown."""
        return self._states.answer(lambda: self._locked(self._look))

    def recorded(self) -> Mark | None:
        """Return how far the ledger is written now, as `mark_of` does; None where it is unknown."""
        with self._lock:
            return self._ask(self._look_how_far)

    def catalogue(self) -> Mark | None:
        """Return how far master data is written now, as `catalogue_mark_of` does; None where it is unknown."""
        return self._catalogues.answer(lambda: self._locked(self._versions))

    def close(self) -> None:
        """Close its connection; it says nothing any more."""
        with self._lock:
            self._drop()
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _locked(self, look: Callable[[Any], _T]) -> _T | None:
        with self._lock:
            return self._ask(look)

    def _ask(self, look: Callable[[Any], _T]) -> _T | None:
        if self._engine is None:
            return None
        try:
            if self._connection is None:
                self._connection = self._connect(self._engine)
            return look(self._connection)
        except (self._engine.dialect.dbapi.Error, sa.exc.SQLAlchemyError):  # type: ignore[union-attr]
            # Whoever asks reads the ledger instead and meets the fault there; the next question connects anew.
            self._drop()
            return None

    @staticmethod
    def _connect(engine: sa.Engine) -> Any:
        # Kept for as long as this is, so it is none of the pool's.
        lent = engine.raw_connection()
        connection: Any = lent.driver_connection
        lent.detach()
        if engine.dialect.name == "postgresql":
            connection.autocommit = True
        return connection

    def _look(self, connection: Any) -> Hashable:
        # All rows are taken, though there is one: a question that is not read to its end holds a snapshot open.
        found: Hashable = connection.execute(self._question).fetchall()[0][0]
        return found

    def _look_how_far(self, connection: Any) -> Mark:
        # Its state first: so it is never newer than what is read after it.
        state = self._look(connection)
        if self._recorded is None or state != self._state:
            row = connection.execute(self._marks).fetchall()[0]
            self._recorded, self._state = tuple(number or 0 for number in row), state
        return self._recorded

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):  # it may be broken already
                self._connection.close()
        self._connection, self._recorded = None, None


def _many(engine: sa.Engine) -> bool:
    pool = engine.pool
    return isinstance(pool, sa.QueuePool) and pool.size() > 1


class WhileUnchanged:
    """Answers by their questions, each kept until anything at all is written; the `most` that were asked for last."""

    def __init__(self, most: int, watch: Watch) -> None:
        self._kept, self._watch = Stamped(most), watch

    def answer(self, question: Hashable, work: Callable[[], _T]) -> _T:
        """Return what `work` gave for a question as the ledger stands, or gives now: it reads the ledger anew."""
        state = self._watch.state()
        return work() if state is None else self._kept.answer(question, state, work)
