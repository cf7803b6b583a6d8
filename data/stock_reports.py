"""Monthly stock reports: months made one spelling, reports that do not add up, months that do not follow each other."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.case import MICRO
from data import import_kinds as more_kinds
from data.cell_values import report_rows
from data.problems import ProblemList
from data.raw_table import RawTable

__all__ = ["Break", "breaks", "check_reports", "month_in", "months_missing"]

_MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?(?:[-/.]\d{1,2})?$", re.ASCII)

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Break:
    """A month that does not begin with what the month before ended with, at one site, of one item."""

    site: str
    item: str
    month: str
    opening: int
    closing_before: int
    row: int


def month_in(text: str, year: str = "") -> str | None:
    """Return a month as it is kept, None where the text is none.

    >>> month_in("2020/2"), month_in("2020年02月"), month_in("2", "2020"), month_in("13", "2020"), month_in("2")
    ('2020-02', '2020-02', '2020-02', None, None)
    """
    plain, number = unicodedata.normalize("NFKC", text).strip(), text.strip().rstrip("月")
    match = _MONTH.match(f"{year.strip()}-{number}" if year.strip() and number.isdigit() else plain)
    if match is None:
        return None
    try:
        return dt.date(int(match[1]), int(match[2]), 1).isoformat()[:7]
    except ValueError:
        return None


def check_reports(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    """Read the months, and say which reports do not add up and which do not follow on the month before.

    Both are told and kept as they were reported: what a site said is evidence, whatever it comes to.
    """
    years = columns.pop("year", [""] * table.rows)
    months = [month_in(text, year) for text, year in zip(columns["month"], years, strict=True)]
    unclear = [row for row, month in enumerate(months) if month is None and columns["month"][row]]
    report_rows(table, "month", problems, more_kinds.MONTH_UNCLEAR, np.array(unclear, dtype=np.int64))
    columns["month"] = [month or "" for month in months]
    keys = list(zip(columns["site"], columns["item"], columns["month"], strict=True))
    first: dict[Any, int] = {}
    again = [row for row, key in enumerate(keys) if all(key) and first.setdefault(key, row) != row]
    report_rows(
        table, "month", problems, more_kinds.REPORT_TWICE, np.array(again, dtype=np.int64),
        lambda row: {"site": keys[row][0], "item": keys[row][1], "first": table.row_number(first[keys[row]])},
    )  # fmt: skip
    for row in _unbalanced(columns, table.rows):
        site, item, month = keys[row]
        problems.notice(more_kinds.REPORT_UNBALANCED, table.place(row), site=site, item=item, month=month)
    for each in breaks(columns, keys):
        problems.notice(
            more_kinds.REPORT_BREAKS,
            table.place(each.row),
            site=each.site,
            item=each.item,
            month=each.month,
            opening=each.opening,
            before=each.closing_before,
        )


def _unbalanced(columns: Columns, rows: int) -> list[int]:
    """Return the rows in which opening + received − distributed + adjustment is not closing, where all is said."""
    names = ("opening_units", "received_units", "distributed_units", "closing_units")
    if any(name not in columns for name in names):
        return []
    adjusted = columns.get("adjustment_micro", [0] * rows)
    return [
        row
        for row, (opening, came, went, closing, more) in enumerate(
            zip(*(columns[name] for name in names), adjusted, strict=True)
        )
        if None not in (opening, came, went, closing) and (opening + came - went - closing) * MICRO + (more or 0) != 0
    ]


def breaks(columns: Mapping[str, Sequence[Any]], keys: Sequence[tuple[str, str, str]]) -> list[Break]:
    """Return each month whose opening is not the closing of the month right before it; a gap breaks nothing."""
    if "opening_units" not in columns or "closing_units" not in columns:
        return []
    closing = dict(zip(keys, columns["closing_units"], strict=True))
    found: list[Break] = []
    for row, (site, item, month) in enumerate(keys):
        opening = columns["opening_units"][row]
        before = closing.get((site, item, _before(month))) if month else None
        if opening is not None and before is not None and opening != before:
            found.append(Break(site, item, month, opening, before, row))
    return found


def _before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def months_missing(keys: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the months between a series' first and last report of which nothing was reported: gaps, not zeros.

    >>> months_missing([("C1", "MASK", "2019-11"), ("C1", "MASK", "2020-02")])
    [('C1', 'MASK', '2019-12'), ('C1', 'MASK', '2020-01')]
    """
    series: dict[tuple[str, str], set[str]] = {}
    for site, item, month in keys:
        series.setdefault((site, item), set()).add(month)
    missing: list[tuple[str, str, str]] = []
    for (site, item), months in sorted(series.items()):
        month, own = max(months), []
        while month > min(months):
            month = _before(month)
            if month not in months:
                own.append((site, item, month))
        missing += own[::-1]
    return missing
