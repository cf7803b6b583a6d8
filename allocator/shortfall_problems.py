"""The problem list of a shortfall report: what somebody must see to, most urgent first, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Dates, Indices, Table, Units
from allocator.need import depots_of, usable_rows
from allocator.shortfall_buying import deliverable_units
from allocator.shortfall_pictures import money_needed
from allocator.shortfall_tables import FLAGS, ShortfallReport

__all__ = ["PROBLEMS", "Problems", "problems_of"]

PROBLEMS = (
    "order_due",
    "budget_short",
    "over_capacity",
    "delivery_overdue",
    "order_overdue",
    "order_undated",
    "uneven",
    "expiring",
    "missing_count",
    "missing_report",
    "broken_balance",
)
"""Kinds, most urgent first."""

_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, kw_only=True)
class Problems(Table):
    """What is wrong. −1 and NaT: does not apply.

    `kind`: position in `PROBLEMS`; `site`, `item`: where and of what; `other`: the short neighbour of an over-stocked
    site; `order`: position in the orders; `offer`: in the offers; `bucket`: in `money_needed` of the report; `most`:
    the units that can be had; `count`: how many items it concerns; `units`; `day`: since or by when.
    """

    kind: NDArray[np.int8]
    site: Indices
    item: Indices
    other: Indices
    order: Indices
    offer: Indices
    bucket: Indices
    most: Units
    count: Units
    units: Units
    day: Dates


def problems_of(report: ShortfallReport) -> Problems:
    """Return the problem list, by kind, and within a kind as urgent as the report's rows."""
    finders = (_due, _budgets, _capacities, _deliveries, _orders, _uneven, _expiring, _at_depots, _by_site)
    found = [each(report) for each in finders]
    columns = {name: np.concatenate([getattr(each, name) for each in found]) for name in vars(found[0])}
    everything = Problems(**columns)
    return everything.take(np.argsort(everything.kind, kind="stable"))


def _problems(kind: str, size: int, **columns: object) -> Problems:
    blank = np.full(size, -1, dtype=np.int32)
    given = {
        "kind": np.full(size, PROBLEMS.index(kind), dtype=np.int8),
        **dict.fromkeys(("site", "item", "other", "order", "offer", "bucket"), blank),
        "count": np.ones(size, dtype=np.int64),
        "units": np.full(size, -1, dtype=np.int64),
        "most": np.full(size, -1, dtype=np.int64),
        "day": np.full(size, _NEVER),
        **columns,
    }
    return Problems(**given)  # type: ignore[arg-type]


def _due(report: ShortfallReport) -> Problems:
    """Items that must be ordered today or should have been, the earliest first."""
    groups = report.groups["item"]
    today = np.datetime64(report.today, "D")
    rows = np.flatnonzero((groups.buy_units > 0) & (groups.order_by <= today))
    rows = rows[np.argsort(groups.order_by[rows], kind="stable")]
    return _problems(
        "order_due", len(rows), item=groups.item[rows], units=groups.buy_units[rows], day=groups.order_by[rows]
    )


def _budgets(report: ShortfallReport) -> Problems:
    """Buckets of money that do not hold what must be bought, the most lacking first."""
    money = money_needed(report, report.budgets) if report.budgets else []
    lacking = np.array([each.needed_fen - each.amount_fen for each in money], dtype=np.int64)
    short = np.flatnonzero(lacking > 0)
    short = short[np.argsort(-lacking[short], kind="stable")].astype(np.int32)
    return _problems("budget_short", len(short), bucket=short)


def _capacities(report: ShortfallReport) -> Problems:
    """Offers by which rows would buy more than the supplier can deliver within the horizon, the largest gap first."""
    rows, offers = report.rows, report.offers
    bought = np.flatnonzero((rows.buy_units > 0) & (rows.offer >= 0))
    units = np.zeros(len(offers), dtype=np.int64)
    np.add.at(units, rows.offer[bought], rows.buy_units[bought])
    most = np.full(len(offers), -1, dtype=np.int64)
    for n in np.flatnonzero(units):
        able = deliverable_units(offers, offers[n], today=report.today, horizon_days=report.rules.horizon_days)
        most[n] = -1 if able is None else able
    beyond = np.flatnonzero((most >= 0) & (units > most))
    beyond = beyond[np.argsort(most[beyond] - units[beyond], kind="stable")].astype(np.int32)
    item = np.array([report.case.item_index[offers[n].item] for n in beyond], dtype=np.int32)
    return _problems("over_capacity", len(beyond), item=item, offer=beyond, units=units[beyond], most=most[beyond])


