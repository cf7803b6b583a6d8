"""The board on which whole packs are exchanged: who stands where, what is loaded, what is left.

Every number is whole: totals in the smallest fraction a pack of any trade can make of a unit,
weights and volumes in millionths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats, Units, micro
from allocator.catchment import Network
from allocator.position import Approximate, Ladder, rank_fractions
from allocator.trades import Trade, common_scale, ladders_of

__all__ = ["NOBODY", "Board", "Frontier", "Key"]

Key = tuple["Fraction | float", "Fraction | float"]
NOBODY = -1
_NEAR = 1e-11
_UNLIMITED = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class Frontier:
    """The row that would receive a cell's next pack, and the one that would give up its last.

    A key is (position before the pack, −position after it); rows are `NOBODY` where there is none.
    """

    next_row: int
    next_key: Key
    last_row: int
    last_key: Key


@dataclass
class Side:
    """One physical item on the board: matrices by [cell, local source], and each cell's frontier.

    A cell here is a cell of one trade: needs of the item itself and needs it stands in for.
    `trade_of`, `local`: which trade and which of its cells.
    """

    by: int
    trades: tuple[Trade, ...]
    sizes: tuple[int, ...]
    climbs: tuple[Climbers, ...]
    trade_of: NDArray[np.intp]
    local: NDArray[np.intp]
    sources: NDArray[np.intp]
    open: Bools
    flow: Units
    lane: NDArray[np.intp]
    frontier: list[Frontier] = field(default_factory=list)
    next_at: Floats = field(default_factory=lambda: np.empty(0))
    last_at: Floats = field(default_factory=lambda: np.empty(0))

    def cell_at(self, trade: int, network_cell: int) -> int:
        """Return the position of a trade's cell among the side's, or `NOBODY`."""
        cells = self.trades[trade].cells
        local = int(cells.searchsorted(network_cell))
        if local >= len(cells) or cells[local] != network_cell:
            return NOBODY
        return int(np.searchsorted(self.trade_of, trade)) + local


@dataclass(frozen=True)
class Climbers:
    """A trade's rows on their ladders."""

    ladders: tuple[Ladder, ...]
    ladder: NDArray[np.intp]
    about: Approximate
    bounds: NDArray[np.intp]


