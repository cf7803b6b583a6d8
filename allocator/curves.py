"""Need curves: what a class of pairs requires to reach a cover, in one look-up.

A *class* is a cell and a tier. Its requirement at cover c is R(c) = Σ max(0, u·c − h), and where a
pair may receive at most m, min(m, max(0, u·c − h)): piecewise linear, found by one sort and prefix
sums. Sums are whole numbers (millionths of daily units, whole units held), so they are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Units
from allocator.need import Pairs

__all__ = ["Curves", "Segments", "curves_of"]


@dataclass(frozen=True, kw_only=True)
class Segments:
    """Breakpoints of every class, sorted within the class, with running sums of u and of h.

    `start[k]`…`start[k+1]`: the entries of class k. `daily_micro`, `units` have one entry more.
    """

    start: NDArray[np.intp]
    at: Floats
    daily_micro: Units
    units: Units

    def sums_below(self, classes: NDArray[np.intp], cover: Floats, *, also_at: bool) -> tuple[Floats, Floats]:
        """Return Σ u and Σ h over entries of each class whose breakpoint lies below the cover."""
        first, end = self.start[classes], self.start[classes + 1]
        place = first.copy()
        step = 1 << int((end - first).max(initial=0)).bit_length()
        while step := step >> 1:
            further = place + step
            value = self.at.take(further - 1, mode="clip") if len(self.at) else cover
            within = (value <= cover) if also_at else (value < cover)
            within &= further <= end
            place = np.where(within, further, place)
        daily = (self.daily_micro[place] - self.daily_micro[first]) / MICRO
        return daily, (self.units[place] - self.units[first]).astype(np.float64)


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The need curves of all classes: where pairs start to lack, and where caps stop them."""

    lacking: Segments
    capped: Segments

    def requirement(self, classes: NDArray[np.intp], cover: Floats) -> Floats:
        """Return the units each class requires to stand at its cover."""
        return self._sums(classes, cover, also_at=False)[0]

    def line(self, classes: NDArray[np.intp], cover: Floats) -> tuple[Floats, Floats]:
        """Return the requirement and its right-hand slope: daily units still rising there."""
        return self._sums(classes, cover, also_at=True)

    def steepest(self, classes: NDArray[np.intp], top: Floats) -> Floats:
        """Return daily units of all who lack anything at the top; caps only make a curve less steep."""
        return self.lacking.sums_below(classes, top, also_at=True)[0]

    def _sums(self, classes: NDArray[np.intp], cover: Floats, *, also_at: bool) -> tuple[Floats, Floats]:
        daily, held = self.lacking.sums_below(classes, cover, also_at=also_at)
        if not len(self.capped.at):
            return np.maximum(0.0, cover * daily - held), daily
        over_daily, over_units = self.capped.sums_below(classes, cover, also_at=also_at)
        units = (cover * daily - held) - (cover * over_daily - over_units)
        return np.maximum(0.0, units), np.maximum(0.0, daily - over_daily)


def curves_of(pairs: Pairs, class_of_pair: NDArray[np.integer], n_classes: int) -> Curves:
    """Build the curves; pairs of class -1 are left out."""
    every = np.flatnonzero(class_of_pair >= 0) if bool(np.any(class_of_pair < 0)) else None
    capped = np.flatnonzero((pairs.cap >= 0) & (class_of_pair >= 0))
    held = pairs.held
    return Curves(
        lacking=_segments(class_of_pair, held, pairs.daily_units, pairs.daily_micro, rows=every, n_classes=n_classes),
        capped=_segments(
            class_of_pair, held + pairs.cap, pairs.daily_units, pairs.daily_micro, rows=capped, n_classes=n_classes
        ),
    )


def _segments(
    class_of_pair: NDArray[np.integer],
    units: Units,
    daily_units: Floats,
    daily_micro: Units,
    *,
    rows: NDArray[np.intp] | None,
    n_classes: int,
) -> Segments:
    if rows is not None:
        class_of_pair, units = class_of_pair[rows], units[rows]
        daily_units, daily_micro = daily_units[rows], daily_micro[rows]
    # Classes fit in 16 bits for all but uncollapsed cases, and numpy sorts those by radix.
    small = class_of_pair.astype(np.uint16 if n_classes <= np.iinfo(np.uint16).max else np.int32)
    order = np.argsort(small, kind="stable")
    start = np.zeros(n_classes + 1, dtype=np.intp)
    np.cumsum(np.bincount(class_of_pair, minlength=n_classes), out=start[1:])
    at = (units / daily_units)[order]
    for k in range(n_classes):
        low, high = start[k], start[k + 1]
        part = at[low:high]
        if high - low > 1:
            within = np.argsort(part, kind="stable")
            order[low:high] = order[low:high][within]
            at[low:high] = part[within]
    return Segments(start=start, at=at, daily_micro=_running(daily_micro[order]), units=_running(units[order]))


def _running(values: Units) -> Units:
    total = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=total[1:])
    return total
