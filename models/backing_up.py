"""A whole ledger in one file, while others go on writing; and a ledger from such a file, once it is proved.

A backup is a ledger in SQLite, whichever database the ledger is in: nothing but SQLite is needed to look into it.
The key that signs is not in it, and lies beside the ledger.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from allocator.sentence import say
from models.copying import copy_ledger
from models.database import is_sqlite, open_database, reading, sqlite_module, writing
from models.entry import Refusal
from models.ledger import Ledger, open_ledger
from models.ledger_file import file_is_there, make_file, place_of
from models.machine_faults import file_fault
from models.tables import api_token, job, web_session

__all__ = ["backup", "close_file", "copy_whole", "forget_sessions", "from_backup", "refuse_unless_empty", "restore"]

_Last = Callable[[sa.Connection], None]


def backup(ledger: Ledger, file: Path, *, called: str = "") -> None:
    """Write one state of a ledger into a new file; nobody who reads or writes waits. `called`: how people know it.

    Raises:
        Refusal: the file cannot be written.

    """
    make_file(_address(file))
    with _whole(file, called or str(file)):
        if is_sqlite(ledger.engine):
            _vacuum(ledger.engine, file)
        else:
            _copy(ledger.engine, _address(file))


@contextlib.contextmanager
def _whole(file: Path, called: str) -> Iterator[None]:
    """Leave no file where one that is made new in the block is not written whole.

    Raises:
        Refusal: its disk is full, or fails.

    """
    try:
        yield
    except BaseException as error:
        file.unlink(missing_ok=True)
        said = file_fault(error, called) if isinstance(error, Exception) else None
        if said is None:
            raise
        raise Refusal(said) from error


def _vacuum(engine: sa.Engine, file: Path) -> None:
    connection = engine.raw_connection()
    try:
        # SQLite's own way: one state, without what was deleted, and a fraction of the time of reading rows.
        connection.cursor().execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()


def _copy(source: sa.Engine, url: str, last: _Last | None = None) -> None:
    target = open_database(url, connections=1)
    try:
        with reading(source) as seen, writing(target) as connection:
            copy_ledger(seen, connection)
            if last is not None:
                last(connection)
    finally:
        target.dispose()


def _address(file: Path) -> str:
    return f"sqlite:///{file}"


@contextlib.contextmanager
def from_backup(file: Path) -> Iterator[Ledger]:
    """Open the ledger in a backup's file, which is written to; the file is whole by itself afterwards.

    Raises:
        Refusal: it is no ledger, or one of another version than this program.

    """
    ledger = open_ledger(_address(file))
    try:
        yield ledger
    finally:
        ledger.engine.dispose()
        close_file(file)


def close_file(file: Path) -> None:
    """Put everything of an SQLite ledger into its one file, so that it can be carried away."""
    connection = sqlite_module().connect(str(file), isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def forget_sessions(ledger: Ledger) -> None:
    """End every session, token and job of a ledger: what was taken back since it was backed up must not live again."""
    with writing(ledger.engine) as connection:
        connection.execute(sa.delete(web_session))
        connection.execute(sa.update(api_token).values(revoked=1))
        connection.execute(sa.delete(job).where(job.c.ended_at.is_(None)))


def refuse_unless_empty(url: str) -> None:
    """Refuse an address where something is.

    Raises:
        Refusal: a file or tables are there, or the place cannot be reached.

    """
    place = place_of(url)
    there = say(
        "There is something at {place} already, and no ledger is written over it. Name another place.", place=place
    )
    if sa.make_url(url).get_backend_name() == "sqlite":
        if file_is_there(url):
            raise Refusal(there)
        return
    engine = open_database(url, connections=1)
    try:
        if sa.inspect(engine).get_table_names():
            raise Refusal(there)
    finally:
        engine.dispose()


def restore(copy: Path, url: str) -> None:
    """Put the ledger in `copy`, a file of its own, at an address where nothing is.

    Raises:
        Refusal: something came there in the meantime, or the place cannot be written.

    """
    source = open_database(_address(copy), connections=1)
    try:
        copy_whole(source, url)
    finally:
        source.dispose()


def copy_whole(source: sa.Engine, url: str, last: _Last | None = None) -> None:
    """Copy one state of a ledger to an address where nothing is: all of it, or nothing where it ends before.

    `last`: what else is written there, before anybody sees the copy.

    Raises:
        Refusal: something is there, or the place cannot be written.

    """
    refuse_unless_empty(url)
    if sa.make_url(url).get_backend_name() != "sqlite":
        _copy(source, url, last)
        return
    file = Path(str(sa.make_url(url).database))
    begun = file.with_name(f".{file.name}.begun")
    begun.unlink(missing_ok=True)  # of somebody who was cut off
    make_file(_address(begun))
    with _whole(begun, str(file)):
        if is_sqlite(source):
            _vacuum(source, begun)
            if last is not None:
                _write_last(begun, last)
        else:
            _copy(source, _address(begun), last)
        close_file(begun)
        _put_in_place(begun, file)


def _write_last(file: Path, last: _Last) -> None:
    engine = open_database(_address(file), connections=1)
    try:
        with writing(engine) as connection:
            last(connection)
    finally:
        engine.dispose()


def _put_in_place(begun: Path, file: Path) -> None:
    """Give a whole file its name, for good, unless something has that name by now."""
    with begun.open("rb") as written:
        os.fsync(written.fileno())
    refuse_unless_empty(_address(file))
    begun.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
