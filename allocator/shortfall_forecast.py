"""The report with its own forecast: what a command or a page asks for, in one call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Coefficients
from allocator.case import Bools, Floats, Indices
from allocator.demand import DemandHistory
from allocator.drivers import changes_after
from allocator.forecast import Forecast, forecast
from allocator.forecast_case import as_of_today, learned_multipliers
from allocator.norms import Norms, found_among
from allocator.planning import PlanningCase
from allocator.shortfall import days_ahead, shortfall
from allocator.shortfall_demand import rows_of
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_supply import row_keys
from allocator.shortfall_tables import GROUPINGS, ShortfallReport

__all__ = ["forecast_of", "forecast_shortfall"]

_TIMES_MAX = 10.0
"""Activity that is announced to rise more than tenfold is taken for a slip of the pen."""


def forecast_shortfall(
    planning: PlanningCase,
    rules: ShortfallRules,
    *,
    coefficients: Coefficients | None = None,
    groupings: Collection[str] = GROUPINGS,
) -> ShortfallReport:
    """Forecast the history of a planning case and report what runs short.

    `coefficients`: what activity causes; with them, changes of activity (a holiday, a new checkpoint) change demand
    on the days on which they hold: what is announced is looked ahead to, and what has begun is no surprise. So does
    what a scenario supposes of demand (`planning.ahead`).
    """
    if not as_of_today(planning).periods:
        # Use that nobody has reported of for weeks says nothing of today, here as in `forecast`: needs speak.
        planning = replace(planning, history=as_of_today(planning))
    days, profile = days_ahead(planning, rules), None
    if coefficients is not None and len(planning.drivers):
        times = _Times(planning, Norms(planning.case, planning.drivers, coefficients, "standard"))
        profile = times.ahead(days)
        planning = replace(planning, history=times.as_today())
    if planning.ahead is not None:
        supposed = planning.ahead.of(*rows_of(planning.case, planning.history), days=days)
        profile = supposed if profile is None else profile * supposed
    return shortfall(
        planning,
        forecast=forecast_of(planning, rules),
        rules=rules,
        groupings=groupings,
        profile=profile,
    )


def forecast_of(planning: PlanningCase, rules: ShortfallRules) -> Forecast | None:
    """Return the forecast of a planning case's history over the horizon, None where nothing was ever reported.

    A need stands for activity, made what recorded use has shown (`calibration`): norms overstate use several-fold.
    """
    history = planning.history
    if not len(history) or not history.periods:
        return None
    periods = -(-rules.horizon_days // history.period_days)
    return forecast(history, horizon_periods=periods, activity_daily_units=_needs_as_used(planning), stocked=True)


def _needs_as_used(planning: PlanningCase) -> Floats:
    """Return what the needs say of each series of the history (S,), as calibrated by its last weeks; nan for none."""
    history, case = planning.history, planning.case
    needs, size = case.needs, max(1, len(case.items))
    site = np.array([case.site_index.get(code, -1) for code in history.sites], dtype=np.int32)
    item = np.array([case.item_index.get(code, -1) for code in history.items], dtype=np.int32)
    place, there = found_among(needs.site.astype(np.int64) * size + needs.item, site.astype(np.int64) * size + item)
    there &= (site >= 0) & (item >= 0)
    learned = learned_multipliers(case, needs, history.take(np.flatnonzero(there)), site[there], item[there])
    found = np.full(len(history), np.nan)
    found[there] = (needs.daily_units * learned)[place[there]]
    return found


@dataclass(frozen=True)
class _Times:
    """What activity causes on a day ÷ what it causes today; 1 where nobody counted it or it causes nothing today."""

    planning: PlanningCase
    norms: Norms

    @property
    def _today(self) -> np.datetime64:
        return np.datetime64(self.planning.day, "D")

    def _on(self, day: np.datetime64) -> Floats:
        now = self.norms.needs.daily_units
        times = np.divide(self.norms.on(day), now, out=np.ones(len(now)), where=now > 0)
        return np.minimum(times, _TIMES_MAX)

    def ahead(self, days: int) -> Floats | None:
        """Return the coming days (rows, days); None where nothing changes on them."""
        changes = changes_after(self.planning.drivers, self._today)
        changes = changes[changes < self._today + days]
        if not len(changes):
            return None
        place, there = self._of(*rows_of(self.planning.case, self.planning.history))
        profile = np.ones((len(place), days))
        for change in changes:
            profile[there, (change - self._today).astype(int) :] = self._on(change)[place[there], None]
        return profile

    def as_today(self) -> DemandHistory:
        """Return the history as it would have been with today's activity all the time.

        What was used before anything was counted stays as it was, and so does a day whose activity was under a tenth
        of today's: it says nothing of today.
        """
        history, case = self.planning.history, self.planning.case
        if not len(history) or not history.periods:
            return history
        site = np.array([case.site_index.get(code, -1) for code in history.sites], dtype=np.int32)
        item = np.array([case.item_index.get(code, -1) for code in history.items], dtype=np.int32)
        place, there = self._of(site, item)
        there &= (site >= 0) & (item >= 0)
        begun = np.datetime64(history.first_day, "D")
        changes = changes_after(self.planning.drivers, begun)
        middle = begun + np.arange(history.periods) * history.period_days + history.period_days // 2
        units = history.units.copy()
        for start in [begun, *changes[changes < self._today]]:
            later = changes[changes > start]
            mine = (middle >= start) & (middle < (later[0] if len(later) else self._today))
            if mine.any():
                times = self._on(start)[place[there]]
                factor = np.divide(1.0, times, out=np.ones(len(times)), where=times >= 1 / _TIMES_MAX)
                units[np.ix_(there, mine)] *= factor[:, None]
        return replace(history, units=units)

    def _of(self, site: Indices, item: Indices) -> tuple[NDArray[np.int64], Bools]:
        """Return where rows stand among the pairs that activity speaks of, and which of them do."""
        return found_among(self.norms.key, row_keys(self.planning.case, site, item))
