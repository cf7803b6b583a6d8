"""Write a grown ledger straight into the tables: guards and indexes off, rows in, guards and indexes on again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from benchmarks.grown_ledger import DEPOTS, ITEMS, TYPES, Grown, site_id
from models.database import is_sqlite
from models.guards import guards_of
from models.ledger import Ledger, create
from models.policies import DEFAULT_POLICY
from models.tables import balance, document, item, lane, location, lot, metadata, move, need, pending_seal, policy

__all__ = ["write_grown"]

Rows = Iterable[tuple[Any, ...]]

_AT_ONCE = 50_000
_LATE = 3_600_000_000
_LOADED = (item, location, lot, need, lane, policy, document, pending_seal, move, balance)


def write_grown(url: str, ledger: Grown) -> Ledger:
    """Return a new ledger at an address, filled."""
    made = create(url, name="grown", timezone="UTC")
    with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        indexes = [index for table in (document, move, balance) for index in table.indexes]
        _guards_off(connection)
        for index in indexes:
            index.drop(connection)
        for table, columns, rows in _rows(ledger):
            _load(connection, table, columns, rows)
        for index in indexes:
            index.create(connection)
        _guards_on(connection)
    return made


def _rows(ledger: Grown) -> Iterator[tuple[sa.Table, tuple[str, ...], Rows]]:
    yield item, ("id", "code", "name", "unit", "pack_units", "use"), _items()
    places = ((*row, "checkpoint" if row[1].startswith("P") else "warehouse") for row in ledger.place_codes())
    yield location, ("id", "code", "kind", "sign", "parent", "site_kind"), places
    yield lot, ("id", "item", "lot_no", "expires"), ledger.lots()
    needs = ((site_id(site), n + 1, 2_500_000) for site in range(ledger.sites) for n in range(ITEMS))
    yield need, ("site", "item", "daily_units_micro"), needs
    yield lane, ("depot", "site"), ((2 + site % DEPOTS, site_id(site)) for site in range(ledger.sites))
    yield policy, ("id", "toml", "actor", "recorded_at"), [(1, DEFAULT_POLICY, "A", 0)]
    yield document, _DOCUMENT, _documents(ledger)
    yield pending_seal, ("kind", "ref"), (("document", number + 1) for number in range(len(ledger.type)))
    yield move, tuple(column.name for column in move.columns), _moves(ledger)
    yield balance, ("location", "lot", "sign", "units", "last_at"), _balances(ledger)


def _items() -> Iterator[tuple[Any, ...]]:
    return ((n + 1, f"I{n:02d}", f"item {n}", "piece", 10, "consumable") for n in range(ITEMS))


_DOCUMENT = (
    *("id", "idem_key", "type", "site", "actor", "occurred_at"),
    *("recorded_at", "shipment", "request_hash", "body", "body_hash"),
)


def _documents(ledger: Grown) -> Iterator[tuple[Any, ...]]:
    count = len(ledger.type)
    for first in range(1, count + 1, _AT_ONCE):
        last = min(first + _AT_ONCE, count + 1)
        part = slice(first - 1, last - 1)
        columns = (ledger.type[part], ledger.site[part], ledger.shipment[part], ledger.at[part])
        heads = zip(*(column.tolist() for column in columns), strict=True)
        texts = ledger.bodies(first, last)
        for number, (type_, site, shipment, at), (body, digest) in zip(range(first, last), heads, texts, strict=True):
            where, sent = site_id(site) if site >= 0 else None, f"T{shipment}" if shipment >= 0 else None
            key = f"k{number:08d}"
            yield (number, key, TYPES[type_], where, "A", at, at + _LATE, sent, digest, body, digest)


def _moves(ledger: Grown) -> Iterator[tuple[Any, ...]]:
    columns = (ledger.document, ledger.line, ledger.from_id, ledger.to_id, ledger.lot, ledger.units, ledger.line_at,
               *ledger.after)  # fmt: skip
    for start in range(0, len(ledger.lot), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        yield from ((*row, None) for row in zip(*(column[part].tolist() for column in columns), strict=True))


def _balances(ledger: Grown) -> Iterator[tuple[Any, ...]]:
    place, lot_id, units, at = ledger.balance
    for start in range(0, len(place), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        for row in zip(*(column[part].tolist() for column in (place, lot_id, units, at)), strict=True):
            yield (row[0], row[1], -1 if row[0] == 1 else 1, row[2], row[3])


def _guards_off(connection: sa.Connection) -> None:
    if is_sqlite(connection):
        connection.exec_driver_sql("COMMIT")  # the one that every connection begins with: pragmas stand outside
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for pragma in ("foreign_keys = 0", "synchronous = 0", "cache_size = -400000"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        return
    for table in _LOADED:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")


def _guards_on(connection: sa.Connection) -> None:
    if is_sqlite(connection):
        for statement in guards_of("sqlite"):
            connection.exec_driver_sql(statement)
        for pragma in ("foreign_keys = 1", "synchronous = 2", "cache_size = -2000", "wal_checkpoint(TRUNCATE)"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        return
    for table in _LOADED:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER ALL")
        for column in table.primary_key:
            if column.name == "id" and column.autoincrement in (True, "auto"):
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
                )
    # What autovacuum does within minutes on a server: the maps that let an index answer alone.
    for name in metadata.tables:
        connection.exec_driver_sql(f"VACUUM ANALYZE {name}")


def _load(connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Rows) -> None:
    names = ", ".join(columns)
    driver: Any = connection.connection.driver_connection
    if is_sqlite(connection):
        places = ", ".join("?" for _ in columns)
        driver.execute("BEGIN")
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({places})", rows)  # noqa: S608
        driver.execute("COMMIT")
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
