"""Writes half a year into a ledger: each document at the time at which it was really typed, a day at once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from models.book import Book
from models.database import writing
from models.days import start_of_day
from models.entry import Entry
from models.ledger import Ledger
from models.names import Names
from models.posting import Posted, make_ready, post_ready, prepare
from models.versions import Stamp

__all__ = ["MINUTE", "Clerk"]

MINUTE = 60_000_000

Saving = Callable[[sa.Connection, dict[str, list[Any]], Stamp], Any]


class Clerk:
    """Gathers documents and master data, and writes those that were typed up to a moment.

    `ids`: the number of each document, by key.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.ids: dict[str, int] = {}
        self._waiting: list[tuple[int, int, Entry]] = []
        self._rows: dict[tuple[Saving, Stamp], list[dict[str, Any]]] = {}
        self._typed = 0

    def at(self, date: dt.date, hour: float) -> int:
        """Return a time of a day in UTC microseconds; hours beyond 24 are of the next day."""
        return start_of_day(date, self.ledger.zone) + round(hour * 3600) * 1_000_000

    def key(self, *about: object) -> str:
        """Return a key as the command line makes them: nothing can be read from it."""
        return hashlib.sha256(repr(about).encode()).hexdigest()[:16]

    def type(self, entry: Entry, recorded_at: int) -> str:
        """Have a document typed at a time; return its key."""
        self._typed += 1
        self._waiting.append((recorded_at, self._typed, entry))
        return entry.key

    def save(self, saving: Saving, actor: str, at: int, row: dict[str, Any]) -> None:
        """Have a row of master data saved by somebody at a time."""
        self._rows.setdefault((saving, Stamp(actor, at)), []).append(row)

    def write_until(self, at: int) -> None:
        """Write what was typed before a time, in that order."""
        batch = sorted(each for each in self._waiting if each[0] < at)
        if batch:
            self._waiting = [each for each in self._waiting if each[0] >= at]
            posted = self.ledger.write(lambda book, names: self._posted(book, names, batch), alone=True)
            self.ids |= {each.key: each.id for each in posted}
        rows = sorted(((key, rows) for key, rows in self._rows.items() if key[1].recorded_at < at), key=_when)
        if rows:
            with writing(self.ledger.engine) as connection:
                for (saving, stamp), own in rows:
                    del self._rows[saving, stamp]
                    saving(connection, {name: [row[name] for row in own] for name in own[0]}, stamp)

    def _posted(self, book: Book, names: Names, batch: list[tuple[int, int, Entry]]) -> list[Posted]:
        ready = [make_ready(book, names, entry, recorded_at=at) for at, _, entry in batch]
        prepare(book, ready)
        return [post_ready(book, each, self.ledger.zone) for each in ready]


def _when(found: tuple[tuple[Saving, Stamp], Any]) -> tuple[int, str]:
    return found[0][1].recorded_at, found[0][1].actor
