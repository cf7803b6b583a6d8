"""What rows (a site and an item) will use on the coming days, as likely paths that share a shock.

The forecast says how much each row uses in the middle, and how far its sum over some days may lie from that. Paths
are drawn from this so that sums over rows have their own quantiles: quantiles themselves are never added.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Indices

__all__ = ["LEVELS", "LEVEL_PART", "SHARED", "SOURCES", "DemandOutlook", "Paths", "assumed_ratios"]

Paths = NDArray[np.float32]

LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95)
"""Of which quantiles a forecast speaks."""
SOURCES = ("none", "need", "activity", "forecast", "shifted")
"""Where the daily use comes from: nobody said; the case's need; activity; a forecast; a forecast raised to a jump."""

SHARED = 0.3
"""Part of the variance that all rows share: an epidemic rises everywhere at once. Assumed."""
LEVEL_PART = 1.0
"""Part of the variance of the whole sum that is the level nobody knows, where no history tells: all. Assumed."""
_POWER_MAX, _NORMAL_90 = 4.0, 1.2816
_ASSUMED = (0.75, 1.0, 1.25, 1.4, 1.55)
"""What a need that nobody ever held against use may turn out to be, ÷ itself. Assumed."""
_FLOOR = 1e-3


def assumed_ratios(rows: int) -> Floats:
    """Return quantiles ÷ median (rows, 5) of needs of which no history tells how far they are off. Assumed.

    >>> assumed_ratios(1).tolist()
    [[0.75, 1.0, 1.25, 1.4, 1.55]]
    """
    return np.tile(np.array(_ASSUMED), (rows, 1))


@dataclass(frozen=True, kw_only=True)
class DemandOutlook:
    """Demand of S rows on T days from today on.

    `daily_units` (S, T): in the middle (P50), nan in all of a row where nobody knows. `ratios` (S, 5): quantiles of
    `LEVELS` of the sum over `ratio_days` days ÷ its median. `source` (S,): position in `SOURCES`. `shared`: ρ below.
    `level_part` (S,): part of the variance of that sum that is the level nobody knows; the rest is days by themselves.
    ValueError where shapes differ or quantiles fall.

    >>> outlook = DemandOutlook(daily_units=np.full((1, 14), 10.0), ratios=assumed_ratios(1), ratio_days=14,
    ...                         source=np.array([1], dtype=np.int32))
    >>> paths = outlook.cumulative(np.arange(1), outlook.shocks(200, seed=1))
    >>> paths.shape, np.quantile(paths[-1, :, 0], [0.1, 0.5, 0.9]).round(-1).tolist()
    ((14, 200, 1), [110.0, 140.0, 200.0])
    """

    daily_units: Floats
    ratios: Floats
    ratio_days: int
    source: Indices
    shared: float = SHARED
    level_part: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Refuse what is no outlook."""
        if not len(self.level_part):
            object.__setattr__(self, "level_part", np.full(len(self.source), LEVEL_PART))
        if self.ratios.shape != (len(self.daily_units), len(LEVELS)) or len(self.source) != len(self.daily_units):
            raise ValueError("One row of ratios and one source for each row of daily units.")
        if (np.diff(self.ratios, axis=1) < 0).any():
            raise ValueError("Quantiles rise with their level.")

    def __len__(self) -> int:
        return len(self.daily_units)

    @property
    def days(self) -> int:
        """How many days are looked ahead."""
        return int(self.daily_units.shape[1])

    @property
    def level_units(self) -> Floats:
        """Units a day in the middle (P50), over the days the quantiles are of."""
        days = min(self.ratio_days, self.days)
        return np.asarray(self.daily_units[:, :days].mean(axis=1))

    @property
    def level_units_high(self) -> Floats:
        """Units a day that are exceeded once in ten times (P90), over the same days."""
        return np.asarray(self.level_units * self.ratios[:, LEVELS.index(0.9)])

    def shocks(self, count: int, *, seed: int) -> Paths:
        """Return where each path stands among the likely ones (count, S), 0…1, rows moving together in part.

            u = rank of √ρ shared + √(1 − ρ) own,  ρ = `shared`

        Each row's paths are spread evenly over their ranks, so that few of them have the row's own quantiles.
        """
        rng = np.random.default_rng(seed)
        shared = rng.standard_normal((count, 1), dtype=np.float32)
        own = rng.standard_normal((count, len(self)), dtype=np.float32)
        together = np.float32(self.shared**0.5) * shared + np.float32((1 - self.shared) ** 0.5) * own
        shares = np.empty_like(together)
        evenly = ((np.arange(count, dtype=np.float32) + np.float32(0.5)) / count)[:, None]
        np.put_along_axis(shares, np.argsort(together, axis=0), evenly, axis=0)
        return shares

    def cumulative(self, rows: Indices, shocks: Paths) -> Paths:
        """Return demand from today until each day (T, count, rows) of paths that stand at `shocks` (count, rows).

            until day t = P50 until day t × r^e × exp(−(e² − 1) σ² ÷ 2),   e = min(4, √(φ + (1 − φ) × ratio_days ÷ t))

        r: ratio at the shock, σ = ln(P90 ÷ P50) ÷ 1.2816, φ = `level_part`: the sum over `ratio_days` has the
        forecast's quantiles, a few days spread relatively more, and all have the mean of the whole. Unknown rows have
        none. Where r is very high the first days may overshoot the next ones; `run_down` takes nothing back.
        """
        middle = np.cumsum(np.nan_to_num(self.daily_units[rows]), axis=1).astype(np.float32)
        log_ratio = np.log(np.maximum(_at_share(self.ratios[rows].astype(np.float32), shocks), np.float32(_FLOOR)))
        day = np.arange(1, self.days + 1)
        level = self.level_part[rows]
        power = np.minimum(_POWER_MAX, np.sqrt(level + (1 - level) * self.ratio_days / day[:, None])).astype(np.float32)
        spread = np.log(np.maximum(self.ratios[rows, LEVELS.index(0.9)], 1.0)) / _NORMAL_90
        middle = middle.T * np.exp(-(power**2 - 1) * (spread**2) / 2).astype(np.float32)
        paths = log_ratio[None] * power[:, None, :]
        np.exp(paths, out=paths)
        paths *= middle[:, None, :]
        return paths

    def middle(self, rows: Indices) -> Paths:
        """Return P50 demand from today until each day (T, 1, rows)."""
        cumulative = np.cumsum(np.nan_to_num(self.daily_units[rows]), axis=1).T
        return np.asarray(cumulative[:, None, :], dtype=np.float32)


def _at_share(ratios: Paths, shares: Paths) -> Paths:
    """Return the quantile of each row (rows, 5) at each share (count, rows): straight between levels and beyond."""
    low, last = ratios[:, 0], ratios[:, -1]
    # Below the first and above the last level each goes on about as far as its neighbours suggest.
    ends = np.maximum(0.0, low - 0.5 * (ratios[:, 1] - low)), last + (last - ratios[:, -2])
    table = np.concatenate([ends[0][:, None], ratios, ends[1][:, None]], axis=1).astype(np.float32)
    levels = np.array([0.0, *LEVELS, 1.0], dtype=np.float32)
    place = np.clip(np.searchsorted(levels, shares, side="right") - 1, 0, len(levels) - 2)
    part = (shares - levels[place]) / (levels[place + 1] - levels[place])
    row = np.arange(len(ratios))
    below = table[row, place]
    return np.asarray(below + part * (table[row, place + 1] - below), dtype=np.float32)
