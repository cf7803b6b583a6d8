"""Who would receive a cell's next pack, and who would give up its last.

Floating point finds the few pairs that come into question; exact positions decide among them. One
look at all pairs of a trade shows every cell's frontier; after that a pack that moves changes one
pair's two numbers, and its cell is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.position import COMPLETE, Approximate, Ladder, Ladders, rank_fractions
from allocator.trades import Trade

__all__ = ["NOBODY", "Climbers", "Frontier", "Key", "Pack", "Stand", "exact_bits"]

Key = tuple[int, int]
NOBODY = -1
_NEAR = 1e-11  # relative; rows whose positions differ by less are compared exactly
_FEW = 8  # so many rows are compared one by one rather than as columns


@dataclass(frozen=True)
class Stand:
    """What every pair holds now and held at the start, its use, and the most it may receive.

    All in the smallest fraction a pack can make of the item's unit; `daily` in millionths of it.
    """

    total: Units
    start: Units
    daily: Units
    cap: Units


@dataclass(frozen=True)
class Pack:
    """One pack of one row of a trade, given when the row held so many units.

    `key`: (position before the pack, −position after it), as whole numbers on the board's scale.
    """

    row: int
    held: int
    size: int
    daily: int
    ladder: Ladder
    bits: int

    @cached_property
    def before(self) -> int:
        """The position before the pack, as a whole number on the board's scale."""
        return self.ladder.whole_position(self.held, self.daily, self.bits)

    @cached_property
    def key(self) -> Key:
        """Worked out only for packs that somebody compares."""
        return self.before, -self.ladder.whole_position(self.held + self.size, self.daily, self.bits)

    @property
    def at(self) -> float:
        """The position before the pack; inf where the ladder was complete."""
        return float("inf") if self.before >> self.bits >= COMPLETE else self.before / (1 << self.bits)


@dataclass(frozen=True)
class Frontier:
    """The next pack a cell would receive and the last one it would give up; None where there is none."""

    next: Pack | None
    last: Pack | None

    @property
    def next_at(self) -> float:
        """Where the next pack finds its pair; inf where there is none."""
        return self.next.at if self.next else float("inf")

    @property
    def last_at(self) -> float:
        """Where the last pack found its pair; −inf where there is none."""
        return self.last.at if self.last else -float("inf")


def exact_bits(ladders: Iterable[Ladder], most_daily: int) -> int:
    """Return how many binary places tell any two positions on these ladders apart.

    `most_daily`: the largest daily use there is. Fractions of denominators below 2ᵐ differ by more than 2⁻²ᵐ.
    """
    tops = [top for ladder in ladders for top in ladder.scaled[2]]
    return 2 * (max(tops, default=1) * max(1, most_daily)).bit_length()


