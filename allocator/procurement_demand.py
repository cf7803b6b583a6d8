"""From a planning case to a procurement case: one pool of stock, demand paths from the forecast.

Central stock and what sites hold count as one, without the policy's reserve: it is moved before anything is
bought. What is earmarked is in the pool, for its sites are part of it. Durable items are a fleet that nobody uses
up, so they are left out; so is what nobody needs or has used.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Floats
from allocator.demand import in_longer_periods
from allocator.forecast import Forecast, forecast
from allocator.forecast_case import as_of_today, horizon_days_of, with_needs
from allocator.inventory_lmis import openlmis_adjusted_consumption
from allocator.need import depots_of, usable_rows
from allocator.order_doubt import doubted_orders
from allocator.planning import PlanningCase
from allocator.procurement_case import Held, Order, ProcurementCase, ProcurementCaseWrong, ProcurementItem, Terms
from allocator.sentence import Named, Sentence, say

__all__ = ["Prepared", "Wished", "monthly_units_of", "procurement_case_of"]

_WEEK = 7
_MONTH = 30
_MONTHS_BACK = 3
_ORDERS_SAID = 8
_RESERVES_SAID = 4


@dataclass(frozen=True, kw_only=True)
class Wished:
    """What the planning tables do not say. `critical`: item codes; `shelf_weeks`, `weights`: by item code.

    `paths`: demand paths to choose the scenarios from; `outside`: others, to try the plan on.
    An item without a weight weighs 1 ÷ its expected use of a day, so that shortage is counted in days of use.
    """

    weeks: int = 26
    paths: int = 100
    outside: int = 500
    seed: int = 0
    critical: tuple[str, ...] = ()
    shelf_weeks: Mapping[str, int] | None = None
    weights: Mapping[str, float] | None = None
    terms: Terms | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A procurement case, demand paths outside it (N, I, W), and what had to be left out or assumed."""

    case: ProcurementCase
    outside: Floats
    told: tuple[Sentence, ...]


def procurement_case_of(planning: PlanningCase, wished: Wished) -> Prepared:
    """Return the procurement case of a planning case.

    Raises:
        ProcurementCaseWrong: with everything that is wrong; without any demand, that there is none.

    """
    case = planning.case
    codes = case.items.code.tolist()
    demand, unknown = _weekly_paths(planning, wished)
    chosen = np.flatnonzero(demand[: wished.paths].sum(axis=(0, 2)) > 0).tolist()
    if not chosen:
        raise ProcurementCaseWrong((say("Nothing is used or needed, so nothing is to be bought."),))
    kept = {codes[n] for n in chosen}
    daily = demand[: wished.paths].mean(axis=(0, 2)) / _WEEK
    doubted = doubted_orders(planning.orders, planning.day)
    made = ProcurementCase(
        day=planning.day,
        items=tuple(_item(case, n, wished, float(daily[n])) for n in chosen),
        suppliers=planning.suppliers,
        offers=tuple(offer for offer in planning.offers if offer.item in kept),
        orders=tuple(
            order for order, doubt in zip(planning.orders, doubted, strict=True) if order.item in kept and not doubt
        ),
        budgets=tuple(
            replace(budget, items=tuple(item for item in budget.items if item in kept))
            for budget in planning.budgets
            if not budget.items or kept.intersection(budget.items)
        ),
        held=_held(case, kept),
        demand_units=demand[: wished.paths, chosen],
        probability=np.full(wished.paths, 1 / wished.paths),
        terms=wished.terms or Terms(),
    )
    outside = demand[wished.paths :, chosen]
    return Prepared(case=made, outside=outside, told=tuple(_told(made, planning, unknown)))


def _item(case: Case, n: int, wished: Wished, daily_units: float) -> ProcurementItem:
    items, code = case.items, str(case.items.code[n])
    weights, shelf = wished.weights or {}, wished.shelf_weeks or {}
    return ProcurementItem(
        item=code,
        name=str(items.name[n]),
        name_zh=str(items.name_zh[n]),
        unit=str(items.unit[n]),
        pack_units=int(items.pack_units[n]),
        pack_kg=_decimal(items.pack_kg[n]),
        pack_m3=_decimal(items.pack_m3[n]),
        shelf_weeks=shelf.get(code),
        critical=code in wished.critical,
        weight=weights.get(code, 1 / daily_units),
    )


def _decimal(value: float) -> Decimal | None:
    return None if np.isnan(value) else Decimal(str(round(float(value), 6)))


