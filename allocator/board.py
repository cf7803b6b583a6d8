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
from allocator.position import Ladder, rank_fractions
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


@dataclass(frozen=True)
class Approximate:
    """Positions in floating point, to find the few rows that exact fractions must compare.

    `base`, `top`, `rung`: by [ladder, step], with a last step that no cover completes.
    """

    base: Floats
    top: Floats
    rung: Floats

    @classmethod
    def of(cls, ladders: tuple[Ladder, ...]) -> Approximate:
        """Lay the ladders side by side."""
        steps = max((len(ladder.rungs) for ladder in ladders), default=0) + 1
        base, top, rung = (np.full((len(ladders), steps), fill) for fill in (0.0, np.inf, np.inf))
        for n, ladder in enumerate(ladders):
            count = len(ladder.rungs)
            base[n, :count] = [float(value) for value in ladder.bases]
            top[n, :count] = [float(value) for value in ladder.tops]
            rung[n, :count] = [number - 1 for number in ladder.rungs]
        return cls(base, top, rung)

    def positions(self, per_micro: Floats, ladder: NDArray[np.intp]) -> Floats:
        """Return positions of pairs holding so many units per millionth of a daily unit."""
        cover = per_micro * MICRO
        step = np.zeros(len(cover), dtype=np.intp)
        for n in range(self.top.shape[1] - 1):
            # A cover within rounding of a rung's top counts as reaching it; the exact look decides.
            step += cover >= self.top[ladder, n] * (1 - 1e-14)
        base, top = self.base[ladder, step], self.top[ladder, step]
        return self.rung[ladder, step] + (cover - base) / (top - base)


@dataclass
class Side:
    """One trade on the board: matrices by [cell, local source], and each cell's frontier."""

    trade: Trade
    sources: NDArray[np.intp]
    open: Bools
    flow: Units
    lane: NDArray[np.intp]
    ladders: tuple[Ladder, ...]
    ladder: NDArray[np.intp]
    about: Approximate
    size: int
    bounds: NDArray[np.intp]
    frontier: list[Frontier] = field(default_factory=list)
    next_at: Floats = field(default_factory=lambda: np.empty(0))
    last_at: Floats = field(default_factory=lambda: np.empty(0))


