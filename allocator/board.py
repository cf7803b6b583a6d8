"""The board on which whole packs are exchanged: who stands where, what is loaded, what is left.

Every number is whole: totals in the smallest fraction a pack of any trade can make of a unit,
weights and volumes in millionths.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Units, micro
from allocator.catchment import Network
from allocator.frontier import NOBODY, Climbers, Frontier, Stand, exact_bits
from allocator.need import Pairs
from allocator.trades import Trade, common_scale, ladders_of

__all__ = ["NOBODY", "Board", "Side"]

_UNLIMITED = np.iinfo(np.int64).max // 4


@dataclass
class Side:
    """One physical item on the board: matrices by [cell, local source], and each cell's frontier.

    A cell here is a cell of one trade: needs of the item itself and needs it stands in for.
    `trade_of`, `local`: which trade and which of its cells. `turn`: how often anything here changed.
    """

    by: int
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
    turn: int = 0

    @property
    def needs(self) -> frozenset[int]:
        """The items that this one is sent for."""
        return frozenset(climb.trade.item for climb in self.climbs)

    def show(self, frontier: list[Frontier]) -> None:
        """Take note of every cell's frontier."""
        self.frontier = frontier
        self.next_at = np.array([one.next_at for one in frontier])
        self.last_at = np.array([one.last_at for one in frontier])

    def cell_at(self, trade: int, network_cell: int) -> int:
        """Return the position of a trade's cell among the side's, or `NOBODY`."""
        cells = self.climbs[trade].trade.cells
        local = int(cells.searchsorted(network_cell))
        if local >= len(cells) or cells[local] != network_cell:
            return NOBODY
        return int(np.searchsorted(self.trade_of, trade)) + local


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
        self.stand = _stand(problem.pairs, self.scale)
        self.sides = [self._side(by, tuple(t for t in trades if t.by == by)) for by in sorted({t.by for t in trades})]
        climbs = [climb for side in self.sides for climb in side.climbs]
        for climb in climbs:
            self.stand.total[climb.trade.rows] += climb.trade.packs * climb.size
        bits = exact_bits({one for climb in climbs for one in climb.ladders}, int(self.stand.daily.max(initial=1)))
        for side in self.sides:
            self._load_all(side)
            side.show([one for climb in side.climbs for one in climb.look(bits)])

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
            climbs=tuple(self._climbers(trade) for trade in trades),
            trade_of=np.repeat(np.arange(len(trades)), counts),
            local=np.concatenate([np.arange(count) for count in counts]),
            sources=sources.astype(np.intp),
            open=is_open,
            flow=flow,
            lane=lane,
        )

    def _climbers(self, trade: Trade) -> Climbers:
        ladders, ladder = ladders_of(self.network, trade.item, trade.rows)
        return Climbers(trade, int(trade.size * int(self.scale[trade.item])), ladders, ladder, self.stand)

    def _load_all(self, side: Side) -> None:
        per_source = side.flow.sum(axis=0)
        self.packs_left[side.sources, side.by] -= per_source
        np.subtract.at(self.kg_left, self.depot[side.sources], per_source * self.pack_kg[side.by])
        np.subtract.at(self.m3_left, self.depot[side.sources], per_source * self.pack_m3[side.by])
        cell, source = np.nonzero(side.lane >= 0)
        np.subtract.at(self.lane_left, side.lane[cell, source], side.flow[cell, source] * self.pack_kg[side.by])

    def give(self, side: Side, cell: int, row: int, packs: int) -> None:
        """Add packs to a row (or take them, if negative) and look at every cell that shares the pair."""
        mine = side.climbs[int(side.trade_of[cell])]
        pair = int(mine.trade.rows[row])
        mine.trade.packs[row] += packs
        self.stand.total[pair] += packs * mine.size
        for other in self.sides:
            for number, climb in enumerate(other.climbs):
                if climb.trade.item == mine.trade.item:
                    place = other.cell_at(number, int(self.network.cell_of_pair[pair]))
                    if place != NOBODY:
                        seen = climb.look_again(int(other.local[place]), pair)
                        other.frontier[place] = seen
                        other.next_at[place], other.last_at[place] = seen.next_at, seen.last_at
                        other.turn += 1

    def load(self, side: Side, cell: int, source: int, packs: int) -> None:
        """Move packs on (or, if negative, off) one link."""
        by = side.by
        side.turn += 1
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
            for number, trade in enumerate(climb.trade for climb in side.climbs):
                place = np.searchsorted(side.sources, trade.link_source)
                first = int(np.searchsorted(side.trade_of, number))
                trade.flow = side.flow[first + trade.link_cell, place]


def _stand(pairs: Pairs, scale: Units) -> Stand:
    """Return where pairs stand before any pack. `scale`: parts of a unit to count in, by item."""
    times = scale[pairs.item] if bool(np.any(scale > 1)) else 1
    return Stand(
        total=pairs.held * times,
        start=pairs.held * times,
        daily=pairs.daily_micro * times,
        cap=np.where(pairs.cap < 0, _UNLIMITED, pairs.cap * times),
    )


def _whole_limit(limit: Floats) -> Units:
    finite = np.isfinite(limit)
    return np.where(finite, micro(np.where(finite, limit, 0.0)), _UNLIMITED)
