"""Post a document to PostgreSQL in one round trip, where it needs no care."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.book import Posted, Ready, after_each_line
from models.canonical import digest_of
from models.careful import Account
from models.enough import TooManyUnits, not_enough
from models.entry import Entry, Refusal, check
from models.fitness import LEAVING, is_fit
from models.lending import Lending
from models.names import Names, known, placed, unknown
from models.posting import KeyUsedOtherwise
from models.routine import CALL

__all__ = ["DirectPost"]

ACCOUNTS_REMEMBERED = 500_000
"""How many accounts are remembered to be there, so that the routine need not see to it."""


class DirectPost:
    """Posts through the routine, over connections of its own. `names`: what is known of codes; `zone`: of the days."""

    def __init__(self, engine: sa.Engine, names: Names, zone: ZoneInfo, *, connections: int = 8) -> None:
        self._engine = engine
        self._names = names
        self._zone = zone
        self._there: set[Account] = set()
        # None stands for a connection that has not been made yet.
        self._connections: Lending[Any] = Lending([None] * connections)

    def post(self, entry: Entry, *, recorded_at: int) -> Posted | None:
        """Post a document, or return None where it needs care and nothing was done.

        Raises:
            Refusal: with the reason; nothing was written.

        """
        ready = self._ready(entry, recorded_at)
        if ready is None:
            return None
        accounts = ready.accounts
        arguments = self._arguments(ready, accounts)
        with self._connection() as connection:
            outcome, number, held = connection.execute(CALL, arguments).fetchone()
        if outcome == "careful":
            return None
        if outcome == "posted":
            self._remember(accounts)
        elif outcome != "again":
            raise _refusal(outcome, ready, sorted(accounts), held)
        again = outcome == "again"
        return Posted(number, entry.key, again=again, entry=None if again else entry)

    def close(self) -> None:
        """Close the connections that are idle; they are made anew when they are needed."""
        for connection in self._connections.take_idle():
            if connection is not None:
                connection.close()
            self._connections.give(None)

    def _ready(self, entry: Entry, recorded_at: int) -> Ready | None:
        """Return a document by ids that are known already; None where it needs care."""
        if entry.counted or entry.marks or entry.reverses is not None or entry.exception or not entry.lines:
            return None
        if any(line.at is not None or line.counters is not None for line in entry.lines) or not is_fit(
            entry, self._zone
        ):
            return None
        if any(unknown(self._names, entry)):
            return None
        try:
            check(entry)
        except Refusal:
            return None  # unless it was posted before, which is looked up first
        body = entry.body()
        body_hash = digest_of(body)
        return Ready(
            entry=entry,
            lines=placed(self._names, entry),
            site=known(self._names.location(entry.site))[0] if entry.site else None,
            counted=(),
            marks=(),
            recorded_at=recorded_at,
            request_hash=body_hash if entry.asked is None else entry.request_hash(),
            body=body,
            body_hash=body_hash,
        )

    def _arguments(self, ready: Ready, accounts: dict[Account, int]) -> list[Any]:
        entry = ready.entry
        return [
            entry.key,
            ready.request_hash,
            entry.type,
            _number(ready.site),
            entry.actor,
            entry.approver,
            str(entry.occurred_at),
            str(ready.recorded_at),
            entry.reason,
            _number(entry.refers_to),
            entry.allocation,
            entry.shipment,
            ready.body,
            ready.body_hash,
            "t" if entry.type in LEAVING else "f",
            "f" if self._there.issuperset(accounts) else "t",
            *_columns(ready, accounts),
        ]

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        """Give a connection, made where there is none."""
        with self._connections.lent() as holder:
            if holder[0] is None or holder[0].closed:
                holder[0] = None
                holder[0] = self._connect()
            try:
                yield holder[0]
            except BaseException:
                # Whoever was interrupted in the middle of an answer leaves a connection that cannot be used again.
                if holder[0].info.transaction_status != 0:
                    holder[0].close()
                raise

    def _connect(self) -> Any:
        lent = self._engine.raw_connection()
        connection: Any = lent.driver_connection
        lent.detach()  # it is ours now, and the engine may make another in its place
        connection.autocommit = True
        connection.prepare_threshold = 0
        return connection

    def _remember(self, accounts: dict[Account, int]) -> None:
        if len(self._there) > ACCOUNTS_REMEMBERED:
            self._there = set()
        self._there.update(accounts)


def _columns(ready: Ready, accounts: dict[Account, int]) -> Iterator[str]:
    """Return the routine's arrays, as texts: those of numbers would be of one type today and another tomorrow."""
    ordered = sorted(accounts)
    at = {account: n for n, account in enumerate(ordered, 1)}
    items = {line.lot: line.item for line in ready.lines}
    after = after_each_line(ready.lines, dict.fromkeys(ordered, 0))
    columns: Sequence[Sequence[int]] = (
        [place for place, _ in ordered],
        [lot for _, lot in ordered],
        [items[lot] for _, lot in ordered],
        [accounts[account] for account in ordered],
        [ready.changes[account] for account in ordered],
        [at[line.from_id, line.lot] for line in ready.lines],
        [at[line.to_id, line.lot] for line in ready.lines],
        [line.units for line in ready.lines],
        [from_change for from_change, _ in after],
        [to_change for _, to_change in after],
    )
    return (f"{{{','.join(map(str, column))}}}" for column in columns)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _refusal(outcome: str, ready: Ready, ordered: Sequence[Account], held: Sequence[int]) -> Refusal:
    """Word what the routine answered."""
    if outcome == "other":
        return KeyUsedOtherwise(ready.entry.key)
    if outcome == "full":
        return TooManyUnits()
    short = {
        account: units
        for account, units in zip(ordered, held, strict=True)
        if (units + ready.changes[account]) * ready.accounts[account] < 0
    }
    return not_enough(ready, short)
