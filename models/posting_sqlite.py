"""Posting on SQLite: one writer at a time, so what was read under the write lock stays true.

Statements go to the driver itself: through SQLAlchemy each costs several times what SQLite takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from models.book import NEVER, Book, Held, Rows
from models.careful import LATER_HIGH, Account
from models.names import Names

__all__ = ["SqliteBook"]

_FIND_KEY = "SELECT id, request_hash FROM document WHERE idem_key = ?"
_BALANCE = "SELECT units, last_at FROM balance WHERE location = ? AND lot = ?"
_COUNTED = "SELECT max(at) FROM counted WHERE location = ? AND item = ?"
_LAST = "SELECT id, recorded_at FROM document ORDER BY id DESC LIMIT 1"
_INSERT = {
    "document": """
        INSERT INTO document (id, idem_key, type, site, actor, approver, occurred_at, recorded_at, reason, refers_to,
                              reverses, allocation, shipment, request_hash, body, body_hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """,
    "move": """
        INSERT INTO move (document, line, from_location, to_location, lot, units, at, from_after, to_after, counters)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """,
    "counted": "INSERT INTO counted (document, line, location, item, lot, units, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    "lot_mark": "INSERT INTO lot_mark (document, lot, mark, at) VALUES (?, ?, ?, ?)",
    "pending_seal": "INSERT INTO pending_seal (kind, ref) VALUES ('document', ?)",
    "open_exception": "INSERT INTO open_exception (document) VALUES (?)",
    "balance": "INSERT INTO balance (location, lot, sign, units, last_at) VALUES (?, ?, ?, ?, ?)",
}
# Never INSERT … ON CONFLICT with the change itself: the CHECK would judge the row that is not inserted.
_ADD = "UPDATE balance SET units = units + ?, last_at = max(last_at, ?) WHERE location = ? AND lot = ?"


class SqliteBook(Book):
    """A book in a transaction begun with BEGIN IMMEDIATE."""

    is_alone = True

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        super().__init__(connection, names)
        self._cursor: Any = connection.connection.cursor()
        self._last: tuple[int, int] | None = None  # id, recorded_at of the last document
        self._new: set[Account] = set()

    def work_alone(self) -> None:
        """Nothing to do: nobody else writes."""

    def enter(self) -> None:
        """Nothing to do: nobody else writes."""

    def close_places(self, locations: Iterable[int]) -> None:
        """Nothing to do: nobody else writes."""

    def least_since(self, account: Account, sign: int, at: int) -> int:
        """Return the least an account holds, times its sign, at the end of any instant from `at` on."""
        asked = {"location": account[0], "lot": account[1], "sign": sign, "at": at}
        high = self._cursor.execute(LATER_HIGH, asked).fetchone()[0]
        return int(self._held[account].units * sign - max(high or 0, 0))

    def _find_key(self, key: str) -> tuple[int, bytes] | None:
        row = self._cursor.execute(_FIND_KEY, (key,)).fetchone()
        return None if row is None else (row[0], row[1])

    def _find_keys(self, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        found = ((key, self._find_key(key)) for key in keys)
        return {key: document for key, document in found if document is not None}

    def _read_counted(self, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        found = ((pair, self._cursor.execute(_COUNTED, pair).fetchone()[0]) for pair in pairs)
        return {pair: at for pair, at in found if at is not None}

    def _lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Return what accounts hold: the transaction itself is the lock."""
        held: dict[Account, Held] = {}
        for account in accounts:
            row = self._cursor.execute(_BALANCE, account).fetchone()
            held[account] = Held(0, NEVER) if row is None else Held(*row)
            if row is None:
                self._new.add(account)
        return held

    def _draw(self) -> int:
        number, recorded_at = self._last or self._read_last()
        self._last = (number + 1, recorded_at)
        return number + 1

    def _read_last_recorded(self) -> int:
        return (self._last or self._read_last())[1]

    def _read_last(self) -> tuple[int, int]:
        return self._cursor.execute(_LAST).fetchone() or (0, NEVER)

    def _insert(self, rows: Rows) -> None:
        changes = sorted(rows.changes.items())
        self._many("document", rows.documents)
        self._many("balance", [(*account, *change) for account, change in changes if account in self._new])
        old = [(units, at, *account) for account, (_, units, at) in changes if account not in self._new]
        self._cursor.executemany(_ADD, old)
        self._new.difference_update(rows.changes)
        self._many("move", rows.moves)
        self._many("counted", rows.counted)
        self._many("lot_mark", rows.marks)
        self._many("pending_seal", [(number,) for number in rows.numbers])
        self._many("open_exception", [(number,) for number in rows.exceptions])

    def _many(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._cursor.executemany(_INSERT[table], rows)
