"""The ledger: open it, post to it. Every door goes through here.

>>> from models.tables import item, location
>>> from models.entry import Entry, Line, LotKey
>>> ledger = create("sqlite://", name="example")
>>> with writing(ledger.engine) as connection:
...     _ = connection.execute(location.insert(), {"code": "D1", "kind": "SITE", "sign": 1})
...     _ = connection.execute(item.insert(), {"code": "I1", "unit": "piece", "pack_units": 1, "use": "consumable"})
>>> opening = Line("OPENING", "D1", LotKey("I1"), 500)
>>> ledger.post(Entry(key="k1", type="opening", actor="A", occurred_at=0, lines=(opening,)), recorded_at=0).id
1
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.database import is_sqlite, open_database, writing
from models.entry import Entry, Refusal
from models.ledger_file import file_is_there, make_file, place_of
from models.names import Names
from models.posting import Book, Posted
from models.schema import make_schema, refuse_unfinished, refuse_unless_current, version_of
from models.tables import instance

if TYPE_CHECKING:
    from models.stockroom import Shelves
    from models.writing_postgres import PostgresWriter
    from models.writing_sqlite import SqliteWriter

__all__ = ["Ledger", "create", "open_ledger"]

T = TypeVar("T")


class Ledger:
    """One ledger, in one database. Safe to use from many threads.

    `zone`: where its days begin and end.
    """

    def __init__(self, engine: sa.Engine, zone: ZoneInfo) -> None:
        self.engine = engine
        self.zone = zone
        self._writer = _writer(engine, zone)

    def post(self, entry: Entry, *, recorded_at: int) -> Posted:
        """Post one document and return once it is durable. `recorded_at`: now, in UTC microseconds.

        Raises:
            Refusal: with the reason; nothing was written.

        """
        return self._writer.post(entry, recorded_at=recorded_at)

    def post_all(self, entries: Sequence[Entry], *, recorded_at: int) -> list[Posted]:
        """Post documents in one transaction: all of them or none.

        Raises:
            Refusal: why the first that cannot be posted cannot; nothing was written.

        """
        return self._writer.post_all(entries, recorded_at=recorded_at)

    def post_early(
        self, early: Callable[[Shelves], Entry], carefully: Callable[[Book, Names], Posted], *, recorded_at: int
    ) -> Posted:
        """Post a document that may be worked out before anything is locked, and anew where that did not hold.

        `early`: works it out; `carefully`: works it out and posts it in one transaction, as `write` does it.

        Raises:
            Refusal: with the reason; nothing was written.

        """
        return self._writer.post_early(early, carefully, recorded_at=recorded_at)

    def write(self, work: Callable[[Book, Names], T], *, alone: bool = False) -> T:
        """Do some work in one transaction: all of it or nothing; return once it is durable.

        It is done again from its beginning where it met another writer, so it must change nothing
        but the ledger. `alone`: it writes so much that nobody else's work should share its transaction.
        """
        return self._writer.write(work, alone=alone)


def _writer(engine: sa.Engine, zone: ZoneInfo) -> SqliteWriter | PostgresWriter:
    """Return what writes on this kind of database."""
    if is_sqlite(engine):
        from models.writing_sqlite import SqliteWriter

        return SqliteWriter(engine, Names(), zone)
    from models.writing_postgres import PostgresWriter

    return PostgresWriter(engine, Names(), zone)


def create(url: str, *, name: str, made_at: int = 0, lang: str = "", timezone: str = "UTC") -> Ledger:
    """Make the tables of a new ledger and return it."""
    make_file(url)
    engine = open_database(url)
    with writing(engine) as connection:
        make_schema(connection)
        row = {"id": 1, "name": name, "made_at": made_at, "lang": lang, "timezone": timezone}
        connection.execute(instance.insert(), row)
    return Ledger(engine, ZoneInfo(timezone))


def open_ledger(url: str) -> Ledger:
    """Open a ledger that is there.

    Raises:
        Refusal: there is none at this address, or it is of another version than this program.

    """
    if not file_is_there(url):
        refuse_unless_current(None, place_of(url))
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            refuse_unless_current(version_of(connection), place_of(url))
            refuse_unfinished(connection, place_of(url))
            timezone = connection.execute(sa.select(instance.c.timezone)).scalar_one()
    except Refusal:
        engine.dispose()
        raise
    return Ledger(engine, ZoneInfo(timezone or "UTC"))
