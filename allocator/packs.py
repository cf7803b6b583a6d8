"""Whole packs of one item, dealt so that no exchange of packs could improve on them.

The packs that sites could receive, ordered by their keys (`position`), are the elements of a
matroid: a set of packs is independent when the depots can supply it. Dealing in key order is
therefore optimal, and it is found without dealing: at any level the packs below it either all fit,
or a maximum flow shows the catchments that are too tight; those settle below the level, the others
above it (Fujishige's decomposition). Only packs near the final thresholds are ever listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Units
from allocator.flows import Draw, PackNetwork
from allocator.position import Ladder, Ladders, rank_fractions

__all__ = ["Hand", "deal"]

_LIST_AT_MOST = 2048  # packs listed one by one once so few are left between two levels
_SAME_LEVEL = 1e-9
_WORTH_NARROWING = 0.8  # regions are narrowed when at least a fifth of their pairs has settled
_CUT_EVERY = 3  # every third cut is golden, lest straight lines creep up to a level
_GOLDEN = 0.38196601125010515  # an irrational split: no level ever coincides with a position


@dataclass(frozen=True, kw_only=True)
class Hand:
    """The pairs of one item that share its packs, sorted by (cell, site).

    `cell`: 0…cells−1. `ladder`: position in `ladders`. `held`, `pack`: units. `most`: packs a pair
    may receive at the most, by its cap and by the top of its ladder (over by less than one pack).
    """

    cell: NDArray[np.intp]
    ladder: NDArray[np.intp]
    ladders: tuple[Ladder, ...]
    daily_micro: Units
    held: Units
    pack: int
    most: Units
    cells: int

    def keys(self, rows: NDArray[np.intp], packs: Units) -> NDArray[np.int64]:
        """Return dense exact ranks of the keys of each row's pack number `packs` (from 0)."""
        held = self.held[rows] + packs * self.pack
        low = rank_fractions(*self._positions(rows, held))
        # Where a position occurs once, what the pack lifts it to decides nothing.
        tied = np.flatnonzero(np.bincount(low)[low] > 1)
        if not len(tied):
            return low
        high = np.zeros(len(rows), dtype=np.int64)
        high[tied] = rank_fractions(*self._positions(rows[tied], held[tied] + self.pack))
        return np.unique(low * (len(rows) + 1) - high, return_inverse=True)[1]

    def _positions(self, rows: NDArray[np.intp], held: Units) -> tuple[Units, Units, Units]:
        return Ladders.of(self.ladders).positions(held, self.daily_micro[rows], self.ladder[rows])


def deal(hand: Hand, network: PackNetwork) -> Units:
    """Return packs per pair: the fairest that the network can supply.

    Each pair's packs are taken in the order of their keys; ties go by site code within a cell.
    """
    return _Deal(hand, network).run()


@dataclass(frozen=True, kw_only=True)
class _Region:
    """Cells and sources still to settle between two levels.

    `rows`: the pairs whose packs differ between the levels, with their packs at each; `still`:
    packs per cell of the pairs that do not, which are settled.
    """

    cells: Bools
    sources: Bools
    low: float
    high: float
    rows: NDArray[np.intp]
    at_low: Units
    at_high: Units
    still: Units


