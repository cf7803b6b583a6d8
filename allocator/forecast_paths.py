"""Demand as it may come: paths drawn for all series together, with a shock they share.

Quantiles of several series must never be added: the sum of ninetieth percentiles is no ninetieth percentile.
Paths may be. The total over the horizon follows the quantiles of the series; how far up in them all series are
together is told by one shared normal shock (a one-factor Gaussian copula: Vasicek (1987); Nelsen (2006), An
Introduction to Copulas); how a total falls on periods follows how often demand came and how uneven it was.

Draws come from counters (SplitMix64: Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators")
keyed by the names of site and item, so neither the order of series nor drawing in parts changes a number.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.forecast_quantiles import LEVELS, Misses

__all__ = ["drawn_paths", "shared_part"]

_Keys = NDArray[np.uint64]
_NOTHING: _Keys = np.zeros(1, dtype=np.uint64)
_PRIOR_SHARE, _PRIOR_ORIGINS = 0.1, 4.0
_GOLDEN = 0x9E3779B97F4A7C15
_SHOCKS, _TOTALS, _SIZES, _TIMES = 1, 2, 3, 4


def shared_part(misses: Misses) -> float:
    """Return which part of the surprise series share: the mean correlation between any two of them, at least 0.

    Of ranks made normal, at origins whose horizons do not overlap; few origins are drawn to 0.1.
    """
    rolling = misses.rolling
    apart = max(1, round(1 / rolling.apart))
    rows = np.arange(len(rolling.known) - 2, -1, -apart)
    known = ~np.isnan(misses.miss[rows]) & (misses.centre[rows] > 0)
    ratio = np.divide(misses.miss[rows], misses.centre[rows], out=np.zeros(known.shape), where=known)
    enough = known.sum(axis=1) > 1
    origins = int(enough.sum())
    if origins < 2:  # noqa: PLR2004 - one origin alone tells no correlation
        return _PRIOR_SHARE
    ranks = np.zeros(known.shape)
    ranks[known] = (np.argsort(np.argsort(ratio[known], kind="stable")) + 0.5) / known.sum()
    normal = np.where(known, _normal(np.clip(ranks, 1e-9, 1 - 1e-9)), 0.0)
    series = known.sum(axis=1)[enough]
    means = normal.sum(axis=1)[enough] / series
    size = float(series.mean())
    share = max(0.0, (float(means.var(ddof=1)) * size - 1) / (size - 1)) if size > 1 else 0.0
    return min(0.9, (origins * share + _PRIOR_ORIGINS * _PRIOR_SHARE) / (origins + _PRIOR_ORIGINS))


def drawn_paths(
    *,
    names: Sequence[tuple[str, str]],
    quantiles: Floats,
    horizon: int,
    often: Floats,
    uneven: Floats,
    shared: float,
    count: int,
    periods: int,
    seed: int,
) -> Floats:
    """Return units a period on so many paths (count, S, periods).

    `names`: site and item of each series. `often` (S,): share of periods with demand. `uneven` (S,): CV² of the
    demands. After the horizon a path goes on at its own level.
    """
    keys = np.array([zlib.crc32(f"{site}\0{item}".encode()) for site, item in names], dtype=np.uint64)
    start = _mixed(np.array([seed], dtype=np.uint64))
    paths = np.arange(count, dtype=np.uint64)
    shock = _normal(_uniform(_key(start, _SHOCKS, paths)))
    own_key = _key(_key(start, _TOTALS, paths)[:, None], 0, keys[None])
    surprise = np.sqrt(shared) * shock[:, None] + np.sqrt(1 - shared) * _normal(_uniform(own_key))
    total = _totals(quantiles, _below(surprise))
    length = max(periods, horizon)
    key = _key(own_key[:, :, None], 1, np.arange(length, dtype=np.uint64)[None, None])
    size = _sizes(_uniform(_key(key, _SIZES, _NOTHING)), uneven[:, None])
    shape = np.where(_uniform(_key(key, _TIMES, _NOTHING)) < often[:, None], size, 0.0)
    within = shape[:, :, :horizon].sum(axis=2)
    # Where no demand was drawn within the horizon, its whole total comes in one period, whichever.
    none = within <= 0
    when = np.floor(_uniform(_key(own_key, 2, _NOTHING)) * horizon).astype(np.int64)
    path, series = np.nonzero(none)
    shape[path, series, when[path, series]] = 1.0
    level = total / np.where(none, 1.0, within)
    return np.asarray(shape[:, :, :periods] * level[:, :, None])


def _totals(quantiles: Floats, part: Floats) -> Floats:
    """Return the quantile of each path and series (paths, S) at a part: linear between levels, exponential above.

    >>> _totals(np.array([[1.0, 10, 20, 25, 30]]), np.array([[0.05], [0.5], [0.65], [0.95], [0.975]])).ravel().tolist()
    [0.5, 10.0, 15.0, 30.0, 35.0]
    """
    levels = np.array([0.0, *LEVELS])
    values = np.hstack([np.zeros((len(quantiles), 1)), quantiles])
    n = np.clip(np.searchsorted(levels, part, side="left") - 1, 0, len(levels) - 2)
    series = np.arange(len(quantiles))[None]
    low, high = values[series, n], values[series, n + 1]
    inside = low + (high - low) * (part - levels[n]) / (levels[n + 1] - levels[n])
    # From .90 to .95 what is left halves: each further halving adds as much again.
    halvings = np.log2((1 - levels[-1]) / np.maximum(1 - part, 1e-12))
    above = values[:, -1] + (values[:, -1] - values[:, -2]) * halvings
    return np.asarray(np.where(part > levels[-1], above, inside))


def _sizes(part: Floats, uneven: Floats) -> Floats:
    """Return sizes of mean 1 with this CV²: log-normal."""
    spread = np.sqrt(np.log1p(uneven))
    return np.asarray(np.exp(spread * _normal(part) - spread**2 / 2))


def _key(key: _Keys, use: int, with_: _Keys) -> _Keys:
    """Return keys of a use and what it is for."""
    with np.errstate(over="ignore"):
        return _mixed(_mixed(key + np.uint64(use) * np.uint64(_GOLDEN)) ^ _mixed(with_ + np.uint64(1)))


def _mixed(key: _Keys) -> _Keys:
    """Return SplitMix64's next number of each key."""
    with np.errstate(over="ignore"):
        mixed = key + np.uint64(_GOLDEN)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _uniform(key: _Keys) -> Floats:
    """Return numbers above 0 and below 1."""
    return np.asarray(((key >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)


def _normal(part: Floats) -> Floats:
    """Return the standard normal quantile: Acklam's rational approximation, relative error below 1.2e-9.

    >>> _normal(np.array([0.001, 0.5, 0.95])).round(6).tolist()
    [-3.090232, 0.0, 1.644854]
    """
    q = part - 0.5
    r = q * q
    centre = _polynomial(r, _A) * q / _polynomial(r, (*_B, 1.0))
    tail = np.sqrt(-2 * np.log(np.minimum(part, 1 - part)))
    end = _polynomial(tail, _C) / _polynomial(tail, (*_D, 1.0))
    return np.asarray(np.where(np.abs(q) <= 0.5 - 0.02425, centre, np.where(q < 0, end, -end)))


def _below(normal: Floats) -> Floats:
    """Return the standard normal distribution: Abramowitz, Stegun (1964), 26.2.17, error below 7.5e-8.

    >>> _below(np.array([-1.0, 0.0, 1.644854])).round(6).tolist()
    [0.158655, 0.5, 0.95]
    """
    t = 1 / (1 + 0.2316419 * np.abs(normal))
    tail = np.exp(-normal * normal / 2) / np.sqrt(2 * np.pi) * t * _polynomial(t, _E)
    return np.asarray(np.where(normal < 0, tail, 1 - tail))


def _polynomial(x: Floats, coefficients: Sequence[float]) -> Floats:
    """Return a polynomial, its highest power first."""
    value = np.full(x.shape, coefficients[0])
    for each in coefficients[1:]:
        value = value * x + each
    return value


_A = (-3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02, 1.383577518672690e02, -3.066479806614716e01,
      2.506628277459239e00)  # fmt: skip
_B = (-5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02, 6.680131188771972e01, -1.328068155288572e01)
_C = (-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00, -2.549732539343734e00,
      4.374664141464968e00, 2.938163982698783e00)  # fmt: skip
_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00)
_E = (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)
