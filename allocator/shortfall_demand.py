"""From history and needs to what rows will use: which source each row has, and how wide its quantiles are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.demand import DemandHistory, adjusted_units
from allocator.demand_shift import level_shifts
from allocator.need import depots_of
from allocator.shortfall_outlook import LEVEL_PART, LEVELS, SHARED, SOURCES, DemandOutlook, assumed_ratios
from allocator.shortfall_supply import row_keys

__all__ = ["RowHistory", "SummedForecast", "cut_off_of", "history_of_rows", "outlook_of", "rows_of"]

_MEDIAN = LEVELS.index(0.5)
_UNITS_MIN = 1e-9
_SHARED_MAX = 0.95
_RECENT, _NORMAL_90, _LEVEL_MIN, _SPREAD_MIN = 28, 1.2816, 0.05, 1e-4
_RATIO_MAX = 20.0
"""Where the middle is next to nothing, quantiles ÷ middle say nothing."""


class SummedForecast(Protocol):
    """What a forecast says of series: how much a day (nan: unknown), and quantiles of the sum over a horizon."""

    @property
    def daily_units(self) -> Floats:
        """Units a day in the middle (S,)."""

    @property
    def quantiles(self) -> Floats:
        """Quantiles of the sum over the horizon (S, 5)."""

    @property
    def horizon_periods(self) -> int:
        """Periods of the horizon."""

    @property
    def period_days(self) -> int:
        """Days of a period."""

    @property
    def shared(self) -> float:
        """Part of the variance that all series share."""


@dataclass(frozen=True, kw_only=True)
class RowHistory:
    """Where rows stand in the history. `series` (S,): −1 where a row has none; `last`: its last reported day."""

    history: DemandHistory
    series: Indices
    last: Units

    @property
    def some(self) -> Bools:
        """Which rows anything was ever reported of."""
        return np.asarray(self.last >= 0)

    @property
    def since_days(self) -> Units:
        """Days from the last report to the end of the history; 0 where there is none."""
        periods = self.history.periods - 1 - self.last
        return np.where(self.some, periods * self.history.period_days, 0)

    @property
    def contradicts(self) -> Bools:
        """Which rows say that they were out all of their last reported period, and used some in it."""
        found = np.zeros(len(self.series), dtype=bool)
        rows = np.flatnonzero(self.some)
        at = self.series[rows], self.last[rows]
        found[rows] = (self.history.stockout[at] >= 1) & (self.history.units[at] > 0)
        return found


def rows_of(case: Case, history: DemandHistory) -> tuple[Indices, Indices]:
    """Return the site and item of each row, sorted: who needs something, or used some. Depots are behind the rows."""
    known = [
        (case.site_index[site], case.item_index[item])
        for site, item in zip(history.sites, history.items, strict=True)
        if site in case.site_index and item in case.item_index
    ]
    used = np.array(known, dtype=np.int32).reshape(-1, 2)
    needs = case.needs.take(np.flatnonzero(case.needs.daily_units > 0))
    keys = np.unique(np.concatenate([row_keys(case, needs.site, needs.item), row_keys(case, used[:, 0], used[:, 1])]))
    site, item = np.divmod(keys, max(1, len(case.items)))
    rows = ~np.isin(site, depots_of(case))
    return site[rows].astype(np.int32), item[rows].astype(np.int32)


def history_of_rows(case: Case, history: DemandHistory, site: Indices, item: Indices) -> RowHistory:
    """Return where rows stand in a history; of two series of one row the last counts."""
    number = {pair: n for n, pair in enumerate(zip(history.sites, history.items, strict=True))}
    pairs = zip(case.sites.code[site], case.items.code[item], strict=True)
    series = np.fromiter((number.get(pair, -1) for pair in pairs), dtype=np.int32, count=len(site))
    last = np.full(len(site), -1, dtype=np.int64)
    rows = np.flatnonzero(series >= 0)
    if history.periods and len(rows):
        reported = history.reported[series[rows]]
        found = history.periods - 1 - np.argmax(reported[:, ::-1], axis=1)
        last[rows] = np.where(reported.any(axis=1), found, -1)
    return RowHistory(history=history, series=series, last=last)


def outlook_of(
    case: Case,
    rows: tuple[Indices, Indices],
    known: RowHistory,
    forecast: SummedForecast | None,
    *,
    days: int,
    profile: Floats | None = None,
) -> DemandOutlook:
    """Return what rows will use on so many days.

    A row with history follows its forecast, raised (or lowered) to the level its last days jumped to; one without
    follows its need, spread as widely as is assumed of needs. Durables are not used up: they have no demand here.
    `profile` (rows, days): known changes ahead, as multiples of today's activity. `source` says which it was.
    """
    site, item = rows
    needs = case.needs
    place = np.searchsorted(row_keys(case, needs.site, needs.item), row_keys(case, site, item))
    place = np.minimum(place, max(0, len(needs) - 1))
    own = np.zeros(len(site), dtype=bool)
    if len(needs):
        own = (needs.site[place] == site) & (needs.item[place] == item) & (needs.daily_units[place] > 0)
    daily = np.full(len(site), np.nan)
    daily[own] = needs.daily_units[place[own]]
    source = np.where(own, SOURCES.index("need"), SOURCES.index("none"))
    ratios, ratio_days, parts = assumed_ratios(len(site)), days, np.full(len(site), LEVEL_PART)
    followed = np.flatnonzero(known.some)
    if forecast is not None:
        followed = followed[~np.isnan(forecast.daily_units[known.series[followed]])]
    if forecast is not None and len(followed):
        series = known.series[followed]
        daily[followed], ratios[followed] = forecast.daily_units[series], _ratios(forecast.quantiles[series])
        ratio_days = forecast.horizon_periods * forecast.period_days
        source[followed] = SOURCES.index("forecast")
        reported_of = known.history.take(series)
        uneven = _unevenness(reported_of)
        daily[followed], shifted, since_days = _raised(reported_of, daily[followed])
        source[followed[shifted]] = SOURCES.index("shifted")
        ratios[followed] = _widened(ratios[followed], np.where(shifted, uneven / since_days, 0.0))
        parts[followed] = _level_parts(ratios[followed], uneven * reported_of.period_days / ratio_days)
    daily[case.items.durable[item]] = np.nan
    table = np.repeat(daily[:, None], days, axis=1)
    if profile is not None:
        table = table * profile
    # A forecast of few series cannot tell what they share; an epidemic is known to be shared in part.
    shared = SHARED if forecast is None else min(_SHARED_MAX, max(SHARED, forecast.shared))
    return DemandOutlook(
        daily_units=table, ratios=ratios, ratio_days=ratio_days, source=source.astype(np.int32), shared=shared,
        level_part=parts,
    )  # fmt: skip


def _ratios(quantiles: Floats) -> Floats:
    """Return quantiles ÷ middle; a row whose middle is nothing keeps its spread around a tenth of its highest."""
    middle = np.maximum(quantiles[:, _MEDIAN], np.maximum(_UNITS_MIN, quantiles[:, -1] / _RATIO_MAX))
    ratios = quantiles / middle[:, None]
    return np.asarray(np.maximum.accumulate(np.minimum(ratios, _RATIO_MAX), axis=1))


def _unevenness(history: DemandHistory) -> Floats:
    """Return variance ÷ mean² of single periods, of the last that were reported.

    A jump is no noise, so it is told from the steps between periods: half the mean square of them (von Neumann 1941).
    """
    recent = adjusted_units(history)[:, -_RECENT:]
    known = ~np.isnan(recent)
    count = known.sum(axis=1)
    mean = np.divide(np.where(known, recent, 0).sum(axis=1), count, out=np.zeros(len(count)), where=count > 0)
    steps = np.diff(recent, axis=1)
    pairs = (~np.isnan(steps)).sum(axis=1)
    squares = np.divide(np.nansum(steps**2, axis=1), 2 * pairs, out=np.zeros(len(count)), where=pairs > 0)
    return np.divide(squares, mean**2, out=np.zeros(len(count)), where=mean > 0)


def _spread(ratios: Floats) -> Floats:
    """Return the variance of the logarithm that the P90 speaks of: (ln(P90 ÷ P50) ÷ 1.2816)²."""
    high = np.maximum(ratios[:, LEVELS.index(0.9)], 1 + _UNITS_MIN)
    return np.asarray((np.log(high) / _NORMAL_90) ** 2)


def _widened(ratios: Floats, more: Floats) -> Floats:
    """Return ratios with more variance: a level known from a few days is known that much less."""
    spread = _spread(ratios)
    times = np.where(more > 0, np.sqrt(1 + more / np.maximum(spread, _SPREAD_MIN)), 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(np.exp(np.log(ratios) * times[:, None]), _RATIO_MAX))


def _level_parts(ratios: Floats, noise: Floats) -> Floats:
    """Return which part of the spread is the level's: what periods by themselves (`noise`) do not explain."""
    spread = _spread(ratios)
    own = np.divide(noise, spread, out=np.ones(len(noise)), where=spread > 0)
    return np.asarray(np.clip(1 - own, _LEVEL_MIN, 1.0))


def _raised(history: DemandHistory, daily: Floats) -> tuple[Floats, Bools, Floats]:
    """Return the daily level of series, which of them jumped away from their forecast, and days since (at least 1)."""
    if history.period_days != 1:
        return daily, np.zeros(len(daily), dtype=bool), np.ones(len(daily))
    shifts = level_shifts(adjusted_units(history))
    up = (shifts.found > 0) & (shifts.level > daily)
    down = (shifts.found < 0) & (shifts.level < daily)
    since = np.maximum(1, history.periods - 1 - shifts.since)
    return np.where(up | down, shifts.level, daily), up | down, since.astype(np.float64)


def cut_off_of(history: DemandHistory) -> dt.date | None:
    """Return the last day that anything is known of; None without history."""
    return history.last_day if len(history) and history.periods else None
