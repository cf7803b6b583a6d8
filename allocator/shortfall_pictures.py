"""What pictures of a shortfall report show: items by week, what was used before, when to order, money needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Dates, Floats, Indices
from allocator.demand import DemandHistory
from allocator.procurement_case import Budget
from allocator.shortfall_tables import STATUSES, ShortfallReport

__all__ = ["MoneyNeeded", "item_history", "items_by_need", "items_by_week", "money_needed", "stock_out_of_items"]

_WEEK = 7
_REPORTED_MIN = 0.5
_FEN = 100


def items_by_need(report: ShortfallReport) -> Indices:
    """Return the items of the report (positions), those that run out most likely first."""
    return report.groups["item"].item


def items_by_week(report: ShortfallReport) -> NDArray[np.int8]:
    """Return the status of each item at the end of each week (I, W), all sites and depots together, in that order.

    As rows have it: out, less cover than the rules' plan, more than they call over. Durables, which are not used up,
    have the status that most of their rows have.
    """
    fans, rules = report.fans, report.rules
    place = np.searchsorted(fans.item, items_by_need(report))
    ends = np.minimum(np.arange(_WEEK - 1, fans.days + _WEEK - 1, _WEEK), fans.days - 1)
    stock = fans.stock[:, ends]
    level = fans.demand[:, :, 1].mean(axis=1)[:, None]
    cover = np.divide(stock, level, out=np.full(stock.shape, np.inf), where=level > 0)
    found = np.select(
        [cover < 1 / _WEEK, cover < rules.plan_days, cover > rules.over_days],
        [STATUSES.index(name) for name in ("stocked_out", "under", "over")],
        STATUSES.index("to_plan"),
    )[place]
    most = np.argmax(report.groups["item"].counts, axis=1)
    still = report.case.items.durable[items_by_need(report)] | (level[place, 0] <= 0)
    return np.where(still[:, None], most[:, None], found).astype(np.int8)


def stock_out_of_items(report: ShortfallReport) -> Dates:
    """Return the day each item runs out everywhere, at middle demand, in the order of `items_by_need`."""
    return report.groups["item"].stock_out


def item_history(history: DemandHistory, case: Case, item: int) -> Floats:
    """Return units a day of an item in each period (T,), all its series together; nan where under half reported.

    What reported series used is made up to all of them: a site that is silent did not use nothing.
    """
    rows = np.array([code == case.items.code[item] for code in history.items], dtype=bool)
    if not rows.any():
        return np.zeros(0)
    units = history.units[rows]
    reported = ~np.isnan(units)
    count = reported.sum(axis=0)
    total = np.where(reported, units, 0.0).sum(axis=0)
    enough = count >= max(1.0, _REPORTED_MIN * len(units))
    known = np.divide(total * len(units), count, out=np.full(len(total), np.nan), where=enough)
    return np.asarray(known / history.period_days)


@dataclass(frozen=True, kw_only=True)
class MoneyNeeded:
    """What is needed of a bucket, and what it holds, in fen; `bucket` "" for what no bucket is for."""

    bucket: str
    amount_fen: int
    needed_fen: int


def money_needed(report: ShortfallReport, budgets: Sequence[Budget]) -> list[MoneyNeeded]:
    """Share what must be bought over the buckets open today: first those for few items, in the order they are given.

    Each item's cost goes to the first bucket that has money left, and what no bucket has goes to the last it fits.
    """
    groups, codes, today = report.groups["item"], report.case.items.code, report.today
    ready = sorted((each for each in budgets if each.holds(today)), key=lambda each: len(each.items) or len(codes) + 1)
    left = [int(each.amount * _FEN) for each in ready]
    needed = [0] * len(ready)
    homeless = 0
    for item, cost in zip(groups.item.tolist(), np.maximum(0, groups.cost_fen).tolist(), strict=True):
        fitting = [n for n, each in enumerate(ready) if not each.items or codes[item] in each.items]
        rest = cost
        for n in fitting:
            part = min(rest, max(0, left[n]))
            left[n], needed[n], rest = left[n] - part, needed[n] + part, rest - part
        if fitting:
            needed[fitting[-1]] += rest
        else:
            homeless += rest
    found = [
        MoneyNeeded(bucket=each.bucket, amount_fen=int(each.amount * _FEN), needed_fen=need)
        for each, need in zip(ready, needed, strict=True)
    ]
    return [*found, *([MoneyNeeded(bucket="", amount_fen=0, needed_fen=homeless)] if homeless else [])]
