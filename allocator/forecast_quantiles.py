"""Quantiles of what is used over the horizon, from how far earlier forecasts missed: conformal, pooled, scaled.

No distribution is assumed. Each earlier miss is divided by the size of miss to be expected of its series; the
quantiles of these, over all series, times the size expected of a series now, are put on its forecast. Sources: Lei,
G'Sell, Rinaldo, Tibshirani, Wasserman (2018), "Distribution-free predictive inference for regression", Journal of
the American Statistical Association 113, 1094-1111, section 5.2 (locally weighted conformal); rolling origins as in
Hyndman, Athanasopoulos (2021), 5.10. Normal theory, "average + 1.645 standard deviations", covers far less than 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Floats
from allocator.forecast_rolling import Rolling

__all__ = ["LEVELS", "Misses", "misses_of", "quantiles_at"]

LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95)

OWN_PRIOR = 4.0
"""Horizons of a series that the size of miss of its level is worth against its own."""

ITEM_PRIOR = 100.0
"""Horizons of an item's series that the size of miss of all items is worth against the item's own."""

_EARLY = 6
_PAIRS_MIN = 30
_LEVEL_MIN = 0.1  # of the mean of a series: a forecast of nothing may miss too
_SIZE_MIN = 0.01  # of the level: nothing is surer than that
_ROUNDING = 1e-9
_BINS_A_DOUBLING = 2
_SPREAD_MIN = 1e-3  # of ln levels: levels that are all alike show no slope
_EDGE = 0.37  # where no level is that many series share
_BIN_PAIRS_MIN = 10
_SLOPES = (0.3, 1.0)  # of even and of clustered demand
# Where too little was missed to learn from: normal theory, made wider by a quarter because it is too narrow,
# and where there are not even reports, a sum is taken to be as uneven as this.
_ASSUMED_SHARE = 0.6
_ASSUMED_QUANTILES = (-1.6, 0.0, 1.05, 1.6, 2.06)
_REPORTS_MIN = 4


@dataclass(frozen=True, kw_only=True)
class Misses:
    """How forecasts missed. `centre` (O, S): what they said; `miss` (O, S): what came less that, ÷ `young`.

    `young` (O, S): how much wider one misses that knows few reports. `own`, `horizons` (O, S): the sum of absolute
    misses known by an origin, and of how many horizons apart. A miss that is not known is nan.
    """

    rolling: Rolling
    centre: Floats
    young: Floats
    miss: Floats
    own: Floats
    horizons: Floats


def misses_of(rolling: Rolling, centre: Floats) -> Misses:
    """Return how forecasts of the sum over the horizon (O, S) missed.

    The mean of n periods misses the sum of the next h by √(1 + h/n) times as much as the true mean would: this is
    taken out of what was missed when little was known, and put in where little is known now.
    """
    young = np.sqrt(1 + rolling.horizon / np.maximum(rolling.reports, 1.0))
    miss = (rolling.actual - centre) / young
    # What is lost in rounding is no miss: else a history without any would be told by its last digits.
    miss = np.where(np.abs(miss) < _ROUNDING * rolling.mean, 0.0, miss)
    counted = ~np.isnan(miss)
    own, count = (
        np.vstack([np.zeros((1, miss.shape[1])), np.cumsum(each, axis=0)])[rolling.told]
        for each in (np.where(counted, np.abs(miss), 0.0), counted.astype(np.float64))
    )
    return Misses(
        rolling=rolling, centre=centre, young=young, miss=miss, own=own * rolling.apart, horizons=count * rolling.apart
    )


def quantiles_at(misses: Misses, origin: int, *, centre: Floats | None = None, by_need: Bools | None = None) -> Floats:
    """Return the quantiles of the sum after an origin (S, levels), from misses known by then only.

    `centre`: another forecast than the one whose misses are known; `by_need` (S,): where it is a need, which does not
    miss more because nothing was reported. They rise with the level, are never negative,
    and all 0 for a series that only ever reported 0.
    """
    centre = misses.centre[origin] if centre is None else centre
    told = int(misses.rolling.told[origin])
    from_ = told // 2 if told > _EARLY else 0  # the first forecasts knew little, and missed for other reasons
    past = slice(from_, told)
    base = np.maximum(misses.centre, _LEVEL_MIN * misses.rolling.mean)
    counted = ~np.isnan(misses.miss[past]) & (base[past] > 0)
    if counted.sum() < _PAIRS_MIN:
        ratios, size = np.array(_ASSUMED_QUANTILES), _assumed_sizes(misses.rolling, origin, centre)
    else:
        expected = _ExpectedMiss.of(misses, past, base[past], counted)
        sizes = expected.sizes(misses, past, base[past])
        ratios = np.quantile(misses.miss[past][counted] / sizes[counted], LEVELS)
        now = np.maximum(centre, _LEVEL_MIN * np.nan_to_num(misses.rolling.mean[origin]))
        size = expected.sizes(misses, slice(origin, origin + 1), now[None])[0]
    size = size * (misses.young[origin] if by_need is None else np.where(by_need, 1.0, misses.young[origin]))
    return np.maximum(np.maximum.accumulate(centre[:, None] + size[:, None] * ratios, axis=1), 0.0)


def _assumed_sizes(rolling: Rolling, origin: int, centre: Floats) -> Floats:
    """Return the deviation of the sum, were its periods independent; a share of it where few were reported."""
    deviation = rolling.deviation[origin] * np.sqrt(rolling.horizon)
    return np.where(rolling.reports[origin] < _REPORTS_MIN, _ASSUMED_SHARE * centre, deviation)


@dataclass(frozen=True, kw_only=True)
class _ExpectedMiss:
    """The size of miss to be expected at a level: exp(intercept) × levelˢˡᵒᵖᵉ × that of the item."""

    intercept: float
    slope: float
    of_item: Floats

    @classmethod
    def of(cls, misses: Misses, past: slice, base: Floats, counted: Bools) -> _ExpectedMiss:
        """Learn it from forecasts at these origins: Taylor's power law, fitted to the means of bins of levels."""
        level, size = base[counted], np.abs(misses.miss[past][counted])
        intercept, slope = _power_law(level, size)
        groups = np.broadcast_to(misses.rolling.groups, counted.shape)[counted]
        ratio = size / (np.exp(intercept) * level**slope)
        items = int(misses.rolling.groups.max()) + 1
        total, count = (np.bincount(groups, weights=each, minlength=items) for each in (ratio, np.ones_like(ratio)))
        apart = misses.rolling.apart
        of_item = (ITEM_PRIOR + total * apart) / (ITEM_PRIOR + count * apart)
        return cls(intercept=intercept, slope=slope, of_item=of_item)

    def sizes(self, misses: Misses, at: slice, base: Floats) -> Floats:
        """Return the size of miss to be expected: of its level and item first, then more and more its own.

        size = (4 × that of level and item + Σ own misses) ÷ (4 + horizons)
        """
        pooled = np.exp(self.intercept) * base**self.slope * self.of_item[misses.rolling.groups]
        size = (OWN_PRIOR * pooled + misses.own[at]) / (OWN_PRIOR + misses.horizons[at])
        return np.where(base > 0, np.maximum(size, _SIZE_MIN * base), 0.0)