def _held(case: Case, kept: set[str]) -> tuple[Held, ...]:
    """Return usable stock everywhere and what is between sites, by item and date, without the policy's reserve."""
    stock, codes = case.stock, case.items.code
    units: dict[tuple[str, dt.date | None], int] = defaultdict(int)
    for row in np.flatnonzero(usable_rows(case)).tolist():
        day = None if np.isnat(stock.expires[row]) else stock.expires[row].astype(dt.date)
        units[str(codes[stock.item[row]]), day] += int(stock.units[row])
    for item, moving in zip(case.in_transit.item.tolist(), case.in_transit.units.tolist(), strict=True):
        units[str(codes[item]), None] += int(moving)
    rows = sorted(units.items(), key=lambda row: (row[0][0], row[0][1] or dt.date.max))
    reserve, found = _reserve(case), []
    for (item, day), count in reversed(rows):  # what keeps longest stays in reserve
        back = min(count, reserve.get(item, 0))
        reserve[item] = reserve.get(item, 0) - back
        if item in kept and count > back:
            found.append(Held(item=item, units=count - back, expires=day))
    return tuple(reversed(found))


def _reserve(case: Case) -> dict[str, int]:
    """Return what the policy keeps back of each item: an exact share of each depot's usable stock, rounded up."""
    stock, depots = case.stock, set(depots_of(case).tolist())
    at_depot: dict[tuple[int, int], int] = defaultdict(int)
    for row in np.flatnonzero(usable_rows(case)).tolist():
        if int(stock.site[row]) in depots:
            at_depot[int(stock.site[row]), int(stock.item[row])] += int(stock.units[row])
    kept: dict[str, int] = defaultdict(int)
    for (_, item), units in at_depot.items():
        code = str(case.items.code[item])
        kept[code] += ceil(case.policy.reserve_of(code) * units)
    return kept


