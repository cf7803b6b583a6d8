"""docs/import-schema.json says what a JSON file may hold, and is what the program makes of its own columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.import_columns import IMPORT_TABLES
from data.import_schema import import_schema

PAGE = Path(__file__).parents[2] / "docs" / "import-schema.json"


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Say whether a cell is what its schema allows, by the few words of JSON Schema that are used."""
    if "enum" in schema:
        return value in schema["enum"]
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    kinds = {names[type(value)], *(["number"] if type(value) is int else [])}
    if not kinds & set(schema["type"]):
        return False
    is_number = type(value) in (int, float)
    return not is_number or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def test_the_page_is_what_the_program_says():
    assert json.loads(PAGE.read_text(encoding="utf-8")) == import_schema()


def test_every_kind_and_every_column_is_in_it_and_what_is_due_is_required():
    properties = import_schema()["properties"]

    for name, spec in IMPORT_TABLES.items():
        rows = properties[name]["items"]
        assert set(rows["properties"]) == {column.name for column in spec.columns}
        assert set(rows["required"]) == {column.name for column in spec.columns if column.required}
        assert properties[spec.zh] == properties[name]


def test_rows_that_are_taken_in_fit_and_those_that_are_refused_do_not():
    cells = import_schema()["properties"]["receipts"]["items"]["properties"]
    row = {
        "site": "D1",
        "item": "007",
        "units": 500,
        "day": "2020-02-10",
        "lot": None,
        "status": "隔离",
        "unit_price": 1.2,
    }

    assert [name for name, value in row.items() if not fits(value, cells[name])] == []
    assert not fits(0, cells["units"])
    assert not fits(-1, cells["units"])
    assert not fits("spoilt", cells["status"])
