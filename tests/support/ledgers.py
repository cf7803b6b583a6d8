"""Small ledgers for tests: a depot, two posts, three items, a supplier and a donor."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from servers import an_empty_postgres_ledger

from models.careful import held_at
from models.database import open_database, reading, writing
from models.days import micros
from models.entry import Counted, Entry, Line, LotKey
from models.ledger import Ledger, create
from models.posting import Posted
from models.tables import balance, item, location, lot, partner

__all__ = ["DAY_0", "MASKS", "Book", "a_ledger", "at", "kept_in"]

MASKS = LotKey("I1")

DAY_0 = dt.datetime(2020, 2, 10, 12, tzinfo=dt.UTC)


def at(day: float) -> int:
    """Return noon of a day, counted from the ledger's day 0, in UTC microseconds."""
    return micros(DAY_0 + dt.timedelta(days=day))


_on_postgres = False
_made: list[Ledger] = []


@contextlib.contextmanager
def kept_in(database: str) -> Iterator[None]:
    """Let ledgers for which nobody says where be made in "sqlite" (in memory) or "postgresql"."""
    global _on_postgres  # noqa: PLW0603 - one test at a time
    _on_postgres = database == "postgresql"
    try:
        yield
    finally:
        _on_postgres = False
        while _made:
            _made.pop().engine.dispose()


def a_ledger(url: str = "", *, timezone: str = "UTC") -> Ledger:
    """Make a ledger with depot D1, posts P1 and P2, items I1 to I3, supplier S1 and donor N1."""
    if _on_postgres and not url:
        ledger = an_empty_postgres_ledger(len(_made), timezone=timezone)
        _made.append(ledger)
    elif not url:
        return _copied(timezone)
    else:
        ledger = create(url, name="test", timezone=timezone)
    _fill(ledger)
    return ledger


@functools.cache
def _in_memory(timezone: str) -> Ledger:
    """Return the ledger that those in memory are copies of: making its tables takes ten times as long."""
    ledger = create("sqlite://", name="test", timezone=timezone)
    _fill(ledger)
    return ledger


def _copied(timezone: str) -> Ledger:
    made = _in_memory(timezone)
    copy = Ledger(open_database("sqlite://"), made.zone)
    with made.engine.connect() as source, copy.engine.connect() as target:
        source.connection.driver_connection.backup(target.connection.driver_connection)
    return copy


def _fill(ledger: Ledger) -> None:
    with writing(ledger.engine) as connection:
        sites = [("D1", "warehouse"), ("P1", "checkpoint"), ("P2", "clinic")]
        connection.execute(
            location.insert(), [{"code": code, "kind": "SITE", "sign": 1, "site_kind": kind} for code, kind in sites]
        )
        connection.execute(
            item.insert(),
            [
                {"code": f"I{n}", "name": f"item {n}", "unit": "piece", "pack_units": 10, "use": "consumable"}
                for n in (1, 2, 3)
            ],
        )
        connection.execute(partner.insert(), [{"code": "S1", "kind": "supplier"}, {"code": "N1", "kind": "donor"}])


class Book:
    """Posts short documents about one ledger; days count from `DAY_0`."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = a_ledger() if ledger is None else ledger
        self._numbers = itertools.count(1)

    def post(
        self, type_: str, *lines: Line, day: float = 0, recorded_at: int | None = None, **settings: object
    ) -> Posted:
        """Post lines as one document, recorded on day 100 unless said otherwise."""
        number = next(self._numbers)
        settings = {"key": f"k{number}", "actor": "A"} | settings
        entry = Entry(type=type_, lines=lines, occurred_at=at(day), **settings)  # type: ignore[arg-type]
        return self.ledger.post(entry, recorded_at=at(100) + number if recorded_at is None else recorded_at)

    def change(self, units: int, *, day: float, place: str = "D1", lot: LotKey = MASKS, **settings: object) -> Posted:
        """Receive (units > 0) or issue (units < 0)."""
        if units > 0:
            return self.post("receive", Line("SUPPLIER:S1", place, lot, units), day=day, **settings)
        return self.post("issue", Line(place, f"CONSUMED:{place}", lot, -units), day=day, **settings)

    def count(
        self, found: Mapping[LotKey | None, int], *, day: float, place: str = "D1", item: str = "I1", **settings: object
    ) -> Posted:
        """Count lots at a place; None: every other lot of the item."""
        rows = tuple(Counted(place, item if key is None else key.item, key, units) for key, units in found.items())
        return self.post("count", day=day, counted=rows, **settings)

    def held(self, *days: float, place: str = "D1", key: LotKey = MASKS) -> list[int]:
        """Return what was held at the end of each day."""
        with reading(self.ledger.engine) as connection:
            account = self._account(connection, place, key)
            return [held_at(connection, account, at(day + 0.49)) for day in days]

    def now(self, place: str = "D1", key: LotKey = MASKS) -> int:
        """Return the stored balance."""
        with reading(self.ledger.engine) as connection:
            where = self._account(connection, place, key)
            query = sa.select(balance.c.units).where(balance.c.location == where[0], balance.c.lot == where[1])
            return connection.execute(query).scalar() or 0

    @staticmethod
    def _account(connection: sa.Connection, place: str, key: LotKey) -> tuple[int, int]:
        location_id = connection.execute(sa.select(location.c.id).where(location.c.code == place)).scalar_one()
        query = (
            sa.select(lot.c.id)
            .join(item, item.c.id == lot.c.item)
            .where(item.c.code == key.item, lot.c.lot_no == key.lot_no, lot.c.expires == key.expires)
        )
        return location_id, connection.execute(query).scalar_one()