class Board:
    """All items at once, with what each source, truck and lane still has room for."""

    def __init__(self, network: Network, trades: list[Trade]) -> None:
        problem = network.problem
        items = problem.case.items
        self.network = network
        self.depot = problem.sources.depot.astype(np.intp)
        self.pack_kg = micro(np.nan_to_num(items.pack_kg))
        self.pack_m3 = micro(np.nan_to_num(items.pack_m3))
        self.kg_left, self.m3_left = _whole_limit(network.kg_limit), _whole_limit(network.m3_limit)
        self.lane_left = _whole_limit(network.lane_max_kg)
        self.packs_left = problem.packs.copy()
        self.scale = np.ones(len(items), dtype=np.int64)
        for item in {t.item for t in trades}:
            self.scale[item] = common_scale([t.size for t in trades if t.item == item])
        pairs = problem.pairs
        self.total = pairs.held * self.scale[pairs.item]
        self.start = self.total.copy()
        self.daily = pairs.daily_micro * self.scale[pairs.item]
        self.cap = np.where(pairs.cap < 0, _UNLIMITED, pairs.cap * self.scale[pairs.item])
        self.sides = [self._side(by, tuple(t for t in trades if t.by == by)) for by in sorted({t.by for t in trades})]
        for side in self.sides:
            for trade, size in zip(side.trades, side.sizes, strict=True):
                self.total[trade.rows] += trade.packs * size
            self._load_all(side)
        for side in self.sides:
            n = len(side.local)
            side.frontier = [Frontier(NOBODY, (0.0, 0.0), NOBODY, (0.0, 0.0))] * n
            side.next_at, side.last_at = np.full(n, np.inf), np.full(n, -np.inf)
            for cell in range(n):
                self.see(side, cell)

    def _side(self, by: int, trades: tuple[Trade, ...]) -> Side:
        counts = [len(trade.cells) for trade in trades]
        first = np.cumsum([0, *counts])
        sources = np.unique(np.concatenate([trade.link_source for trade in trades]))
        shape = (int(first[-1]), len(sources))
        is_open, flow = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
        lane = np.full(shape, -1, dtype=np.intp)
        for trade, at in zip(trades, first[:-1], strict=True):
            link = (trade.link_cell + at, np.searchsorted(sources, trade.link_source))
            is_open[link], flow[link] = True, trade.flow
            lane[link] = self.network.ways.lane_limit[trade.link_way]
        return Side(
            by=by,
            trades=trades,
            sizes=tuple(int(trade.size * int(self.scale[trade.item])) for trade in trades),
            climbs=tuple(self._climbers(trade) for trade in trades),
            trade_of=np.repeat(np.arange(len(trades)), counts),
            local=np.concatenate([np.arange(count) for count in counts]),
            sources=sources.astype(np.intp),
            open=is_open,
            flow=flow,
            lane=lane,
        )

    def _climbers(self, trade: Trade) -> Climbers:
        ladders, ladder = ladders_of(self.network, trade)
        return Climbers(ladders, ladder, Approximate.of(ladders), trade.bounds)

    def _load_all(self, side: Side) -> None:
        per_source = side.flow.sum(axis=0)
        self.packs_left[side.sources, side.by] -= per_source
        np.subtract.at(self.kg_left, self.depot[side.sources], per_source * self.pack_kg[side.by])
        np.subtract.at(self.m3_left, self.depot[side.sources], per_source * self.pack_m3[side.by])
        cell, source = np.nonzero(side.lane >= 0)
        np.subtract.at(self.lane_left, side.lane[cell, source], side.flow[cell, source] * self.pack_kg[side.by])

    def see(self, side: Side, cell: int) -> None:
        """Work out a cell's frontier anew."""
        number, local = int(side.trade_of[cell]), int(side.local[cell])
        trade, size, bounds = side.trades[number], side.sizes[number], side.climbs[number].bounds
        rows = np.arange(bounds[local], bounds[local + 1])
        pair = trade.rows[rows]
        held = self.total[pair]
        able = held - self.start[pair] + size <= self.cap[pair]
        next_row, next_key = self._first(side, number, rows[able], held[able], lowest=True)
        some = trade.packs[rows] > 0
        last_row, last_key = self._first(side, number, rows[some], held[some] - size, lowest=False)
        if next_row != NOBODY and next_key[0] == float("inf"):
            next_row = NOBODY  # its ladder is complete: it asks for nothing
        side.frontier[cell] = Frontier(next_row, next_key, last_row, last_key)
        side.next_at[cell] = float(next_key[0]) if next_row != NOBODY else np.inf
        side.last_at[cell] = float(last_key[0]) if last_row != NOBODY else -np.inf

    def _first(self, side: Side, number: int, rows: NDArray[np.intp], held: Units, *, lowest: bool) -> tuple[int, Key]:
        """Return the row whose pack (from `held` on) has the lowest or the highest key, and the key."""
        if not len(rows):
            return NOBODY, (0.0, 0.0)
        climb, size = side.climbs[number], side.sizes[number]
        daily = self.daily[side.trades[number].rows[rows]]
        at = climb.about.positions(held / daily, climb.ladder[rows])
        edge = float(at.min() if lowest else at.max())
        if edge == np.inf and lowest:
            return NOBODY, (0.0, 0.0)  # every ladder here is complete: nobody asks for anything
        near = np.flatnonzero(at >= edge if edge == np.inf else np.abs(at - edge) <= _NEAR * max(1.0, abs(edge)))
        rows, held, daily = rows[near], held[near], daily[near]
        best = 0
        if len(near) > 1:
            before = _positions(climb, rows, held, daily)
            after = _positions(climb, rows, held + size, daily)
            key = rank_fractions(*before) * (len(near) + 1) - rank_fractions(*after)
            best = int(np.argmin(key) if lowest else len(key) - 1 - np.argmax(key[::-1]))
        ladder = climb.ladders[int(climb.ladder[rows[best]])]
        units, use = int(held[best]), Fraction(int(daily[best]), MICRO)
        return int(rows[best]), (ladder.position(units, use), -ladder.position(units + size, use))

    def give(self, side: Side, cell: int, row: int, packs: int) -> None:
        """Add packs to a row (or take them, if negative) and look at every cell that shares the pair."""
        number = int(side.trade_of[cell])
        trade = side.trades[number]
        pair = int(trade.rows[row])
        trade.packs[row] += packs
        self.total[pair] += packs * side.sizes[number]
        for other in self.sides:
            for n, one in enumerate(other.trades):
                if one.item == trade.item:
                    place = other.cell_at(n, int(self.network.cell_of_pair[pair]))
                    if place != NOBODY:
                        self.see(other, place)

    def load(self, side: Side, cell: int, source: int, packs: int) -> None:
        """Move packs on (or, if negative, off) one link."""
        by = side.by
        side.flow[cell, source] += packs
        self.packs_left[side.sources[source], by] -= packs
        depot = self.depot[side.sources[source]]
        self.kg_left[depot] -= packs * self.pack_kg[by]
        self.m3_left[depot] -= packs * self.pack_m3[by]
        if side.lane[cell, source] >= 0:
            self.lane_left[side.lane[cell, source]] -= packs * self.pack_kg[by]

    def room(self, side: Side) -> Bools:
        """Return [cell, source]: is the link open, with room on its lane for one more pack."""
        lane_room = self.lane_left[np.maximum(side.lane, 0)] if len(self.lane_left) else np.zeros(side.lane.shape)
        return side.open & ((side.lane < 0) | (lane_room >= self.pack_kg[side.by]))

    def write_back(self) -> None:
        """Put the flows back on the trades' links."""
        for side in self.sides:
            for number, trade in enumerate(side.trades):
                place = np.searchsorted(side.sources, trade.link_source)
                first = int(np.searchsorted(side.trade_of, number))
                trade.flow = side.flow[first + trade.link_cell, place]


def _positions(climb: Climbers, rows: NDArray[np.intp], held: Units, daily: Units) -> tuple[Units, Units, Units]:
    which = climb.ladder[rows]
    parts: list[Units] = [np.zeros(len(rows), dtype=np.int64) for _ in range(3)]
    for number, ladder in enumerate(climb.ladders):
        mine = np.flatnonzero(which == number)
        if len(mine):
            values = ladder.positions(held[mine], daily[mine])
            if any(value.dtype == object for value in values):
                parts = [part.astype(object) for part in parts]
            for part, value in zip(parts, values, strict=True):
                part[mine] = value
    return parts[0], parts[1], parts[2]


def _whole_limit(limit: Floats) -> Units:
    finite = np.isfinite(limit)
    return np.where(finite, micro(np.where(finite, limit, 0.0)), _UNLIMITED)