def _power_law(level: Floats, size: Floats) -> tuple[float, float]:
    """Return the intercept and slope of ln size over ln level.

    >>> level = np.repeat([1.0, 10, 100, 1000], 20)
    >>> intercept, slope = _power_law(level, 3 * level**0.5)
    >>> round(float(np.exp(intercept)), 6), round(slope, 6)
    (3.0, 0.5)
    """
    # Bins relative to the mean level: another unit of measure makes no other bins.
    number = np.floor(np.log2(level / level.mean()) * _BINS_A_DOUBLING + _EDGE).astype(np.int64)
    number -= number.min()
    count, levels, sizes = (np.bincount(number, weights=each) for each in (np.ones_like(level), level, size))
    full = (count >= _BIN_PAIRS_MIN) & (sizes > 0)
    if not full.any():
        return float(np.log(max(size.mean(), 1e-9 * level.mean()) / level.mean())), 1.0
    weight, x, y = count[full], np.log(levels[full] / count[full]), np.log(sizes[full] / count[full])
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = np.average((x - mean_x) ** 2, weights=weight)
    slope = np.average((x - mean_x) * (y - mean_y), weights=weight) / spread if spread > _SPREAD_MIN else 1.0
    slope = float(np.clip(slope, *_SLOPES))
    return float(mean_y - slope * mean_x), slope
