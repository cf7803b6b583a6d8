"""Use before the ledger: what was kept elsewhere of each item at each site, and how it joins what is recorded now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Floats
from allocator.demand import DemandHistory

__all__ = ["MONTH_DAYS", "PastUse", "last_day_of", "past_as_history", "period_number", "with_past"]

MONTH_DAYS = 30
"""What a month is taken for."""


@dataclass(frozen=True, kw_only=True)
class PastUse:
    """Use of an item at a site in periods of so many days from `first_day` on; nan where nobody reported.

    `stockout`: the share of each period without stock.
    """

    site: str
    item: str
    first_day: dt.date
    period_days: int
    units: Floats
    stockout: Floats


def past_as_history(past: Sequence[PastUse], *, last_day: dt.date) -> DemandHistory:
    """Return use of equal periods as a history, as far as its periods are over on a day.

    >>> one = PastUse(site="Gate", item="MASK", first_day=dt.date(2020, 1, 6), period_days=7,
    ...               units=np.array([30.0, np.nan, 9.0]), stockout=np.zeros(3))
    >>> past_as_history([one], last_day=dt.date(2020, 1, 20)).units.tolist()
    [[30.0, nan]]
    """
    period, ref = past[0].period_days, past[0].first_day
    ordered = sorted(past, key=lambda each: (each.site, each.item))
    starts = [period_number(each, ref) for each in ordered]
    first = min(starts)
    ends = max(start + len(each.units) for start, each in zip(starts, ordered, strict=True))
    periods = max(0, min(ends, _over(last_day, period, ref)) - first)
    units, stockout = np.full((len(past), periods), np.nan), np.zeros((len(past), periods))
    for row, (start, each) in enumerate(zip(starts, ordered, strict=True)):
        begins = start - first
        own = each.units[: max(periods - begins, 0)]
        units[row, begins : begins + len(own)] = own
        stockout[row, begins : begins + len(own)] = each.stockout[: len(own)]
    return DemandHistory(
        sites=tuple(each.site for each in ordered),
        items=tuple(each.item for each in ordered),
        units=units,
        stockout=stockout,
        first_day=last_day_of(first + periods - 1, period, ref) - dt.timedelta(days=periods * period - 1),
        period_days=period,
    )


def period_number(past: PastUse, ref: dt.date) -> int:
    """Return the number of the first period, counted alike for all whose periods are as long as that from `ref` on.

    Months count 30 days each and end where a month ends, so they are counted by the months in which they end.

    >>> january = PastUse(site="A", item="B", first_day=dt.date(2020, 1, 2), period_days=30,
    ...                   units=np.zeros(1), stockout=np.zeros(1))
    >>> period_number(january, dt.date(2019, 1, 2)) - 2020 * 12
    0
    """
    if past.period_days != MONTH_DAYS:
        return (past.first_day.toordinal() - ref.toordinal() % past.period_days) // past.period_days
    end = past.first_day + dt.timedelta(days=len(past.units) * MONTH_DAYS - 1)
    return end.year * 12 + end.month - len(past.units)


def last_day_of(number: int, period_days: int, ref: dt.date) -> dt.date:
    """Return the last day of a period by its number.

    >>> last_day_of(2020 * 12 + 1, 30, dt.date(2020, 1, 1))
    datetime.date(2020, 2, 29)
    """
    if period_days != MONTH_DAYS:
        return dt.date.fromordinal((number + 1) * period_days + ref.toordinal() % period_days - 1)
    following = number + 1
    return dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(days=1)


def _over(day: dt.date, period_days: int, ref: dt.date) -> int:
    """Return the number of the first period that is not over on a day."""
    if period_days != MONTH_DAYS:
        return (day.toordinal() + 1 - ref.toordinal() % period_days) // period_days
    tomorrow = day + dt.timedelta(days=1)
    return tomorrow.year * 12 + tomorrow.month - 1


def with_past(recorded: DemandHistory, past: Sequence[PastUse]) -> DemandHistory:
    """Return what is recorded by day, and of days on which nothing is, what was kept elsewhere.

    Where nothing is recorded yet at all, the past stands as it was kept, as far back as it goes. A week or month
    that stands beside recorded days is taken as used in equal parts on its days.

    >>> days = DemandHistory(sites=("Gate",), items=("MASK",), units=np.array([[np.nan, np.nan, 5.0]]),
    ...     stockout=np.zeros((1, 3)), first_day=dt.date(2020, 1, 11), period_days=1)
    >>> week = PastUse(site="Gate", item="MASK", first_day=dt.date(2020, 1, 6), period_days=7,
    ...                units=np.array([14.0]), stockout=np.zeros(1))
    >>> with_past(days, [week]).units.tolist()
    [[2.0, 2.0, 5.0]]
    """
    if not past:
        return recorded
    if not recorded.reported.any() and len({each.period_days for each in past}) == 1:
        return past_as_history(past, last_day=recorded.last_day)
    pairs = sorted({*zip(recorded.sites, recorded.items, strict=True), *((each.site, each.item) for each in past)})
    row_of = {pair: row for row, pair in enumerate(pairs)}
    shape = (len(pairs), recorded.periods)
    units, stockout = np.full(shape, np.nan), np.zeros(shape)
    own = [row_of[pair] for pair in zip(recorded.sites, recorded.items, strict=True)]
    units[own], stockout[own] = recorded.units, recorded.stockout
    for each in past:
        _fill(units[row_of[each.site, each.item]], stockout[row_of[each.site, each.item]], each, recorded.first_day)
    return DemandHistory(
        sites=tuple(site for site, _ in pairs),
        items=tuple(item for _, item in pairs),
        units=units,
        stockout=stockout,
        first_day=recorded.first_day,
        period_days=1,
    )


def _fill(units: Floats, stockout: Floats, past: PastUse, first_day: dt.date) -> None:
    """Put the days of a past in the place of days on which nothing is recorded."""
    days = np.repeat(past.units / past.period_days, past.period_days)
    out = np.repeat(past.stockout, past.period_days)
    begins = (past.first_day - first_day).days
    skipped, start = max(0, -begins), max(0, begins)
    count = min(len(days) - skipped, len(units) - start)
    if count <= 0:
        return
    here, there = slice(start, start + count), slice(skipped, skipped + count)
    gap = np.isnan(units[here]) & ~np.isnan(days[there])
    units[here] = np.where(gap, days[there], units[here])
    stockout[here] = np.where(gap, out[there], stockout[here])
