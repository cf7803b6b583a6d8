"""Demand history: what was used of each item at each site, period by period, as far as it was reported.

A period without a report is a gap (nan), never a zero: nothing is known of it. A zero is a report of no use.
Use in a period with stock-outs is less than demand; `adjusted_units` makes up for it, within bounds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices

__all__ = [
    "ADI_CUT",
    "CV2_CUT",
    "PATTERNS",
    "STOCK_OUT_FACTOR_MAX",
    "DemandHistory",
    "DemandPatterns",
    "adjusted_units",
    "demand_patterns",
    "in_longer_periods",
    "stocked_units",
    "summed_over",
]

ADI_CUT = 1.32
CV2_CUT = 0.49
STOCK_OUT_FACTOR_MAX = 3.0
PATTERNS = ("none", "smooth", "erratic", "intermittent", "lumpy")
"""How demand comes: never yet; often and even; often and uneven; rarely and even; rarely and uneven."""

_REPORTED_SHARE_MIN = 0.5
"""A longer period counts as reported where half of its periods are."""


@dataclass(frozen=True, kw_only=True)
class DemandHistory:
    """Units of S series (an item at a site) in T periods of `period_days` days, from `first_day` on.

    `units` (S, T): used in a period, nan where nothing was reported. `stockout` (S, T): the share of the period
    without stock, 0…1; 0 where nobody said. `held` (S, T): on hand at the end of a period, nan where nobody counted;
    None where it is not known at all. ValueError where shapes differ or a number cannot be.

    >>> history = DemandHistory(sites=("Gate",), items=("MASK",), units=np.array([[30, np.nan, 0, 10]]),
    ...     stockout=np.array([[0, 0, 0, 0.5]]), first_day=dt.date(2020, 1, 6), period_days=7)
    >>> len(history), history.periods, history.reported.sum().item(), history.last_day.isoformat()
    (1, 4, 3, '2020-02-02')
    """

    sites: tuple[str, ...]
    items: tuple[str, ...]
    units: Floats
    stockout: Floats
    first_day: dt.date
    period_days: int
    held: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse what is no history."""
        if not len(self.sites) == len(self.items) == len(self.units):
            raise ValueError("One site and one item for each row of units.")
        if self.units.ndim != 2 or self.units.shape != self.stockout.shape:  # noqa: PLR2004 - series by periods
            raise ValueError("Units and stock-outs are tables of one shape: a row for each series.")
        if self.held is not None and self.held.shape != self.units.shape:
            raise ValueError("What was on hand is a table of the same shape as units.")
        if self.period_days < 1:
            raise ValueError("A period has one day or more.")
        if np.isinf(self.units).any() or (self.units < 0).any():
            raise ValueError("Units used are 0 or more, or nan where nothing was reported.")
        if not ((self.stockout >= 0) & (self.stockout <= 1)).all():
            raise ValueError("The share of a period without stock lies between 0 and 1.")

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def periods(self) -> int:
        """How many periods were looked at."""
        return int(self.units.shape[1])

    @property
    def reported(self) -> Bools:
        """Which periods have a report (S, T)."""
        return ~np.isnan(self.units)

    @property
    def last_day(self) -> dt.date:
        """The last day that anything is known of: the data cut-off."""
        return self.first_day + dt.timedelta(days=self.periods * self.period_days - 1)

    def until(self, periods: int) -> DemandHistory:
        """Return what was known after so many periods."""
        held = None if self.held is None else self.held[:, :periods]
        return replace(self, units=self.units[:, :periods], stockout=self.stockout[:, :periods], held=held)

    def take(self, rows: NDArray[np.integer] | Bools) -> DemandHistory:
        """Return these series, in this order."""
        chosen = np.arange(len(self))[rows]
        return replace(
            self,
            sites=tuple(self.sites[n] for n in chosen),
            items=tuple(self.items[n] for n in chosen),
            units=self.units[chosen],
            stockout=self.stockout[chosen],
            held=None if self.held is None else self.held[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class DemandPatterns:
    """How demand comes, of each series. `adi`: periods between demands; `cv2`: how uneven they are.

    `pattern`: position in `PATTERNS`. Both numbers are nan where they cannot be told.
    """

    adi: Floats
    cv2: Floats
    pattern: Indices


def adjusted_units(history: DemandHistory) -> Floats:
    """Return what would have been used had there always been stock (S, T).

        demand = use × min(3, 1 ÷ (1 − share of the period without stock))

    Where there was none all the time nothing is made up: what was used stays, and no use is no knowledge (nan).

    >>> history = DemandHistory(sites=("Gate",), items=("MASK",), units=np.array([[30.0, 30, 30, 0, 5, np.nan]]),
    ...     stockout=np.array([[0, 0.5, 0.9, 1, 1, 0]]), first_day=dt.date(2020, 1, 6), period_days=7)
    >>> adjusted_units(history)[0].tolist()
    [30.0, 60.0, 90.0, nan, 5.0, nan]
    """
    with_stock = 1.0 - history.stockout
    out = with_stock <= 0
    factor = np.divide(1.0, with_stock, out=np.ones_like(with_stock), where=~out)
    adjusted = history.units * np.minimum(factor, STOCK_OUT_FACTOR_MAX)
    return np.where(out & (history.units == 0), np.nan, adjusted)


def stocked_units(history: DemandHistory) -> Floats:
    """Return `adjusted_units` where there was something to be used (S, T): empty shelves are gaps.

    A period without use counts as one without stock where nothing was on hand at its end and at the end of the one
    before. Where `held` is not known, nothing is left out.

    >>> history = DemandHistory(sites=("Gate",), items=("MASK",), units=np.array([[5.0, 0, 0, 0]]),
    ...     stockout=np.zeros((1, 4)), held=np.array([[9.0, 0, 0, 20]]), first_day=dt.date(2020, 1, 6), period_days=7)
    >>> stocked_units(history).tolist()
    [[5.0, 0.0, nan, 0.0]]
    """
    units = adjusted_units(history)
    if history.held is None:
        return units
    none = history.held <= 0
    before = np.hstack([np.zeros((len(none), 1), dtype=np.bool_), none[:, :-1]])
    return np.where(none & before & (units == 0), np.nan, units)


def demand_patterns(units: Floats) -> DemandPatterns:
    """Classify series (S, T) by how often demand comes and how uneven it is; gaps do not count.

        ADI = reported periods from the first demand on ÷ periods with demand
        CV² = variance (ddof 1) of the demands ÷ their mean²

    Cuts at 1.32 and 0.49. Source: Syntetos, Boylan, Croston (2005), "On the categorization of demand
    patterns", Journal of the Operational Research Society 56, 495-503.

    >>> found = demand_patterns(np.array([[0, 8, 0, 0, 12, 0, 0, 10.0], [5, 5, np.nan, 5, 5, 5, 5, 5], [0] * 8]))
    >>> found.adi.round(4).tolist(), found.cv2.round(4).tolist(), [PATTERNS[n] for n in found.pattern]
    ([2.3333, 1.0, nan], [0.04, 0.0, nan], ['intermittent', 'smooth', 'none'])
    """
    demand = units > 0  # False for nan
    demands = demand.sum(axis=1)
    since_first = np.logical_or.accumulate(demand, axis=1) & ~np.isnan(units)
    none = np.full(len(units), np.nan)
    adi = np.divide(since_first.sum(axis=1), demands, out=none.copy(), where=demands > 0)
    sizes = np.where(demand, units, 0.0)
    mean = np.divide(sizes.sum(axis=1), demands, out=none.copy(), where=demands > 0)
    squares = (np.where(demand, sizes - mean[:, None], 0.0) ** 2).sum(axis=1)
    variance = np.divide(squares, demands - 1, out=none.copy(), where=demands > 1)
    cv2 = np.divide(variance, mean**2, out=none.copy(), where=demands > 1)
    # One demand alone tells nothing of unevenness: it is taken for even.
    uneven, rare = np.nan_to_num(cv2) >= CV2_CUT, np.nan_to_num(adi) >= ADI_CUT
    pattern = np.where(demands > 0, 1 + uneven + 2 * rare, 0)
    return DemandPatterns(adi=adi, cv2=cv2, pattern=pattern.astype(np.int32))


def in_longer_periods(history: DemandHistory, periods: int) -> DemandHistory:
    """Return the history in periods so many times as long, the last of which ends where the history ends.

    The oldest periods that do not fill one are left out. A longer period with gaps has what was reported ×
    its periods ÷ the reported ones, and is itself a gap where less than half was reported. `stockout` is the
    mean of the reported periods.

    >>> daily = DemandHistory(sites=("Gate",), items=("MASK",), first_day=dt.date(2020, 1, 6), period_days=1,
    ...     units=np.array([[9.0, 1, 2, 3, 4, np.nan, np.nan, 6]]), stockout=np.zeros((1, 8)))
    >>> weekly = in_longer_periods(daily, 3)
    >>> weekly.first_day.isoformat(), weekly.period_days, weekly.units.tolist()
    ('2020-01-08', 3, [[9.0, nan]])
    """
    count = history.periods // periods
    skipped = history.periods - count * periods
    shape = (len(history), count, periods)
    units, stockout = (each[:, skipped:].reshape(shape) for each in (history.units, history.stockout))
    reported = ~np.isnan(units)
    days = reported.sum(axis=2)
    enough = days >= max(1.0, _REPORTED_SHARE_MIN * periods)
    total = np.where(reported, units, 0.0).sum(axis=2)
    out = np.where(reported, stockout, 0.0).sum(axis=2)
    return replace(
        history,
        units=np.divide(total * periods, days, out=np.full(total.shape, np.nan), where=enough),
        stockout=np.divide(out, days, out=np.zeros(total.shape), where=enough),
        held=None if history.held is None else history.held[:, skipped:].reshape(shape)[:, :, -1],
        first_day=history.first_day + dt.timedelta(days=skipped * history.period_days),
        period_days=history.period_days * periods,
    )


def summed_over(units: Floats, periods: int) -> Floats:
    """Return the sum over each run of so many periods (S, T − periods + 1), nan where one of them is a gap.

    >>> summed_over(np.array([[1.0, 2, 3, np.nan, 5, 6]]), 2).tolist()
    [[3.0, 5.0, nan, nan, 11.0]]
    """
    windows = np.lib.stride_tricks.sliding_window_view(units, periods, axis=1)
    return np.asarray(windows.sum(axis=2))
