"""Posting on SQLite: one writer at a time, so what was read under the write lock stays true.

Statements go to the driver itself: through SQLAlchemy each costs several times what SQLite takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    "balance": """
        INSERT INTO balance (location, lot, sign, units, last_at) VALUES (?, ?, ?, 0, ?)
        ON CONFLICT (location, lot) DO NOTHING
    """,
}
# Never INSERT … ON CONFLICT with the change itself: the CHECK would judge the row that is not inserted.
_ADD = "UPDATE balance SET units = units + ?, last_at = max(last_at, ?) WHERE location = ? AND lot = ?"


class SqliteBook(Book):
    """A book in a transaction begun with BEGIN IMMEDIATE."""

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        super().__init__(connection, names)
        self._cursor: Any = connection.connection.cursor()
        self._last: tuple[int, int] | None = None  # id, recorded_at of the last document
        self._new: set[Account] = set()

    def work_alone(self) -> None:
        """Nothing to do: nobody else writes."""

    def close_places(self, locations: Iterable[int]) -> None:
        """Nothing to do: nobody else writes."""

    def counted_at(self, pairs: Collection[tuple[int, int]]) -> int:
        """Return the latest occurred time of any count of (location, item) pairs."""
        if self._rows.counted:
            self.flush()
        found = (self._cursor.execute(_COUNTED, pair).fetchone()[0] for pair in pairs)
        return max((at for at in found if at is not None), default=NEVER)

    def least_since(self, account: Account, sign: int, at: int) -> int:
        """Return the least an account holds, times its sign, at the end of any instant from `at` on."""
        asked = {"location": account[0], "lot": account[1], "sign": sign, "at": at}
        high = self._cursor.execute(LATER_HIGH, asked).fetchone()[0]
        return int(self._held[account].units * sign - max(high or 0, 0))

    def _find_key(self, key: str) -> tuple[int, bytes] | None:
        row = self._cursor.execute(_FIND_KEY, (key,)).fetchone()
        return None if row is None else (row[0], row[1])

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
        self._many("balance", [(*account, sign, at) for account, (sign, _, at) in changes if account in self._new])
        self._new.difference_update(rows.changes)
        self._cursor.executemany(_ADD, [(units, at, *account) for account, (_, units, at) in changes])
        self._many("move", rows.moves)
        self._many("counted", rows.counted)
        self._many("lot_mark", rows.marks)
        self._many("pending_seal", [(number,) for number in rows.numbers])
        self._many("open_exception", [(number,) for number in rows.exceptions])

    def _many(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._cursor.executemany(_INSERT[table], rows)
