"""A template that comes back filled in: its table, without the example, every chosen name turned into its code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from data import import_kinds as more_kinds
from data.columns import TableSpec
from data.import_columns import IMPORT_TABLES
from data.problems import Kind, Place, ProblemList
from data.raw_table import RawColumn, RawTable
from data.template_marks import (
    BESIDE_COLUMNS,
    EXAMPLE_COLUMN,
    EXAMPLE_MARK,
    FORM,
    LISTS_SHEET,
    MARK_SHEET,
    Mark,
    changes_since,
    mark_of,
)

if TYPE_CHECKING:
    from data.case_workbook import Workbook

__all__ = ["is_template", "template_table"]


def is_template(workbook: Workbook) -> bool:
    """Say whether a workbook was made to be filled in."""
    return MARK_SHEET in workbook.sheets


def template_table(workbook: Workbook, asked: str | None, problems: ProblemList) -> tuple[str, RawTable | None] | None:
    """Return the kind and the table of a filled template; None after a problem with the whole of it.

    `asked`: the kind that `--as` said, which must be the template's own.
    """
    pairs = workbook.key_values(MARK_SHEET, problems)
    if pairs is None:
        return None
    mark = mark_of({key: value for key, value, _ in pairs})
    fault = _fault(mark, asked)
    if fault is not None:
        problems.add(fault[0], Place(file=workbook.file), **fault[1])
        return None
    return mark.kind, _table(workbook, IMPORT_TABLES[mark.kind], problems)


def _fault(mark: Mark, asked: str | None) -> tuple[Kind, dict[str, Any]] | None:
    """Return what keeps a template with this mark from being read, and the values that say so."""
    spec = IMPORT_TABLES.get(mark.kind)
    if spec is None or mark.form != FORM:
        return more_kinds.TEMPLATE_FORM, {}
    changes = changes_since(mark.columns, spec)
    if changes:
        return more_kinds.TEMPLATE_OLD, {"table": mark.kind, "changes": changes}
    if asked not in (None, mark.kind):
        return more_kinds.TEMPLATE_OTHER, {"table": mark.kind, "asked": asked}
    return None


def _table(workbook: Workbook, spec: TableSpec, problems: ProblemList) -> RawTable | None:
    sheet = next((name for name in workbook.sheets if name.split(" ")[0] == spec.name), None)
    if sheet is None:
        problems.add(more_kinds.TEMPLATE_SHEET, Place(file=workbook.file), sheet=f"{spec.name} {spec.zh}")
        return None
    table = workbook.table(sheet, replace(spec, columns=(EXAMPLE_COLUMN, *spec.columns, *BESIDE_COLUMNS)), problems)
    means = _means(workbook, problems)
    if table is None or means is None or EXAMPLE_COLUMN.name not in table.columns:
        return None
    filled = _without_example(table, spec)
    if not filled.rows:
        problems.add(more_kinds.TEMPLATE_EMPTY, Place(file=workbook.file, sheet=sheet))
        return None
    columns = {name: _in_codes(column, means.get(name, {})) for name, column in filled.columns.items()}
    return replace(filled, columns=columns)


def _without_example(table: RawTable, spec: TableSpec) -> RawTable:
    """Return the rows that somebody filled in, whose columns are the kind's own."""
    marks = table.columns[EXAMPLE_COLUMN.name]
    wanted = np.asarray([*marks.values.to_pylist(), ""], dtype=object) != EXAMPLE_MARK
    kept = np.flatnonzero(wanted[marks.index])
    number = table.row_number
    taken = {name: column.take(kept) for name, column in table.columns.items() if name in spec.by_name}
    rows = RawTable(spec, table.file, table.sheet, taken, len(kept), lambda row: number(int(kept[row])))
    return rows.without_blank_rows()


def _in_codes(column: RawColumn, means: dict[str, str]) -> RawColumn:
    """Return a column in which what was chosen from a list is the code it stands for."""
    if not means:
        return column
    values = [means.get(" ".join(value.split()), value) for value in column.values.to_pylist()]
    return replace(column, values=pa.array(values, pa.string()))


def _means(workbook: Workbook, problems: ProblemList) -> dict[str, dict[str, str]] | None:
    """Return what each text of each list means, by column; empty where the lists are gone."""
    if LISTS_SHEET not in workbook.sheets:
        return {}
    rows = workbook.texts(LISTS_SHEET, problems)
    if rows is None:
        return None
    if not rows:
        return {}
    titles = rows[0]
    places = {title: at for at, title in enumerate(titles) if title}
    found: dict[str, dict[str, str]] = {}
    for title, at in places.items():
        meant = places.get(f"={title}")
        if meant is not None:
            found[title] = {row[at]: row[meant] for row in rows[1:] if row[at] and row[meant]}
    return found
