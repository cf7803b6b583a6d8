"""The bare driver writing the rows our code writes, without reading, checking or working anything out.

Not a ledger: nothing is locked in order, nobody is refused, no balance is known. It is what the database
and its driver cost by themselves, in the same run on the same disk.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from models.database import is_sqlite, writing
from models.ledger import create
from models.tables import balance, document, item, location, lot, move

__all__ = ["bare_bulk", "bare_documents"]


def bare_bulk(url: str, source: sa.Engine) -> float:
    """Copy the documents and lines of a ledger into another by the driver; return lines per second."""
    ledger = create(url, name="bare")
    rows = {table.name: _rows_of(source, table) for table in (location, item, lot, balance, document, move)}
    for table in (location, item, lot):
        with writing(ledger.engine) as connection:
            columns = [column.name for column in table.columns]
            connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows[table.name]])
    pending = [("document", row[0]) for row in rows["document"]]
    began = time.monotonic()
    with writing(ledger.engine) as connection:
        cursor: Any = connection.connection.cursor()
        for name, values in (
            *((name, rows[name]) for name in ("document", "balance", "move")),
            ("pending_seal", pending),
        ):
            if is_sqlite(ledger.engine):
                marks = ", ".join("?" * len(values[0]))
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", values)  # noqa: S608
            else:
                with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
    took = time.monotonic() - began
    ledger.engine.dispose()
    return len(rows["move"]) / took


def _rows_of(engine: sa.Engine, table: sa.Table) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]


def bare_documents(engine: sa.Engine, *, writers: int, each: int, seconds: float) -> float:
    """Write single documents of four lines by the driver, so many in a transaction; return documents per second."""
    with engine.connect() as connection:
        query = sa.select(balance.c.location, balance.c.lot)
        accounts = [(row[0], row[1]) for row in connection.execute(query.where(balance.c.sign == 1))]
        opening = int(connection.execute(query.where(balance.c.sign == -1)).scalars().first() or 0)
    done = [0] * writers
    until = time.monotonic() + seconds

    def write(writer: int) -> None:
        rng = random.Random(writer)
        connection = engine.raw_connection()
        connection.rollback()
        numbers = iter(range((writer + 1) * 10_000_000, (writer + 2) * 10_000_000))
        drawn = Drawn(accounts, opening, rng, numbers)
        post = (_sqlite if is_sqlite(engine) else _postgres)(connection, drawn)
        while time.monotonic() < until:
            post(each)
            done[writer] += each
        connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


_Row = tuple[Any, ...]


class Drawn:
    """Rows of made-up documents: four lines from a site's account to the one all stock came from."""

    def __init__(self, accounts: list[_Row], opening: int, rng: random.Random, numbers: Iterator[int]) -> None:
        self._accounts = accounts
        self._opening = opening
        self._rng = rng
        self._numbers = numbers

    def document(self) -> tuple[int, _Row, list[_Row], list[_Row]]:
        """Return the next number, the document's row, its lines and its balances' changes."""
        number = next(self._numbers)
        head = (number, f"bare-{number}", "issue", None, "A", 1, 1, b"h" * 32, "x" * 780, b"h" * 32)
        taken = sorted(self._rng.sample(self._accounts, 4))
        moves: list[_Row] = [(number, line, *account, self._opening, 1, 1, 1, 1) for line, account in enumerate(taken)]
        changes: list[_Row] = [(-1, *account) for account in taken] + [(1, self._opening, lot) for _, lot in taken]
        return number, head, moves, sorted(changes, key=lambda change: change[1:])


_DOCUMENT = (
    "INSERT INTO document (id, idem_key, type, site, actor, occurred_at, recorded_at, request_hash, body, body_hash)"
    " VALUES ({})"
)
_MOVE = (
    "INSERT INTO move (document, line, from_location, lot, to_location, units, at, from_after, to_after) VALUES ({})"
)
_BALANCE = "UPDATE balance SET units = units + {0} WHERE location = {0} AND lot = {0}"
_PENDING = "INSERT INTO pending_seal (kind, ref) VALUES ('document', {})"


def _sqlite(connection: Any, drawn: Drawn) -> Callable[[int], None]:
    cursor = connection.cursor()

    def post(each: int) -> None:
        cursor.execute("BEGIN IMMEDIATE")
        for _ in range(each):
            number, head, moves, changes = drawn.document()
            cursor.execute(_DOCUMENT.format(", ".join("?" * 10)), head)
            cursor.executemany(_BALANCE.format("?"), changes)
            cursor.executemany(_MOVE.format(", ".join("?" * 9)), moves)
            cursor.execute(_PENDING.format("?"), (number,))
        cursor.execute("COMMIT")

    return post


def _postgres(connection: Any, drawn: Drawn) -> Callable[[int], None]:
    driver = connection.driver_connection

    def post(each: int) -> None:
        # One round trip for all of it: the driver's pipeline.
        with driver.pipeline(), driver.transaction(), driver.cursor() as cursor:
            for _ in range(each):
                number, head, moves, changes = drawn.document()
                cursor.execute(_DOCUMENT.format(", ".join(["%s"] * 10)), head)
                for change in changes:
                    cursor.execute(_BALANCE.format("%s"), change)
                for row in moves:
                    cursor.execute(_MOVE.format(", ".join(["%s"] * 9)), row)
                cursor.execute(_PENDING.format("%s"), (number,))

    return post