@dataclass
class _Deal:
    hand: Hand
    network: PackNetwork
    packs: Units = field(init=False)

    def __post_init__(self) -> None:
        hand = self.hand
        self.packs = np.zeros(len(hand.cell), dtype=np.int64)
        self.rate = hand.daily_micro / (MICRO * hand.pack)
        self.start = hand.held / hand.pack
        self.top = 1.0 + max((max(ladder.rungs, default=0) for ladder in hand.ladders), default=0)

    def run(self) -> Units:
        rows = np.flatnonzero(self.hand.most)
        everything = _Region(
            cells=np.ones(self.hand.cells, dtype=bool),
            sources=np.ones(len(self.network.quota), dtype=bool),
            low=0.0,
            high=self.top,
            rows=rows,
            at_low=np.zeros(len(rows), dtype=np.int64),
            at_high=self.hand.most[rows],
            still=np.zeros(self.hand.cells, dtype=np.int64),
        )
        stack = [everything]
        while stack:
            region = stack.pop()
            if bool(region.cells.any()):
                stack += self._settle(region)
        return self.packs

    def _settle(self, region: _Region) -> list[_Region]:
        """Settle a region, or split it in two and return the parts."""
        drawn = self._draw(region, region.at_high)
        if drawn.served:
            self.packs[region.rows] = region.at_high
            return []
        if not bool(np.all(drawn.tight_cells == region.cells)):
            return [self._part(region, drawn, tight=True), self._part(region, drawn, tight=False)]
        supply = int(self.network.quota[region.sources].sum())
        turn = 0
        while int((region.at_high - region.at_low).sum()) > _LIST_AT_MOST and region.high - region.low > _SAME_LEVEL:
            level = self._next_level(region, supply, turn)
            turn += 1
            at_level = self._count(region.rows, level)
            drawn = self._draw(region, at_level)
            below = replace(region, high=level, at_high=at_level)
            above = replace(region, low=level, at_low=at_level)
            if drawn.served:
                region = self._narrowed(above)
            elif bool(np.all(drawn.tight_cells == region.cells)):
                region = self._narrowed(below)
            else:
                return [self._part(below, drawn, tight=True), self._part(above, drawn, tight=False)]
        self._settle_listed(region)
        return []

    def _draw(self, region: _Region, packs: Units) -> Draw:
        need = region.still + self._per_cell(region.rows, packs)
        return self.network.draw(need, region.cells, region.sources)

    def _part(self, region: _Region, drawn: Draw, *, tight: bool) -> _Region:
        """Return the tight cells with the sources they use up, or the others with the rest."""
        cells = drawn.tight_cells if tight else region.cells & ~drawn.tight_cells
        sources = drawn.tight_sources if tight else region.sources & ~drawn.tight_sources
        mine = cells[self.hand.cell[region.rows]]
        part = replace(
            region,
            cells=cells,
            sources=sources,
            rows=region.rows[mine],
            at_low=region.at_low[mine],
            at_high=region.at_high[mine],
            still=np.where(cells, region.still, 0),
        )
        return self._narrowed(part)

    def _narrowed(self, region: _Region) -> _Region:
        """Settle the pairs whose packs are the same at both levels and look at them no more."""
        open_rows = region.at_low != region.at_high
        if int(open_rows.sum()) > _WORTH_NARROWING * len(open_rows):
            return region
        same = ~open_rows
        self.packs[region.rows[same]] = region.at_low[same]
        return replace(
            region,
            rows=region.rows[open_rows],
            at_low=region.at_low[open_rows],
            at_high=region.at_high[open_rows],
            still=region.still + self._per_cell(region.rows[same], region.at_low[same]),
        )

    @staticmethod
    def _next_level(region: _Region, supply: int, turn: int) -> float:
        """Return a level between: where the supply would be spent on a straight line, or a golden cut."""
        low, high = region.low, region.high
        at_low, at_high = int(region.at_low.sum()), int(region.at_high.sum())
        share = (supply - int(region.still.sum()) - at_low) / (at_high - at_low)
        if turn % _CUT_EVERY == _CUT_EVERY - 1 or not 0 < share < 1:
            return low + (high - low) * _GOLDEN
        # Aim a little to either side in turn, so that both ends of the bracket come close.
        aim = min(0.999, max(0.001, share * (1.02 if turn % _CUT_EVERY else 0.98)))
        return low + (high - low) * aim

    def _count(self, rows: NDArray[np.intp], level: float) -> Units:
        """Return how many packs of each row have a position before them below the level."""
        hand = self.hand
        covers = np.array([ladder.cover_at(level) for ladder in hand.ladders])
        whole = len(rows) == len(hand.cell)
        rate, start, ladder, most = (
            (self.rate, self.start, hand.ladder, hand.most)
            if whole
            else (self.rate[rows], self.start[rows], hand.ladder[rows], hand.most[rows])
        )
        wanted = covers[ladder]
        wanted *= rate
        wanted -= start
        np.ceil(wanted, out=wanted)
        return np.minimum(np.maximum(wanted, 0, out=wanted).astype(np.int64), most)

    def _per_cell(self, rows: NDArray[np.intp], packs: Units) -> Units:
        """Add up packs by cell."""
        cell = self.hand.cell if len(rows) == len(self.hand.cell) else self.hand.cell[rows]
        # bincount adds in float64, exact below 2**53 packs in one place.
        return np.bincount(cell, weights=packs, minlength=self.hand.cells).astype(np.int64)

    def _settle_listed(self, region: _Region) -> None:
        """Settle a region exactly by listing every pack between its two levels."""
        rows, at_low = region.rows, region.at_low
        extra = region.at_high - at_low
        which = np.repeat(np.arange(len(rows)), extra)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(extra) - extra, extra)
        rank = self.hand.keys(rows[which], at_low[which] + nth)
        listed = _Listed(
            network=self.network,
            cell=self.hand.cell[rows[which]],
            rank=rank,
            sure=region.still + self._per_cell(rows, at_low),
        )
        given = listed.run(region.cells, region.sources)
        self.packs[rows] = at_low + np.bincount(which, weights=given, minlength=len(rows)).astype(np.int64)


