"""From the table of history to what was used of each item at each site, period by period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Dates, Floats, Indices, Texts, Units
from allocator.demand import DemandHistory
from allocator.past_use import MONTH_DAYS
from data import planning_kinds as more_kinds
from data import problem_kinds as kinds
from data.cell_codes import Codes, references
from data.cell_values import dates, decimals, report_rows
from data.csv_text import plain_numbers
from data.problems import ProblemList
from data.raw_table import RawTable

__all__ = ["HISTORY_CELLS_MAX", "history_columns", "history_of", "no_history", "period_days_of"]

HISTORY_CELLS_MAX = 50_000_000
"""Sites and items times periods that a history may have."""

_WEEK, _MONTH = 7, MONTH_DAYS
_EARLIEST = np.datetime64("1990-01-01")  # a year before it is a slip of the pen
_SPAN_YEARS = 20


def no_history(day: dt.date) -> DemandHistory:
    """Return the history of nothing, up to a day."""
    nothing = np.empty((0, 0))
    return DemandHistory(sites=(), items=(), units=nothing, stockout=nothing, first_day=day, period_days=1)


def period_days_of(days: Dates) -> int:
    """Return how many days a row is of: a month (30), a week (7) or a day, as the dates of all rows say.

    A month where all are firsts of months, of two or more; a week where all are whole weeks apart.

    >>> [period_days_of(np.array(days, dtype="datetime64[D]")) for days in (
    ...     ["2020-01-01", "2020-02-01"], ["2020-01-06", "2020-01-20"], ["2020-01-06", "2020-01-07"], ["2020-01-01"])]
    [30, 7, 1, 1]
    """
    found = np.unique(days)
    if len(found) < 2:  # noqa: PLR2004 - one date alone says nothing
        return 1
    if (found == found.astype("datetime64[M]").astype("datetime64[D]")).all():
        return _MONTH
    numbers: Units = found.astype(np.int64)
    return _WEEK if len(np.unique(numbers % _WEEK)) == 1 else 1


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Rows of a history that can be read: positions in the codes, days, units and share without stock."""

    row: NDArray[np.int64]
    site: Indices
    item: Indices
    day: Dates
    units: Floats
    stockout: Floats
    held: Floats

    def take(self, rows: Any) -> _Rows:
        return _Rows(**{name: column[rows] for name, column in vars(self).items()})


def history_of(
    table: RawTable, items: Codes | None, sites: Codes | None, day: dt.date | None, problems: ProblemList
) -> DemandHistory | None:
    """Return the history up to a day; None after a problem, or where its day or codes are not known."""
    if "units" not in table.columns:
        # A blank is a gap; but where the column is not there, nothing was meant to be a report.
        column = table.spec.by_name["units"]
        problems.add(kinds.COLUMN_MISSING, table.place(), column=column.name, column_zh=column.zh)
    stockout = decimals(table, "stockout", problems)
    rows = _Rows(
        row=np.arange(table.rows),
        site=references(table, "site", sites, problems),
        item=references(table, "item", items, problems),
        day=dates(table, "date", problems),
        units=decimals(table, "units", problems),
        stockout=np.where(np.isnan(stockout), 0.0, stockout),
        held=decimals(table, "held", problems),
    )
    rows = rows.take(np.flatnonzero((rows.site >= 0) & (rows.item >= 0) & ~np.isnat(rows.day)))
    _report_repeats(table, rows, problems)
    report_rows(table, "date", problems, more_kinds.HISTORY_OLD, rows.row[rows.day < _EARLIEST])
    if problems or items is None or sites is None or day is None:
        return None
    period_days = period_days_of(rows.day)
    rows = _until(table, rows, period_days, day, problems)
    if not len(rows.row):
        return no_history(day)
    _report_span(table, rows, problems)
    if problems:
        return None
    return _history(table, rows, period_days, _objects(sites), _objects(items), problems)


def _objects(codes: Codes) -> Texts:
    return np.array(codes.values.to_pylist(), dtype=object)


def _report_repeats(table: RawTable, rows: _Rows, problems: ProblemList) -> None:
    keys = (rows.day.astype(np.int64), rows.item, rows.site)
    order = np.lexsort(keys)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    if not same.any():
        return
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    again = np.flatnonzero(same) + 1
    first = order[starts[np.searchsorted(starts, again, side="right") - 1]]
    earlier = dict(sorted(zip(rows.row[order[again]].tolist(), rows.row[first].tolist(), strict=True)))

    def values(row: int) -> dict[str, Any]:
        spelt = [table.columns[name].text_at(row) for name in table.spec.key]
        return {"key": " + ".join(spelt), "first": table.row_number(earlier[row])}

    report_rows(table, "date", problems, kinds.ROW_TWICE, np.asarray(list(earlier)), values)


