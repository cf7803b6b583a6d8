"""Open a ledger's database: SQLite embedded by default, PostgreSQL by address.

SQLite runs in WAL mode with synchronous=FULL, so that what was acknowledged survives a power cut,
and its settings are read back before anything is written. Versions 3.7.0 to 3.51.2 can corrupt a
WAL that two connections reset at once; with such a library only one connection is opened.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from allocator.sentence import say
from models.entry import Refusal
from models.faults import unavailable
from models.machine_faults import is_no_database
from models.sqlite_connecting import JOURNAL, connecting, reads_only, used_once

__all__ = ["SAFE_SQLITE", "is_sqlite", "open_database", "reading", "sqlite_module", "writing"]

SAFE_SQLITE = (3, 51, 3)
"""The first release of SQLite's library without the WAL-reset bug."""

BUSY_MS = 30_000
"""How long a connection waits for another process that writes."""

_LOOKS_EVERY_SECONDS = 0.001
"""How often who waits to write looks whether it may. SQLite itself looks ever more seldom, at last every tenth of a
second, and under load finds another process at it each time: some writer waits for many seconds."""

CONNECT_SECONDS = 10
"""How long a server is waited for that does not answer."""

_SILENCE = {"tcp_user_timeout": 20_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""A network that says nothing any more is noticed within 20 seconds; TCP by itself waits for a quarter of an hour."""

_PRAGMAS = {
    "journal_mode": JOURNAL,
    "synchronous": 2,  # FULL: NORMAL loses acknowledged documents in a power cut
    "foreign_keys": 1,
    "recursive_triggers": 1,  # so that REPLACE meets the triggers that forbid deleting
    "busy_timeout": BUSY_MS,
    "cache_size": -65_536,  # KiB: new lines go to pages all over the indexes, which 2 MB do not hold
}
_FURTHER_CACHE_KIB = 8192
"""What each connection but the first keeps: they are used where many come at once, and each fills its own."""


_PASSWORD = re.compile(r"(:)[^@]*@")


def sqlite_module() -> ModuleType:
    """Return the SQLite driver: pysqlite3 where there is one for this machine, else Python's own."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    return dbapi2


def is_sqlite(engine: sa.Engine | sa.Connection) -> bool:
    """Say whether this is SQLite (else PostgreSQL)."""
    return engine.dialect.name == "sqlite"


def open_database(url: str | sa.URL, *, connections: int = 8) -> sa.Engine:
    """Return an engine for a ledger's address, tested before it is used.

    `url`: "sqlite:///path", "postgresql://…" or "postgresql+psycopg://…".

    Raises:
        Refusal: no such kind of database, or settings that do not hold.

    """
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        # What is no address may still hold a password: between the first colon after a name and the @.
        shown = _PASSWORD.sub(r"\1***@", str(url))
        raise Refusal(
            say("{url} is no database address. Write sqlite:///FILE or postgresql://HOST/NAME.", url=shown)
        ) from None
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, connections=connections)
    if address.get_backend_name() == "postgresql":
        return _open_postgres(address.set(drivername="postgresql+psycopg"), connections=connections)
    raise Refusal(
        say(
            "A ledger cannot be kept in {kind}. Write sqlite:///FILE or postgresql://HOST/NAME.",
            kind=address.get_backend_name(),
        )
    )


def _open_sqlite(address: sa.URL, *, connections: int) -> sa.Engine:
    driver = sqlite_module()
    safe = driver.sqlite_version_info >= SAFE_SQLITE
    in_memory = address.database in (None, "", ":memory:")
    one = in_memory or not safe
    # Where it lies now: connections are made later too, from whatever folder the program stands in by then.
    own: dict[str, Any] = {} if in_memory else {"creator": connecting(driver, Path(address.database or "").absolute())}
    engine = sa.create_engine(
        address,
        module=driver,
        connect_args={"check_same_thread": False},
        **own,
        poolclass=QueuePool,
        pool_size=1 if one else connections,
        max_overflow=0,
        pool_use_lifo=True,  # the first, with the large cache, is used wherever one is enough
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "connect", _smaller_caches())
    event.listen(engine, "begin", _begin_sqlite)
    used_once(engine)
    _test_sqlite(engine, in_memory=in_memory)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")


