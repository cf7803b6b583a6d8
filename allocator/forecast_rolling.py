"""Rolling origins: what each method would have said at earlier times, beside what then came.

An origin is a number of periods known. From each, a method expects a sum over the horizon; where the horizon has
passed since, the sum is known. The last origin is now. Nothing later than an origin is used for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Floats, Indices
from allocator.forecast_methods import mean_levels, recent_mean_levels, sba_levels, ses_levels, tsb_levels
from allocator.forecast_season import season_of, seasonal_levels

__all__ = ["METHODS", "ORIGINS_MAX", "Rolling", "at_origins", "origins_of", "recent_periods", "rolled", "sums_after"]

METHODS = ("recent mean", "mean", "smoothing", "sba", "tsb", "seasonal")
"""The methods, in the order of every array that has one."""

ORIGINS_MAX = 40
_RECENT_DAYS = 90
_REPORTED_SHARE_MIN = 0.75
_PERIODS_KNOWN_MIN = 2


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """What was expected and what came, for O origins and S series, in units over `horizon` periods.

    `known` (O,): periods known at each origin, the last of which is now. `step`: periods between two.
    `groups` (S,): position of the item of each series. `actual` (O, S): nan where it is not known.
    `expected` (M, O, S): by each of `METHODS`, nan where a method has nothing to say. `mean` (O, S): the mean of all
    periods so far, over the horizon. `reports` (O, S): periods reported so far; `deviation`: their standard deviation.
    """

    known: Indices
    step: int
    horizon: int
    groups: Indices
    actual: Floats
    expected: Floats
    mean: Floats
    reports: Floats
    deviation: Floats

    @property
    def told(self) -> Indices:
        """How many origins lie so far back that what came after them was known at each origin (O,)."""
        return np.searchsorted(self.known[:-1] + self.horizon, self.known, side="right").astype(np.int32)

    @property
    def apart(self) -> float:
        """What one origin is worth beside its neighbours, whose horizons overlap with its own."""
        return min(1.0, self.step / self.horizon)


def recent_periods(period_days: int) -> int:
    """Return the periods of the 3-month average.

    >>> [recent_periods(days) for days in (1, 7, 30)]
    [90, 13, 3]
    """
    return max(1, round(_RECENT_DAYS / period_days))


def origins_of(periods: int, horizon: int) -> tuple[Indices, int]:
    """Return the origins, as periods known, and the periods between two: a third of the horizon or more.

    >>> origins_of(12, 3)[0].tolist(), origins_of(120, 30)[0].tolist(), origins_of(4, 6)[0].tolist()
    ([2, 3, 4, 5, 6, 7, 8, 9, 12], [10, 20, 30, 40, 50, 60, 70, 80, 90, 120], [4])
    """
    last = periods - horizon
    step = max(1, horizon // 3, -(-last // ORIGINS_MAX))
    past = np.arange(last, _PERIODS_KNOWN_MIN - 1, -step)[::-1]
    return np.append(past, periods).astype(np.int32), step


def sums_after(units: Floats, known: Indices, horizon: int) -> Floats:
    """Return the sum over the horizon after each origin (O, S), nan where too little of it was reported.

    Where a quarter of the periods or less are gaps, they are taken for the mean of the others.

    >>> sums_after(np.array([[1.0, 2, 3, np.nan, 5, 6, 7]]), np.array([0, 3, 6]), 4).ravel().tolist()
    [8.0, 24.0, nan]
    """
    reported = ~np.isnan(units)
    total = _running(np.where(reported, units, 0.0))
    count = _running(reported.astype(np.float64))
    end = np.minimum(known + horizon, units.shape[1])
    units_after, reports_after = (each[end] - each[known] for each in (total, count))
    whole = (known + horizon <= units.shape[1])[:, None] & (reports_after >= _REPORTED_SHARE_MIN * horizon)
    mean = np.divide(units_after, reports_after, out=np.full(units_after.shape, np.nan), where=whole)
    return np.asarray(mean * horizon)


def _running(values: Floats) -> Floats:
    """Return sums of the first 0, 1, … T periods (T + 1, S)."""
    return np.vstack([np.zeros(len(values)), np.cumsum(values, axis=1).T])


def at_origins(levels: Floats, known: Indices) -> Floats:
    """Return levels (S, T) as they stood at each origin (O, S)."""
    return np.ascontiguousarray(levels[:, known - 1].T)


def rolled(units: Floats, *, period_days: int, horizon: int, groups: Indices) -> Rolling:
    """Return what every method expects now and expected at earlier origins, of units (S, T)."""
    known, step = origins_of(units.shape[1], horizon)
    mean = mean_levels(units)
    season = season_of(period_days)
    levels = (
        recent_mean_levels(units, recent_periods(period_days)),
        mean,
        ses_levels(units, known=known),
        sba_levels(units),
        tsb_levels(units),
        seasonal_levels(units, season=season, horizon=horizon, groups=groups, known=known),
    )
    return Rolling(
        known=known,
        step=step,
        horizon=horizon,
        groups=groups,
        actual=sums_after(units, known, horizon),
        expected=np.stack([at_origins(each, known) for each in levels]) * horizon,
        mean=at_origins(mean, known) * horizon,
        reports=at_origins(np.cumsum(~np.isnan(units), axis=1).astype(np.float64), known),
        deviation=at_origins(_deviations(units), known),
    )


def _deviations(units: Floats) -> Floats:
    """Return the standard deviation (ddof 1) of the periods reported up to each one (S, T); 0 of fewer than two."""
    reported = ~np.isnan(units)
    count = np.cumsum(reported, axis=1)
    known = np.where(reported, units, 0.0)
    total, squares = np.cumsum(known, axis=1), np.cumsum(known * known, axis=1)
    mean = np.divide(total, count, out=np.zeros(units.shape), where=count > 0)
    spread = np.maximum(squares - mean * total, 0.0)
    return np.sqrt(np.divide(spread, count - 1, out=np.zeros(units.shape), where=count > 1))
