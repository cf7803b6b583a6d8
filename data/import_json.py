"""Tables from a JSON file: lists of rows, each an object of columns; cells become the texts they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from data import import_kinds as more_kinds
from data.case_csv import read_text
from data.columns import TableSpec
from data.import_columns import IMPORT_TABLES
from data.problems import Place, ProblemList
from data.raw_table import RawTable, match_headers, raw_column

__all__ = ["JSON_BYTES_MAX", "read_json_tables"]

JSON_BYTES_MAX = 20_000_000
"""Bytes a JSON file may have: it is held in memory as a whole."""

_TEXTS = {None: "", True: "true", False: "false"}


def read_json_tables(path: Path, kind: str | None, problems: ProblemList) -> dict[str, RawTable | None] | None:
    """Return the tables of a JSON file by kind; None after a problem with the whole of it.

    `kind`: what a list alone holds, where that is known. Numbers are kept digit for digit.
    """
    place = Place(file=path.name)
    text = read_text(path, problems, bytes_max=JSON_BYTES_MAX)
    if text is None:
        return None
    try:
        content = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as fault:
        row = fault.lineno if isinstance(fault, json.JSONDecodeError) else 0
        reason = fault.msg if isinstance(fault, json.JSONDecodeError) else type(fault).__name__
        problems.add(more_kinds.JSON_BROKEN, Place(file=path.name, row=row), reason=reason)
        return None
    if isinstance(content, list) and kind is not None:
        return {kind: _table(content, IMPORT_TABLES[kind], place, problems)}
    if not isinstance(content, dict) or not content:
        problems.add(more_kinds.JSON_SHAPE, place)
        return None
    tables: dict[str, RawTable | None] = {}
    for name, rows in content.items():
        spec = next((spec for spec in IMPORT_TABLES.values() if name in (spec.name, spec.zh)), None)
        if spec is None:
            problems.add(more_kinds.UPLOAD_KIND, place, found=name, kinds=list(IMPORT_TABLES))
        else:
            tables[spec.name] = _table(rows, spec, Place(file=path.name, sheet=spec.name), problems)
    return tables


def _table(rows: Any, spec: TableSpec, place: Place, problems: ProblemList) -> RawTable | None:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.add(more_kinds.JSON_SHAPE, place)
        return None
    headers = list(dict.fromkeys(name for row in rows for name in row))
    matched = match_headers(spec, headers, place, problems)
    if matched is None or not _are_cells(rows, [headers[at] for at in matched], place, problems):
        return None
    columns = {
        column.name: raw_column(column, headers[at], "", _encoded(rows, headers[at])) for at, column in matched.items()
    }
    raw = RawTable(spec, place.file, place.sheet, columns, len(rows), lambda row: row + 1)
    return raw.without_blank_rows()


def _are_cells(rows: Sequence[Mapping[str, Any]], headers: Sequence[str], place: Place, problems: ProblemList) -> bool:
    for number, row in enumerate(rows, start=1):
        for name in headers:
            if isinstance(row.get(name), (list, dict)):
                at = Place(file=place.file, sheet=place.sheet, row=number, column=name)
                problems.add(more_kinds.JSON_CELL, at)
                return False
    return True


def _encoded(rows: Sequence[Mapping[str, Any]], name: str) -> pa.ChunkedArray:
    cells = [row.get(name) for row in rows]
    texts = [cell if isinstance(cell, str) else _TEXTS[cell] for cell in cells]
    # JSON can spell half a character, which is no text; it shows as a question mark.
    texts = [text if text.isascii() else text.encode(errors="replace").decode() for text in texts]
    return pa.chunked_array([pa.array(texts, pa.string())]).dictionary_encode()
