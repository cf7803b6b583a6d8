"""Calibration: how much of what a norm says is really used, from recorded use.

    m = (κ + Σ actual) / (κ + Σ activity),   κ = two weeks of activity

per item and kind of site first, then per site on top of it: with little history m stays near what is
already known (1, or the kind's), with much it is what was recorded. Norms overstate use several-fold:
a district planned 820,000 masks for ten days and had issued 123,000 three months later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Table, Texts

__all__ = ["FLAG_OUTSIDE", "PRIOR_DAYS", "STOCK_OUT_FACTOR_MAX", "Calibration", "Use", "adjusted_use", "calibrated"]

PRIOR_DAYS = 14
STOCK_OUT_FACTOR_MAX = 3.0
FLAG_OUTSIDE = (0.5, 2.0)
"""A site's m outside these is shown: either the norm or the report is wrong there."""


@dataclass(frozen=True, kw_only=True)
class Use(Table):
    """Recorded use of pairs, each once. `units` over `days` reported days, of which `days_out` without stock."""

    site: Indices
    item: Indices
    units: Floats
    days: Floats
    days_out: Floats


@dataclass(frozen=True, kw_only=True)
class Calibration(Table):
    """One row for each pair of `needs`, in its order. `multiplier`: what the norm's need is multiplied by.

    `days`: reported days behind it. `unusual`: the site's part of it lies outside `FLAG_OUTSIDE`.
    """

    multiplier: Floats
    of_kind: Floats
    days: Floats
    unusual: Bools


def adjusted_use(use: Use) -> Floats:
    """Return what would have been used had there been stock: × days ÷ days with stock, at most × 3.

    Where there was none on any day, nothing is known, and the use stays what it was.

    >>> one = np.array([0], dtype=np.int32)
    >>> def used(days_out): return Use(site=one, item=one, units=np.array([60.0]), days=np.array([10.0]),
    ...                                days_out=np.array([float(days_out)]))
    >>> [adjusted_use(used(out))[0].item() for out in (0, 5, 9, 10)]
    [60.0, 120.0, 180.0, 60.0]
    """
    with_stock = use.days - use.days_out
    factor = np.divide(use.days, with_stock, out=np.ones_like(use.days), where=with_stock > 0)
    return np.asarray(use.units * np.minimum(factor, STOCK_OUT_FACTOR_MAX))


def calibrated(
    *,
    site: Indices,
    item: Indices,
    daily_units: Floats,
    kind_of_site: Texts,
    use: Use,
    activity_units: Floats | None = None,
) -> Calibration:
    """Return the multiplier of each pair whose norm says `daily_units`, from the pairs' recorded use.

    `kind_of_site`: the kind of every site, by position. Use of pairs without a norm says nothing here.
    `activity_units`: what the norm said for the days of each row of `use`, where activity was not always
    what it is now; else daily_units × days.
    """
    size = 1 + int(max(item.max(initial=0), use.item.max(initial=0)))
    keys = site.astype(np.int64) * size + item
    row = np.searchsorted(keys, use.site.astype(np.int64) * size + use.item)
    row = np.minimum(row, max(0, len(keys) - 1))
    known = keys[row] == use.site.astype(np.int64) * size + use.item if len(keys) else np.zeros(len(use), dtype=bool)
    actual, days = np.zeros(len(site)), np.zeros(len(site))
    actual[row[known]] = adjusted_use(use)[known]
    days[row[known]] = use.days[known]
    expected = daily_units * days
    if activity_units is not None:
        expected[row[known]] = activity_units[known]
    kind = np.unique(kind_of_site.astype(str), return_inverse=True)[1][site]
    _, group = np.unique(np.stack([kind, item]), axis=1, return_inverse=True)
    of_kind = _ratio(_sum(group, actual), _sum(group, expected), PRIOR_DAYS * _sum(group, daily_units))[group]
    of_site = _ratio(actual, expected * of_kind, PRIOR_DAYS * daily_units * of_kind)
    return Calibration(
        multiplier=of_kind * of_site,
        of_kind=of_kind,
        days=days,
        unusual=(of_site < FLAG_OUTSIDE[0]) | (of_site > FLAG_OUTSIDE[1]),
    )


def _sum(group: NDArray[np.integer], units: Floats) -> Floats:
    return np.bincount(group, weights=units).astype(np.float64)


def _ratio(actual: Floats, expected: Floats, prior: Floats) -> Floats:
    return np.divide(prior + actual, prior + expected, out=np.ones_like(actual), where=prior + expected > 0)
