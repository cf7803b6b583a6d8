"""Posting on SQLite: one writer at a time, so what was read under the write lock stays true.

Statements go to the driver itself: through SQLAlchemy each costs several times what SQLite takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from models.canonical import digest_of
from models.careful import Account
from models.posting import Held, Ready

__all__ = ["SqliteBook"]

_FIND_KEY = "SELECT id, request_hash FROM document WHERE idem_key = ?"
_BALANCE = "SELECT units, last_at FROM balance WHERE location = ? AND lot = ?"
_COUNTED_LATER = "SELECT 1 FROM counted WHERE location = ? AND item = ? AND at > ? LIMIT 1"
_LAST_RECORDED = "SELECT max(recorded_at) FROM document WHERE id = (SELECT max(id) FROM document)"
_DOCUMENT = """
INSERT INTO document (idem_key, type, site, actor, approver, occurred_at, recorded_at, reason, refers_to, reverses,
                      allocation, shipment, request_hash, body, body_hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_MOVE = """
INSERT INTO move (document, line, from_location, to_location, lot, units, at, from_after, to_after, counters)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = """
INSERT INTO balance (location, lot, sign, units, last_at) VALUES (?, ?, ?, 0, ?)
ON CONFLICT (location, lot) DO NOTHING
"""
# Never INSERT … ON CONFLICT with the change itself: the CHECK would judge the row that is not inserted.
_ADD = "UPDATE balance SET units = units + ?, last_at = max(last_at, ?) WHERE location = ? AND lot = ?"
_COUNTED = "INSERT INTO counted (document, line, location, item, lot, units, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
_MARK = "INSERT INTO lot_mark (document, lot, mark, at) VALUES (?, ?, ?, ?)"
_PENDING = "INSERT INTO pending_seal (kind, ref) VALUES ('document', ?)"
_EXCEPTION = "INSERT INTO open_exception (document) VALUES (?)"

NEVER = -(2**62)
"""The last time of an account that does not exist yet."""


class SqliteBook:
    """Implements `models.posting.Book` in a transaction begun with BEGIN IMMEDIATE."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._cursor: Any = connection.connection.cursor()

    def find_key(self, key: str) -> tuple[int, bytes] | None:
        """Return id and request hash of the document with a key."""
        row = self._cursor.execute(_FIND_KEY, (key,)).fetchone()
        return None if row is None else (row[0], row[1])

    def lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Return what accounts hold: the transaction itself is the lock."""
        held: dict[Account, Held] = {}
        for account in accounts:
            row = self._cursor.execute(_BALANCE, account).fetchone()
            held[account] = Held(0, NEVER) if row is None else Held(*row)
        return held

    def counted_later(self, ready: Ready) -> bool:
        """Say whether an account of the document was counted after it happened."""
        return any(
            self._cursor.execute(_COUNTED_LATER, (location_id, line.item, line.at)).fetchone()
            for line in ready.lines
            for location_id in (line.from_id, line.to_id)
        )

    def write(self, ready: Ready, held: Mapping[Account, Held]) -> int:
        """Write everything, running balances from what the accounts held."""
        cursor = self._cursor
        document_id = self._write_document(ready)
        running = {account: each.units for account, each in held.items()}
        signs: dict[Account, tuple[int, int]] = {}
        moves: list[tuple[Any, ...]] = []
        for number, line in enumerate(ready.lines):
            out, into = (line.from_id, line.lot), (line.to_id, line.lot)
            running[out] -= line.units
            running[into] += line.units
            for account, sign in ((out, line.from_sign), (into, line.to_sign)):
                signs[account] = (sign, max(line.at, signs.get(account, (0, line.at))[1]))
            ends = (line.from_id, line.to_id, line.lot, line.units, line.at)
            moves.append((document_id, number, *ends, running[out], running[into], line.counters))
        for location_id, _, lot_id, _ in ready.counted:
            if lot_id is not None:
                signs.setdefault((location_id, lot_id), (1, ready.entry.occurred_at))
        new = [(*account, sign, at) for account, (sign, at) in signs.items() if held[account].last_at == NEVER]
        cursor.executemany(_CHANGE, new)
        changes = [(running[a] - held[a].units, at, *a) for a, (_, at) in sorted(signs.items())]
        cursor.executemany(_ADD, changes)
        cursor.executemany(_MOVE, moves)
        self._write_rest(ready, document_id)
        return document_id

    def _write_document(self, ready: Ready) -> int:
        entry = ready.entry
        body = entry.body()
        # The clock may be set back; the order of documents may not.
        last = self._cursor.execute(_LAST_RECORDED).fetchone()[0]
        recorded_at = max(ready.recorded_at, last or ready.recorded_at)
        who = (entry.key, entry.type, ready.site, entry.actor, entry.approver, entry.occurred_at, recorded_at)
        why = (entry.reason, entry.refers_to, entry.reverses, entry.allocation, entry.shipment)
        row = (*who, *why, ready.request_hash, body, digest_of(body))
        return int(self._cursor.execute(_DOCUMENT, row).lastrowid)

    def _write_rest(self, ready: Ready, document_id: int) -> None:
        at = ready.entry.occurred_at
        self._many(_COUNTED, ((document_id, n, *row, at) for n, row in enumerate(ready.counted)))
        self._many(_MARK, ((document_id, *mark, at) for mark in ready.marks))
        self._cursor.execute(_PENDING, (document_id,))
        if ready.entry.exception:
            self._cursor.execute(_EXCEPTION, (document_id,))

    def _many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = list(rows)
        if rows:
            self._cursor.executemany(statement, rows)