def _smaller_caches() -> Callable[[Any, Any], None]:
    """Return what gives each connection of an engine but the first a smaller cache."""
    is_first = itertools.chain((True,), itertools.repeat(object=False))

    def set_up(connection: Any, _record: Any) -> None:
        if not next(is_first):
            connection.execute(f"PRAGMA cache_size = -{_FURTHER_CACHE_KIB}")

    return set_up


def _begin_sqlite(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    why = reads_only(connection)
    if why is not None:
        raise why
    _begin_to_write(connection)


def _begin_to_write(connection: sa.Connection) -> None:
    """Wait for whoever writes, looking often; as long as SQLite would wait."""
    own: Any = connection.connection.driver_connection
    until = time.monotonic() + BUSY_MS / 1000
    own.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except sa.exc.OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > until:
                    raise
                time.sleep(_LOOKS_EVERY_SECONDS)
            else:
                return
    finally:
        own.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _test_sqlite(engine: sa.Engine, *, in_memory: bool) -> None:
    try:
        with engine.connect() as connection:
            held = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _PRAGMAS}
            unwritten = reads_only(connection) is not None
    except sa.exc.DatabaseError as error:
        engine.dispose()
        place = str(engine.url.database)
        said = None if is_no_database(error) else unavailable(error, place)
        if said is not None:
            raise said from error
        raise Refusal(
            say(
                "{place} cannot be opened as a ledger: {why}. Name another file with --db; where this was the ledger, "
                "keep its files, and make it anew from the last backup: allocator restore BACKUP --db ADDRESS",
                place=place,
                why=str(error.orig),
            )
        ) from error
    journal = "memory" if in_memory else "delete" if unwritten else JOURNAL
    expected = _PRAGMAS | {"journal_mode": journal}
    for name, value in expected.items():
        if held[name] != value:
            raise Refusal(
                say(
                    "This SQLite does not keep the setting {name} = {value} (it says {held}), so a ledger "
                    "would not be safe in it. Put the file on a local disk, or use PostgreSQL with --db.",
                    name=name,
                    value=value,
                    held=held[name],
                )
            )


def _open_postgres(address: sa.URL, *, connections: int) -> sa.Engine:
    # Whatever the server's own settings are: statements that see what was committed before them, no endless wait.
    asked = address.query.get("options", "")
    own = f"-c default_transaction_isolation=read\\ committed -c lock_timeout={BUSY_MS}"
    settings = {"options": f"{asked if isinstance(asked, str) else ' '.join(asked)} {own}".strip()}
    engine = sa.create_engine(
        address,
        connect_args=_unsaid(address, _SILENCE | {"connect_timeout": CONNECT_SECONDS}) | settings,
        pool_size=connections,
        max_overflow=0,
        pool_use_lifo=True,  # the connection that was used last has its statements and caches warm
    )
    _asks_after_rest(engine)
    try:
        with engine.connect() as connection:
            fsync, commit = _read_settings(connection)
    except sa.exc.OperationalError as error:
        place = address.render_as_string(hide_password=True)
        why = str(error.orig).strip().partition("\n")[0]
        raise Refusal(
            say("{place} cannot be reached: {why}. Check --db and that the server runs.", place=place, why=why)
        ) from error
    if fsync != "on" or commit == "off":
        raise Refusal(
            say(
                "This PostgreSQL may lose what it has acknowledged (fsync = {fsync}, synchronous_commit = {commit}). "
                "Set both to on.",
                fsync=fsync,
                commit=commit,
            )
        )
    return engine


def _asks_after_rest(engine: sa.Engine) -> None:
    """Let a connection that rested be asked whether it still holds, before anybody relies on it.

    One that was used a moment ago is not: under load that would be every tenth question that the server answers.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_USED, time.monotonic()) < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr] # one that is connected has a driver
            raise sa.exc.InvalidatePoolError from error


_USED = "used at"
_RESTED_SECONDS = 1.0


def _unsaid(address: sa.URL, settings: Mapping[str, int]) -> dict[str, Any]:
    """Return those settings that an address does not say itself."""
    return {name: value for name, value in settings.items() if name not in address.query}


def _read_settings(connection: sa.Connection) -> tuple[str, str]:
    """Return what decides whether PostgreSQL keeps what it has acknowledged."""
    fsync, commit = (
        str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in ("fsync", "synchronous_commit")
    )
    return fsync, commit


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that sees one state of the ledger throughout."""
    level = {} if is_sqlite(engine) else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**level) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection in a transaction that may write, committed when the block ends without an error."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection
