"""Counts and back-dated documents: what was counted stays counted, and no earlier day falls below zero.

A count is an absolute statement about an instant. A document that is recorded later but happened
before it therefore carries a counter-line at the count, which takes its effect back from there on.
Everything here reads; it runs while the accounts are locked, so what it reads stays true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from models.prepared import Prepared
from models.reversal import was_reversed
from models.tables import balance, counted, lot, move

__all__ = [
    "LATER_HIGH",
    "LATEST",
    "Account",
    "LowPoint",
    "Shift",
    "absorbed_by",
    "count_shifts",
    "counter_shifts",
    "held_at",
    "lots_at",
    "low_point",
    "lowest_since",
]

Account = tuple[int, int]
"""(location, lot), both by id."""


LATEST = 2**62
"""The place in the order of documents of one that is not posted yet."""


@dataclass(frozen=True)
class Shift:
    """`units` (signed) more on an account from the instant `at` on.

    `order`: the document whose place it takes among those of one instant: its own, except that a
    reversal undoes a document where that stood, and a counter-line stands at its count.
    `counters`: that count.
    """

    account: Account
    units: int
    at: int
    order: int = LATEST
    counters: int | None = None


@dataclass(frozen=True)
class LowPoint:
    """An instant at which an account would have the wrong sign, by this many units."""

    account: Account
    at: int
    units: int


def held_at(connection: sa.Connection, account: Account, at: int) -> int:
    """Return the units on an account after everything that happened up to an instant."""
    return _held_now(connection, account) - sum(units for _, units in _history(connection, account, since=at + 1))


def _held_now(connection: sa.Connection, account: Account) -> int:
    return int(_HELD_NOW.scalar(connection, location=account[0], lot=account[1]) or 0)


def _history(connection: sa.Connection, account: Account, *, since: int) -> list[tuple[int, int]]:
    """Return (instant, signed units) of an account from an instant on, summed by instant, in order of time."""
    rows = _HISTORY.rows(connection, location=account[0], lot=account[1], since=since)
    return [(at, units) for at, units in rows]


def _history_query() -> sa.Select[int, int]:
    own_lot, place, since = (sa.bindparam(name, type_=sa.BigInteger) for name in ("lot", "location", "since"))
    came, went = (
        sa.select(move.c.at.label("at"), units.label("units")).where(
            move.c.lot == own_lot, end == place, move.c.at >= since
        )
        for end, units in ((move.c.to_location, move.c.units), (move.c.from_location, -move.c.units))
    )
    both = sa.union_all(came, went).subquery()
    total = sa.cast(sa.func.sum(both.c.units), sa.BigInteger)
    return sa.select(both.c.at, total).group_by(both.c.at).order_by(both.c.at)


_HISTORY = Prepared(_history_query())
_HELD_NOW = Prepared(
    sa.select(balance.c.units).where(
        balance.c.location == sa.bindparam("location"), balance.c.lot == sa.bindparam("lot")
    )
)


LATER_HIGH = """
SELECT CAST(max(later) AS BIGINT) FROM (
    SELECT sum(units * :sign) OVER (ORDER BY at DESC) AS later FROM (
        SELECT at, units FROM move WHERE lot = :lot AND to_location = :location AND at > :at
        UNION ALL
        SELECT at, -units FROM move WHERE lot = :lot AND from_location = :location AND at > :at
    ) AS own
) AS sums
"""
"""The most by which an account stands higher now, times its sign, than at the end of an instant from `at` on."""


def lowest_since(connection: sa.Connection, account: Account, item_id: int, at: int) -> int:
    """Return the fewest units on a store from an instant until it is next counted.

    So many can be taken at that instant: what a later count found is not touched by it.
    """
    counts = (moment for moment, _ in _counts_since(connection, account, item_id, at) if moment > at)
    until = next(counts, LATEST)
    history = _history(connection, account, since=at + 1)
    running = lowest = _held_now(connection, account) - sum(units for _, units in history)
    for moment, units in history:
        if moment >= until:
            break
        running += units
        lowest = min(lowest, running)
    return lowest


def count_shifts(
    connection: sa.Connection,
    rows: Iterable[tuple[int, int, int | None, int]],
    at: int,
    held: Callable[[Account], int | None] = lambda _: None,
) -> list[Shift]:
    """Return what each account must change by at the instant of a count, so that it holds what was counted.

    `rows`: (location, item, lot or None, units), by id. None stands for every lot of the item that the
    count does not name: none of them was there. `held`: the units of an account of which nothing happened later.
    """
    rows = list(rows)
    found: dict[Account, int] = {(place, lot_id): units for place, _, lot_id, units in rows if lot_id is not None}
    for place, item_id, lot_id, _ in rows:
        if lot_id is None:
            for other in lots_at(connection, place, item_id):
                found.setdefault((place, other), 0)
    shifts: list[Shift] = []
    for account, units in sorted(found.items()):
        now = held(account)
        difference = units - (held_at(connection, account, at) if now is None else now)
        if difference:
            shifts.append(Shift(account, difference, at))
    return shifts


def lots_at(connection: sa.Connection, location_id: int, item_id: int) -> list[int]:
    """Return the lots of an item that a location ever held, by id."""
    return [row[0] for row in _LOTS_AT.rows(connection, location=location_id, item=item_id)]


_LOTS_AT = Prepared(
    sa.select(balance.c.lot)
    .join(lot, lot.c.id == balance.c.lot)
    .where(balance.c.location == sa.bindparam("location"), lot.c.item == sa.bindparam("item"))
    .order_by(balance.c.lot)
)


def counter_shifts(
    connection: sa.Connection, shifts: Iterable[Shift], items: Mapping[int, int], *, undone: int | None
) -> list[Shift]:
    """Return the counter-lines of a document: after each later count its effect so far is nothing.

    `shifts`: what the document does; `items`: the item of each lot, by id; `undone`: the document it
    reverses, which if it is a count no longer says anything.
    """
    by_account: dict[Account, list[Shift]] = defaultdict(list)
    for shift in shifts:
        by_account[shift.account].append(shift)
    counters: list[Shift] = []
    for account, own in sorted(by_account.items()):
        first = min((shift.at, shift.order) for shift in own)
        for at, count_id in _counts_since(connection, account, items[account[1]], first[0]):
            effect = sum(shift.units for shift in own if (shift.at, shift.order) <= (at, count_id))
            if effect and count_id != undone and (at, count_id) > first:
                own.append(Shift(account, -effect, at, count_id, count_id))
                counters.append(own[-1])
    return counters


def _counts_since(connection: sa.Connection, account: Account, item_id: int, at: int) -> list[tuple[int, int]]:
    """Return (instant, document) of the counts of an account from an instant on that were not reversed."""
    rows = _COUNTS_SINCE.rows(connection, location=account[0], lot=account[1], item=item_id, since=at)
    return [(moment, count_id) for moment, count_id in rows]


_COUNTS_SINCE = Prepared(
    sa.select(counted.c.at, counted.c.document)
    .where(counted.c.location == sa.bindparam("location"), counted.c.item == sa.bindparam("item"))
    .where(counted.c.at >= sa.bindparam("since"))
    .where(sa.or_(counted.c.lot == sa.bindparam("lot"), counted.c.lot.is_(None)))
    .where(~was_reversed(counted.c.document))
    .distinct()
    .order_by(counted.c.at, counted.c.document)
)


def absorbed_by(connection: sa.Connection, count_id: int) -> list[tuple[int, int, int, int, int]]:
    """Return the counter-lines that stand at a count, netted: (from, to, lot, units, instant), all by id.

    They are what is given back when the count is reversed.
    """
    query = sa.select(move.c.from_location, move.c.to_location, move.c.lot, move.c.units, move.c.at).where(
        move.c.counters == count_id
    )
    net: dict[tuple[int, int, int, int], int] = defaultdict(int)
    for from_id, to_id, lot_id, units, at in connection.execute(query):
        if (to_id, from_id, lot_id, at) in net:
            net[to_id, from_id, lot_id, at] -= units
        else:
            net[from_id, to_id, lot_id, at] += units
    rows = ((from_id, to_id, lot_id, units, at) for (from_id, to_id, lot_id, at), units in sorted(net.items()))
    return [
        (from_id, to_id, lot_id, units, at) if units > 0 else (to_id, from_id, lot_id, -units, at)
        for from_id, to_id, lot_id, units, at in rows
        if units
    ]


def low_point(
    connection: sa.Connection, account: Account, sign: int, shifts: Iterable[Shift], *, held_units: int
) -> LowPoint | None:
    """Return the first instant at which an account would have the wrong sign once `shifts` are added.

    `sign`: +1 for accounts that never fall below zero, -1 for those that never rise above it. Instants
    before the first shift are what they were. `held_units`: what the account holds now, without them.
    """
    changes: dict[int, int] = defaultdict(int)
    for shift in shifts:
        if shift.account == account:
            changes[shift.at] += shift.units
    history = _history(connection, account, since=min(changes))
    running = held_units - sum(units for _, units in history)
    for at, units in history:
        changes[at] += units
    for at in sorted(changes):
        running += changes[at]
        if running * sign < 0:
            return LowPoint(account, at, abs(running))
    return None
