"""The door out for a case: the CSV folder or the workbook of docs/case-format.md.

What is written reads back as the same case. Optional tables without rows are left out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import STATUSES, Case
from allocator.planning import PlanningCase
from data.columns import TABLES_OF_PLAN, TableSpec
from data.csv_text import plain_numbers, quoted, taken, write_csv
from data.planning_writing import write_planning
from data.policy_writing import policy_toml

__all__ = ["write_case"]

_USES = ("consumable", "durable")
_FLAGS = ("false", "true")


def write_case(
    case: Case,
    folder: Path,
    *,
    workbook: bool = False,
    lang: str = "en",
    beside: Path | None = None,
    planning: PlanningCase | None = None,
) -> None:
    """Write a case: a folder of CSV files and policy.toml, or one workbook `<folder>.xlsx`.

    `folder` may end in `.xlsx`, which asks for a workbook too. `lang` "zh" gives a workbook Chinese
    headers, sheet names and words (kinds, uses, yes and no); codes and names stay as they are;
    `beside` is a folder with the files of where its needs come from, for further sheets; `planning`
    has what is written for forecasts and purchases. Raises
    ValueError where a policy's number has no finite decimal form, and where a workbook would pass
    Excel's row limit.
    """
    folder = Path(folder)
    if workbook or folder.suffix.lower() == ".xlsx":
        from data.case_workbook_writing import write_case_workbook

        with tempfile.TemporaryDirectory(prefix="allocator-") as planned:
            if planning is not None:
                write_planning(planning, Path(planned))
            path = folder.with_suffix(".xlsx")
            write_case_workbook(case, path, lang=lang, beside=beside, planned=Path(planned))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for spec in TABLES_OF_PLAN:
        path = folder / f"{spec.name}.csv"
        table = getattr(case, spec.name)
        if not len(table) and not spec.required:
            path.unlink(missing_ok=True)
            continue
        _write_table(case, spec, path)
    (folder / "policy.toml").write_text(policy_toml(case.policy), encoding="utf-8", newline="\n")
    if planning is not None:
        write_planning(planning, folder)


def _write_table(case: Case, spec: TableSpec, path: Path) -> None:
    table = getattr(case, spec.name)
    codes = {"site": quoted(case.sites.code), "item": quoted(case.items.code)}
    fields = [(column.name, column.holds) for column in spec.columns]

    def columns(rows: slice) -> list[Any]:
        return [_texts(spec, table, name, holds, rows, codes) for name, holds in fields]

    write_csv(path, [column.name for column in spec.columns], len(table), columns)


def _texts(spec: TableSpec, table: Any, name: str, holds: str, rows: slice, codes: dict[str, Any]) -> Any:
    """Return one column's fields for some rows; absent values are empty."""
    if holds == "code":
        return quoted(table.code[rows])
    if (spec.name, name) == ("items", "use"):
        return taken(quoted(_USES), table.durable[rows].astype(np.int8))
    column = getattr(table, name)[rows]
    if holds in codes:
        return taken(codes[holds], column)
    by_kind = {
        "choice": lambda: taken(quoted(STATUSES), column),
        "flag": lambda: taken(quoted(_FLAGS), column.astype(np.int8)),
        "date": lambda: _dates(column),
        "text": lambda: quoted(column),
        "whole": lambda: _whole(column),
        "decimal": lambda: plain_numbers(column),
    }
    return by_kind[holds]()


def _whole(column: Any) -> Any:
    # -1 is how a whole number says that nobody said.
    return plain_numbers(np.where(column < 0, np.nan, column) if (column < 0).any() else column)


def _dates(days: Any) -> Any:
    distinct, which = np.unique(days, return_inverse=True)
    return taken(quoted(["" if np.isnat(day) else str(day) for day in distinct]), which)
