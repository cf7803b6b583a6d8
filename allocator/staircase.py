"""Quotas for whole packs where trucks are shared: the ladder climbed once more, in packs.

A pair takes packs one at a time, so its need is a staircase, and packs larger than a day's need
pull it far from the fractional share. Where items compete for the same truck, each item's quota
comes from climbing the ladder on these staircases, drawn as histograms: exact to a bin, and
exchanges settle the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.catchment import Network
from allocator.ladder import Classes
from allocator.packs import Hand
from allocator.position import Approximate

__all__ = ["Staircase", "pack_classes", "staircase_of"]

_STEPS_MAX = 4  # packs of a pair listed one by one; more are spread evenly over so many
_ENTRIES = 4_000_000  # histogram entries over all cells
_ROWS_TOGETHER = 32_768
_FIRST = 0.1  # part of the scale kept for pairs that hold nothing, in the order of what a pack does


@dataclass(frozen=True)
class Staircase:
    """Requirement in units per cell on a scale 0…1 of pack keys; the shape `Climb` asks of curves."""

    running: Floats  # [cell, bin edge]

    def requirement(self, classes: NDArray[np.intp], cover: Floats) -> Floats:
        """Return the units each cell requires when all packs up to this key are dealt."""
        return self.line(classes, cover)[0]

    def line(self, classes: NDArray[np.intp], cover: Floats) -> tuple[Floats, Floats]:
        """Return the same, and how fast it grows there."""
        low, share = self._bin(cover)
        below = self.running[classes, low]
        step = self.running[classes, low + 1] - below
        return below + share * step, step * (self.running.shape[1] - 1)

    @staticmethod
    def steepest(classes: NDArray[np.intp], top: Floats) -> None:
        """Return None: some steps are as good as upright."""

    def _bin(self, cover: Floats) -> tuple[NDArray[np.intp], Floats]:
        bins = self.running.shape[1] - 1
        at = np.clip(cover, 0.0, 1.0) * bins
        low = np.minimum(at.astype(np.intp), bins - 1)
        return low, at - low


def pack_classes(network: Network) -> Classes:
    """Return one class per cell, on a ladder of one rung from 0 to 1."""
    n = len(network.cells)
    return Classes(
        cell=np.arange(n, dtype=np.int32), tier=np.zeros(n, dtype=np.int8), base=np.zeros((1, n)), top=np.ones((1, n))
    )


def staircase_of(network: Network, hands: list[tuple[NDArray[np.intp], Hand]]) -> Staircase:
    """Draw the staircases of the cells of some items. `hands`: by item its cells and, in packs of itself, its pairs."""
    n_cells = max(1, len(network.cells))
    bins = int(np.clip(min(_ENTRIES, 4 * len(network.problem.pairs)) // n_cells, 64, 2048))
    counts = np.zeros((n_cells, bins + 1))
    rungs = len(network.problem.case.policy.ladder)
    for own, hand in hands:
        scale = _Scale(hand, rungs, bins)
        heap = np.zeros((len(own), bins + 1))
        for begin in range(0, len(hand.cell), _ROWS_TOGETHER):
            scale.add(heap.ravel(), slice(begin, begin + _ROWS_TOGETHER))
        counts[own] = heap
    return Staircase(np.cumsum(counts, axis=1))


class _Scale:
    """Where on the scale 0…1 the keys of an item's packs lie."""

    def __init__(self, hand: Hand, rungs: int, bins: int) -> None:
        self.hand, self.rungs, self.bins = hand, rungs, bins
        self.about = Approximate.of(hand.ladders)

    def add(self, heap: Floats, rows: slice) -> None:
        """Add the packs of some rows to a histogram by cell and bin."""
        hand = self.hand
        most, cell, ladder = hand.most[rows], hand.cell[rows], hand.ladder[rows]
        held, daily = hand.held[rows], hand.daily_micro[rows]
        listed = np.minimum(most, _STEPS_MAX)
        row = np.repeat(np.arange(len(listed)), listed)
        nth = np.arange(len(row)) - (np.cumsum(listed) - listed)[row]
        weight = np.ones(len(row))
        many = np.flatnonzero((most > _STEPS_MAX)[row])
        weight[many] = most[row[many]] / _STEPS_MAX
        nth[many] = np.floor(weight[many] * (nth[many] + 0.5))
        at = self._at(held[row] + nth * hand.pack, daily[row], ladder[row])
        at *= self.bins
        place = cell[row] * (self.bins + 1)
        place += np.minimum(at.astype(np.intp), self.bins - 1) + 1
        weight *= hand.pack
        np.add.at(heap, place, weight)

    def _at(self, held: Units, daily: Units, ladder: NDArray[np.intp]) -> Floats:
        """Return where on the scale the keys of packs lie, received when so much is held."""
        at = np.minimum(self.about.positions(held / daily, ladder), self.rungs)
        first = np.flatnonzero(at == 0)
        at *= 1 - _FIRST
        at /= self.rungs
        at += _FIRST
        after = self.about.positions((held[first] + self.hand.pack) / daily[first], ladder[first])
        at[first] = _FIRST * (1 - np.minimum(after, self.rungs) / self.rungs)
        return at
