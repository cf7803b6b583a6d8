"""The forecast of a planning case: its history, and its needs where little was reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import numpy as np

from allocator.activity import ActivityNeeds, Coefficients
from allocator.calibration import Use, calibrated
from allocator.case import Case, Floats, Indices, Needs
from allocator.demand import DemandHistory
from allocator.forecast import Forecast, forecast
from allocator.norms import Norms
from allocator.planning import PlanningCase

__all__ = [
    "REVIEW_DAYS",
    "SILENT_DAYS_MAX",
    "as_of_today",
    "forecast_of",
    "horizon_days_of",
    "known_up_to",
    "learned_multipliers",
    "with_needs",
]

REVIEW_DAYS = 7
"""Days until it is looked again at what to order, where nobody says otherwise."""

_HORIZON_DAYS = 28
_PERIODS_MIN = 3
_RECENT_DAYS = 56
SILENT_DAYS_MAX = 56
"""A history that ended longer ago says nothing of today."""


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


def known_up_to(history: DemandHistory) -> dt.date | None:
    """Return the last day of the last period that anybody reported, None where nobody ever did."""
    told = np.flatnonzero(history.reported.any(axis=0))
    return history.first_day + dt.timedelta(days=(int(told[-1]) + 1) * history.period_days - 1) if len(told) else None


def as_of_today(planning: PlanningCase) -> DemandHistory:
    """Return the history up to the day that is planned on: the periods since its end are gaps.

    Where nobody has reported anything for eight weeks, nothing is known: a history without periods.
    """
    history, last = planning.history, known_up_to(planning.history)
    if last is None or (planning.day - last).days - 1 > SILENT_DAYS_MAX:
        none = np.zeros((len(history), 0))
        held = None if history.held is None else none
        return replace(history, units=none, stockout=none, held=held, first_day=planning.day)
    gaps = max(0, (planning.day - history.last_day).days - 1) // history.period_days
    if not gaps:
        return history
    unknown = np.full((len(history), gaps), np.nan)
    return replace(
        history,
        units=np.hstack([history.units, unknown]),
        stockout=np.hstack([history.stockout, np.zeros(unknown.shape)]),
        held=None if history.held is None else np.hstack([history.held, unknown]),
    )


def forecast_of(
    planning: PlanningCase,
    *,
    horizon_days: int,
    machine_learning: bool = False,
    stocked: bool = True,
    coefficients: Coefficients | None = None,
) -> Forecast:
    """Return the forecast of every site and consumable item that has a history or a need.

    `stocked`: as though there were always stock; else what will be used if supply goes on as it did.
    The horizon is rounded up to whole periods. Durable items are a fleet: nobody uses them up. `coefficients`: what
    activity causes, for sites that have activity and no need. What a scenario supposes of demand (`planning.ahead`)
    multiplies it, on the mean of its days. `LearnerMissing` where machine learning is asked for and not installed.
    """
    case = planning.case
    if coefficients is not None and len(planning.drivers):
        case = _with_activity(case, Norms(case, planning.drivers, coefficients, "standard").needs)
    history, activity = with_needs(case, as_of_today(planning))
    periods = -(-horizon_days // history.period_days)
    found = forecast(
        history,
        horizon_periods=periods,
        activity_daily_units=activity,
        machine_learning=machine_learning,
        stocked=stocked,
    )
    if planning.ahead is None:
        return found
    site, item = _positions(case.sites.code, found.sites), _positions(case.items.code, found.items)
    after = (found.cut_off - planning.day).days + 1
    return found.times(planning.ahead.of(site, item, days=found.horizon_days, after=after).mean(axis=1))


def _with_activity(case: Case, activity: ActivityNeeds) -> Case:
    """Return the case with needs from activity where nobody told one."""
    items = len(case.items)
    keys, told = _keys(activity.site, activity.item, items), _keys(case.needs.site, case.needs.item, items)
    new = np.flatnonzero(~np.isin(keys, told))
    added = Needs(
        site=activity.site[new],
        item=activity.item[new],
        daily_units=activity.daily_units[new],
        reported_on=np.full(len(new), np.datetime64("NaT", "D")),
        max_units=np.full(len(new), -1, dtype=np.int64),
    )
    names = [each.name for each in fields(Needs)]
    joined = {name: np.concatenate([getattr(case.needs, name), getattr(added, name)]) for name in names}
    order = np.argsort(_keys(joined["site"], joined["item"], items), kind="stable")
    return replace(case, needs=Needs(**joined).take(order))


def with_needs(case: Case, history: DemandHistory) -> tuple[DemandHistory, Floats]:
    """Return the history with a row for every need, and what the needs say is used a day (S,), nan where none does.

    Norms overstate use several-fold, so a need is made what the last eight weeks have shown of its kind of site and of
    itself (`calibration`). Rows are in the order of sites and items of the case.
    """
    items = len(case.items)
    used_up = case.needs.take(np.flatnonzero(~case.items.durable[case.needs.item]))
    needed = _keys(used_up.site, used_up.item, items)
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
    named = replace(
        history,
        sites=tuple(case.sites.code[keys // items].tolist()),
        items=tuple(case.items.code[keys % items].tolist()),
        units=units,
        stockout=stockout,
        held=held,
    )
    activity = np.full(len(keys), np.nan)
    activity[np.searchsorted(keys, needed)] = used_up.daily_units * learned_multipliers(
        case, used_up, named, keys // items, keys % items
    )
    return named, activity


def learned_multipliers(case: Case, needs: Needs, history: DemandHistory, site: Indices, item: Indices) -> Floats:
    """Return what the last eight weeks of recorded use make of each need: what it is multiplied by (`calibration`).

    `site`, `item`: positions in the case of each series of the history; series without a need say nothing.
    """
    recent = max(1, _RECENT_DAYS // history.period_days)
    units, out = history.units[:, -recent:], history.stockout[:, -recent:]
    reported = ~np.isnan(units)
    rows = np.flatnonzero(reported.any(axis=1)) if history.periods else np.zeros(0, dtype=np.int64)
    use = Use(
        site=site[rows].astype(np.int32),
        item=item[rows].astype(np.int32),
        units=np.where(reported, units, 0.0).sum(axis=1)[rows],
        days=reported.sum(axis=1)[rows] * float(history.period_days),
        days_out=np.where(reported, out, 0.0).sum(axis=1)[rows] * history.period_days,
    )
    return calibrated(
        site=needs.site, item=needs.item, daily_units=needs.daily_units, kind_of_site=case.sites.kind, use=use
    ).multiplier


def _keys(site: Indices, item: Indices, items: int) -> Indices:
    return np.asarray(site.astype(np.int64) * items + item)


def _positions(codes: object, wanted: tuple[str, ...]) -> Indices:
    """Return where codes stand among sorted ones."""
    return np.searchsorted(np.asarray(codes), np.array(wanted, dtype=object)).astype(np.int32)
