"""The ledger's meaning in a hundred lines, from the design alone: no accounts, no counter-lines.

What an account holds at an instant is told by its story: go through what happened in order (by
occurred time, then by document), adding changes; a count *sets*. Reversing a document takes it out
of the story. A document is refused when some account would have the wrong sign at the end of an
instant it touches, or holds the wrong sign by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from models.entry import Entry, LotKey
from models.locations import COUNT_GAIN, COUNT_SHORT, SIGNS, kind_of

__all__ = ["PlainLedger", "Wrong"]

Account = tuple[str, LotKey]
_DIFFERENCES = (COUNT_GAIN, COUNT_SHORT)


class Wrong(Exception):
    """The document would give some account the wrong sign."""


@dataclass
class PlainLedger:
    """Documents in the order of recording; `undone`: numbers of those that were reversed."""

    documents: list[Entry] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)

    def post(self, entry: Entry) -> None:
        """Record a document, or raise Wrong and record nothing."""
        before = {account: self.story(account) for account in self.accounts()}
        self.documents.append(entry)
        if entry.reverses is not None:
            self.undone |= {entry.reverses, len(self.documents)}
        try:
            for account in self.accounts():
                self._check(account, before.get(account, []))
        except Wrong:
            self.documents.pop()
            self.undone -= {entry.reverses or 0, len(self.documents) + 1}
            raise

    def held(self, account: Account, at: int) -> int:
        """Return what an account holds after everything up to an instant."""
        return next((units for moment, units in reversed(self.story(account)) if moment <= at), 0)

    def accounts(self) -> set[Account]:
        """Return every account that was ever touched or counted, but those of counting differences."""
        named = {
            (place, line.lot)
            for entry in self.documents
            for line in entry.lines
            for place in (line.from_location, line.to_location)
        }
        named |= {(row.location, row.lot) for entry in self.documents for row in entry.counted if row.lot}
        return {account for account in named if account[0] not in _DIFFERENCES}

    def story(self, account: Account) -> list[tuple[int, int]]:
        """Return (instant, units held at its end), one for each instant at which something happened."""
        held = 0
        ends: dict[int, int] = {}
        for at, entry in self._in_order():
            if account[1].item in {row.item for row in entry.counted}:
                found = self._counted(entry, account)
                held = held if found is None else found
            held += sum(_change(entry, account))
            ends[at] = held
        return sorted(ends.items())

    def _in_order(self) -> Iterator[tuple[int, Entry]]:
        numbered = [(entry.occurred_at, n, entry) for n, entry in enumerate(self.documents, 1) if n not in self.undone]
        return ((at, entry) for at, _, entry in sorted(numbered, key=lambda each: each[:2]))

    @staticmethod
    def _counted(entry: Entry, account: Account) -> int | None:
        """Return what a count says of an account: its units, 0 where the whole item was counted, or nothing."""
        place, key = account
        rows = {row.lot: row.units for row in entry.counted if (row.location, row.item) == (place, key.item)}
        return rows.get(key, 0 if None in rows else None)

    def _check(self, account: Account, before: Iterable[tuple[int, int]]) -> None:
        sign = SIGNS[kind_of(account[0])]
        was = dict(before)
        held_before = 0
        for at, units in self.story(account):
            held_before = was.get(at, held_before)
            if units * sign < 0 and units != held_before:
                raise Wrong


def _change(entry: Entry, account: Account) -> Iterator[int]:
    for line in entry.lines:
        if (line.from_location, line.lot) == account:
            yield -line.units
        if (line.to_location, line.lot) == account:
            yield line.units
