"""One transaction's documents: what the accounts hold, what is written, and in which order.

A book remembers what it has locked, so that many documents of one transaction ask the database
once for each account, and gathers rows, so that they are written together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from models.careful import Account
from models.entry import Entry
from models.names import Names, Placed
from models.tables import lot_mark

__all__ = ["NEVER", "Book", "Held", "Posted", "Ready", "Rows", "after_each_line", "ends_of"]

NEVER = -(2**62)
"""The last time of an account on which nothing has happened yet."""


@dataclass(frozen=True)
class Posted:
    """A document in the ledger. `again`: it was there already, and nothing was posted."""

    id: int
    key: str
    again: bool = False


class Held(NamedTuple):
    """An account while it is locked. `last_at`: the latest occurred time of anything on it, or `NEVER`."""

    units: int
    last_at: int


@dataclass(frozen=True)
class Ready:
    """A document worked out to the last line, to be written as it is.

    `lines` are those of the entry, one for one, by ids; `body` is the entry's text.
    """

    entry: Entry
    lines: Sequence[Placed]
    site: int | None
    counted: Sequence[tuple[int, int, int | None, int]]  # location, item, lot, units
    marks: Sequence[tuple[int, str]]
    recorded_at: int
    request_hash: bytes
    body: str
    body_hash: bytes


@dataclass
class Rows:
    """Rows that are not in the database yet. `changes`: (sign, units more, latest time) of each account."""

    documents: list[tuple[Any, ...]] = field(default_factory=list)
    moves: list[tuple[Any, ...]] = field(default_factory=list)
    counted: list[tuple[Any, ...]] = field(default_factory=list)
    marks: list[tuple[Any, ...]] = field(default_factory=list)
    exceptions: list[int] = field(default_factory=list)
    changes: dict[Account, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def numbers(self) -> list[int]:
        """Return the ids of the documents."""
        return [row[0] for row in self.documents]


def ends_of(line: Placed) -> tuple[tuple[Account, int, int], tuple[Account, int, int]]:
    """Return (account, sign, signed units) of both ends of a line."""
    return (
        ((line.from_id, line.lot), line.from_sign, -line.units),
        ((line.to_id, line.lot), line.to_sign, line.units),
    )


def after_each_line(lines: Iterable[Placed], units: dict[Account, int]) -> list[tuple[int, int]]:
    """Return what both accounts of each line hold after it, changing `units`: what they hold before the first."""
    after: list[tuple[int, int]] = []
    for line in lines:
        out, into = (line.from_id, line.lot), (line.to_id, line.lot)
        units[out] = from_after = units[out] - line.units
        units[into] = to_after = units[into] + line.units
        after.append((from_after, to_after))
    return after


class Book(ABC):
    """What each database does in its own way, within one transaction. `names`: the ids this transaction knows."""

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        self.connection = connection
        self.names = names
        self._held: dict[Account, Held] = {}
        self._keys: dict[str, tuple[int, bytes] | None] = {}
        self._rows = Rows()
        self._marked: set[int] | None = None
        self._last_recorded: int | None = None

    def find_key(self, key: str) -> tuple[int, bytes] | None:
        """Return id and request hash of the document with a key."""
        if key not in self._keys:
            self._keys[key] = self._find_key(key)
        return self._keys[key]

    def lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Lock accounts (with their signs) in ascending order; return what they hold."""
        new = {account: sign for account, sign in accounts.items() if account not in self._held}
        if new:
            self._held.update(self._lock(new))
        return {account: self._held[account] for account in accounts}

    @abstractmethod
    def work_alone(self) -> None:
        """Let nobody else change balances until this transaction ends: for one that posts very many documents."""

    def prepare(self, documents: Sequence[Ready], accounts: Mapping[Account, int]) -> None:  # noqa: ARG002 - PostgreSQL asks more
        """Lock the accounts of many documents at once, and read what posting each of them will ask."""
        self.lock(accounts)

    def was_marked(self, lots: Iterable[int]) -> bool:
        """Say whether any of some lots, by id, was ever recalled."""
        if self._marked is None:
            self._marked = set(self.connection.execute(sa.select(lot_mark.c.lot).distinct()).scalars())
        return not self._marked.isdisjoint(lots)

    def write(self, ready: Ready, counted: Iterable[Account]) -> int:
        """Draw the id and write everything; the accounts are locked and known to suffice.

        `counted`: every account that a count looked at, those it found right included.
        """
        number = self._draw()
        self._write_document(ready, number)
        self._write_moves(ready, number)
        at = ready.entry.occurred_at
        for account in counted:
            self._change(account, 1, 0, at)
        self._rows.counted += [(number, n, *row, at) for n, row in enumerate(ready.counted)]
        self._rows.marks += [(number, *mark, at) for mark in ready.marks]
        if self._marked is not None:
            self._marked.update(lot_id for lot_id, _ in ready.marks)
        if ready.entry.exception:
            self._rows.exceptions.append(number)
        return number

    def flush(self) -> None:
        """Put what was written into the database, for who reads there."""
        if self._rows.documents:
            rows, self._rows = self._rows, Rows()
            self._insert(rows)

    def _write_document(self, ready: Ready, number: int) -> None:
        entry = ready.entry
        # The clock may be set back; the order of documents may not.
        last = self._read_last_recorded() if self._last_recorded is None else self._last_recorded
        self._last_recorded = recorded_at = max(ready.recorded_at, last)
        who = (number, entry.key, entry.type, ready.site, entry.actor, entry.approver, entry.occurred_at, recorded_at)
        why = (entry.reason, entry.refers_to, entry.reverses, entry.allocation, entry.shipment)
        self._rows.documents.append((*who, *why, ready.request_hash, ready.body, ready.body_hash))
        self._keys[entry.key] = (number, ready.request_hash)

    def _write_moves(self, ready: Ready, number: int) -> None:
        units = {account: self._held[account].units for line in ready.lines for account, _, _ in ends_of(line)}
        after = after_each_line(ready.lines, units)
        self._rows.moves += [
            (number, n, line.from_id, line.to_id, line.lot, line.units, line.at, *both, line.counters)
            for n, (line, both) in enumerate(zip(ready.lines, after, strict=True))
        ]
        for line in ready.lines:
            for account, sign, change in ends_of(line):
                self._change(account, sign, change, line.at)

    def _change(self, account: Account, sign: int, units: int, at: int) -> None:
        held, (_, before, last) = self._held[account], self._rows.changes.get(account, (sign, 0, at))
        self._held[account] = Held(held.units + units, max(held.last_at, at))
        self._rows.changes[account] = (sign, before + units, max(last, at))

    @abstractmethod
    def close_places(self, locations: Iterable[int]) -> None:
        """See to it that no lot comes to lie at some locations, by id, for the first time: they are being counted."""

    @abstractmethod
    def counted_at(self, pairs: Collection[tuple[int, int]]) -> int:
        """Return the latest occurred time of any count of (location, item) pairs, by ids; `NEVER` without one."""

    @abstractmethod
    def least_since(self, account: Account, sign: int, at: int) -> int:
        """Return the least a locked account holds, times its sign, at the end of any instant from `at` on."""

    @abstractmethod
    def _find_key(self, key: str) -> tuple[int, bytes] | None:
        """Look a key up in the database, so that the answer stays true until this transaction ends."""

    @abstractmethod
    def _lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Lock accounts that are not locked yet."""

    @abstractmethod
    def _draw(self) -> int:
        """Return the next document's id."""

    @abstractmethod
    def _read_last_recorded(self) -> int:
        """Return when the last document was recorded, `NEVER` before the first."""

    @abstractmethod
    def _insert(self, rows: Rows) -> None:
        """Insert rows, and change the balances of accounts that are locked."""
