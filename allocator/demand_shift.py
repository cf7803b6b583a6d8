"""Demand that has jumped to another level in the last days: found by a cumulative sum against the median.

A mean over weeks sees a trebled demand when the shelf is empty. Two days far above (or some more far below) what the
weeks before were like are enough here; one day alone never is, for that may be a delivery handed out at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Floats, Indices

__all__ = ["Shifts", "level_shifts"]

_RECENT_DAYS = 14
_BASE_DAYS = 28
_BASE_DAYS_MIN = 7
_NORMAL = 1.4826
"""The median of absolute deviations × this is the standard deviation of a normal distribution."""
_SLACK = 0.5
_CLIP = 4.0
_RISE_AT, _FALL_AT = 5.0, 8.0
"""A fall is believed later than a rise: stock not sent costs more than stock sent too soon."""
_SMALL = 2.0
"""A sum below this may be chance: the new level is taken from the day it leaves it."""
_RATIO_MIN = 1.5
_LEVEL_DAYS = 7
_SPREAD_MIN = 0.15
"""Of the median: whose use never varied is not alarmed by a tenth more."""


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """What became of the level of S series. `found`: 1 risen, −1 fallen, 0 neither.

    `base`, `level`: units a day before and now (nan where there is too little to tell); `since`: position of the first
    day of the new level, −1 where there is none.
    """

    found: Indices
    base: Floats
    level: Floats
    since: Indices

    @property
    def factor(self) -> Floats:
        """The new level ÷ the one before; 1 where it did not shift."""
        shifted = self.found != 0
        return np.divide(self.level, self.base, out=np.ones(len(self.base)), where=shifted)


def level_shifts(units: Floats) -> Shifts:
    """Return which daily series (S, T; nan = nothing reported) stand at another level in their last 14 days.

        z = (units − median) ÷ spread, cut at ±4         median and spread of the 28 days before the last 14
        C⁺ = max(0, C⁺ + z − ½), a rise where C⁺ > 5     C⁻ likewise with −z, a fall where C⁻ > 8

    The new level is the mean of the last 7 days since the sum passed 2, its first day left out (a jump takes two
    days); it counts where it differs by half or more. Source: E. S. Page (1954), "Continuous inspection schemes",
    Biometrika 41, 100-115; k = ½ of a standard deviation and h = 5 are its usual settings.

    >>> quiet, jump = [10.0, 12, 8, 11, 9, 10, 12] * 5, [20.0, 31, 30]
    >>> found = level_shifts(np.array([quiet + jump, quiet + [11.0, 60, 10], quiet + [9.0, 10, 11]]))
    >>> found.found.tolist(), found.since.tolist(), found.factor.round(2).tolist()
    ([1, 0, 0], [35, -1, -1], [3.05, 1.0, 1.0])
    """
    series, days = units.shape
    begin = max(0, days - _RECENT_DAYS)
    before = units[:, max(0, begin - _BASE_DAYS) : begin]
    base, spread = _like(before)
    told = (np.sum(~np.isnan(before), axis=1) >= _BASE_DAYS_MIN) & (base > 0)
    base = np.where(told, base, np.nan)
    up, down = np.zeros(series), np.zeros(series)
    rise_from, fall_from = np.full(series, begin), np.full(series, begin)
    for day in range(begin, days):
        z = np.clip((units[:, day] - base) / spread, -_CLIP, _CLIP)
        z = np.where(np.isnan(z), _SLACK, z)  # a gap takes nothing from the sum and adds nothing
        up, rise_from = _summed(up, z, rise_from, day)
        down, fall_from = _summed(down, np.where(np.isnan(units[:, day]), _SLACK, -z), fall_from, day)
    rise, fall = up > _RISE_AT, (down > _FALL_AT) & (up == 0)
    since = np.where(rise, rise_from, fall_from)
    level = _level(units, since, begin)
    ratio = np.divide(level, base, out=np.ones(series), where=told & ~np.isnan(level))
    found = np.where(rise & (ratio >= _RATIO_MIN), 1, np.where(fall & (ratio <= 1 / _RATIO_MIN), -1, 0))
    found = np.where(told, found, 0)
    return Shifts(
        found=found.astype(np.int32),
        base=base,
        level=np.where(found == 0, base, level),
        since=np.where(found == 0, -1, since).astype(np.int32),
    )


def _like(before: Floats) -> tuple[Floats, Floats]:
    """Return the median of each series and how far its days spread, never less than counting itself would."""
    base = np.nan_to_num(_medians(before))
    off = np.nan_to_num(_medians(np.abs(before - base[:, None])))
    known = ~np.isnan(before)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, before, 0.0).sum(axis=1) / count
    apart = np.where(known, before - mean[:, None], 0.0)
    deviation = np.sqrt((apart * apart).sum(axis=1) / count)
    # The median of deviations alone thinks little of a long tail, and would take its days for a jump.
    spreads = [_NORMAL * off, deviation, np.sqrt(base), _SPREAD_MIN * base, np.full(len(base), 1e-9)]
    return base, np.maximum.reduce(spreads)


def _medians(values: Floats) -> Floats:
    """Return the median of what was reported of each series; nan of nothing. As nanmedian, in a fifth of its time."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    ordered = np.sort(values, axis=1)  # nan comes last
    count = (~np.isnan(values)).sum(axis=1)
    low, high = (np.maximum(each, 0)[:, None] for each in ((count - 1) // 2, count // 2))
    high = np.minimum(high, np.maximum(count - 1, 0)[:, None])
    return np.asarray((np.take_along_axis(ordered, low, 1) + np.take_along_axis(ordered, high, 1))[:, 0] / 2)


def _summed(total: Floats, z: Floats, begun: Indices, day: int) -> tuple[Floats, Indices]:
    after = np.maximum(0.0, total + z - _SLACK)
    return after, np.where((total < _SMALL) & (after >= _SMALL), day, begun)


def _level(units: Floats, since: Indices, begin: int) -> Floats:
    """Return the mean of the reported days of the new level, at most the last seven; nan where there is none."""
    recent = units[:, begin:]
    number = np.arange(begin, begin + recent.shape[1])
    reported = ~np.isnan(recent)
    settled = reported & (number > since[:, None])
    # Where only the first day was reported, it is all that is known.
    all_since: Bools = reported & (number >= since[:, None])
    counts: Bools = np.where(np.any(settled, axis=1)[:, None], settled, all_since)
    from_last = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    counts &= from_last <= _LEVEL_DAYS
    days = counts.sum(axis=1)
    total = np.where(counts, recent, 0.0).sum(axis=1)
    return np.divide(total, days, out=np.full(len(units), np.nan), where=days > 0)
