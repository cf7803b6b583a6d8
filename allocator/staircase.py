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

from allocator.case import Floats
from allocator.catchment import Network
from allocator.ladder import Classes
from allocator.packs import most_packs
from allocator.position import Approximate, Ladder, ladder_of

__all__ = ["Staircase", "pack_classes", "staircase_of"]

_STEPS_MAX = 4  # packs of a pair listed one by one; more are spread evenly over so many
_ENTRIES = 4_000_000  # histogram entries over all cells
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


def staircase_of(network: Network) -> Staircase:
    """Draw the staircases of every cell, in packs of the item itself."""
    problem = network.problem
    n_cells = max(1, len(network.cells))
    bins = int(np.clip(min(_ENTRIES, 4 * len(problem.pairs)) // n_cells, 64, 2048))
    counts = np.zeros((n_cells, bins + 1))
    pairs, items = problem.pairs, problem.case.items
    durable = items.durable[pairs.item]
    rungs = len(problem.case.policy.ladder)
    for tier in range(len(problem.case.policy.tier_names)):
        for use in (False, True):
            ladder = ladder_of(problem, tier, durable=use)
            rows = np.flatnonzero((pairs.tier == tier) & (durable == use) & (network.cell_of_pair >= 0))
            for item in np.unique(pairs.item[rows]).tolist():
                mine = rows[pairs.item[rows] == item]
                pack = int(items.pack_units[item])
                _add(counts, network, ladder, mine, pack=pack, rungs=rungs)
    return Staircase(np.cumsum(counts, axis=1))


def _add(counts: Floats, network: Network, ladder: Ladder, rows: NDArray[np.intp], *, pack: int, rungs: int) -> None:
    """Add the packs of some pairs of one item to the histogram."""
    pairs = network.problem.pairs
    held, daily, cell = pairs.held[rows], pairs.daily_micro[rows], network.cell_of_pair[rows]
    most = most_packs(ladder, daily_micro=daily, held=held, cap=pairs.cap[rows], pack=pack)
    bins = counts.shape[1] - 1
    about = Approximate.of((ladder,))
    own, heap_of_row = np.unique(cell, return_inverse=True)
    heap = np.zeros(len(own) * (bins + 1))
    some = np.flatnonzero(most)
    for step in range(_STEPS_MAX):
        some = some[most[some] > step]
        if not len(some):
            break
        listed = np.minimum(most[some], _STEPS_MAX)
        weight = most[some] / listed
        nth = np.floor(weight * (step + 0.5)).astype(np.int64)
        at = _scale(about, held[some] + nth * pack, daily[some], pack, rungs)
        place = np.minimum((at * bins).astype(np.intp), bins - 1) + 1
        heap += np.bincount(heap_of_row[some] * (bins + 1) + place, weights=weight * pack, minlength=len(heap))
    counts[own] += heap.reshape(len(own), bins + 1)


def _scale(about: Approximate, held: NDArray[np.int64], daily: NDArray[np.int64], pack: int, rungs: int) -> Floats:
    """Return where on the scale 0…1 a pack's key lies."""
    only = np.zeros(len(held), dtype=np.intp)
    before = np.minimum(about.positions(held / daily, only), rungs)
    at = _FIRST + (1 - _FIRST) * before / rungs
    first = np.flatnonzero(before == 0)
    after = np.minimum(about.positions((held[first] + pack) / daily[first], only[first]), rungs)
    at[first] = _FIRST * (1 - after / rungs)
    return at