class Climbers:
    """A trade's rows on their ladders: where each stands before its next pack and before its last."""

    def __init__(
        self, trade: Trade, size: int, ladders: tuple[Ladder, ...], ladder: NDArray[np.intp], stand: Stand
    ) -> None:
        self.trade, self.size, self.stand = trade, size, stand
        self.ladders, self.ladder, self.bounds = ladders, ladder, trade.bounds
        self.about = Approximate.of(ladders)
        self.bits = 0

    def look(self, bits: int) -> list[Frontier]:
        """Return every cell's frontier. `bits`: binary places of exact positions."""
        self.bits = bits
        self.next_at, self.last_at = self._next_at(), self._last_at()
        last, first = self._best(-self.last_at, last=True), self._best(self.next_at, last=False)
        return [Frontier(n, p) for n, p in zip(first, last, strict=True)]

    def _next_at(self) -> Floats:
        """Return about where each row stands before its next pack; inf where it asks for none."""
        stand, rows = self.stand, self.trade.rows
        held = stand.total[rows]
        at = self.about.positions(held / stand.daily[rows], self.ladder)
        at[held - stand.start[rows] + self.size > stand.cap[rows]] = np.inf
        return at

    def _last_at(self) -> Floats:
        """Return about where each row stood before its last pack; −inf where it has none to give."""
        stand, some = self.stand, np.flatnonzero(self.trade.packs)
        rows = self.trade.rows[some]
        at = np.full(len(self.trade.rows), -np.inf)
        at[some] = self.about.positions((stand.total[rows] - self.size) / stand.daily[rows], self.ladder[some])
        return at

    def _best(self, at: Floats, *, last: bool) -> list[Pack | None]:
        """Return for every cell the pack of the lowest key (or, of last packs, of the highest)."""
        edge = np.minimum.reduceat(at, self.bounds[:-1])
        finite = np.where(np.isfinite(edge), edge, 0.0)
        wide = edge + _NEAR * np.maximum(1.0, np.abs(finite))
        wide[edge == np.inf] = -np.inf
        near = np.flatnonzero(at <= np.repeat(wide, np.diff(self.bounds)))
        cell = np.searchsorted(self.bounds, near, side="right") - 1
        best: list[Pack | None] = [None] * len(edge)
        alone = np.bincount(cell, minlength=len(edge))[cell] == 1
        tied = self._best_of_tied(near, cell, np.flatnonzero(~alone), last=last)
        found = np.concatenate([np.flatnonzero(alone), tied])
        for place, pack in zip(cell[found].tolist(), self._packs(near[found], last=last), strict=True):
            best[place] = pack
        return best

    def _best_of_tied(
        self, near: NDArray[np.intp], cell: NDArray[np.intp], tied: NDArray[np.intp], *, last: bool
    ) -> NDArray[np.intp]:
        """Return for each cell which of its rows comes first by exact keys (or, of last packs, last)."""
        rank = self._ranks(near[tied], last=last) if len(tied) else tied
        tied = tied[np.lexsort((near[tied], rank, cell[tied]))]
        new = np.flatnonzero(np.diff(cell[tied], prepend=NOBODY))
        return tied[np.append(new[1:], len(tied)) - 1 if last and len(tied) else new]

    def _packs(self, rows: NDArray[np.intp], *, last: bool) -> list[Pack]:
        """Return the next pack of each row, or its last."""
        pairs = self.trade.rows[rows]
        held = self.stand.total[pairs] - (self.size if last else 0)
        columns = (rows.tolist(), held.tolist(), self.stand.daily[pairs].tolist(), self.ladder[rows].tolist())
        return [
            Pack(row, holds, self.size, daily, self.ladders[ladder], self.bits)
            for row, holds, daily, ladder in zip(*columns, strict=True)
        ]

    def _ranks(self, rows: NDArray[np.intp], *, last: bool) -> NDArray[np.int64]:
        """Return exact ranks of the keys of these rows' packs."""
        pairs = self.trade.rows[rows]
        held, daily = self.stand.total[pairs] - (self.size if last else 0), self.stand.daily[pairs]
        before, after = self._exact(rows, held, daily), self._exact(rows, held + self.size, daily)
        return rank_fractions(*before) * (len(rows) + 1) - rank_fractions(*after)

    def _exact(self, rows: NDArray[np.intp], held: Units, daily: Units) -> tuple[Units, Units, Units]:
        return Ladders.of(self.ladders).positions(held, daily, self.ladder[rows])

    def look_again(self, cell: int, pair: int) -> Frontier:
        """Return a cell's frontier after one of its pairs came to hold more or less."""
        low, high = int(self.bounds[cell]), int(self.bounds[cell + 1])
        row = low + int(np.searchsorted(self.trade.rows[low:high], pair))
        held, daily = int(self.stand.total[pair]), int(self.stand.daily[pair])
        ladder = int(self.ladder[row])
        asks = held - int(self.stand.start[pair]) + self.size <= int(self.stand.cap[pair])
        self.next_at[row] = self.about.position(held / daily, ladder) if asks else np.inf
        gives = bool(self.trade.packs[row] > 0)
        self.last_at[row] = self.about.position((held - self.size) / daily, ladder) if gives else -np.inf
        return Frontier(self._best_of(low, high, last=False), self._best_of(low, high, last=True))

    def _best_of(self, low: int, high: int, *, last: bool) -> Pack | None:
        at = self.last_at[low:high] if last else self.next_at[low:high]
        edge = float(at.max() if last else at.min())
        if edge == (-np.inf if last else np.inf):
            return None
        width = 0.0 if edge == np.inf else _NEAR * max(1.0, abs(edge))
        near = low + np.flatnonzero(at >= edge - width if last else at <= edge + width)
        if len(near) > _FEW:
            rank = self._ranks(near, last=last)
            best = len(near) - 1 - int(np.argmax(rank[::-1])) if last else int(np.argmin(rank))
            near = near[best : best + 1]
        packs = self._packs(near, last=last)
        return packs[0] if len(packs) == 1 else (_highest(packs) if last else min(packs, key=_key))


def _key(pack: Pack) -> Key:
    return pack.key


def _highest(packs: list[Pack]) -> Pack:
    """Return the pack of the highest key, the last among equals."""
    return max(reversed(packs), key=_key)
