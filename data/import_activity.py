"""What can be wrong with rows of activity, local facts, fleets and measures that no single cell shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.cell_values import report_rows
from data.import_gtins import check_gtins
from data.problems import ProblemList
from data.raw_table import RawTable
from data.stock_reports import check_reports
from models.catalogue_areas import stem

__all__ = ["CHECKS", "report_same_keys", "report_strange_places"]

Columns = dict[str, list[Any]]


def _drivers(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    blank = [""] * table.rows
    begins = columns.get("since", blank)
    report_same_keys(table, (columns["site"], columns["driver"], begins), problems)
    ends = columns.get("until", blank)
    early = [row for row, (begin, end) in enumerate(zip(begins, ends, strict=True)) if end and end < begin]
    report_rows(
        table, "to", problems, more_kinds.ENDS_BEFORE, np.array(early, dtype=np.int64),
        lambda row: {"begins": begins[row]},
    )  # fmt: skip


def _facts(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    report_same_keys(table, (columns["place"], columns["fact"], columns["since"]), problems)


def _fleets(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    report_same_keys(table, (columns["site"], columns["item"]), problems)
    held, working = columns["held_units"], columns["working_units"]
    more = [
        row
        for row, (all_, good) in enumerate(zip(held, working, strict=True))
        if all_ is not None and good is not None and good > all_
    ]
    report_rows(
        table,
        "working",
        problems,
        more_kinds.MORE_WORK,
        np.array(more, dtype=np.int64),
        lambda row: {"held": held[row]},
    )


def _measures(table: RawTable, columns: Columns, problems: ProblemList) -> None:
    report_same_keys(table, (columns["item"], columns["unit"], columns["of"]), problems)


CHECKS: dict[str, Callable[[RawTable, Columns, ProblemList], None]] = {
    "drivers": _drivers,
    "facts": _facts,
    "fleets": _fleets,
    "measures": _measures,
    "gtins": check_gtins,
    "reports": check_reports,
}
"""What is checked of each kind, beside its cells."""


def report_same_keys(table: RawTable, parts: Sequence[Sequence[Any]], problems: ProblemList) -> None:
    """Report rows that say the same of the same from the same day on."""
    first: dict[tuple[Any, ...], int] = {}
    again: list[int] = []
    keys = list(zip(*parts, strict=True))
    for row, key in enumerate(keys):
        # What could not be read is blank, and was reported.
        if key[0] and first.setdefault(key, row) != row:
            again.append(row)
    report_rows(
        table, table.spec.key[-1], problems, kinds.ROW_TWICE, np.array(again, dtype=np.int64),
        lambda row: {
            "key": " + ".join(str(part) for part in keys[row] if part),
            "first": table.row_number(first[keys[row]]),
        },
    )  # fmt: skip


def report_strange_places(
    table: RawTable, places: Collection[str], site_areas: Collection[str], problems: ProblemList
) -> None:
    """Report rows whose place is none of `places`, and no beginning of an area in which a site lies."""
    column = table.columns.get("place")
    if column is None:
        return
    strange = [
        at
        for at, place in enumerate(column.values.to_pylist())
        if place not in places and not any(area.startswith(stem(place)) for area in site_areas)
    ]
    rows = np.flatnonzero(np.isin(column.index, strange))
    report_rows(table, "place", problems, more_kinds.PLACE_UNKNOWN, rows)
