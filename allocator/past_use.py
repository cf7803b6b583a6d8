"""Use before the ledger: what was kept elsewhere of each item at each site, and how it joins what is recorded now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.case import Bools, Dates, Floats, Units
from allocator.demand import DemandHistory

__all__ = ["MONTH_DAYS", "PastUse", "last_day_of", "past_as_history", "period_number", "with_past", "with_reports"]

MONTH_DAYS = 30
"""What a month is taken for."""


@dataclass(frozen=True, kw_only=True)
class PastUse:
    """Use of an item at a site in periods of so many days from `first_day` on; nan where nobody reported.

    `stockout`: the share of each period without stock; `held`: what was on hand at the end of each, None where
    nobody keeps that.
    """

    site: str
    item: str
    first_day: dt.date
    period_days: int
    units: Floats
    stockout: Floats
    held: Floats | None = None


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
    held = np.full((len(past), periods), np.nan)
    for row, (start, each) in enumerate(zip(starts, ordered, strict=True)):
        begins = start - first
        own = each.units[: max(periods - begins, 0)]
        units[row, begins : begins + len(own)] = own
        stockout[row, begins : begins + len(own)] = each.stockout[: len(own)]
        if each.held is not None:
            held[row, begins : begins + len(own)] = each.held[: len(own)]
    return DemandHistory(
        sites=tuple(each.site for each in ordered),
        items=tuple(each.item for each in ordered),
        units=units,
        stockout=stockout,
        first_day=last_day_of(first + periods - 1, period, ref) - dt.timedelta(days=periods * period - 1),
        period_days=period,
        held=held if any(each.held is not None for each in past) else None,
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
    held = np.full(shape, np.nan)
    held[own] = np.nan if recorded.held is None else recorded.held
    for each in past:
        row = row_of[each.site, each.item]
        _fill(units[row], stockout[row], held[row], each, recorded.first_day)
    return DemandHistory(
        sites=tuple(site for site, _ in pairs),
        items=tuple(item for _, item in pairs),
        units=units,
        stockout=stockout,
        first_day=recorded.first_day,
        period_days=1,
        held=held if recorded.held is not None or any(each.held is not None for each in past) else None,
    )


def with_reports(past: Sequence[PastUse], reports: Sequence[PastUse], recorded: DemandHistory) -> list[PastUse]:
    """Return what was kept elsewhere with monthly stock reports where nothing finer speaks, one entry for each length.

    A month of a report is left out where days of the same site and item are recorded in it, or where use of days or
    weeks was kept that begins in it: the report tells the same use once more. Months that were kept come before it.

    >>> def use(begins: str, days: int, *units: float) -> PastUse:
    ...     return PastUse(site="Gate", item="MASK", first_day=dt.date.fromisoformat(begins), period_days=days,
    ...                    units=np.array(units), stockout=np.zeros(len(units)))
    >>> days = DemandHistory(sites=("Gate",), items=("MASK",), units=np.array([[np.nan, 5.0]]),
    ...     stockout=np.zeros((1, 2)), first_day=dt.date(2020, 3, 30), period_days=1)
    >>> [each.units.tolist() for each in with_reports([], [use("2020-01-02", 30, 60, 50, 40)], days)]
    [[60.0, 50.0, nan]]
    >>> kept, reports = [use("2020-01-31", 30, 55)], [use("2020-01-01", 30, 60, 50)]
    >>> [each.units.tolist() for each in with_reports(kept, reports, days)]
    [[60.0, 55.0]]
    """
    rows = {pair: row for row, pair in enumerate(zip(recorded.sites, recorded.items, strict=True))}
    first_month, told = _months_recorded(recorded)
    found = list(past)
    kept: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(found):
        kept.setdefault((each.site, each.item), []).append(place)
    for report in reports:
        pair = (report.site, report.item)
        first = period_number(report, report.first_day)
        number = first + np.arange(len(report.units))
        silent = np.zeros(len(number), dtype=bool)
        if pair in rows:
            at = number - first_month
            within = (at >= 0) & (at < told.shape[1])
            silent[within] = told[rows[pair], at[within]]
        places = kept.get(pair, [])
        months = [place for place in places if found[place].period_days == MONTH_DAYS]
        for place in set(places) - set(months):
            silent |= np.isin(number, _months_begun(found[place]))
        heard = replace(report, units=np.where(silent, np.nan, report.units))
        if months:
            found[months[0]] = _joined(found[months[0]], heard)
        elif not np.isnan(heard.units).all():
            found.append(heard)
    return found


def _months_recorded(recorded: DemandHistory) -> tuple[int, Bools]:
    """Return the number of the first month, and in which months from it on days of each series are recorded."""
    days = np.datetime64(recorded.first_day, "D") + np.arange(recorded.periods) * recorded.period_days
    if not recorded.periods:
        return 0, np.zeros((len(recorded), 0), dtype=bool)
    months = _numbers(days)
    starts = np.flatnonzero(np.concatenate([[True], months[1:] != months[:-1]]))
    told = np.zeros((len(recorded), int(months[-1] - months[0]) + 1), dtype=bool)
    told[:, months[starts] - months[0]] = np.logical_or.reduceat(recorded.reported, starts, axis=1)
    return int(months[0]), told


def _months_begun(past: PastUse) -> Units:
    """Return the numbers of the months in which reported periods begin."""
    return _numbers(np.datetime64(past.first_day, "D") + np.flatnonzero(~np.isnan(past.units)) * past.period_days)


def _numbers(days: Dates) -> Units:
    return days.astype("datetime64[M]").astype(np.int64) + _MONTH_OF_1970


_MONTH_OF_1970 = 1970 * 12


def _joined(one: PastUse, other: PastUse) -> PastUse:
    """Return months of one, and of the other those of which the one says nothing."""
    starts = [period_number(each, one.first_day) for each in (one, other)]
    first = min(starts)
    periods = max(start + len(each.units) for start, each in zip(starts, (one, other), strict=True)) - first
    units, stockout, held = np.full(periods, np.nan), np.zeros(periods), np.full(periods, np.nan)
    for start, each in zip(starts[::-1], (other, one), strict=True):
        said = np.flatnonzero(~np.isnan(each.units))
        units[said + start - first], stockout[said + start - first] = each.units[said], each.stockout[said]
        if each.held is not None:
            held[said + start - first] = each.held[said]
    begins = last_day_of(first + periods - 1, MONTH_DAYS, one.first_day) - dt.timedelta(days=periods * MONTH_DAYS - 1)
    return replace(one, first_day=begins, units=units, stockout=stockout, held=None if np.isnan(held).all() else held)


def _fill(units: Floats, stockout: Floats, held: Floats, past: PastUse, first_day: dt.date) -> None:
    """Put the days of a past in the place of days on which nothing is recorded; what was held, on its last day."""
    begins, lengths = _days_of(past)
    days, out = np.repeat(past.units / lengths, lengths), np.repeat(past.stockout, lengths)
    ahead = (begins - first_day).days
    skipped, start = max(0, -ahead), max(0, ahead)
    count = min(len(days) - skipped, len(units) - start)
    if count <= 0:
        return
    here, there = slice(start, start + count), slice(skipped, skipped + count)
    gap = np.isnan(units[here]) & ~np.isnan(days[there])
    units[here] = np.where(gap, days[there], units[here])
    stockout[here] = np.where(gap, out[there], stockout[here])
    if past.held is not None:
        at_end = np.full(len(days), np.nan)
        at_end[np.cumsum(lengths) - 1] = past.held
        held[here] = np.where(gap & np.isnan(held[here]), at_end[there], held[here])


def _days_of(past: PastUse) -> tuple[dt.date, Units]:
    """Return the day on which the first period begins, and how many days each has: a month has its own."""
    if past.period_days != MONTH_DAYS:
        return past.first_day, np.full(len(past.units), past.period_days)
    first = period_number(past, past.first_day)
    months = np.datetime64(first - _MONTH_OF_1970, "M") + np.arange(len(past.units) + 1)
    starts = months.astype("datetime64[D]").astype(np.int64)
    return dt.date(first // 12, first % 12 + 1, 1), np.diff(starts)
