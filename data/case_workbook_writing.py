"""A case as one workbook: a sheet for each table, and the sheets `policy` and `ladder`."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import STATUSES, Case
from data.columns import (
    CHOICES_ZH,
    KINDS_ZH,
    LADDER,
    OTHER_TABLES,
    POLICY_SHEET_NAMES,
    TABLES_OF_PLAN,
    Column,
    TableSpec,
)
from data.csv_cells import meant
from data.origin_files import ORIGIN_FILES, ORIGIN_WORDS
from data.planning_writing import PLANNING_SPECS
from data.policy_keys import POLICY_KEYS
from data.policy_writing import ladder_rows, policy_rows
from data.workbook_out import ROWS_MAX, open_book, write_cells

__all__ = ["write_case_workbook"]

_CHUNK_ROWS = 1 << 14
_EXACT = re.compile(r"\d{1,9}(?:\.\d{1,5})?")
_FLAGS_ZH = {"true": "是", "false": "否"}
# A word that may be written in several ways is written in the first.
_WORDS_ZH = {english: zh for zh, english in reversed({**KINDS_ZH, **CHOICES_ZH}.items())} | _FLAGS_ZH


def write_case_workbook(
    case: Case, path: Path, *, lang: str = "en", beside: Path | None = None, planned: Path | None = None
) -> None:
    """Write a case to an .xlsx file; `lang` "zh" for Chinese sheet names, headers and words.

    `beside`: a folder with the files of where its needs come from, `planned`: one with those of
    `data/planning_writing.py`; both become sheets too.

    Raises ValueError where a table has more rows than a sheet can hold.
    """
    for spec in TABLES_OF_PLAN:
        rows = len(getattr(case, spec.name))
        if rows >= ROWS_MAX:
            raise ValueError(f"{spec.name} has {rows:,} rows; a sheet holds {ROWS_MAX - 1:,}. Write a folder of CSV.")
    chinese = lang.startswith("zh")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_book(path, date=case.policy.date, title="allocator case") as book:
        heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        for spec in TABLES_OF_PLAN:
            if spec.required or len(getattr(case, spec.name)):
                sheet = _new_sheet(book, spec, heading, chinese=chinese)
                _write_rows(case, spec, sheet, _WORDS_ZH if chinese else {})
        _write_policy(case, book, heading, chinese=chinese)
        for origins in () if beside is None else (beside / name for name in ORIGIN_FILES):
            _write_origins(origins, book, heading, chinese=chinese)
        for spec, table in () if planned is None else [(each, planned / f"{each.name}.csv") for each in PLANNING_SPECS]:
            _write_planned(spec, table, book, heading, _WORDS_ZH if chinese else {})


def _write_planned(spec: TableSpec, path: Path, book: Any, heading: Any, words: Mapping[str, str]) -> None:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        columns = [spec.by_name[name] for name in next(rows)]
        sheet = book.add_worksheet(spec.zh if words else spec.sheet_name)
        write_cells(sheet, 0, [column.zh if words else column.name for column in columns], heading)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 14)
        for number, cells in enumerate(rows, start=1):
            if number >= ROWS_MAX:
                raise ValueError(f"{spec.name} has more rows than a sheet holds. Write a folder of CSV.")
            write_cells(
                sheet,
                number,
                [
                    _number(cell)
                    if column.holds in ("whole", "decimal")
                    else words.get(cell, cell)
                    if column.holds == "choice"
                    else meant(cell)
                    for column, cell in zip(columns, cells, strict=True)
                ],
            )


def _write_origins(path: Path, book: Any, heading: Any, *, chinese: bool) -> None:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        sheet = book.add_worksheet(OTHER_TABLES[path.stem] if chinese else path.stem)
        write_cells(sheet, 0, [ORIGIN_WORDS[name] if chinese else name for name in header], heading)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 14)
        for number, cells in enumerate(rows, start=1):
            write_cells(sheet, number, [_number(meant(cell)) for cell in cells])


def _new_sheet(book: Any, spec: TableSpec, heading: Any, *, chinese: bool) -> Any:
    sheet = book.add_worksheet(spec.zh if chinese else spec.name)
    write_cells(sheet, 0, [column.zh if chinese else column.name for column in spec.columns], heading)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(spec.columns) - 1, 14)
    return sheet


def _write_rows(case: Case, spec: TableSpec, sheet: Any, words: Mapping[str, str]) -> None:
    table = getattr(case, spec.name)
    for start in range(0, len(table), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        columns = [_cells(case, spec, table, column.name, column.holds, rows) for column in spec.columns]
        if words:
            columns = [
                [words.get(cell, cell) for cell in cells] if _is_word(column) else cells
                for column, cells in zip(spec.columns, columns, strict=True)
            ]
        for number, cells in enumerate(zip(*columns, strict=True), start=start + 1):
            write_cells(sheet, number, cells)


def _is_word(column: Column) -> bool:
    """Tell whether a column holds words of the case format, which it also knows in Chinese."""
    return column.holds in ("choice", "flag") or column.name in ("kind", "use")


def _cells(case: Case, spec: TableSpec, table: Any, name: str, holds: str, rows: slice) -> Iterable[Any]:
    """Return one column's cells for some rows; None where nobody said."""
    if holds == "code":
        return _plain(table.code[rows])
    if (spec.name, name) == ("items", "use"):
        return ["durable" if durable else "consumable" for durable in table.durable[rows]]
    column = getattr(table, name)[rows]
    by_kind: dict[str, Callable[[Any], Sequence[Any]]] = {
        "site": lambda positions: _plain(case.sites.code[positions]),
        "item": lambda positions: _plain(case.items.code[positions]),
        "choice": lambda statuses: [STATUSES[status] for status in statuses],
        "flag": lambda flags: ["true" if flag else "false" for flag in flags],
        "date": lambda days: ["" if np.isnat(day) else str(day) for day in days],
        "whole": lambda numbers: [None if number < 0 else number for number in numbers.tolist()],
    }
    return by_kind.get(holds, _plain)(column)


def _plain(column: Any) -> Sequence[Any]:
    cells: list[Any] = column.tolist()
    return cells


def _write_policy(case: Case, book: Any, heading: Any, *, chinese: bool) -> None:
    sheet = book.add_worksheet(POLICY_SHEET_NAMES[chinese])
    write_cells(sheet, 0, ("规则项", "值") if chinese else ("key", "value"), heading)
    sheet.set_column(0, 1, 30)
    for number, (key, value) in enumerate(policy_rows(case.policy), start=1):
        head, dot, tail = key.partition(".")
        if chinese and head == "tiers":
            said = "、".join(_WORDS_ZH.get(kind, kind) for kind in value.split(", "))
        else:
            said = value
        write_cells(sheet, number, (f"{POLICY_KEYS[head][0]}{dot}{tail}" if chinese else key, _number(said)))
    ladder = _new_sheet(book, LADDER, heading, chinese=chinese)
    for number, cells in enumerate(ladder_rows(case.policy), start=1):
        write_cells(ladder, number, [_number(meant(cell)) for cell in cells])


def _number(text: str) -> str | float:
    """Return a number that a cell can hold to the last digit as a number, anything else as it is."""
    return float(text) if _EXACT.fullmatch(text) else text
