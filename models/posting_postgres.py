"""Posting on PostgreSQL where care is needed: several statements under the same row locks.

READ COMMITTED, so that every statement sees what was committed before it began. Accounts are locked
in ascending (location, lot) order: those that are missing are made first, all others then, and an
account that is found to be needed later starts the transaction anew with all of them. Two writers
can so wait for each other, but never in a circle. What needs no care is posted by the routine in
`models/routine.py`, which keeps the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from models.book import NEVER, Book, Held, Ready, Rows
from models.careful import LATER_HIGH, Account
from models.names import Names

__all__ = ["LockMore", "PostgresBook"]

_LOCK_KEY = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FIND_KEY = "SELECT id, request_hash FROM document WHERE idem_key = %s"
_FIND_KEYS = "SELECT idem_key, id, request_hash FROM document WHERE idem_key = ANY(%s)"
_MAKE = f"""
    INSERT INTO balance (location, lot, sign, units, last_at)
    SELECT new.location, new.lot, new.sign, 0, {NEVER}
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS new (location, lot, sign)
    WHERE NOT EXISTS (SELECT FROM balance AS old WHERE old.location = new.location AND old.lot = new.lot)
    ORDER BY new.location, new.lot
    ON CONFLICT (location, lot) DO NOTHING
"""  # noqa: S608 - a number of our own
_LOCK = """
    SELECT balance.location, balance.lot, balance.units, balance.last_at
    FROM unnest(%s::bigint[], %s::bigint[]) AS asked (location, lot)
    JOIN balance ON balance.location = asked.location AND balance.lot = asked.lot
    ORDER BY balance.location, balance.lot
    FOR UPDATE OF balance
"""
# Others still read. Who holds a row waits for nothing but us, so this comes before all else.
_ALONE = "LOCK TABLE balance IN EXCLUSIVE MODE"
_AMONG_OTHERS = "LOCK TABLE balance IN ROW EXCLUSIVE MODE"
_HELD = """
    SELECT balance.location, balance.lot, balance.units, balance.last_at
    FROM unnest(%s::bigint[], %s::bigint[]) AS asked (location, lot)
    JOIN balance ON balance.location = asked.location AND balance.lot = asked.lot
"""
# As a new account's foreign key would: who counts all there is at a place waits until its new accounts are there.
_KEEP_PLACES = "SELECT FROM location WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
_CLOSE_PLACES = "SELECT id FROM location WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_COUNTED = """
    SELECT asked.location, asked.item, latest.at
    FROM unnest(%s::bigint[], %s::bigint[]) AS asked (location, item)
    CROSS JOIN LATERAL (
        SELECT counted.at FROM counted WHERE counted.location = asked.location AND counted.item = asked.item
        ORDER BY counted.at DESC LIMIT 1
    ) AS latest
"""
# Whoever waits for unfinished writers (the sealer, a snapshot) knows them by this lock, so it comes before the ids.
_ANNOUNCE = "LOCK TABLE document IN ROW EXCLUSIVE MODE"
_DRAW = "SELECT nextval(pg_get_serial_sequence('document', 'id')) FROM generate_series(1, %s)"
_LAST_RECORDED = "SELECT recorded_at FROM document ORDER BY id DESC LIMIT 1"
_ADD = """
    UPDATE balance SET units = balance.units + change.units, last_at = greatest(balance.last_at, change.at)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS change (location, lot, units, at)
    WHERE balance.location = change.location AND balance.lot = change.lot
