"""Forecast of demand: what each site will use of each item over the coming periods, and how sure that is.

The default is the median of published methods, each weighed by its record (`forecast_votes`); its quantiles
come from how far earlier forecasts missed (`forecast_quantiles`). Where little was reported, activity speaks.
Every forecast keeps the last day it knew of, which method it is, and how it would have done before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Texts
from allocator.demand import DemandHistory, adjusted_units, demand_patterns, stocked_units
from allocator.demand_shift import level_shifts
from allocator.forecast_backtest import Backtest, backtested
from allocator.forecast_paths import drawn_paths, shared_part
from allocator.forecast_quantiles import LEVELS, misses_of, quantiles_at
from allocator.forecast_rolling import METHODS, Rolling, rolled
from allocator.forecast_votes import voted

__all__ = ["ACTIVITY_PRIOR_WEEKS", "LEVELS", "METHODS", "WEEKS_MIN", "Forecast", "forecast"]

WEEKS_MIN = 4
"""Reported weeks below which history does not speak where activity can."""

ACTIVITY_PRIOR_WEEKS = 8
"""Reported weeks that activity is worth against history: n ÷ (n + 8)."""

_WEEK_DAYS = 7
_UNEVEN_PRIOR = 4.0
_UNEVEN_UNKNOWN = 0.25


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What S series will use over `horizon_periods` periods of `period_days` days, from the day after `cut_off`.

    `daily_units` (S,): the P50 of the sum, a day; nan where nothing is known. `quantiles` (S, 5): of the sum, at
    `LEVELS`. `method` (S,): "median" of the methods, "blend" with activity, "activity", "new level" since a jump, "ml"
    (learned), or "none". `weights` (M, S): of each of `METHODS` in the median. `pattern` (S,): position in
    `demand.PATTERNS`. `reports` (S,): periods reported. `backtest`: how the same way would have done. `often`,
    `uneven`, `shared`: of demand in single periods, for `paths`.
    """

    sites: tuple[str, ...]
    items: tuple[str, ...]
    cut_off: dt.date
    period_days: int
    horizon_periods: int
    daily_units: Floats
    quantiles: Floats
    method: Texts
    weights: Floats
    pattern: Indices
    reports: Indices
    backtest: Backtest
    often: Floats
    uneven: Floats
    shared: float

    def __len__(self) -> int:
        return len(self.sites)

    def take(self, rows: NDArray[np.integer] | Bools) -> Forecast:
        """Return the forecast of these series, in this order."""
        chosen = np.arange(len(self))[rows]
        columns = ("daily_units", "quantiles", "method", "pattern", "reports", "often", "uneven")
        return replace(
            self,
            sites=tuple(self.sites[n] for n in chosen),
            items=tuple(self.items[n] for n in chosen),
            weights=self.weights[:, chosen],
            backtest=self.backtest.take(chosen),
            **{name: getattr(self, name)[chosen] for name in columns},
        )

    def times(self, ratio: Floats) -> Forecast:
        """Return the forecast, were demand so many times as high (S,); how such forecasts did stays as it was."""
        return replace(self, daily_units=self.daily_units * ratio, quantiles=self.quantiles * ratio[:, None])

    @property
    def horizon_days(self) -> int:
        """The days that are forecast."""
        return self.horizon_periods * self.period_days

    def paths(
        self, *, count: int, periods: int | None = None, seed: int = 0, rows: NDArray[np.integer] | None = None
    ) -> Floats:
        """Return units a period as they may come, on so many joint paths (count, S, periods).

        Their totals over the horizon follow `quantiles`, and rise and fall together by a shock they share. `rows`:
        these series only; they get the same numbers as with all, so paths can be drawn in parts. A series of which
        nothing is known is nan.
        """
        chosen = np.arange(len(self)) if rows is None else rows
        return drawn_paths(
            names=[(self.sites[n], self.items[n]) for n in chosen],
            quantiles=self.quantiles[chosen],
            horizon=self.horizon_periods,
            often=self.often[chosen],
            uneven=self.uneven[chosen],
            shared=self.shared,
            count=count,
            periods=self.horizon_periods if periods is None else periods,
            seed=seed,
        )


