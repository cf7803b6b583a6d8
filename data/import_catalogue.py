"""From raw tables to columns of master data, named as the ledger names them, with every problem in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from allocator.case import micro
from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.case_checks import report_repeats
from data.cell_codes import Codes, new_codes, references, site_kinds, texts
from data.cell_values import choices, dates, decimals, flags, report_rows, whole
from data.columns import Column
from data.import_activity import CHECKS as ACTIVITY_CHECKS
from data.planning_checks import CHECKS as PLANNING_CHECKS
from data.problems import ProblemList
from data.raw_table import RawTable
from models.locations import kind_of

__all__ = ["CATALOGUE_KINDS", "catalogue_columns", "codes_of"]

CATALOGUE_KINDS = (
    *("areas", "items", "sites", "depots", "lanes", "substitutes", "partners", "suppliers"),
    *("needs", "drivers", "facts", "fleets", "measures", "gtins", "reports", "offers", "budgets", "orders"),
)
"""The kinds that are master data, in the order in which they are saved."""

_CODES = {"areas": "area", "items": "item", "sites": "site", "partners": "partner", "suppliers": "supplier"}
"""The column that gives the codes of a kind."""

_CHECKS = {**ACTIVITY_CHECKS, **PLANNING_CHECKS}

_LEDGER_NAMES = {
    "areas": {"area": "code"},
    "items": {"item": "code"},
    "sites": {"site": "code", "kind": "site_kind"},
    "partners": {"partner": "code"},
    "depots": {"depot": "location"},
    "drivers": {"from": "since", "to": "until"},
    "gtins": {"gtin": "unit", "units": "amount"},
    "reports": {
        **{name: f"{name}_units" for name in ("opening", "received", "distributed", "closing", "ordered")},
    },
    "fleets": {"held": "held_units", "working": "working_units"},
    "suppliers": {"supplier": "code"},
    "offers": {"supplier": "partner", "from": "since", "to": "until"},
    "orders": {"order": "number", "supplier": "partner"},
    "budgets": {"from": "since", "to": "until"},
}
"""Columns that the ledger calls otherwise than the file does."""


def codes_of(table: RawTable | None, name: str, known: tuple[str, ...], *, given: bool) -> Codes | None:
    """Return the codes of `name` ("items" or "sites") that rows may refer to: the ledger's and the upload's own.

    `given`: the upload has such a table; where it could not be read (None) nothing can be looked up.
    """
    if given and (table is None or _CODES[name] not in table.columns):
        return None
    own: list[str] = []
    if table is not None:
        column = table.columns[_CODES[name]]
        own = column.values.take(pa.array(column.index[column.index >= 0])).to_pylist()
    return Codes(name, pa.array(dict.fromkeys([*known, *own]), pa.string()))


def catalogue_columns(
    kind: str,
    table: RawTable,
    items: Codes | None,
    sites: Codes | None,
    problems: ProblemList,
    *,
    suppliers: Codes | None = None,
) -> dict[str, list[Any]]:
    """Return the columns of one table as the ledger keeps them, only those that the file has."""
    known = {"item": items, "site": sites, "supplier": suppliers}
    columns: dict[str, list[Any]] = {}
    positions: dict[str, NDArray[np.int32]] = {}
    renamed = _LEDGER_NAMES.get(kind, {})
    for spec in table.spec.columns:
        if spec.name not in table.columns and not spec.required:
            continue
        name = renamed.get(spec.name, spec.name) + ("_micro" if spec.holds == "decimal" else "")
        if spec.holds in known:
            codes = known[spec.holds]
            positions[spec.name] = references(table, spec.name, codes, problems)
            columns[name] = _at(codes, positions[spec.name])
        else:
            columns[name] = _VALUES[spec.holds](table, spec, problems)
    if kind in _CHECKS:
        _CHECKS[kind](table, columns, problems)
    else:
        _check_keys(kind, table, positions, problems)
    if kind == "sites":
        columns["site_kind"] = site_kinds(table, ProblemList()).tolist()
        _check_site_codes(table, problems)
    return columns


def _at(codes: Codes | None, positions: NDArray[np.int32]) -> list[Any]:
    if codes is None:
        return [""] * len(positions)
    known = [*codes.values.to_pylist(), ""]  # what could not be found was reported
    return [known[position] for position in positions.tolist()]


def _codes(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    found: list[Any] = new_codes(table, spec.name, problems).values.to_pylist()
    return found


def _texts(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    found: list[Any] = texts(table, spec.name, problems).tolist()
    return found


def _choices(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    return [spec.choices[position] for position in choices(table, spec.name, problems).tolist()]


def _whole(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    return [None if value < 0 else value for value in whole(table, spec.name, problems).tolist()]


def _micro(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    values = decimals(table, spec.name, problems)
    absent = np.isnan(values).tolist()
    return [None if gone else value for gone, value in zip(absent, micro(values).tolist(), strict=True)]


def _days(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    return ["" if day is None else day.isoformat() for day in dates(table, spec.name, problems).tolist()]


def _flags(table: RawTable, spec: Column, problems: ProblemList) -> list[Any]:
    return [int(flag) for flag in flags(table, spec.name, problems, default=True).tolist()]


_VALUES: dict[str, Callable[[RawTable, Column, ProblemList], list[Any]]] = {
    "code": _codes,
    "text": _texts,
    "choice": _choices,
    "whole": _whole,
    "decimal": _micro,
    "date": _days,
    "flag": _flags,
}


def _check_keys(kind: str, table: RawTable, positions: Mapping[str, NDArray[np.int32]], problems: ProblemList) -> None:
    """Report rows whose codes together stand there twice, and substitutes for themselves."""
    if kind in _CODES:
        return  # `new_codes` has reported them
    first, *more = (positions[name] for name in table.spec.key)
    second = more[0] if more else None
    report_repeats(table, table.spec.key[-1], first, second, problems)
    if kind == "substitutes" and second is not None:
        own = np.flatnonzero((first == second) & (first >= 0))
        report_rows(
            table, "by", problems, kinds.OWN_SUBSTITUTE, own, lambda row: {"item": table.columns["by"].text_at(row)}
        )


def _check_site_codes(table: RawTable, problems: ProblemList) -> None:
    column = table.columns.get("site")
    if column is None:
        return
    kept = [at for at, code in enumerate(column.values.to_pylist()) if kind_of(code) != "SITE"]
    rows = np.flatnonzero(np.isin(column.index, kept))
    report_rows(table, "site", problems, more_kinds.SITE_CODE_KEPT, rows)
