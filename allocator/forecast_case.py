"""The forecast of a planning case: its history, and its needs where little was reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.case import Case, Floats, Indices
from allocator.demand import DemandHistory
from allocator.forecast import Forecast, forecast
from allocator.planning import PlanningCase

__all__ = ["REVIEW_DAYS", "forecast_of", "horizon_days_of", "with_needs"]

REVIEW_DAYS = 7
"""Days until it is looked again at what to order, where nobody says otherwise."""

_HORIZON_DAYS = 28
_PERIODS_MIN = 3


def horizon_days_of(planning: PlanningCase) -> int:
    """Return the days to look ahead: the longest lead time that cannot be avoided, and the days to the next review.

    Where there are no offers, four weeks; never fewer than three periods of a history in weeks or months.
    """
    lead: dict[str, int] = {}
    for offer in planning.offers:
        lead[offer.item] = min(offer.lead_days, lead.get(offer.item, offer.lead_days))
    days = max(lead.values()) + REVIEW_DAYS if lead else _HORIZON_DAYS
    period = planning.history.period_days
    return days if period == 1 else max(days, _PERIODS_MIN * period)


def forecast_of(planning: PlanningCase, *, horizon_days: int, machine_learning: bool = False) -> Forecast:
    """Return the forecast of every site and consumable item that has a history or a need.

    The horizon is rounded up to whole periods. Durable items are a fleet: nobody uses them up. `LearnerMissing`
    where machine learning is asked for and not installed.
    """
    history, activity = with_needs(planning.case, planning.history)
    periods = -(-horizon_days // history.period_days)
    return forecast(history, horizon_periods=periods, activity_daily_units=activity, machine_learning=machine_learning)


def with_needs(case: Case, history: DemandHistory) -> tuple[DemandHistory, Floats]:
    """Return the history with a row for every need, and what the needs say is used a day (S,), nan where none does.

    Rows are in the order of sites and items of the case.
    """
    items = len(case.items)
    used_up = ~case.items.durable[case.needs.item]
    needed = _keys(case.needs.site[used_up], case.needs.item[used_up], items)
    recorded = _keys(_positions(case.sites.code, history.sites), _positions(case.items.code, history.items), items)
    kept = np.flatnonzero(~case.items.durable[recorded % items]) if len(recorded) else recorded
    keys = np.union1d(needed, recorded[kept])
    shape = (len(keys), history.periods)
    units, stockout = np.full(shape, np.nan), np.zeros(shape)
    rows = np.searchsorted(keys, recorded[kept])
    units[rows], stockout[rows] = history.units[kept], history.stockout[kept]
    held = None if history.held is None else np.full(shape, np.nan)
    if held is not None and history.held is not None:
        held[rows] = history.held[kept]
    activity = np.full(len(keys), np.nan)
    activity[np.searchsorted(keys, needed)] = case.needs.daily_units[used_up]
    named = replace(
        history,
        sites=tuple(case.sites.code[keys // items].tolist()),
        items=tuple(case.items.code[keys % items].tolist()),
        units=units,
        stockout=stockout,
        held=held,
    )
    return named, activity


def _keys(site: Indices, item: Indices, items: int) -> Indices:
    return np.asarray(site.astype(np.int64) * items + item)


def _positions(codes: object, wanted: tuple[str, ...]) -> Indices:
    """Return where codes stand among sorted ones."""
    return np.searchsorted(np.asarray(codes), np.array(wanted, dtype=object)).astype(np.int32)
