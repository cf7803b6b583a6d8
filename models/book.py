"""One transaction's documents: what the accounts hold, what is written, and in which order.

A book remembers what it has locked, so that many documents of one transaction ask the database
once for each account, and gathers rows, so that they are written together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from models.careful import Account
from models.entry import Entry
from models.names import Names, Placed
from models.prepared import Prepared
from models.tables import lot_mark

__all__ = ["MARKED", "NEVER", "Book", "Held", "Posted", "Ready", "Rows", "after_each_line", "ends_of"]

NEVER = -(2**62)
"""The last time of an account on which nothing has happened yet."""


MARKED = Prepared(sa.select(lot_mark.c.lot).distinct())
"""Lots that were ever recalled, by id."""


@dataclass(frozen=True)
class Posted:
    """A document in the ledger. `again`: it was there already, and nothing was posted.

    `entry`: what was posted, with all its lines; None where it was there already.
    """

    id: int
    key: str
    again: bool = False
    entry: Entry | None = field(default=None, compare=False, repr=False)


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

    @cached_property
    def accounts(self) -> dict[Account, int]:
        """Every account the lines touch, with its sign."""
        signs: dict[Account, int] = {}
        for line in self.lines:
            signs[line.from_id, line.lot] = line.from_sign
            signs[line.to_id, line.lot] = line.to_sign
        return signs

    @cached_property
    def changes(self) -> dict[Account, int]:
        """By how many units the lines change each account."""
        changes = dict.fromkeys(self.accounts, 0)
        for line in self.lines:
            changes[line.from_id, line.lot] -= line.units
            changes[line.to_id, line.lot] += line.units
        return changes


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

    is_alone = False
    """Whether nobody else can change balances until this transaction ends."""

    def __init__(self, connection: sa.Connection, names: Names) -> None:
        self.connection = connection
        self.names = names
        self._held: dict[Account, Held] = {}
        self._keys: dict[str, tuple[int, bytes] | None] = {}
        self._rows = Rows()
        self._counted: dict[tuple[int, int], int] = {}
        self._marked: set[int] | None = None
        self._last_recorded: int | None = None

    def find_key(self, key: str) -> tuple[int, bytes] | None:
        """Return id and request hash of the document with a key."""
        if key not in self._keys:
            self._keys[key] = self._find_key(key)
        return self._keys[key]

    def lock(self, accounts: Mapping[Account, int]) -> dict[Account, Held]:
        """Lock accounts (with their signs) in ascending order; return what they hold."""
        held = self._held
        # Of very many documents all accounts are locked before: looked through at the speed of C.
        if not all(map(held.__contains__, accounts)):
            held.update(self._lock({account: sign for account, sign in accounts.items() if account not in held}))
            if not self.is_alone:
                self._counted.clear()
        return {account: held[account] for account in accounts}

    @abstractmethod
    def enter(self) -> None:
        """Be among those who change balances, before anything is made that another of them might wait for."""

    def look(self, held: Mapping[Account, Held]) -> None:
        """Lock accounts of places; what they were read to hold may not be true any more."""
        self.lock(dict.fromkeys(held, 1))

    @abstractmethod
    def work_alone(self) -> None:
        """Let nobody else change balances until this transaction ends: for one that posts very many documents."""

    def prepare(self, documents: Sequence[Ready], accounts: Mapping[Account, int]) -> None:
        """Lock the accounts of many documents at once, and read what posting each of them will ask."""
        self.lock(accounts)
        keys = [each.entry.key for each in documents if each.entry.key not in self._keys]
        self._keys |= dict.fromkeys(keys) | self._find_keys(keys)
        pairs: set[tuple[int, int]] = set()
        for each in documents:
            for line in each.lines:
                pairs.add((line.from_id, line.item))
                pairs.add((line.to_id, line.item))
        self.counted_at(pairs)

    def was_marked(self, lots: Iterable[int]) -> bool:
        """Say whether any of some lots, by id, was ever recalled."""
        if self._marked is None:
            self._marked = {row[0] for row in MARKED.rows(self.connection)}
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
        if ready.counted:
            self._rows.counted += [(number, n, *row, at) for n, row in enumerate(ready.counted)]
            self._counted.clear()
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
        moves, change = self._rows.moves, self._change
        for n, line in enumerate(ready.lines):
            from_id, from_sign, to_id, to_sign, lot_id, _, units, at, counters = line
            from_after = change((from_id, lot_id), from_sign, -units, at)
            to_after = change((to_id, lot_id), to_sign, units, at)
            moves.append((number, n, from_id, to_id, lot_id, units, at, from_after, to_after, counters))

    def _change(self, account: Account, sign: int, units: int, at: int) -> int:
        """Note a change of an account; return what it holds then."""
        held_units, last_at = self._held[account]
        held_units += units
        self._held[account] = Held(held_units, max(last_at, at))
        before = self._rows.changes.get(account)
        if before is None:
            self._rows.changes[account] = (sign, units, at)
        else:
            self._rows.changes[account] = (sign, before[1] + units, max(before[2], at))
        return held_units

    def counted_at(self, pairs: Collection[tuple[int, int]]) -> int:
        """Return the latest occurred time of any count of (location, item) pairs, by ids; `NEVER` without one.

        Who counts an account waits for whoever has it locked: what was read since stays true.
        """
        missing = [pair for pair in pairs if pair not in self._counted]
        if missing:
            if self._rows.counted:
                self.flush()
            self._counted |= dict.fromkeys(missing, NEVER) | self._read_counted(missing)
        return max((self._counted[pair] for pair in pairs), default=NEVER)

    @abstractmethod
    def close_places(self, locations: Iterable[int]) -> None:
        """See to it that no lot comes to lie at some locations, by id, for the first time: they are being counted."""

    @abstractmethod
    def least_since(self, account: Account, sign: int, at: int) -> int:
        """Return the least a locked account holds, times its sign, at the end of any instant from `at` on."""

    @abstractmethod
    def _read_counted(self, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """Read the latest occurred time of any count of (location, item) pairs, of those that were ever counted."""

    @abstractmethod
    def _find_key(self, key: str) -> tuple[int, bytes] | None:
        """Look a key up in the database, so that the answer stays true until this transaction ends."""

    @abstractmethod
    def _find_keys(self, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Look many keys up in the database."""

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