def forecast(
    history: DemandHistory,
    *,
    horizon_periods: int,
    activity_daily_units: Floats | None = None,
    machine_learning: bool = False,
    stocked: bool = False,
) -> Forecast:
    """Forecast the sum of the next `horizon_periods` periods: lead time and review period together.

    `stocked`: as though there were always stock, which is what plans are made for: where `held` tells of empty shelves
    their periods are gaps, and sums with such gaps are not judged. Without it, what will be used if supply goes on as
    it did. Where `held` is not known the two are one.
    `activity_daily_units` (S,): need by activity, nan where there is none. A site with under 4 reported weeks
    uses it alone; with n weeks its history weighs n ÷ (n + 8). `machine_learning`: learn from all series too, and use
    that where its record is better (`forecast_ml`). ValueError for a horizon below 1; `LearnerMissing` where
    LightGBM is not installed.

    >>> steady = DemandHistory(sites=("Gate",), items=("MASK",), units=np.full((1, 12), 70.0),
    ...     stockout=np.zeros((1, 12)), first_day=dt.date(2020, 1, 6), period_days=7)
    >>> found = forecast(steady, horizon_periods=2)
    >>> found.cut_off.isoformat(), found.method[0], found.quantiles.shape
    ('2020-03-29', 'median', (1, 5))
    >>> new = forecast(steady.until(3), horizon_periods=2, activity_daily_units=np.array([20.0]))
    >>> new.method[0], new.weights.shape
    ('activity', (6, 1))
    """
    if horizon_periods < 1:
        raise ValueError("A forecast looks one period ahead or more.")
    if not history.periods:
        history = _with_a_gap(history)
    units = stocked_units(history) if stocked else adjusted_units(history)
    groups = np.unique(np.array(history.items, dtype=str), return_inverse=True)[1].astype(np.int32)
    rolling = rolled(units, period_days=history.period_days, horizon=horizon_periods, groups=groups)
    voted_for, weights = voted(rolling)
    centre, jumped = _since_jumps(voted_for, units, rolling, history.period_days)
    misses = misses_of(rolling, centre)
    reports = rolling.reports[-1].astype(np.int32)
    days = horizon_periods * history.period_days
    activity = None if activity_daily_units is None else activity_daily_units * days
    method = np.select([jumped[-1], np.isnan(centre[-1])], ["new level", "none"], "median").astype(object)
    now, method = _with_activity(centre[-1], method, reports * history.period_days / _WEEK_DAYS, activity)
    quantiles = quantiles_at(misses, len(rolling.known) - 1, centre=now, by_need=method == "activity")
    backtest = backtested(misses)
    if machine_learning:
        from allocator.forecast_ml import learned

        needless = np.ones(len(history), dtype=np.bool_) if activity is None else np.isnan(activity)
        asked = needless & ~jumped & ~(_empty(history, rolling) & stocked)
        told = learned(history, units, misses, backtest, asked)
        method[told.chosen] = "ml"
        quantiles, backtest = np.where(told.chosen[:, None], told.quantiles, quantiles), told.put_into(backtest)
    patterns = demand_patterns(units)
    return Forecast(
        sites=history.sites,
        items=history.items,
        cut_off=history.last_day,
        period_days=history.period_days,
        horizon_periods=horizon_periods,
        daily_units=quantiles[:, LEVELS.index(0.5)] / days,
        quantiles=quantiles,
        method=method,
        weights=weights[:, -1],
        pattern=patterns.pattern,
        reports=reports,
        backtest=backtest,
        often=np.nan_to_num(1 / patterns.adi, nan=1.0),
        uneven=_drawn_to_median(patterns.cv2, (units > 0).sum(axis=1)),
        shared=shared_part(misses),
    )


def _with_a_gap(history: DemandHistory) -> DemandHistory:
    """Return a history of nothing as one of a period of which nothing is known."""
    gap = np.full((len(history), 1), np.nan)
    first_day = history.first_day - dt.timedelta(days=history.period_days)
    return replace(history, units=gap, stockout=np.zeros(gap.shape), held=None, first_day=first_day)


def _empty(history: DemandHistory, rolling: Rolling) -> Bools:
    """Return which series had nothing on hand at each origin (O, S)."""
    if history.held is None:
        return np.zeros((len(rolling.known), len(history)), dtype=np.bool_)
    return np.asarray(history.held[:, rolling.known - 1].T <= 0)


def _since_jumps(centre: Floats, units: Floats, rolling: Rolling, period_days: int) -> tuple[Floats, Bools]:
    """Return the expected sums at the new level where daily use has jumped in the last days before each origin.

    And at which origins it had (O, S).
    """
    jumped = np.zeros(centre.shape, dtype=np.bool_)
    if period_days > 1:
        return centre, jumped
    level = centre.copy()
    for n, known in enumerate(rolling.known.tolist()):
        shifts = level_shifts(units[:, :known])
        now = shifts.level * rolling.horizon
        jumped[n] = ((shifts.found > 0) & (now > centre[n])) | ((shifts.found < 0) & (now < centre[n]))
        level[n] = np.where(jumped[n], now, centre[n])
    return level, jumped


def _with_activity(centre: Floats, method: Texts, weeks: Floats, activity: Floats | None) -> tuple[Floats, Texts]:
    """Return the expected sum where activity speaks too, and the method's name."""
    if activity is None:
        return centre, method
    # A need that was told before a jump says nothing of the new level.
    speaks = ~np.isnan(activity) & (method != "new level")
    own = np.where((weeks < WEEKS_MIN) | np.isnan(centre), 0.0, weeks / (weeks + ACTIVITY_PRIOR_WEEKS))
    blend = own * np.nan_to_num(centre) + (1 - own) * activity
    method[speaks] = np.where(own > 0, "blend", "activity")[speaks]
    return np.where(speaks, blend, centre), method


def _drawn_to_median(cv2: Floats, demands: Indices) -> Floats:
    """Return CV² where few demands count for little against the median of all series."""
    known = ~np.isnan(cv2)
    usual = float(np.median(cv2[known])) if known.any() else _UNEVEN_UNKNOWN
    own = np.where(known, demands, 0)
    return np.asarray((own * np.nan_to_num(cv2) + _UNEVEN_PRIOR * usual) / (own + _UNEVEN_PRIOR))