def _weekly_paths(planning: PlanningCase, wished: Wished) -> tuple[Floats, list[str]]:
    """Return demand paths, those outside last (K, items of the case, W), and items some site's use of is not known."""
    history = as_of_today(planning)
    if history.period_days == 1 and history.periods:
        history = in_longer_periods(history, _WEEK)
    named, activity = with_needs(planning.case, history)
    days = history.period_days
    horizon = max(1, min(-(-horizon_days_of(planning) // days), -(-wished.weeks * _WEEK // days)))
    found = forecast(named, horizon_periods=horizon, activity_daily_units=activity, stocked=True)
    periods = -(-wished.weeks * _WEEK // days)
    overlap = _overlap(periods, days, wished.weeks)
    codes, rows_of = planning.case.items.code.tolist(), np.array(found.items, dtype=object)
    count = wished.paths + wished.outside
    demand: Floats = np.zeros((count, len(codes), wished.weeks))
    unknown = []
    for n, code in enumerate(codes):
        rows = np.flatnonzero(rows_of == code)
        if not len(rows):
            continue
        drawn = found.paths(count=count, periods=periods, seed=wished.seed, rows=rows)
        if bool(np.isnan(drawn).any()):
            unknown.append(code)
        if planning.ahead is None:
            demand[:, n] = np.nansum(drawn, axis=1) @ overlap
        else:
            demand[:, n] = ((np.nan_to_num(drawn) @ overlap) * _times(planning, found, rows, wished.weeks)).sum(axis=1)
    return demand, unknown


def _times(planning: PlanningCase, found: Forecast, rows: NDArray[np.intp], weeks: int) -> Floats:
    """Return what a scenario makes of the demand of some series in each week (rows, weeks)."""
    assert planning.ahead is not None  # noqa: S101 - asked only where something is supposed
    case = planning.case
    site = np.array([case.site_index[found.sites[n]] for n in rows], dtype=np.int32)
    item = np.array([case.item_index[found.items[n]] for n in rows], dtype=np.int32)
    daily = planning.ahead.of(site, item, days=weeks * _WEEK)
    return np.asarray(daily.reshape(len(rows), weeks, _WEEK).mean(axis=2))


def _overlap(periods: int, period_days: int, weeks: int) -> Floats:
    """Return (periods, weeks): which part of each period falls into each week, days alike.

    >>> _overlap(1, 30, 5)[0].round(4).tolist()
    [0.2333, 0.2333, 0.2333, 0.2333, 0.0667]
    """
    begin, week = np.arange(periods)[:, None] * period_days, np.arange(weeks)[None] * _WEEK
    shared = np.minimum(begin + period_days, week + _WEEK) - np.maximum(begin, week)
    return np.asarray(np.maximum(shared, 0) / period_days)


def monthly_units_of(planning: PlanningCase, items: tuple[ProcurementItem, ...]) -> Floats:
    """Return (I,): OpenLMIS' average of the last three months of 30 days, adjusted for stock-outs, all sites.

    A site's month with gaps has its reported days' use, carried to 30 days; nan where no site reported.
    """
    history = planning.history
    days = max(1, round(_MONTH / history.period_days))
    monthly = in_longer_periods(history, days)
    units, out = monthly.units[:, -_MONTHS_BACK:], monthly.stockout[:, -_MONTHS_BACK:]
    whole = np.nan_to_num(np.rint(units * _MONTH / (days * history.period_days)), nan=-1).astype(np.int64)
    days_out = np.rint(out * _MONTH).astype(np.int64)
    of_item = np.array(history.items, dtype=object)
    averages = np.full(len(items), np.nan)
    for n, item in enumerate(items):
        total = 0
        rows = np.flatnonzero((of_item == item.item) & (whole >= 0).any(axis=1))
        for row in rows.tolist():
            months = [
                openlmis_adjusted_consumption(consumed_units=used, months=1, days_out=missing)
                for used, missing in zip(whole[row].tolist(), days_out[row].tolist(), strict=True)
                if used >= 0
            ]
            total += -(-sum(months) // len(months))
        if len(rows):
            averages[n] = total
    return averages


def _told(made: ProcurementCase, planning: PlanningCase, unknown: list[str]) -> Iterator[Sentence]:
    names = {each.item: Named(each.item, each.name, each.name_zh) for each in made.items}
    offered = {offer.item for offer in made.offers}
    without = [name for code, name in names.items() if code not in offered]
    if without:
        yield say("Nobody offers {items}, so none of it can be ordered.", items=without)
    if unknown:
        some = [names.get(code, Named(code)) for code in unknown]
        yield say("Of some sites it is not known what they use of {items}; they are reckoned with nothing.", items=some)
    reserve = _reserve(planning.case)
    back = [say("{units:,} of {item}", units=units, item=names[code]) for code, units in reserve.items()
            if units and code in names]  # fmt: skip
    if back:
        more = [say("{more} more", more=len(back) - _RESERVES_SAID)] if len(back) > _RESERVES_SAID else []
        yield say(
            "The policy's reserve is kept back and serves nobody: {amounts}.", amounts=[*back[:_RESERVES_SAID], *more]
        )
    yield from _told_of_orders(planning, set(names))
    yield from _told_of_durables(planning)
    if not planning.budgets:
        yield say("There is no budget, so money is no limit.")


def _told_of_orders(planning: PlanningCase, kept: set[str]) -> Iterator[Sentence]:
    """Say what is on the way and not counted upon, each order once."""
    doubted = dict(zip(planning.orders, doubted_orders(planning.orders, planning.day), strict=True))
    coming = [order for order in planning.orders if order.on_the_way and order.item in kept]
    overdue = [order for order in coming if order.overdue(planning.day)]
    if overdue:
        yield say(
            "Overdue orders are not counted upon until a new day of arrival is entered: {orders}.",
            orders=_numbers(overdue),
        )
    late = {order.order for order in overdue}
    follow = [order for order in coming if doubted[order] and order.order not in late]
    if follow:
        yield say(
            "Nor is what the same suppliers still have to bring of the same items: {orders}.", orders=_numbers(follow)
        )
    dateless = [order for order in coming if order.arrives is None]
    if dateless:
        yield say("Orders without a day of arrival are left out: {orders}.", orders=_numbers(dateless))


def _numbers(orders: list[Order]) -> list[str | Sentence]:
    numbers = list(dict.fromkeys(order.order for order in orders))
    more = len(numbers) - _ORDERS_SAID
    said: list[str | Sentence] = [*numbers[:_ORDERS_SAID]]
    return [*said, say("{more} more", more=more)] if more > 0 else said


def _told_of_durables(planning: PlanningCase) -> Iterator[Sentence]:
    """Name the durable items that somebody needs, offers or has on order: they are no part of this plan."""
    case = planning.case
    codes = case.items.code.tolist()
    wanted = {codes[n] for n in np.unique(case.needs.item).tolist()}
    wanted |= {offer.item for offer in planning.offers} | {order.item for order in planning.orders}
    durables = [
        Named(code, str(case.items.name[n]), str(case.items.name_zh[n]))
        for n, code in enumerate(codes)
        if case.items.durable[n] and code in wanted
    ]
    if durables:
        yield say(
            "Durable items are not planned here, for nobody uses them up: {items}. `allocator shortfall` says how many "
            "of them are missing and what to buy.",
            items=durables,
        )
