"""Read a ledger in blocks, as columns of whole numbers or as rows, from one state of it.

Statements go to the driver itself: an audit reads millions of rows, and each layer between costs
as much as the reading. From PostgreSQL whole numbers come in COPY's binary form, which is an array.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from models.database import is_sqlite, open_database

__all__ = ["BLOCK_ROWS", "Reader", "Wholes", "reader_at", "share"]

Wholes = NDArray[np.int64]

BLOCK_ROWS = 50_000
"""Rows that are held as Python objects at once."""

_COPY_HEADER_BYTES = 19


class Reader:
    """Reads within one transaction of a connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._is_sqlite = is_sqlite(connection)
        self._binary = {} if self._is_sqlite else {"binary": True}
        self._numbers = itertools.count()

    def wholes(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> Wholes:
        """Return the rows of a query as an array (rows × columns); every column is whole and never absent."""
        columns = len(query.selected_columns)
        if self._is_sqlite:
            blocks = [np.array(rows, dtype=np.int64) for rows in self.blocks(query)]
        else:
            blocks = [self._copied(query, columns)]
        return np.concatenate(blocks) if blocks else np.empty((0, columns), dtype=np.int64)

    def rows(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with contextlib.closing(self._driver.cursor(**self._binary)) as cursor:
            cursor.execute(self._text(query))
            return list(cursor.fetchall())

    def blocks(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> Iterator[list[tuple[Any, ...]]]:
        """Return the rows of a query, `BLOCK_ROWS` at a time."""
        # A name makes PostgreSQL keep the rows and send them as they are asked for.
        name = {} if self._is_sqlite else {"name": f"audit_{next(self._numbers)}"}
        with contextlib.closing(self._driver.cursor(**name, **self._binary)) as cursor:
            cursor.execute(self._text(query))
            while rows := cursor.fetchmany(BLOCK_ROWS):
                yield rows

    def one(self, query: sa.Select[Any]) -> Any:
        """Return the first value of a query."""
        return next((row[0] for row in self.rows(query)), None)

    def _text(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> str:
        return str(query.compile(dialect=self.connection.dialect, compile_kwargs={"literal_binds": True}))

    def _copied(self, query: sa.Select[Any] | sa.CompoundSelect[Any], columns: int) -> Wholes:
        # A row is the number of its fields, then the length and the value of each, all big-endian.
        row = np.dtype([("fields", ">i2"), ("cells", [("length", ">i4"), ("value", ">i8")], (columns,))])
        statement = f"COPY ({self._text(query)}) TO STDOUT (FORMAT binary)"
        blocks: list[Wholes] = []
        read, begin = bytearray(), _COPY_HEADER_BYTES
        for content in _sent(self._driver.pgconn, statement):
            read += content
            rows = (len(read) - begin) // row.itemsize
            if rows >= BLOCK_ROWS:
                blocks.append(_values(read, row, begin, rows))
                read, begin = read[begin + rows * row.itemsize :], 0
        blocks.append(_values(read, row, begin, (len(read) - begin) // row.itemsize))
        return np.concatenate(blocks)


def _sent(libpq: Any, statement: str) -> Iterator[Any]:
    """Give what a COPY sends, row by row, straight from libpq: psycopg's own loop takes four times its CPU."""
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    answer = libpq.exec_(statement.encode())
    if answer.status != ExecStatus.COPY_OUT:
        raise error_from_result(answer)
    length, content = libpq.get_copy_data(0)
    while length > 0:
        yield content
        length, content = libpq.get_copy_data(0)
    while (answer := libpq.get_result()) is not None:
        if answer.status != ExecStatus.COMMAND_OK:
            raise error_from_result(answer)


def _values(content: bytearray, row: np.dtype[Any], begin: int, rows: int) -> Wholes:
    """Return the values of so many rows in COPY's form."""
    return np.frombuffer(content, dtype=row, count=rows, offset=begin)["cells"]["value"].astype(np.int64)


def share(connection: sa.Connection) -> str:
    """Return what another process needs to read the same state: the name of a snapshot, "" for SQLite.

    SQLite has none; there, whoever reads bounds the numbers of what they read, and facts never change.
    """
    return "" if is_sqlite(connection) else connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()


@contextlib.contextmanager
def reader_at(url: str, snapshot: str) -> Iterator[Reader]:
    """Open a ledger in another process, at the state that `share` named."""
    engine = open_database(url, connections=1)
    level = {} if is_sqlite(engine) else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect().execution_options(**level) as connection, connection.begin():
            if snapshot:
                connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            yield Reader(connection)
    finally:
        engine.dispose()
