"""The columns of the shortfall report, from its steps."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from allocator.case import Bools, Dates, Floats, Indices
from allocator.shortfall_demand import RowHistory
from allocator.shortfall_draws import EARLY, quantile_day
from allocator.shortfall_outlook import SOURCES
from allocator.shortfall_tables import FLAGS, STATUSES
from allocator.shortfall_why import Facts, drivers_of
from allocator.shortfall_work import Working, ratio

__all__ = ["columns_of"]

_WEEK = 7
_OFF_MIN = 0.1
"""Of what is held: counts that were off by less are everyday business."""
_NEVER = np.datetime64("NaT", "D")


def columns_of(work: Working) -> dict[str, Any]:
    """Return every column of `ShortfallRows`, by site and item."""
    rules, stock, netted, today = work.rules, work.stock, work.netted, work.today
    middle, early = (quantile_day(work.draws.first_out, level) for level in (0.5, EARLY))
    unmet = np.quantile(work.draws.unmet, [0.5, 0.9], axis=0).astype(np.float64)
    p_horizon = np.where(work.durable, work.empty_handed, work.draws.share_out_before(rules.horizon_days))
    expired = np.where(work.durable, 0.0, work.middle[1])
    price = np.nan_to_num(work.prices_fen[work.item], nan=-1.0)
    columns: dict[str, Any] = {
        **{f.name: getattr(stock, f.name) for f in dataclasses.fields(stock)},
        "site": work.site,
        "item": work.item,
        "tier": work.tier,
        "criticality": work.criticality,
        "source": work.outlook.source,
        "daily_units": work.level,
        "daily_units_high": work.level_high,
        "holding_units": work.holding,
        "cover_days": work.cover,
        "cover_days_low": ratio(np.where(stock.usable_units < 0, np.nan, stock.usable_units), work.level_high),
        "stock_out": _dates(today, np.where(work.empty_handed > 0, 0, middle), work.outlook.days),
        "stock_out_early": _dates(today, np.where(work.empty_handed > 0, 0, early), work.outlook.days),
        "p_before_delivery": work.p_before,
        "p_horizon": p_horizon,
        "p_after": np.where(work.durable, work.empty_handed * (netted.buy_units > 0),
                            work.after.share_out_before(rules.horizon_days)),
        "unmet_units": unmet[0],
        "unmet_units_high": unmet[1],
        "expired_units": expired,
        "expired_fen": np.where(price < 0, -1, np.rint(expired * price)).astype(np.int64),
        "status": work.status,
        "lacking_units": work.lacking,
        **{name: getattr(netted, name) for name in ("central_units", "lateral_units", "ordered_units", "buy_units")},
        "order_by": _order_by(work),
        "offer": work.buying.offer,
        "lead_days": work.buying.lead_days,
        "cost_fen": work.buying.cost_fen,
        "flags": _flags(work),
        "alarm": _alarm(work),
        "weekly": _weekly(work),
    }  # fmt: skip
    why, days, units = drivers_of(_facts(work, p_horizon))
    return {**columns, "why": why, "why_days": days, "why_units": units}


def _alarm(work: Working) -> Bools:
    """Return which rows are likely out before what is ordered within a week could be there."""
    until = np.minimum(work.rules.horizon_days, work.buying.lead_days + work.road_days + work.rules.safety_days + _WEEK)
    share = np.where(work.durable, work.empty_handed, work.draws.share_out_before(until))
    return np.asarray(share >= work.rules.alarm_share)


def _dates(today: np.datetime64, day: Indices, days: int) -> Dates:
    return np.where(day < days, today + day.astype("timedelta64[D]"), _NEVER)


def _order_by(work: Working) -> Dates:
    """Return early stock-out − lead time − road − safety, after all that can be sent; a durable that lacks: today.

    Where there is nothing to buy, there is no day.
    """
    early = quantile_day(work.after.first_out, EARLY)
    day = early - work.buying.lead_days - work.road_days - work.rules.safety_days
    known = (early < work.outlook.days) & ~np.isnan(work.level)
    found = np.where(known, work.today + day.astype("timedelta64[D]"), _NEVER)
    return np.where(work.netted.buy_units > 0, np.where(work.durable, work.today, found), _NEVER)


def _facts(work: Working, p_horizon: Floats) -> Facts:
    return Facts(
        level=work.level,
        level_high=work.level_high,
        stock=work.stock,
        cover=work.cover,
        plan_days=work.plan_days,
        holding=np.nan_to_num(work.holding),
        expired=work.middle[1],
        out_day=quantile_day(work.draws.first_out, 0.5),
        early_day_after=quantile_day(work.after.first_out, EARLY),
        ordered=work.netted.ordered_units.astype(np.float64),
        ordered_day=_ordered_day(work),
        sendable=(work.netted.central_units + work.netted.lateral_units).astype(np.float64),
        arrival_day=np.where(np.isnat(work.stock.next_arrival), np.inf,
                             (work.stock.next_arrival - work.today).astype(np.float64)),
        lead_days=work.buying.lead_days + work.road_days + work.rules.safety_days,
        buys=work.netted.buy_units > 0,
        offered=work.buying.offer >= 0,
        shifted=work.outlook.source == SOURCES.index("shifted"),
        former=_former(work.known),
        concerned=(p_horizon > 0) | np.isin(work.status, [0, 1]),
        horizon_days=work.rules.horizon_days,
        days=work.outlook.days,
    )  # fmt: skip


def _ordered_day(work: Working) -> Floats:
    """Return the day on which the first of what is netted of orders is at each row, inf where nothing is."""
    moves, found = work.netted.ordered, np.full(len(work.site), np.inf)
    day = (work.on_order.arrives[moves.giver] - work.today).astype(np.float64) + work.road_days[moves.taker]
    np.minimum.at(found, moves.taker, day)
    return found


def _former(known: RowHistory) -> Floats:
    """Return the median of what was reported of each row, a day: what its level was before it jumped."""
    found = np.full(len(known.series), np.nan)
    rows = np.flatnonzero(known.some)
    if len(rows):
        found[rows] = np.nanmedian(known.history.units[known.series[rows]], axis=1) / known.history.period_days
    return found


def _flags(work: Working) -> Indices:
    """Return what is doubtful of each row's figures, as bits of `FLAGS`."""
    case, stale = work.case, work.case.policy.stale_days
    needs, keys = case.needs, work.site.astype(np.int64) * len(case.items) + work.item
    told = needs.site.astype(np.int64) * len(case.items) + needs.item
    place = np.minimum(np.searchsorted(told, keys), max(0, len(told) - 1))
    reported = np.full(len(keys), _NEVER)
    if len(told):
        reported = np.where(told[place] == keys, needs.reported_on[place], _NEVER)
    late_report = (work.today - reported) > np.timedelta64(stale, "D")
    since = work.known.since_days + (work.planning.day - work.known.history.last_day).days - 1
    gap = work.known.some & (since > max(stale, work.known.history.period_days))
    pairs = zip(case.sites.code[work.site], case.items.code[work.item], strict=True)
    counted_off = work.planning.counted_off
    off = np.fromiter((counted_off.get(pair, 0) for pair in pairs), dtype=np.int64, count=len(keys))
    wrong = off > _OFF_MIN * (np.maximum(0, work.stock.usable_units) + off)
    by_need = np.isin(work.outlook.source, [SOURCES.index(name) for name in ("need", "activity")])
    bits = {
        "stale": np.where(work.known.some, gap, late_report),
        "never_counted": work.stock.usable_units < 0,
        "broken_balance": work.known.contradicts | wrong,
        "assumed_demand": by_need & ~work.durable,
        "assumed_lead": (work.buying.offer < 0) & (work.netted.buy_units > 0),
        "shifted": work.outlook.source == SOURCES.index("shifted"),
    }
    return np.asarray(sum(bits[name].astype(np.int32) << n for n, name in enumerate(FLAGS)), dtype=np.int32)


def _weekly(work: Working) -> Any:
    """Return the status of each row at the end of each week (S, W) if nothing more is sent, at middle demand."""
    first, _, stock = work.middle
    ends = np.minimum(np.arange(_WEEK - 1, work.outlook.days + _WEEK - 1, _WEEK), work.outlook.days - 1)
    cover = ratio(stock[:, ends], np.broadcast_to(work.level[:, None], (len(work.site), len(ends))))
    out = (first[:, None] <= ends) & (cover <= 0)
    found = np.select(
        [out, cover < work.plan_days[:, None], cover > work.rules.over_days],
        [STATUSES.index(name) for name in ("stocked_out", "under", "over")],
        STATUSES.index("to_plan"),
    )
    found = np.where(work.durable[:, None], work.status[:, None], found)
    unknown = (work.status == STATUSES.index("no_data"))[:, None]
    return np.where(unknown, work.status[:, None], found).astype(np.int8)
