"""The JSON Schema of files that programs send: the same columns as in every other form of the tables."""

from __future__ import annotations

from typing import Any

from data.columns import CHOICES_ZH, Column, TableSpec
from data.import_columns import IMPORT_TABLES
from data.texts import translator

__all__ = ["import_schema"]

_TEXT = ["string", "number", "null"]
"""A code such as 0042 must be a text; a number is taken as it is written."""


def import_schema() -> dict[str, Any]:
    """Return the schema of `{"receipts": [{…}, …], …}`; numbers and dates may also be texts, as in CSV files."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "allocator.import/1",
        "title": "Files for allocator import",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: table
            for spec in IMPORT_TABLES.values()
            for name, table in ((spec.name, _rows(spec)), (spec.zh, _rows(spec)))
        },
    }


def _rows(spec: TableSpec) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "description": f"one row of {spec.name} {spec.zh}",
            "properties": {column.name: _cell(column) for column in spec.columns},
            "required": [column.name for column in spec.columns if column.required],
        },
    }


def _cell(column: Column) -> dict[str, Any]:
    """Return the schema of one cell; null and "" are empty."""
    words = {lang: translator(lang)(column.meaning) for lang in ("en", "zh")}
    told = {"title": column.zh, "description": f"{words['en']} {words['zh']}"}
    if column.holds == "flag":
        return {**told, "type": ["boolean", "string", "null"]}
    if column.holds == "choice":
        zh = [word for word, english in CHOICES_ZH.items() if english in column.choices]
        return {**told, "enum": [*column.choices, *zh, "", None]}
    if column.holds == "date":
        return {**told, "type": ["string", "null"], "examples": ["2020-02-10"]}
    if column.holds in ("whole", "decimal"):
        number = "integer" if column.holds == "whole" else "number"
        least = max(column.least, 1) if column.above_zero and column.holds == "whole" else column.least
        bound = {"exclusiveMinimum": 0} if column.above_zero and column.holds == "decimal" else {"minimum": least}
        return {**told, "type": [number, "string", "null"], **bound, "maximum": column.most}
    return {**told, "type": _TEXT}
