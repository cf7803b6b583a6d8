"""The seasonal method: the level of a whole season, times how the coming periods differ from it."""

from __future__ import annotations

import numpy as np

from allocator.case import Floats, Indices
from allocator.forecast_methods import recent_mean_levels

__all__ = ["PRIOR_SEASONS", "season_of", "seasonal_levels"]

PRIOR_SEASONS = 2.0
"""Seasons that no season at all is worth against an item's, and an item's against a series' own."""

_DAYS_OF_YEAR = 365.25
_WEEK = 7
_SEEN_SHARE_MIN = 0.6


def season_of(period_days: int) -> int:
    """Return the periods of a season: a week of days, else a year; 1 where a period is a year or longer.

    >>> [season_of(days) for days in (1, 7, 30, 365)]
    [7, 52, 12, 1]
    """
    return _WEEK if period_days == 1 else max(1, round(_DAYS_OF_YEAR / period_days))


def seasonal_levels(
    units: Floats, *, season: int, horizon: int, groups: Indices, known: Indices | None = None
) -> Floats:
    """Return the mean of the last season × the mean index of the `horizon` periods to come (S, T).

    The index of a phase is the mean ratio of units to the centred moving average of one season around them,
    as far as it was known by then; the index of few seasons is drawn to that of the group (an item over all
    its sites), and a group's to 1:  (κ × prior + Σ ratios) ÷ (κ + ratios), κ = 2. nan until one season
    has passed. Source: ratio to moving average, Hyndman, Athanasopoulos (2021), Forecasting: Principles
    and Practice, 3rd edition, 3.4. `groups`: position of the group of each series; `known`: after so many periods
    only, the rest nan.

    >>> units = np.array([[10.0, 30] * 4])
    >>> seasonal_levels(units, season=2, horizon=1, groups=np.array([0]))[0, -2:].round(2).tolist()
    [27.78, 11.6]
    """
    series, periods = units.shape
    levels = np.full((periods, series), np.nan)
    if season < 2 or periods < season:  # noqa: PLR2004 - a season of one period is none
        return levels.T
    half, asked = season // 2, set() if known is None else set(known.tolist())
    ratio, seen = (np.ascontiguousarray(each.T) for each in _ratios(units, season))
    base = recent_mean_levels(units, season).T
    total, count = np.zeros((season, series)), np.zeros((season, series))
    for now in range(periods):
        if now >= half:
            phase = (now - half) % season
            total[phase] += ratio[now - half]
            count[phase] += seen[now - half]
        if now + 1 >= season and (known is None or now + 1 in asked):
            coming = (now + 1 + np.arange(horizon)) % season
            levels[now] = base[now] * _indices(total, count, groups)[coming].mean(axis=0)
    return levels.T


def _ratios(units: Floats, season: int) -> tuple[Floats, Floats]:
    """Return the ratio to the centred moving average, and 1 where there is one, else 0."""
    weights = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    reported = (~np.isnan(units)).astype(np.float64)
    padded = [_middle(each, weights) for each in (np.nan_to_num(units), reported)]
    enough = padded[1] >= _SEEN_SHARE_MIN * season
    mean = np.divide(padded[0], padded[1], out=np.zeros(units.shape), where=enough)
    seen = enough & (mean > 0) & (reported > 0)
    return np.divide(np.nan_to_num(units), mean, out=np.zeros(units.shape), where=seen), seen.astype(np.float64)


def _middle(values: Floats, weights: Floats) -> Floats:
    """Return weighted sums over the window around each period; 0 where it does not fit."""
    result = np.zeros(values.shape)
    half, last = len(weights) // 2, values.shape[1] - len(weights) + 1
    for n, weight in enumerate(weights):
        result[:, half : half + last] += weight * values[:, n : n + last]
    return result


def _indices(total: Floats, count: Floats, groups: Indices) -> Floats:
    """Return the index of every phase and series (season, S), with mean 1."""
    size = int(groups.max(initial=-1)) + 1
    of_group = np.array([np.bincount(groups, weights=each, minlength=size) for each in total])
    seen = np.array([np.bincount(groups, weights=each, minlength=size) for each in count])
    prior = ((PRIOR_SEASONS + of_group) / (PRIOR_SEASONS + seen))[:, groups]
    index = (PRIOR_SEASONS * prior + total) / (PRIOR_SEASONS + count)
    mean = index.mean(axis=0)
    return np.divide(index, mean, out=np.ones_like(index), where=mean > 0)
