"""What can be wrong with rows of offers, orders and budgets that no single cell shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from allocator.planning import items_of_budget
from data import planning_kinds as more_kinds
from data import problem_kinds as kinds
from data.cell_codes import Codes
from data.cell_values import report_rows
from data.import_activity import report_same_keys
from data.nearest import nearest_code
from data.planning_kinds import OFFER_ENDS_BEFORE
from data.problems import Kind, ProblemList
from data.raw_table import RawTable

__all__ = ["CHECKS", "check_budget_items"]

Columns = Mapping[str, Sequence[Any]]


def _offers(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    begins = columns.get("since", [""] * table.rows)
    report_same_keys(table, (columns["partner"], columns["item"], begins), problems)
    _report_ends(table, columns, problems)
    _report_never(table, columns, problems)


def _report_never(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    """Report offers of which even the least order is more than a week can bring."""
    nobody = [None] * table.rows
    least, most = columns.get("min_units", nobody), columns.get("units_per_week", nobody)
    never = [
        row
        for row, (low, high) in enumerate(zip(least, most, strict=True))
        if low is not None and high is not None and low > high > 0
    ]
    report_rows(
        table,
        "min_units",
        problems,
        more_kinds.OFFER_NEVER,
        np.array(never, dtype=np.int64),
        lambda row: {"most": most[row]},
    )


def _budgets(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    report_same_keys(table, (columns["bucket"],), problems)
    _report_ends(table, columns, problems)


def _report_ends(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    blank = [""] * table.rows
    begins, ends = columns.get("since", blank), columns.get("until", blank)
    early = [row for row, (begin, end) in enumerate(zip(begins, ends, strict=True)) if end and end < begin]
    report_rows(
        table, "to", problems, OFFER_ENDS_BEFORE, np.array(early, dtype=np.int64), lambda row: {"begins": begins[row]}
    )


def _orders(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    sites = columns.get("site", [""] * table.rows)
    report_same_keys(table, (columns["number"], columns["item"], sites), problems)
    _report_mixed(table, columns["number"], columns["partner"], "supplier", more_kinds.ORDER_SUPPLIERS, problems)
    if "status" in columns:
        _report_mixed(table, columns["number"], columns["status"], "status", more_kinds.ORDER_STATUSES, problems)


def _report_mixed(
    table: RawTable, numbers: Sequence[str], values: Sequence[str], column: str, kind: Kind, problems: ProblemList
) -> None:
    """Report rows of an order that say otherwise than its first row."""
    first: dict[str, int] = {}
    other = []
    for row, (number, value) in enumerate(zip(numbers, values, strict=True)):
        # What could not be read is blank, and was reported.
        if number and value and values[first.setdefault(number, row)] != value:
            other.append(row)
    report_rows(
        table,
        column,
        problems,
        kind,
        np.array(other, dtype=np.int64),
        lambda row: {
            "order": numbers[row],
            "found": values[row],
            "other": values[first[numbers[row]]],
            "first": table.row_number(first[numbers[row]]),
        },
    )


CHECKS: dict[str, Callable[[RawTable, Columns, ProblemList], None]] = {
    "offers": _offers,
    "orders": _orders,
    "budgets": _budgets,
}
"""What is checked of each kind, beside its cells."""


def check_budget_items(table: RawTable, columns: Columns, items: Codes | None, problems: ProblemList) -> None:
    """Report budgets for items that nobody knows."""
    if items is None or "items" not in columns:
        return
    known = items.sorted
    there = frozenset(known)
    for row, text in enumerate(columns["items"]):
        for code in items_of_budget(text):
            if code not in there:
                near = nearest_code(code, known)
                kind = kinds.CODE_UNKNOWN_NEAR if near else kinds.CODE_UNKNOWN
                problems.add(kind, table.place(row, "items"), found=code, table="items", near=near or "")