def _deliveries(report: ShortfallReport) -> Problems:
    moving = report.case.in_transit
    late = np.flatnonzero((moving.arrives < np.datetime64(report.today, "D")) & (moving.units > 0))
    late = late[np.argsort(moving.arrives[late], kind="stable")]
    return _problems(
        "delivery_overdue",
        len(late),
        site=moving.site[late],
        item=moving.item[late],
        units=moving.units[late],
        day=moving.arrives[late],
    )


def _orders(report: ShortfallReport) -> Problems:
    orders = report.on_order
    late, undated = np.flatnonzero(orders.overdue), np.flatnonzero(np.isnat(orders.arrives))
    late = late[np.argsort(orders.arrives[late], kind="stable")]
    rows = np.concatenate([late, undated])
    both = _problems(
        "order_overdue",
        len(rows),
        site=orders.site[rows],
        item=orders.item[rows],
        order=orders.order[rows],
        units=orders.units[rows],
        day=orders.arrives[rows],
    )
    both.kind[len(late) :] = PROBLEMS.index("order_undated")
    return both


def _uneven(report: ShortfallReport) -> Problems:
    """Sites over-stocked beside a short neighbour; the neediest neighbour first."""
    moves, rows = report.netted.lateral, report.rows
    order = np.argsort(moves.taker, kind="stable")
    giver, taker = moves.giver[order], moves.taker[order]
    return _problems(
        "uneven",
        len(order),
        site=rows.site[giver],
        item=rows.item[giver],
        other=rows.site[taker],
        units=moves.units[order],
    )


def _expiring(report: ShortfallReport) -> Problems:
    rows = report.rows
    expired = np.flatnonzero(rows.expired_units >= 1)
    expired = expired[np.argsort(-rows.expired_units[expired], kind="stable")]
    units = np.floor(rows.expired_units[expired]).astype(np.int64)
    first = _first_lapse(report, expired)
    return _problems("expiring", len(expired), site=rows.site[expired], item=rows.item[expired], units=units, day=first)


def _first_lapse(report: ShortfallReport, rows: NDArray[np.integer]) -> Dates:
    """Return the first last day of a lot of each row."""
    stock, size = report.case.stock, max(1, len(report.case.items))
    keys = report.rows.site[rows].astype(np.int64) * size + report.rows.item[rows]
    dated = np.flatnonzero(usable_rows(report.case) & ~np.isnat(stock.expires))
    order = dated[np.lexsort((stock.expires[dated], stock.item[dated], stock.site[dated]))]
    held = stock.site[order].astype(np.int64) * size + stock.item[order]
    place = np.minimum(np.searchsorted(held, keys), max(0, len(held) - 1))
    return (
        np.where(held[place] == keys, stock.expires[order][place], _NEVER) if len(held) else np.full(len(rows), _NEVER)
    )


def _at_depots(report: ShortfallReport) -> Problems:
    """Lots at depots whose last day comes before the horizon."""
    stock, case = report.case.stock, report.case
    until = np.datetime64(report.today, "D") + report.rules.horizon_days
    soon = usable_rows(case) & np.isin(stock.site, depots_of(case)) & (stock.expires < until) & (stock.units > 0)
    rows = np.flatnonzero(soon)
    rows = rows[np.argsort(stock.expires[rows], kind="stable")]
    return _problems(
        "expiring",
        len(rows),
        site=stock.site[rows],
        item=stock.item[rows],
        units=stock.units[rows],
        day=stock.expires[rows],
    )


def _by_site(report: ShortfallReport) -> Problems:
    """What sites have not said: one problem for each site and kind, however many items; the most items first."""
    found = []
    for flag, kind in (("never_counted", "missing_count"), ("stale", "missing_report"), ("broken_balance",) * 2):
        rows = np.flatnonzero(report.rows.flags >> FLAGS.index(flag) & 1)
        sites, first, items = np.unique(report.rows.site[rows], return_index=True, return_counts=True)
        order = np.lexsort((first, -items))
        one = np.where(items == 1, report.rows.item[rows[first]] if len(rows) else -1, -1)
        found.append(
            _problems(
                kind,
                len(sites),
                site=sites[order].astype(np.int32),
                item=one[order].astype(np.int32),
                count=items[order].astype(np.int64),
            )
        )
    columns = {name: np.concatenate([getattr(each, name) for each in found]) for name in vars(found[0])}
    return Problems(**columns)