"""
_COPY = {
    "document": "id, idem_key, type, site, actor, approver, occurred_at, recorded_at, reason, refers_to, reverses,"
    " allocation, shipment, request_hash, body, body_hash",
    "move": "document, line, from_location, to_location, lot, units, at, from_after, to_after, counters",
    "counted": "document, line, location, item, lot, units, at",
    "lot_mark": "document, lot, mark, at",
    "pending_seal": "kind, ref",
    "open_exception": "document",
    "balance": "location, lot, sign, units, last_at",
}
_LATER_HIGH = sa.text(LATER_HIGH)


class LockMore(Exception):
    """An account is needed that was not locked with the others: begin anew with all of them locked first."""

    def __init__(self, accounts: Mapping[Account, int]) -> None:
        super().__init__("begin anew with more accounts locked")
        self.accounts = accounts


class PostgresBook(Book):
    """A book in a READ COMMITTED transaction.

    `first`: accounts, with their signs, that are locked at once: those of a `LockMore` before.
    """

    def __init__(self, connection: sa.Connection, names: Names, first: Mapping[Account, int]) -> None:
        super().__init__(connection, names)
        self._cursor: Any = connection.connection.cursor()
        self._locked: dict[Account, int] = {}
        self._ids: list[int] = []
        self._new: set[Account] = set()
        if first:
            self.lock(first)

    def work_alone(self) -> None:
        """Let nobody else change balances, so that accounts may be locked as they come."""
        self._cursor.execute(_ALONE)
        self.is_alone = True

    def enter(self) -> None:
        """Wait for whoever works alone, or let them wait: who makes a place first would be waited for by them."""
        if not self.is_alone and not self._locked:
            self._cursor.execute(_AMONG_OTHERS)

    def prepare(self, documents: Sequence[Ready], accounts: Mapping[Account, int]) -> None:
        """Lock the accounts of many documents at once, and read what posting each of them will ask."""
        super().prepare(documents, accounts)
        self._draw_ids(len(documents))

    def close_places(self, locations: Iterable[int]) -> None:
        """Lock the rows of locations: a new account's foreign key waits for it."""
        self.enter()
        self._all(_CLOSE_PLACES, [sorted(locations)])

    def least_since(self, account: Account, sign: int, at: int) -> int:
        """Return the least an account holds, times its sign, at the end of any instant from `at` on."""
        asked = {"location": account[0], "lot": account[1], "sign": sign, "at": at}
        high = self.connection.execute(_LATER_HIGH, asked).scalar()
        return self._held[account].units * sign - max(high or 0, 0)

    def _find_key(self, key: str) -> tuple[int, bytes] | None:
        # Whoever posts with the same key at this moment is waited for.
        self._all(_LOCK_KEY, [key])
        rows = self._all(_FIND_KEY, [key])
        return (rows[0][0], rows[0][1]) if rows else None

    def _find_keys(self, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        return {key: (number, hash_) for key, number, hash_ in self._all(_FIND_KEYS, [list(keys)])}

    def _read_counted(self, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        rows = self._all(_COUNTED, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
        return {(place_id, item_id): at for place_id, item_id, at in rows}

    def _lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        if self.is_alone:
            return self._read_alone(accounts)
        known = {account: sign for account, sign in accounts.items() if not self._is_own(account)}
        if known and self._locked:
            raise LockMore(self._locked | known)
        self._locked |= known
        ordered = sorted(accounts)
        places, lots = [account[0] for account in ordered], [account[1] for account in ordered]
        self._cursor.execute(_MAKE, [places, lots, [accounts[account] for account in ordered]])
        return {(row[0], row[1]): Held(row[2], row[3]) for row in self._all(_LOCK, [places, lots])}

    def _read_alone(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Return what accounts hold while all of them are locked; those that are missing are made with their lines."""
        columns = [[account[0] for account in accounts], [account[1] for account in accounts]]
        held = {(place, lot): Held(units, last_at) for place, lot, units, last_at in self._all(_HELD, columns)}
        new = accounts.keys() - held.keys()
        if new:
            self._cursor.execute(_KEEP_PLACES, [sorted({place for place, _ in new})])
            self._new |= new
        return held | dict.fromkeys(new, Held(0, NEVER))

    def _is_own(self, account: Account) -> bool:
        """Say whether an account is of a location or lot made in this transaction, so that nobody else can lock it."""
        return account[0] in self.names.made_locations or account[1] in self.names.made_lots

    def _draw(self) -> int:
        if not self._ids:
            self._draw_ids(1)
        return self._ids.pop()

    def _draw_ids(self, number: int) -> None:
        self._cursor.execute(_ANNOUNCE)
        self._ids = sorted((row[0] for row in self._all(_DRAW, [number])), reverse=True)

    def _read_last_recorded(self) -> int:
        rows = self._all(_LAST_RECORDED, [])
        return rows[0][0] if rows else NEVER

    def _insert(self, rows: Rows) -> None:
        self._copy("document", rows.documents)
        self._add(rows)
        self._copy("move", rows.moves)
        self._copy("counted", rows.counted)
        self._copy("lot_mark", rows.marks)
        self._copy("pending_seal", [("document", number) for number in rows.numbers])
        self._copy("open_exception", [(number,) for number in rows.exceptions])

    def _add(self, rows: Rows) -> None:
        """Change balances by what documents changed; all their rows are locked, so the order is free."""
        new = [(*account, *change) for account, change in rows.changes.items() if account in self._new]
        self._copy("balance", new)
        old = [(*account, units, at) for account, (_, units, at) in rows.changes.items() if account not in self._new]
        if old:
            self._cursor.execute(_ADD, [list(column) for column in zip(*old, strict=True)])
        self._new.difference_update(rows.changes)

    def _copy(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = list(rows)
        if not rows:
            return
        with self._cursor.copy(f"COPY {table} ({_COPY[table]}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _all(self, query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        return list(self._cursor.execute(query, parameters).fetchall())
