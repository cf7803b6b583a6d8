"""Published methods of forecasting, each as the level it stood at after every period.

Every method takes units (S, T), nan where nothing was reported, and returns levels (S, T): the units a period
that it expects from then on, knowing the periods up to that one. A gap changes no level, for nothing is known
of it; before the first report the level is nan. So one pass gives the forecast and every earlier one to
judge it by. Periods are walked through, series never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from allocator.case import Floats, Indices

__all__ = ["SES_ALPHAS", "mean_levels", "recent_mean_levels", "sba_levels", "ses_levels", "smoothed", "tsb_levels"]

_ROUNDING = 1e-9
SES_ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)


def mean_levels(units: Floats) -> Floats:
    """Return the mean of all reported periods.

    Source: Hyndman, Athanasopoulos (2021), Forecasting: Principles and Practice, 3rd edition, 5.2.

    >>> mean_levels(np.array([[np.nan, 4.0, np.nan, 8, 0]])).tolist()
    [[nan, 4.0, 4.0, 6.0, 4.0]]
    """
    reported = ~np.isnan(units)
    count = np.cumsum(reported, axis=1)
    total = np.cumsum(np.where(reported, units, 0.0), axis=1)
    return np.divide(total, count, out=np.full(units.shape, np.nan), where=count > 0)


def recent_mean_levels(units: Floats, window: int) -> Floats:
    """Return the mean of the last so many reported periods, or of as many as there are.

    With a window of three months it is the average monthly consumption of logistics systems. Source: USAID
    DELIVER PROJECT (2011), The Logistics Handbook, 2nd edition, chapter 4, "calculating the average".

    >>> recent_mean_levels(np.array([[90.0, 120, np.nan, 60, 30]]), 3).tolist()
    [[90.0, 105.0, 105.0, 90.0, 70.0]]
    """
    reported = ~np.isnan(units)
    count = np.cumsum(reported, axis=1)
    total = np.cumsum(np.where(reported, units, 0.0), axis=1)
    # What had been used in all when a series had made so many reports.
    rows, columns = np.nonzero(reported)
    after = np.zeros((units.shape[0], units.shape[1] + 1))
    after[rows, count[rows, columns]] = total[rows, columns]
    before = np.take_along_axis(after, np.maximum(count - window, 0), axis=1)
    taken = np.minimum(count, window)
    return np.divide(total - before, taken, out=np.full(units.shape, np.nan), where=count > 0)


def smoothed(units: Floats, alpha: float) -> Floats:
    """Return simple exponential smoothing: level ← level + α (units − level), from the first report on.

    Source: Brown (1956), Exponential Smoothing for Predicting Demand; Hyndman, Athanasopoulos (2021), 8.1.

    >>> smoothed(np.array([[100.0, 110, np.nan, 95]]), 0.2).tolist()
    [[100.0, 102.0, 102.0, 100.6]]
    """
    level = np.full(len(units), np.nan)
    levels = np.empty(units.shape[::-1])
    for n, now in enumerate(np.ascontiguousarray(units.T)):
        moved = np.where(np.isnan(level), now, level + alpha * (now - level))
        level = np.where(np.isnan(now), level, moved)
        levels[n] = level
    return levels.T


def ses_levels(units: Floats, alphas: Sequence[float] = SES_ALPHAS, known: Indices | None = None) -> Floats:
    """Return exponential smoothing with the α that had the least squared error so far, per series.

        level ← level + α ÷ (1 − (1 − α)ⁿ) × (units − level)          at the n-th report

    the mean in which each report weighs 1 − α times the next: the first report weighs no more than it should,
    as it does in `smoothed`. The error of a period is that of the level before it, so nothing is known beforehand.
    Sources: Brown (1963), Smoothing, Forecasting and Prediction, chapter 9 (discounted least squares); choosing α
    by the sum of squared one-step errors: Hyndman, Athanasopoulos (2021), 8.1, "Optimisation". `known`: after so
    many periods only, the rest nan.

    With α = 1/2 the weights of 12, 30, 30 are 1, 2, 4: 12, (12 + 60) ÷ 3, (12 + 60 + 120) ÷ 7.

    >>> ses_levels(np.array([[12.0, 30, 30]]), alphas=(0.5,)).round(4).tolist()
    [[12.0, 24.0, 27.4286]]
    """
    asked = range(units.shape[1]) if known is None else sorted({int(each) - 1 for each in known})
    chosen = np.full(units.shape[::-1], np.nan)
    for period, (level, error) in enumerate(_discounted(units, alphas)):
        if period in asked:
            # Of rates that missed alike the slowest, whatever was lost in rounding.
            alike = error <= error.min(axis=0) * (1 + _ROUNDING) + (_ROUNDING * level.max(axis=0)) ** 2
            best = alike.argmax(axis=0)
            chosen[period] = np.take_along_axis(level, best[None], axis=0)[0]
    return chosen.T


def _discounted(units: Floats, alphas: Sequence[float]) -> Iterator[tuple[Floats, Floats]]:
    """Return levels and the sums of squared one-step errors (α, S) after each period."""
    rate = np.array(alphas)[:, None]
    shape = (len(alphas), len(units))
    level, error, faded = np.full(shape, np.nan), np.zeros(shape), np.ones(shape)
    begun = np.zeros(len(units), dtype=bool)
    for now in np.ascontiguousarray(units.T):
        reported = ~np.isnan(now)
        faded = np.where(reported, faded * (1 - rate), faded)
        miss = np.where(reported & begun, now - level, 0.0)
        error = error + miss * miss
        moved = level + np.where(reported, rate / np.where(faded < 1, 1 - faded, 1.0), 0.0) * miss
        level = np.where(begun, moved, now)
        begun = begun | reported
        yield level, error


def sba_levels(units: Floats, alpha: float = 0.1) -> Floats:
    """Return Croston's method with the correction of Syntetos and Boylan.

        level = (1 − α/2) × size ÷ interval

    size and interval are smoothed, with α, at each demand; the first interval counts from the first report.
    A gap adds nothing to an interval. Before the first demand the level is 0. Sources: Croston (1972),
    Operational Research Quarterly 23, 289-303; Syntetos, Boylan (2005), "The accuracy of intermittent demand
    estimates", International Journal of Forecasting 21, 303-314, equation 5.

    Sizes 6, 3 and intervals 2, 3: size 6 + 0.1 (3 − 6) = 5.7, interval 2 + 0.1 (3 − 2) = 2.1.

    >>> sba_levels(np.array([[0.0, 6, 0, 0, 3]])).round(6).tolist(), round(0.95 * 5.7 / 2.1, 6)
    ([[0.0, 2.85, 2.85, 2.85, 2.578571]], 2.578571)
    """
    series = len(units)
    levels = np.empty(units.shape[::-1])
    size, interval = np.zeros(series), np.zeros(series)
    since = np.zeros(series)
    reported, demanded = np.zeros(series, dtype=bool), np.zeros(series, dtype=bool)
    for n, now in enumerate(np.ascontiguousarray(units.T)):
        known, demand = ~np.isnan(now), now > 0
        since = since + known
        rate = np.where(demanded, alpha, 1.0)  # the first demand is taken as it is
        size = np.where(demand, size + rate * (now - size), size)
        interval = np.where(demand, interval + rate * (since - interval), interval)
        since = np.where(demand, 0.0, since)
        reported, demanded = reported | known, demanded | demand
        level = np.divide((1 - alpha / 2) * size, interval, out=np.zeros(series), where=demanded)
        levels[n] = np.where(reported, level, np.nan)
    return levels.T


def tsb_levels(units: Floats, alpha: float = 0.2, beta: float = 0.2) -> Floats:
    """Return the method of Teunter, Syntetos and Babai: probability of demand × size of demand.

    The size is smoothed, with α, at each demand, the probability, with β, in each reported period: unlike
    Croston's, the level falls while nothing is demanded. Source: Teunter, Syntetos, Babai (2011), "Intermittent
    demand: linking forecasting to inventory obsolescence", European Journal of Operational Research 214, 606-615.

    Size 6; probability 0, 0.2, 0.16, 0.128.

    >>> tsb_levels(np.array([[0.0, 6, 0, np.nan, 0]])).round(6).tolist()
    [[0.0, 1.2, 0.96, 0.96, 0.768]]
    """
    series = len(units)
    levels = np.empty(units.shape[::-1])
    size, probability = np.zeros(series), np.zeros(series)
    reported, demanded = np.zeros(series, dtype=bool), np.zeros(series, dtype=bool)
    for n, now in enumerate(np.ascontiguousarray(units.T)):
        known, demand = ~np.isnan(now), now > 0
        size = np.where(demand, size + np.where(demanded, alpha, 1.0) * (now - size), size)
        moved = probability + np.where(reported, beta, 1.0) * (demand - probability)
        probability = np.where(known, moved, probability)
        reported, demanded = reported | known, demanded | demand
        levels[n] = np.where(reported, probability * size, np.nan)
    return levels.T