@dataclass
class _Listed:
    """Packs listed one by one, with exact ranks: the same decomposition over whole ranks."""

    network: PackNetwork
    cell: NDArray[np.intp]
    rank: NDArray[np.int64]
    sure: Units

    def run(self, cells: Bools, sources: Bools) -> Bools:
        """Return which of the listed packs are given. All of them together are more than there is."""
        given = np.zeros(len(self.cell), dtype=bool)
        end = int(self.rank.max(initial=-1)) + 1
        # One sorted column of cell and rank together finds the packs of every cell below a rank at once.
        self.first = np.arange(self.network.cells) * (end + 1)
        key = self.first[self.cell] + self.rank
        order = np.argsort(key, kind="stable")
        self.key, self.begin = key[order], np.searchsorted(key[order], self.first)
        quota = np.zeros(self.network.cells, dtype=np.int64)
        stack = [(cells, sources, 0, end)]
        while stack:
            cells_here, sources_here, low, high = stack.pop()
            if bool(cells_here.any()):
                stack += self._settle(cells_here, sources_here, low, high, quota)
        nth = np.arange(len(order)) - self.begin[self.cell[order]]
        given[order[nth < quota[self.cell[order]]]] = True
        return given

    def _count(self, cells: Bools, level: int) -> Units:
        """Return packs of each cell, sure ones and listed ones of a rank below the level."""
        listed = np.searchsorted(self.key, self.first + level) - self.begin
        return np.where(cells, self.sure + listed, 0)

    def _settle(
        self, cells: Bools, sources: Bools, low: int, high: int, quota: Units
    ) -> list[tuple[Bools, Bools, int, int]]:
        drawn = self.network.draw(self._count(cells, high), cells, sources)
        if drawn.served:
            quota[cells] = (self._count(cells, high) - self.sure)[cells]
            return []
        tight, too = drawn.tight_cells, drawn.tight_sources
        if not bool(np.all(tight == cells)):
            return [(tight, too, low, high), (cells & ~tight, sources & ~too, low, high)]
        # The first looks are where the supply would be spent if all of it could go anywhere.
        spent = self._spent_at(cells, sources)
        looks = [spent + 1, spent]
        while high - low > 1:
            middle = looks.pop() if looks else low
            middle = middle if low < middle < high else (low + high) // 2
            drawn = self.network.draw(self._count(cells, middle), cells, sources)
            if drawn.served:
                low = middle
            elif bool(np.all(drawn.tight_cells == cells)):
                high = middle
            else:
                tight, too = drawn.tight_cells, drawn.tight_sources
                return [(tight, too, low, middle), (cells & ~tight, sources & ~too, middle, high)]
        sure = self._count(cells, low)
        packs = self.network.fill_ties(sure, self._count(cells, high) - sure, cells, sources)
        quota[cells] = (packs - self.sure)[cells]
        return []

    def _spent_at(self, cells: Bools, sources: Bools) -> int:
        """Return the rank at which as many packs are listed as the sources have left; -1 where they have none."""
        left = int(self.network.quota[sources].sum()) - int(self.sure[cells].sum())
        ranks = np.sort(self.rank[cells[self.cell]])
        return int(ranks[left]) if 0 <= left < len(ranks) else -1
