"""Demand history from the ledger: what each site used of each item, day by day, as documents up to one of them say.

Lines are gathered by account in the database, the days and units of each as one value, so that a million of them are
read in a second. `allocator.recorded_demand` says what follows from them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case, Dates, Floats, Units
from allocator.demand import DemandHistory
from allocator.recorded_demand import DayRecords, demand_of
from models.columns import Positions, columns_of, days, texts, wholes
from models.cuts import ALL, NOW, Cut, held_by, lines_of
from models.database import is_sqlite
from models.days import DAY, end_of_day, start_of_day
from models.locations import COUNT_GAIN, COUNT_SHORT
from models.snapshot import held_columns
from models.tables import balance, counted, item, location, lot, move
from models.tables import document as documents

__all__ = ["HISTORY_DAYS", "demand_history"]

HISTORY_DAYS = 180
"""Days that are looked back."""


@dataclass(frozen=True, kw_only=True)
class _Window:
    """The days looked back: from `first` on so many, as documents up to one of them say."""

    first: dt.date
    days: int
    document: int
    zone: ZoneInfo

    @property
    def begins(self) -> int:
        return start_of_day(self.first, self.zone)

    def number_of(self, at: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        """Return the number of the day of a time within the window, as the ledger's zone has days."""
        starts = [start_of_day(self.first + dt.timedelta(days=n), self.zone) for n in range(self.days + 1)]
        lengths = np.diff(starts)
        changed = np.flatnonzero(lengths != DAY)
        # A day on which clocks change is not 24 hours long: it is told apart from those before and after it.
        heads = sorted({int(n) for each in changed for n in (each, each + 1) if 0 < n < self.days}, reverse=True)
        number: sa.ColumnElement[int] = self._numbered(at, 0, starts[0], int(lengths[0]))
        later = [(at >= starts[n], self._numbered(at, n, starts[n], int(lengths[n]))) for n in heads]
        return sa.case(*later, else_=number) if later else number

    @staticmethod
    def _numbered(at: sa.ColumnElement[int], n: int, start: int, length: int) -> sa.ColumnElement[int]:
        """Return the number of the day of a time from the start of day `n` to the next change of clocks."""
        return n + (at - start) // DAY if length == DAY else sa.literal(n, sa.BigInteger)

    @property
    def cut(self) -> Cut:
        return Cut(at=end_of_day(self.first + dt.timedelta(days=self.days - 1), self.zone), document=self.document)

    @property
    def ends(self) -> Dates:
        """The day before the first, and each day."""
        return np.datetime64(self.first, "D") + np.arange(-1, self.days)


@dataclass(frozen=True)
class _Rows:
    """Units by pair, lot (its id) and number of the day; `pair`: site × items + item, by position in a case."""

    pair: Units
    lot: Units
    day: Units
    units: Floats

    def take(self, rows: Any) -> _Rows:
        return _Rows(self.pair[rows], self.lot[rows], self.day[rows], self.units[rows])


