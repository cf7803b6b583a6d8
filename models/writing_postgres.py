"""Write to PostgreSQL: documents through the routine, whatever needs care in a transaction that is tried again."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa

from models.book import Book, Posted
from models.careful import Account
from models.database import writing
from models.entry import Entry, Refusal
from models.faults import is_lost, is_met, unavailable
from models.glance import Glance
from models.lending import Lending
from models.names import Names
from models.posting import post_in, post_many
from models.posting_direct import DirectPost
from models.posting_postgres import LockMore, PostgresBook
from models.stockroom import Shelves

__all__ = ["PostgresWriter"]

T = TypeVar("T")

TRIES = 10
"""How often what met another writer (deadlock, lost race), or lost its connection, is tried before giving up."""

MET_SECONDS, LOST_SECONDS = 0.005, 0.02
"""How long to wait before the second try; twice as long before each further one."""

LOST_FOR_SECONDS = 5.0
"""How long a lost connection is tried again: a server that restarts is back by then, and nobody waits longer."""

TURNS = 6
"""How many transactions of several statements go on at once: fewer than there are connections, for others read."""

RELOCKS = 100
"""How often one transaction may find that it needs more accounts."""

_Errors = (sa.exc.DBAPIError, sa.exc.TimeoutError, psycopg.Error)


_NONE: Mapping[Account, int] = MappingProxyType({})


class PostgresWriter:
    """Writes for many threads at once. `known`: the ids all of them share; `zone`: of the ledger's days."""

    def __init__(self, engine: sa.Engine, known: Names, zone: ZoneInfo) -> None:
        self._engine = engine
        self._known = known
        self._zone = zone
        self._direct = DirectPost(engine, known, zone)
        self._turns: Lending[None] = Lending([None] * TURNS)
        sa.event.listen(engine, "engine_disposed", lambda _: self._direct.close())

    def post(self, entry: Entry, *, recorded_at: int) -> Posted:
        """Post one document; in one round trip where it needs no care."""
        posted = _tried(lambda: self._post_directly(entry, recorded_at), keyed=True)
        return posted or self.post_all([entry], recorded_at=recorded_at)[0]

    def post_all(self, entries: Sequence[Entry], *, recorded_at: int) -> list[Posted]:
        """Post documents in one transaction."""
        if len(entries) == 1:
            return [self._post_carefully(entries[0], recorded_at, {})]

        def post_each(book: PostgresBook, names: Names) -> list[Posted]:
            return post_many(book, names, entries, recorded_at=recorded_at, zone=self._zone)

        return _tried(lambda: self._write(post_each), keyed=True)

    def post_early(
        self, early: Callable[[Shelves], Entry], carefully: Callable[[Book, Names], Posted], *, recorded_at: int
    ) -> Posted:
        """Work a document out as the ledger stands, and post it in one round trip; carefully where that is refused.

        Then the stock may have changed meanwhile, and what is refused under locks is refused with good reason.
        """
        with contextlib.suppress(Refusal):
            entry, first = _tried(lambda: self._worked_out(early), keyed=True)
            if entry.counted:
                return self._post_carefully(entry, recorded_at, first)
            return self.post(entry, recorded_at=recorded_at)
        return self.write(carefully)

    def _worked_out(self, early: Callable[[Shelves], Entry]) -> tuple[Entry, dict[Account, int]]:
        """Return a document as it is worked out now, and the accounts that it is going to need."""
        names = self._known.begin()
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            glance = Glance(connection, names)
            entry = early(glance)
            glance.learn(entry)
        names.keep()
        return entry, glance.differences(entry)

    def write(self, work: Callable[[Book, Names], T], *, alone: bool = False) -> T:  # noqa: ARG002 - for SQLite
        """Do some work in one transaction; here everybody has one of their own."""
        return _tried(lambda: self._write(work), keyed=False)

    def _post_carefully(self, entry: Entry, recorded_at: int, first: Mapping[Account, int]) -> Posted:
        """Post one document in a transaction of several statements. `first`: accounts that are locked at once."""

        def post(book: Book, names: Names) -> Posted:
            return post_in(book, names, entry, recorded_at=recorded_at, zone=self._zone)

        return _tried(lambda: self._write(post, first), keyed=True)

    def _post_directly(self, entry: Entry, recorded_at: int) -> Posted | None:
        try:
            return self._direct.post(entry, recorded_at=recorded_at)
        except psycopg.errors.ForeignKeyViolation:
            return None  # it refers to a document that is not there, and who takes care says so

    def _write(self, work: Callable[[PostgresBook, Names], T], first: Mapping[Account, int] = _NONE) -> T:
        first = dict(first)
        for _ in range(RELOCKS):
            names = self._known.begin()
            try:
                with self._turns.lent(), writing(self._engine) as connection:
                    book = PostgresBook(connection, names, first)
                    done = work(book, names)
                    book.flush()
            except LockMore as more:
                first |= more.accounts
            else:
                names.keep()
                return done
        raise AssertionError("a transaction that needs ever more accounts")


def _tried(act: Callable[[], T], *, keyed: bool) -> T:
    """Do something again where it met another writer.

    `keyed`: it has keys that keep it from being done twice, so it is done again too where the connection was
    lost and nobody knows what became of it.
    """
    began = time.monotonic()
    for attempt in range(TRIES):
        try:
            return act()
        except _Errors as error:
            again = is_met(error) or (keyed and is_lost(error) and time.monotonic() < began + LOST_FOR_SECONDS)
            if not again or attempt == TRIES - 1:
                said = unavailable(error)
                if said is None:
                    raise
                raise said from error
            wait = MET_SECONDS * random.random() if is_met(error) else LOST_SECONDS  # noqa: S311 - spreads writers
        time.sleep(wait * 2**attempt)
    raise AssertionError("unreachable")
