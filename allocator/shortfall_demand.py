"""From history and needs to what rows will use: which source each row has, and how wide its quantiles are."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.demand import DemandHistory, adjusted_units
from allocator.demand_shift import level_shifts
from allocator.need import depots_of
from allocator.shortfall_outlook import LEVELS, SOURCES, DemandOutlook, assumed_ratios
from allocator.shortfall_supply import row_keys

__all__ = ["RowHistory", "SummedForecast", "history_of_rows", "outlook_of", "rows_of"]

_MEDIAN = LEVELS.index(0.5)
_UNITS_MIN = 1e-9
_RATIO_MAX = 20.0
"""Where the middle is next to nothing, quantiles ÷ middle say nothing."""


class SummedForecast(Protocol):
    """What a forecast says of series: how much a day, and quantiles of the sum over a horizon."""

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
    ratios, ratio_days = assumed_ratios(len(site)), days
    followed = np.flatnonzero(known.some)
    if forecast is not None and len(followed):
        series = known.series[followed]
        daily[followed], ratios[followed] = forecast.daily_units[series], _ratios(forecast.quantiles[series])
        ratio_days = forecast.horizon_periods * forecast.period_days
        source[followed] = SOURCES.index("forecast")
        raised, shifted = _raised(known.history.take(series), daily[followed])
        daily[followed] = raised
        source[followed[shifted]] = SOURCES.index("shifted")
    daily[case.items.durable[item]] = np.nan
    table = np.repeat(daily[:, None], days, axis=1)
    if profile is not None:
        table = table * profile
    return DemandOutlook(daily_units=table, ratios=ratios, ratio_days=ratio_days, source=source.astype(np.int32))


def _ratios(quantiles: Floats) -> Floats:
    """Return quantiles ÷ middle; a row whose middle is nothing keeps its spread around a tenth of its highest."""
    middle = np.maximum(quantiles[:, _MEDIAN], np.maximum(_UNITS_MIN, quantiles[:, -1] / _RATIO_MAX))
    ratios = quantiles / middle[:, None]
    return np.asarray(np.maximum.accumulate(np.minimum(ratios, _RATIO_MAX), axis=1))


def _raised(history: DemandHistory, daily: Floats) -> tuple[Floats, Bools]:
    """Return the daily level of series whose last days stand elsewhere than the forecast, and which those are."""
    if history.period_days != 1:
        return daily, np.zeros(len(daily), dtype=bool)
    shifts = level_shifts(adjusted_units(history))
    up = (shifts.found > 0) & (shifts.level > daily)
    down = (shifts.found < 0) & (shifts.level < daily)
    return np.where(up | down, shifts.level, daily), up | down


def cut_off_of(history: DemandHistory) -> dt.date | None:
    """Return the last day that anything is known of; None without history."""
    return history.last_day if len(history) and history.periods else None


def without_series(history: DemandHistory) -> DemandHistory:
    """Return a history of nothing, with the same periods."""
    return dataclasses.replace(history, sites=(), items=(), units=history.units[:0], stockout=history.stockout[:0])
