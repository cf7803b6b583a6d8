"""What a learner sees of each series at each origin: shares of its own level, so that all series teach one model."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.case import Floats
from allocator.demand import DemandHistory
from allocator.forecast_rolling import Rolling
from allocator.forecast_season import season_of

__all__ = ["ITEM_COLUMN", "Features", "features_of", "scales_of"]

ITEM_COLUMN = 0
"""The column that names the item: a category, not a number."""

_LEVEL_MIN = 0.25  # of the mean of a series: what a level is measured by is never nothing
_LAGS = 6
_WINDOWS_OF_DAYS = (1, 3, 7, 14, 28)
_WINDOWS = (1, 2, 3, 6, 12)
_MISS_PRIOR = 3.0


@dataclass(frozen=True, kw_only=True)
class Features:
    """Columns (O, S, F) and what they are measured by (O, S), nan where a series has no level."""

    columns: Floats
    scale: Floats


def scales_of(rolling: Rolling, centre: Floats) -> Floats:
    """Return the level every number of a series is divided by (O, S): its forecast, or a quarter of its mean."""
    level = np.maximum(np.nan_to_num(centre), _LEVEL_MIN * np.nan_to_num(rolling.mean))
    return np.where(level > 0, level, np.nan)


def features_of(history: DemandHistory, units: Floats, rolling: Rolling, centre: Floats) -> Features:
    """Return the features of every series at every origin, each from periods known by then only."""
    scale = scales_of(rolling, centre)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        columns = [np.broadcast_to(rolling.groups.astype(np.float64), scale.shape)]
        columns += [*_levels(rolling, centre, scale), *_recent(history.period_days, units, rolling, scale)]
        columns += [*_misses(rolling, centre, scale), *_others(history, units, rolling, scale)]
        columns += [*_of_item(history.period_days, units, rolling), *_held(history, rolling, scale)]
        columns += [*_supplied(history, rolling, scale)]
    return Features(columns=np.stack(columns, axis=-1), scale=scale)


def _levels(rolling: Rolling, centre: Floats, scale: Floats) -> Iterator[Floats]:
    """What each method expects, the forecast, how large the series is for its item, how much is known, the phase."""
    for each in rolling.expected:
        yield each / scale
    yield centre / scale
    total = np.bincount(rolling.groups, weights=np.nan_to_num(scale[-1]))
    count = np.bincount(rolling.groups)
    yield np.log(scale / (total / count)[rolling.groups])
    yield rolling.reports
    yield rolling.deviation * np.sqrt(rolling.horizon) / scale
    whole = np.bincount(rolling.groups, weights=np.ones(scale.shape[1]))
    of_item = [np.bincount(rolling.groups, weights=np.nan_to_num(each), minlength=len(whole)) for each in rolling.mean]
    now = [
        np.bincount(rolling.groups, weights=np.nan_to_num(each), minlength=len(whole)) for each in rolling.expected[2]
    ]
    yield (np.array(now) / np.maximum(np.array(of_item), 1e-12))[:, rolling.groups]


def _recent(period_days: int, units: Floats, rolling: Rolling, scale: Floats) -> Iterator[Floats]:
    """The last periods one by one, means, shares of zeros and gaps over windows, periods since the last demand."""
    reported = ~np.isnan(units)
    sums = [_running(np.where(reported, each, 0.0)) for each in (units, units == 0, reported)]
    for lag in range(1, _LAGS + 1):
        yield _lagged(units, rolling, lag) * rolling.horizon / scale
    windows = _WINDOWS_OF_DAYS if period_days == 1 else _WINDOWS
    spans = [(0, window) for window in windows] + [(windows[2], windows[3]), (windows[3], windows[4])]
    for newest, oldest in spans:
        total, zeros, count = (_between(each, rolling, newest, oldest) for each in sums)
        yield total / count * rolling.horizon / scale
        yield zeros / count
        yield count / (oldest - newest)
    last = np.maximum.accumulate(np.where(units > 0, np.arange(units.shape[1]), -1), axis=1)
    yield (rolling.known[:, None] - 1 - last[:, rolling.known - 1].T).astype(np.float64)
    for level in (0.5, 0.9):
        recent: Floats = np.array([_quantile(units[:, max(0, n - windows[4]) : n], level) for n in rolling.known])
        yield recent * rolling.horizon / scale
    yield np.broadcast_to((rolling.known % season_of(period_days))[:, None].astype(np.float64), scale.shape)


def _quantile(units: Floats, level: float) -> Floats:
    """Return a quantile of what was reported (S,): the lower of two; nan of none. Faster than nanquantile."""
    count = (~np.isnan(units)).sum(axis=1)
    place = np.maximum(0, np.floor(level * (count - 1)).astype(np.int64))
    return np.take_along_axis(np.sort(units, axis=1), place[:, None], axis=1)[:, 0]


def _misses(rolling: Rolling, centre: Floats, scale: Floats) -> Iterator[Floats]:
    """How far the series' own forecasts were off so far, on average, and the last time."""
    ratio = (rolling.actual - centre) / scale
    known = ~np.isnan(ratio)
    none = np.zeros((1, ratio.shape[1]))
    count = np.vstack([none, np.cumsum(known, axis=0)])[rolling.told]
    for each in (ratio, np.abs(ratio)):
        total = np.vstack([none, np.cumsum(np.where(known, each, 0.0), axis=0)])[rolling.told]
        yield total / (count + _MISS_PRIOR)
    yield np.vstack([none * np.nan, ratio])[rolling.told]