class Board:
    """All trades at once, with what each source, truck and lane still has room for."""

    def __init__(self, network: Network, trades: list[Trade]) -> None:
        problem = network.problem
        self.network, self.items = network, problem.case.items
        self.depot = problem.sources.depot.astype(np.intp)
        self.pack_kg = micro(np.nan_to_num(self.items.pack_kg))
        self.pack_m3 = micro(np.nan_to_num(self.items.pack_m3))
        self.kg_left, self.m3_left = _whole_limit(network.kg_limit), _whole_limit(network.m3_limit)
        self.lane_left = _whole_limit(network.lane_max_kg)
        self.packs_left = problem.packs.copy()
        self.scale = {
            item: common_scale([t.size for t in trades if t.item == item]) for item in {t.item for t in trades}
        }
        pairs = problem.pairs
        scale = np.ones(len(self.items), dtype=np.int64)
        for item, factor in self.scale.items():
            scale[item] = factor
        self.pair_scale = scale[pairs.item]
        self.total = pairs.held * self.pair_scale
        self.start = self.total.copy()
        self.daily = pairs.daily_micro * self.pair_scale
        self.cap = np.where(pairs.cap < 0, _UNLIMITED, pairs.cap * self.pair_scale)
        self.sides = [self._side(trade) for trade in trades]
        for side in self.sides:
            self.total[side.trade.rows] += side.trade.packs * side.size
            self._load_all(side)
        for side in self.sides:
            self._see_all(side)

    def _side(self, trade: Trade) -> Side:
        sources, place = np.unique(trade.link_source, return_inverse=True)
        shape = (len(trade.cells), len(sources))
        is_open, flow = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
        lane = np.full(shape, -1, dtype=np.intp)
        is_open[trade.link_cell, place] = True
        flow[trade.link_cell, place] = trade.flow
        lane[trade.link_cell, place] = self.network.ways.lane_limit[trade.link_way]
        ladders, ladder = ladders_of(self.network, trade)
        return Side(
            trade=trade,
            sources=sources.astype(np.intp),
            open=is_open,
            flow=flow,
            lane=lane,
            ladders=ladders,
            ladder=ladder,
            about=Approximate.of(ladders),
            size=int(trade.size * self.scale[trade.item]),
            bounds=trade.bounds,
        )

    def _load_all(self, side: Side) -> None:
        by = side.trade.by
        per_source = side.flow.sum(axis=0)
        self.packs_left[side.sources, by] -= per_source
        np.subtract.at(self.kg_left, self.depot[side.sources], per_source * self.pack_kg[by])
        np.subtract.at(self.m3_left, self.depot[side.sources], per_source * self.pack_m3[by])
        cell, source = np.nonzero(side.lane >= 0)
        np.subtract.at(self.lane_left, side.lane[cell, source], side.flow[cell, source] * self.pack_kg[by])

    def _see_all(self, side: Side) -> None:
        n = len(side.trade.cells)
        side.frontier = [Frontier(NOBODY, (0.0, 0.0), NOBODY, (0.0, 0.0))] * n
        side.next_at, side.last_at = np.full(n, np.inf), np.full(n, -np.inf)
        for cell in range(n):
            self.see(side, cell)

    def see(self, side: Side, cell: int) -> None:
        """Work out a cell's frontier anew."""
        rows = np.arange(side.bounds[cell], side.bounds[cell + 1])
        pair = side.trade.rows[rows]
        held, size = self.total[pair], side.size
        able = held - self.start[pair] + size <= self.cap[pair]
        next_row, next_key = self._first(side, rows[able], held[able], lowest=True)
        some = side.trade.packs[rows] > 0
        last_row, last_key = self._first(side, rows[some], held[some] - size, lowest=False)
        if next_row != NOBODY and next_key[0] == float("inf"):
            next_row = NOBODY  # its ladder is complete: it asks for nothing
        side.frontier[cell] = Frontier(next_row, next_key, last_row, last_key)
        side.next_at[cell] = float(next_key[0]) if next_row != NOBODY else np.inf
        side.last_at[cell] = float(last_key[0]) if last_row != NOBODY else -np.inf

    def _first(self, side: Side, rows: NDArray[np.intp], held: Units, *, lowest: bool) -> tuple[int, Key]:
        """Return the row whose pack (from `held` on) has the lowest or the highest key, and the key."""
        if not len(rows):
            return NOBODY, (0.0, 0.0)
        at = side.about.positions(held / self.daily[side.trade.rows[rows]], side.ladder[rows])
        edge = float(at.min() if lowest else at.max())
        if edge == np.inf:
            return NOBODY, (0.0, 0.0)  # every ladder here is complete: nobody asks for anything
        near = np.flatnonzero(np.abs(at - edge) <= _NEAR * max(1.0, abs(edge)))
        if len(near) == 1:
            row, units = int(rows[near[0]]), int(held[near[0]])
            return row, (self._position(side, row, units), -self._position(side, row, units + side.size))
        before = self._positions(side, rows[near], held[near])
        after = self._positions(side, rows[near], held[near] + side.size)
        key = rank_fractions(*before) * (len(near) + 1) - rank_fractions(*after)
        best = int(np.argmin(key) if lowest else len(key) - 1 - np.argmax(key[::-1]))
        exact = (_value(before, best), -_value(after, best))
        return int(rows[near[best]]), exact

    def _position(self, side: Side, row: int, held: int) -> Fraction | float:
        daily = Fraction(int(self.daily[side.trade.rows[row]]), MICRO)
        return side.ladders[int(side.ladder[row])].position(held, daily)

    def _positions(self, side: Side, rows: NDArray[np.intp], held: Units) -> tuple[Units, Units, Units]:
        daily = self.daily[side.trade.rows[rows]]
        which = side.ladder[rows]
        parts: list[Units] = [np.zeros(len(rows), dtype=np.int64) for _ in range(3)]
        for number, ladder in enumerate(side.ladders):
            mine = np.flatnonzero(which == number)
            if len(mine):
                values = ladder.positions(held[mine], daily[mine])
                if any(value.dtype == object for value in values):
                    parts = [part.astype(object) for part in parts]
                for part, value in zip(parts, values, strict=True):
                    part[mine] = value
        return parts[0], parts[1], parts[2]

    def give(self, side: Side, row: int, packs: int) -> None:
        """Add packs to a row (or take them, if negative) and look at every cell that shares the pair."""
        pair = int(side.trade.rows[row])
        side.trade.packs[row] += packs
        self.total[pair] += packs * side.size
        for other in self.sides:
            if other.trade.item == side.trade.item:
                place = _row_of(other, pair, int(self.network.cell_of_pair[pair]))
                if place != NOBODY:
                    self.see(other, int(other.trade.cell_of_row[place]))

    def load(self, side: Side, cell: int, source: int, packs: int) -> None:
        """Move packs on (or, if negative, off) one link."""
        by = side.trade.by
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
        return side.open & ((side.lane < 0) | (lane_room >= self.pack_kg[side.trade.by]))

    def write_back(self) -> None:
        """Put the flows back on the trades' links."""
        for side in self.sides:
            place = np.searchsorted(side.sources, side.trade.link_source)
            side.trade.flow = side.flow[side.trade.link_cell, place]


def _row_of(side: Side, pair: int, network_cell: int) -> int:
    """Return the row of a pair in a trade, or `NOBODY`."""
    cell = int(side.trade.cells.searchsorted(network_cell))
    if cell >= len(side.trade.cells) or side.trade.cells[cell] != network_cell:
        return NOBODY
    low, high = side.bounds[cell], side.bounds[cell + 1]
    row = int(low + np.searchsorted(side.trade.rows[low:high], pair))
    return row if row < high and side.trade.rows[row] == pair else NOBODY


def _whole_limit(limit: Floats) -> Units:
    finite = np.isfinite(limit)
    return np.where(finite, micro(np.where(finite, limit, 0.0)), _UNLIMITED)


def _value(parts: tuple[Units, Units, Units], at: int) -> Fraction | float:
    whole = int(parts[0][at])
    if whole == np.iinfo(np.int64).max:
        return float("inf")
    return whole + Fraction(int(parts[1][at]), int(parts[2][at]))