def _report_span(table: RawTable, rows: _Rows, problems: ProblemList) -> None:
    """Report a history of more years than anybody looks back; its first row is likelier wrong than its last."""
    begins, first, last = int(np.argmin(rows.day)), rows.day.min(), rows.day.max()
    years = last.astype("datetime64[Y]") - np.timedelta64(_SPAN_YEARS, "Y")
    if first < years.astype("datetime64[D]") + (last - last.astype("datetime64[Y]")):
        place = table.place(int(rows.row[begins]), "date")
        problems.add(more_kinds.HISTORY_SPANS, place, first=str(first), last=str(last), years=_SPAN_YEARS)


def _ends(days: Dates, period_days: int) -> Dates:
    """Return the last day of each row's period."""
    if period_days == _MONTH:
        ends: Dates = (days.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
        return ends
    return days + (period_days - 1)


def _until(table: RawTable, rows: _Rows, period_days: int, day: dt.date, problems: ProblemList) -> _Rows:
    """Return the rows of periods that are over on a day; of others it is said that they are left out."""
    today = np.datetime64(day, "D")
    ahead = rows.day > today
    unfinished = ~ahead & (_ends(rows.day, period_days) > today)
    place, date = table.place(None, "date"), day.isoformat()
    if ahead.any():
        problems.notice(more_kinds.HISTORY_AHEAD, place, rows=int(ahead.sum()), date=date)
    if unfinished.any():
        period = more_kinds.PERIOD_WORDS[period_days]
        problems.notice(more_kinds.HISTORY_UNFINISHED, place, rows=int(unfinished.sum()), date=date, period=period)
    return rows.take(np.flatnonzero(~ahead & ~unfinished))


def _history(
    table: RawTable, rows: _Rows, period_days: int, sites: Texts, items: Texts, problems: ProblemList
) -> DemandHistory | None:
    site_rank, item_rank = _ranks(sites), _ranks(items)
    key = site_rank[rows.site].astype(np.int64) * len(items) + item_rank[rows.item]
    series, of_series = np.unique(key, return_inverse=True)
    first, last = rows.day.min(), _ends(rows.day.max(), period_days)
    at = _period_of(rows.day, first, period_days)
    periods = int(at.max()) + 1
    cells = len(series) * periods
    if cells > HISTORY_CELLS_MAX:
        limit, place = f"{HISTORY_CELLS_MAX:,}", table.place(None, "date")
        problems.add(
            more_kinds.HISTORY_TOO_LONG, place, first=str(first), last=str(last), cells=f"{cells:,}", limit=limit
        )
        return None

    def laid(values: Floats, blank: float) -> Floats:
        found = np.full((len(series), periods), blank)
        found[of_series, at] = values
        return found

    problems.notice(
        more_kinds.HISTORY_READ,
        table.place(),
        warns=False,
        period=more_kinds.PERIOD_WORDS[period_days],
        first=str(first),
        last=str(last),
        series=len(series),
    )
    by_site, by_item = np.argsort(site_rank), np.argsort(item_rank)
    # Months are taken as 30 days each: the last of them ends where it ends.
    begins = last.astype(dt.date) - dt.timedelta(days=periods * period_days - 1)
    return DemandHistory(
        sites=tuple(sites[by_site[series // len(items)]]),
        items=tuple(items[by_item[series % len(items)]]),
        units=laid(rows.units, np.nan),
        stockout=laid(rows.stockout, 0.0),
        held=None if np.isnan(rows.held).all() else laid(rows.held, np.nan),
        first_day=begins,
        period_days=period_days,
    )


def _period_of(days: Dates, first: np.datetime64, period_days: int) -> NDArray[np.int64]:
    """Return the period of each day, counted from that of the first."""
    if period_days == _MONTH:
        return (days.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64)
    return (days - first).astype(np.int64) // period_days


def _ranks(codes: Texts) -> Units:
    ranks = np.empty(len(codes), dtype=np.int64)
    ranks[np.argsort(codes.astype(str), kind="stable")] = np.arange(len(codes))
    return ranks


def history_columns(history: DemandHistory) -> dict[str, list[Any]]:
    """Return a history as the ledger keeps it: a row for each site and item, its periods as one text."""
    units, stockout = plain_numbers(history.units.ravel()).to_pylist(), history.stockout.ravel()
    out = plain_numbers(np.where(stockout == 0, np.nan, stockout)).to_pylist()
    width, count = history.periods, len(history)
    return {
        "site": list(history.sites),
        "item": list(history.items),
        "first_day": [history.first_day.isoformat()] * count,
        "period_days": [history.period_days] * count,
        "units": [",".join(units[row * width : (row + 1) * width]) for row in range(count)],
        "stockout": [",".join(out[row * width : (row + 1) * width]) for row in range(count)],
    }
