"""One forecast from several methods: the median of them, each with the weight its record gives it.

Equal weights are the plain median, which no single method beats on all series. A method that did worse than
another on the series that are forecast (slow ones where demand trends, unseasonal ones where it has a season)
loses weight: first over all items, then for the item, then a little for the series itself.
"""

from __future__ import annotations

import numpy as np

from allocator.case import Floats
from allocator.forecast_rolling import Rolling

__all__ = ["median_of", "vote_weights", "voted"]

SHARPNESS = 12.0
"""A method whose error is a tenth larger has (1 ÷ 1.1)¹² = 0.32 of the weight."""

OWN_PRIOR = 48.0
"""Horizons of a series that its item's record is worth against its own."""

ITEM_PRIOR = 1000.0
"""Horizons of an item's series that the record of all items is worth against the item's own."""

_RATIO_MAX = 5.0
_LIKE = 0.01
"""Misses that differ by less than this share of the mean differ by nothing."""


def voted(rolling: Rolling) -> tuple[Floats, Floats]:
    """Return the expected sum at every origin (O, S) and the weight of each method in it (M, O, S)."""
    weights = vote_weights(rolling)
    values = np.where(np.isnan(rolling.expected), rolling.mean, rolling.expected)
    return median_of(values, weights), weights


def vote_weights(rolling: Rolling) -> Floats:
    """Return the weight of each method at every origin (M, O, S), summing to 1, from errors known by then.

        weight ∝ score⁻¹²,   score = (48 × item + n × own) ÷ (48 + n)

    own: the method's absolute error ÷ that of the best method, over n horizons of the series that do not
    overlap; item: the same over all series of the item, likewise drawn to that over all items. Sources: weights
    by past errors, Bates, Granger (1969), "The combination of forecasts", Operational Research Quarterly 20,
    451-468; in powers, Stock, Watson (2004), Journal of Forecasting 23, 405-430.
    """
    silent = np.isnan(rolling.expected)
    values = np.where(silent, rolling.mean, rolling.expected)
    miss = np.abs(rolling.actual - values)
    counted = ~np.isnan(miss[0])
    own = _known(np.where(counted, miss + _LIKE * rolling.mean, 0.0), rolling)
    horizons = _known(counted.astype(np.float64)[None], rolling)[0] * rolling.apart
    size = int(rolling.groups.max(initial=-1)) + 1
    of_item, item_horizons = _summed(own, rolling, size), _summed(horizons[None], rolling, size)[0]
    ratio = _ratios(of_item)
    heavy = item_horizons.sum(axis=1, keepdims=True)
    share = np.divide(item_horizons, heavy, out=np.zeros_like(item_horizons), where=heavy > 0)
    overall = np.where(heavy > 0, (ratio * share).sum(axis=2, keepdims=True), 1.0) if size else ratio
    item = (ITEM_PRIOR * overall + item_horizons * ratio) / (ITEM_PRIOR + item_horizons)
    score = (OWN_PRIOR * item[:, :, rolling.groups] + horizons * _ratios(own)) / (OWN_PRIOR + horizons)
    weight = np.where(silent & ~np.isnan(rolling.mean), 0.0, score**-SHARPNESS)
    return np.asarray(weight / weight.sum(axis=0))


def _known(values: Floats, rolling: Rolling) -> Floats:
    """Return, at each origin, the sum of values over the origins whose horizon had passed by then."""
    none = np.zeros((len(values), 1, values.shape[2]))
    return np.concatenate([none, np.cumsum(values, axis=1)], axis=1)[:, rolling.told]


def _summed(values: Floats, rolling: Rolling, size: int) -> Floats:
    """Return values (…, O, S) summed over the series of each item (…, O, items)."""
    order = np.argsort(rolling.groups, kind="stable")
    starts = np.searchsorted(rolling.groups[order], np.arange(size))
    return np.asarray(np.add.reduceat(values[:, :, order], starts, axis=2)) if size else values


def _ratios(errors: Floats) -> Floats:
    """Return errors ÷ the least of them, at most 5."""
    least = errors.min(axis=0)
    ratio = np.divide(errors, least, out=np.where(errors > 0, _RATIO_MAX, 1.0), where=least > 0)
    return np.minimum(ratio, _RATIO_MAX)


def median_of(values: Floats, weights: Floats) -> Floats:
    """Return the weighted median over the first axis, interpolated: with equal weights, the median.

    Each sorted value stands at the middle of its weight. Source: weighted percentiles with C = 1/2, Hyndman, Fan
    (1996), "Sample quantiles in statistical packages", The American Statistician 50, 361-365, definition 5.

    >>> values = np.array([[10.0, 10, 10], [40, 40, 40], [20, 20, 20], [30, 30, 30]])
    >>> weights = np.array([[1.0, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0]])
    >>> median_of(values, weights).tolist()
    [25.0, 15.0, 20.0]
    """
    # What differs by rounding only is alike, and alike stands in the order of the methods.
    top = values.max(axis=0)
    shares = np.divide(values, top, out=np.zeros_like(values), where=np.broadcast_to(top > 0, values.shape))
    order = np.argsort(np.where(np.isnan(values), np.inf, np.round(shares, 9)), axis=0, kind="stable")
    values, weights = (np.take_along_axis(each, order, axis=0) for each in (values, weights))
    middle = (np.cumsum(weights, axis=0) - weights / 2) / weights.sum(axis=0)
    # Where a weight is 0 the value does not stand anywhere: it is passed over in the direction of the median.
    middle = np.where(weights > 0, middle, np.where(middle < 0.5, -np.inf, np.inf))  # noqa: PLR2004 - the half
    below = np.where(middle <= 0.5, middle, -np.inf)  # noqa: PLR2004 - the half
    above = np.where(middle >= 0.5, middle, np.inf)  # noqa: PLR2004 - the half
    low, high = below.argmax(axis=0)[None], above.argmin(axis=0)[None]
    at_low, at_high = (np.take_along_axis(below, low, axis=0)[0], np.take_along_axis(above, high, axis=0)[0])
    low_value, high_value = (np.take_along_axis(values, each, axis=0)[0] for each in (low, high))
    none_below, none_above = np.isinf(at_low), np.isinf(at_high)
    at_low, at_high = np.where(none_below, 0.0, at_low), np.where(none_above, 1.0, at_high)
    low_value = np.where(none_below, high_value, low_value)
    high_value = np.where(none_above, low_value, high_value)
    gap = at_high - at_low
    part = np.divide(0.5 - at_low, gap, out=np.zeros_like(gap), where=gap > 0)
    return np.asarray(low_value + part * (high_value - low_value))