def demand_history(
    connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo, window_days: int = HISTORY_DAYS
) -> DemandHistory:
    """Return what sites used up to the day before the policy's, as documents up to one of them say.

    One series for each consumable item and site where any of it lay or was used in these days; depots only where
    they used any. The day itself is not over yet, so it tells nothing.
    """
    first = case.policy.date - dt.timedelta(days=window_days)
    window = _Window(first=first, days=window_days, document=document, zone=zone)
    places = _Places(connection, case)
    used, change = places.lines(connection, "CONSUMED", window), places.lines(connection, "SITE", window)
    held, counts = places.held(connection, window), places.counts(connection, window)
    missing = places.missing(connection, window)
    pairs = _pairs(case, used, change, held, counts)
    usable = _balances(pairs, change, held, window.days) - _expired(connection, pairs, change, held, window)
    return demand_of(
        DayRecords(
            sites=case.sites.code[pairs // len(case.items)],
            items=case.items.code[pairs % len(case.items)],
            first_day=first,
            used=_table(pairs, used, window.days),
            missing=_table(pairs, missing, window.days),
            counted=_table(pairs, counts, window.days) > 0,
            usable=usable,
            begun=_begun(pairs, usable, used, change, counts),
        )
    )


class _Places:
    """Where the ids of sites, of what is used at them, and of lots stand in a case."""

    def __init__(self, connection: sa.Connection, case: Case) -> None:
        owner = sa.func.coalesce(location.c.parent, location.c.id)
        query = sa.select(location.c.id, owner, location.c.code, location.c.kind)
        ids, owners, codes, kinds = columns_of(connection, query.where(location.c.kind.in_(("SITE", "CONSUMED"))))
        is_site = texts(kinds) == "SITE"
        at = Positions.by_code(wholes(ids)[is_site], texts(codes)[is_site], case.sites.code)
        self._site = Positions(ids, at.of(owners))
        lots, items = columns_of(connection, sa.select(lot.c.id, item.c.code).join(item))
        self._item_of_lot = Positions.by_code(lots, texts(items), case.items.code)
        item_ids, item_codes = columns_of(connection, sa.select(item.c.id, item.c.code))
        self._item = Positions.by_code(item_ids, texts(item_codes), case.items.code)
        self._items = len(case.items)
        self._consumable = np.append(~case.items.durable, False)

    def lines(self, connection: sa.Connection, kind: str, window: _Window) -> _Rows:
        """Return by day what came to places of a kind, less what left them."""
        said, read = _gathered(connection, window.number_of(move.c.at), move.c.units)
        parts = []
        for end, sign in ((move.c.to_location, 1), (move.c.from_location, -1)):
            query: sa.Select[Any] = (
                held_by(ALL, NOW, kinds=(kind,))
                .with_only_columns(
                    balance.c.location,
                    balance.c.lot,
                    sa.func.count(),
                    said,
                )
                .join_from(balance, move, lines_of(connection, end))
                .where(balance.c.last_at >= window.begins, move.c.at >= window.begins, *window.cut.within(move))
                .group_by(balance.c.location, balance.c.lot)
            )
            parts.append((sign, columns_of(connection, query)))
        where, lots, times, values = ([value for _, columns in parts for value in columns[n]] for n in range(4))
        numbers = read(values).reshape(-1, 2)
        signs = np.repeat([sign for sign, _ in parts], [sum(columns[2]) for _, columns in parts])
        rows = self._rows(np.repeat(wholes(tuple(where)), times), np.repeat(wholes(tuple(lots)), times))
        return _Rows(rows[0], rows[1], numbers[:, 0], (signs * numbers[:, 1]).astype(np.float64)).take(rows[2])

    def held(self, connection: sa.Connection, window: _Window) -> _Rows:
        """Return what sites held at the end of the window; accounts that are empty too."""
        place, lots, units = held_columns(connection, ("SITE",), window.cut)
        pair, lot_id, known = self._rows(wholes(place), wholes(lots))
        return _Rows(pair, lot_id, np.zeros(len(pair), dtype=np.int64), wholes(units).astype(np.float64)).take(known)

    def missing(self, connection: sa.Connection, window: _Window) -> _Rows:
        """Return what counts and adjustments found missing, less what they found too many."""
        day = window.number_of(move.c.at)
        parts = [
            held_by(ALL, NOW, kinds=(COUNT_SHORT, COUNT_GAIN))
            .with_only_columns(other, balance.c.lot, day.label("day"), (sign * move.c.units).label("units"))
            .join_from(balance, move, lines_of(connection, end))
            .where(balance.c.last_at >= window.begins, move.c.at >= window.begins, *window.cut.within(move))
            for end, other, sign in (
                (move.c.to_location, move.c.from_location, 1),
                (move.c.from_location, move.c.to_location, -1),
            )
        ]
        lines = sa.union_all(*parts).subquery()
        place, lots, number, units = columns_of(connection, sa.select(*lines.c))
        pair, lot_id, known = self._rows(wholes(place), wholes(lots))
        return _Rows(pair, lot_id, wholes(number), wholes(units).astype(np.float64)).take(known)

    def counts(self, connection: sa.Connection, window: _Window) -> _Rows:
        """Return the days on which all of an item was counted, by counts that still stand."""
        undone = sa.select(documents.c.reverses).where(
            documents.c.reverses.is_not(None), documents.c.id <= window.document
        )
        query = sa.select(counted.c.location, counted.c.item, window.number_of(counted.c.at)).where(
            counted.c.lot.is_(None),
            counted.c.at >= window.begins,
            *window.cut.within(counted),
            counted.c.document.not_in(undone),
        )
        place, items, number = columns_of(connection, query)
        site, item_at = self._site.of(place), self._item.of(items)
        known = np.flatnonzero((site >= 0) & self._consumable[item_at])
        pair, none = site.astype(np.int64) * self._items + item_at, np.zeros(len(site), dtype=np.int64)
        return _Rows(pair, none, wholes(number), np.ones(len(site))).take(known)

    def _rows(self, places: Units, lots: Units) -> tuple[Units, Units, Units]:
        """Return the pair of each row, its lot, and which rows are of consumables at sites of the case."""
        site, item_at = self._site.of(places), self._item_of_lot.of(lots)
        known = np.flatnonzero((site >= 0) & self._consumable[item_at])
        return site.astype(np.int64) * self._items + item_at, lots, known


def _gathered(
    connection: sa.Connection, day: sa.ColumnElement[int], units: sa.ColumnElement[int]
) -> tuple[sa.ColumnElement[Any], Callable[[list[Any]], Units]]:
    """Return what gathers days and units of many lines in one value, and what reads such values.

    PostgreSQL sends whole numbers as they are, eight bytes each; SQLite writes them as text.
    """
    if is_sqlite(connection):
        said = sa.cast(day, sa.Text) + sa.literal_column("','") + sa.cast(units, sa.Text)
        return (
            sa.func.aggregate_strings(said, ","),
            lambda values: np.fromstring(",".join(values), dtype=np.int64, sep=","),
        )
    sent = sa.func.int8send(sa.cast(day, sa.BigInteger)).op("||")(sa.func.int8send(units))
    return (
        sa.func.string_agg(sent, sa.literal_column("''::bytea"), type_=sa.LargeBinary),
        lambda values: np.frombuffer(b"".join(map(bytes, values)), dtype=">i8").astype(np.int64),
    )


def _pairs(case: Case, used: _Rows, *others: _Rows) -> Units:
    """Return the pairs of which anything is known, sorted; depots only where they used something."""
    items = len(case.items)
    there, uses = np.zeros(len(case.sites) * items, dtype=bool), np.zeros(len(case.sites) * items, dtype=bool)
    uses[used.pair] = True
    for rows in others:
        there[rows.pair] = True
    depots = np.zeros(len(case.sites), dtype=bool)
    depots[case.lanes.depot] = True
    return np.flatnonzero(uses | (there & ~np.repeat(depots, items)))


def _table(keys: Units, rows: _Rows, window_days: int) -> Floats:
    """Return the units of each key by day."""
    at = _rank(keys, rows.pair)
    own = at >= 0
    day, units = rows.day, rows.units
    if not own.all():
        at, day, units = at[own], day[own], units[own]
    size = (len(keys), window_days)
    # Where there is nothing to weigh, it counts in whole numbers.
    table = np.bincount(at * window_days + day, weights=units, minlength=size[0] * size[1])
    return table.astype(np.float64).reshape(size)


def _rank(keys: Units, asked: Units) -> Units:
    """Return where keys stand among sorted keys; -1 for one that does not."""
    place = np.full(int(max(keys.max(initial=-1), asked.max(initial=-1))) + 1, -1, dtype=np.int64)
    place[keys] = np.arange(len(keys))
    return place[asked]


def _balances(keys: Units, change: _Rows, held: _Rows, window_days: int) -> Floats:
    """Return what was held at the end of the day before the window, and of each day of it."""
    now = _table(keys, held, 1)
    later = np.cumsum(_table(keys, change, window_days)[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([now - later, now], axis=1)


def _expired(connection: sa.Connection, pairs: Units, change: _Rows, held: _Rows, window: _Window) -> Floats:
    """Return what of the balances was in lots that could not be used on the day after."""
    ids, expires = columns_of(connection, sa.select(lot.c.id, lot.c.expires))
    lots = int(wholes(ids).max(initial=0)) + 1
    until = np.full(lots, np.datetime64("NaT", "D"))
    until[wholes(ids)] = days(expires)
    old = until <= window.ends[-1]
    # Each such lot at a pair of these has a number of its own, from which both can be told again.
    number = np.cumsum(old) - 1
    lot_ids = np.flatnonzero(old)
    total = np.zeros((len(pairs), window.days + 1))
    if not len(lot_ids):
        return total
    own = []
    for rows in (change, held):
        rank = _rank(pairs, rows.pair)
        chosen = np.flatnonzero(old[rows.lot] & (rank >= 0))
        mine = rows.take(chosen)
        own.append(_Rows(rank[chosen] * len(lot_ids) + number[mine.lot], mine.lot, mine.day, mine.units))
    keys = np.unique(np.concatenate([rows.pair for rows in own]))
    balances = _balances(keys, own[0], own[1], window.days)
    balances[until[lot_ids[keys % len(lot_ids)]][:, None] > window.ends] = 0
    np.add.at(total, keys // len(lot_ids), balances)
    return total


def _begun(pairs: Units, usable: Floats, *rows: _Rows) -> Units:
    """Return the first day on which anything is known of each pair; 0 where some was there before, or never moved."""
    never = usable.shape[1] - 1
    begun = np.full(len(pairs) + 1, never, dtype=np.int64)
    for each in rows:
        np.minimum.at(begun, _rank(pairs, each.pair), each.day)
    begun = begun[:-1]  # what is no pair of these stands last
    begun[(usable[:, 0] > 0) | (begun == never)] = 0
    return begun