def _others(history: DemandHistory, units: Floats, rolling: Rolling, scale: Floats) -> Iterator[Floats]:
    """How the other items of the site do, and how many of them were reported without use."""
    site = np.unique(np.array(history.sites, dtype=str), return_inverse=True)[1]
    for lag in (1, 2):
        now = _lagged(units, rolling, lag) * rolling.horizon
        usual = np.where(np.isnan(now), 0.0, np.nan_to_num(rolling.mean / scale))
        yield _by(site, now / scale) / np.maximum(_by(site, usual), 1e-12)
        yield _by(site, ((now == 0) & (usual > 0)).astype(np.float64)) / np.maximum(_by(site, usual > 0), 1.0)


def _held(history: DemandHistory, rolling: Rolling, scale: Floats) -> Iterator[Floats]:
    """What was on hand at the end of the last periods, where that is known; shares of them without stock."""
    if history.held is not None:
        for lag in (1, 2, 3):
            yield _lagged(history.held, rolling, lag) / scale
    if history.stockout.any():
        for lag in (1, 2):
            yield 1.0 - _lagged(history.stockout, rolling, lag)


def _of_item(period_days: int, units: Floats, rolling: Rolling) -> Iterator[Floats]:
    """How the item does everywhere against its usual, and in which share of its reports there was no use."""
    reported, usual = ~np.isnan(units), np.nan_to_num(rolling.mean / rolling.horizon)
    sums = [_running(np.where(reported, each, 0.0)) for each in (units, units == 0, reported)]
    for newest, oldest in _spans(period_days):
        total, zeros, count = (_between(each, rolling, newest, oldest) for each in sums)
        yield _by(rolling.groups, total) / np.maximum(_by(rolling.groups, count * usual), 1e-12)
        used = usual > 0
        yield _by(rolling.groups, zeros * used) / np.maximum(_by(rolling.groups, count * used), 1.0)


def _supplied(history: DemandHistory, rolling: Rolling, scale: Floats) -> Iterator[Floats]:
    """What came in, how long ago, and how often shelves stood empty: of the series, and of the item everywhere."""
    if history.held is None:
        return
    counted = ~np.isnan(history.held)
    came = np.full(history.units.shape, np.nan)
    came[:, 1:] = np.diff(history.held, axis=1) + np.nan_to_num(history.units[:, 1:])
    arrived, told = np.where(np.isnan(came), 0.0, np.maximum(came, 0.0)), ~np.isnan(came)
    inflow, reports, empty, counts = map(_running, (arrived, told, history.held <= 0, counted))
    spans = _spans(history.period_days)
    for span in spans:
        came_in, known = (_between(each, rolling, *span) for each in (inflow, reports))
        yield came_in / np.maximum(known, 1.0) * rolling.horizon / scale
    for oldest in (spans[1][1], spans[2][1]):
        yield _between(empty, rolling, 0, oldest) / np.maximum(_between(counts, rolling, 0, oldest), 1.0)
    for oldest in (spans[0][1], spans[1][1]):
        out, known = (_by(rolling.groups, _between(each, rolling, 0, oldest)) for each in (empty, counts))
        yield out / np.maximum(known, 1.0)
    usual = _by(rolling.groups, rolling.mean) / rolling.horizon
    yield _by(rolling.groups, _between(inflow, rolling, 0, spans[0][1])) / np.maximum(usual, 1e-12)
    last = np.maximum.accumulate(np.where(arrived > 0, np.arange(arrived.shape[1]), -1), axis=1)
    yield (rolling.known[:, None] - 1 - last[:, rolling.known - 1].T).astype(np.float64)


def _spans(period_days: int) -> tuple[tuple[int, int], ...]:
    """Return the last period, the last few, and those before: from so many periods ago to so many."""
    windows = _WINDOWS_OF_DAYS if period_days == 1 else _WINDOWS
    return (0, windows[0]), (0, windows[2]), (windows[2], windows[4])


def _by(group: np.ndarray, values: np.ndarray) -> Floats:
    """Return sums over each series' site, or item (O, S)."""
    return np.array([np.bincount(group, weights=np.nan_to_num(each.astype(np.float64)))[group] for each in values])


def _lagged(values: Floats, rolling: Rolling, lag: int) -> Floats:
    """Return the value so many periods before each origin (O, S)."""
    at = rolling.known - lag
    return np.where((at >= 0)[:, None], values[:, np.maximum(at, 0)].T, np.nan)


def _running(values: Floats) -> Floats:
    return np.vstack([np.zeros(len(values)), np.cumsum(values, axis=1).T])


def _between(sums: Floats, rolling: Rolling, newest: int, oldest: int) -> Floats:
    """Return the sum over the periods from `oldest` to `newest` before each origin (O, S)."""
    end, begin = (np.maximum(rolling.known - each, 0) for each in (newest, oldest))
    return np.asarray(sums[end] - sums[begin])
