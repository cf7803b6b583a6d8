"""The worked example of each template: one row as somebody would fill it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data.columns import Column, TableSpec
from data.template_lists import Listed

__all__ = ["example_of"]

_BY_KIND: dict[str, dict[str, Any]] = {
    "items": {"item": "MASK", "name": "surgical mask", "name_zh": "医用外科口罩", "pack_units": 50, "pack_kg": 0.3},
    "sites": {"site": "P07", "name": "Gate 7", "name_zh": "七号卡口", "lat": 31.2, "lon": 115.1},
    "areas": {"area": "421127", "name": "the county", "name_zh": "某县", "parent": "4211"},
    "partners": {"partner": "S01", "name": "a maker", "name_zh": "某厂"},
    "needs": {"daily_units": 120, "max_units": None, "days_short": None},
    "lanes": {"km": 12.5, "hours": 0.5, "max_kg": None},
    "drivers": {"value": 12},
    "measures": {"unit": "box 盒", "amount": 50, "of": "piece 个"},
    "gtins": {"gtin": "6901234567892", "units": 50},
    "counts": {"number": "C-0210-1", "units": 480},
    "receipts": {"number": "R-0210-1", "units": 5000, "fund": "财政", "unit_price": 1.2, "reference": "2020-113"},
    "issues": {"number": "U-0210-1", "units": 60, "purpose": "班次用"},
    "opening": {"number": "O-1", "units": 480, "fund": "财政"},
}
_BY_NAME: dict[str, Any] = {
    "lot": "A20200115",
    "area": "421127",
    "certificate": "ZJ-2020-0087",
    "said_by": "值班室",
    "place": "421127",
    "reason": "通报第12号",
}
_LEFT_OUT = ("earmark", "tier", "status", "to")
_CODES = {"site": "P07", "item": "MASK", "depot": "D1", "partner": "S01", "by": "MASK2"}
_LIFE = dt.timedelta(days=700)


def example_of(spec: TableSpec, lists: Mapping[str, Listed], today: dt.date) -> list[Any]:
    """Return one row for a table, cell by cell; None where the example leaves a cell empty."""
    return [_cell(spec.name, column, lists.get(column.name), today) for column in spec.columns]


def _cell(kind: str, column: Column, listed: Listed | None, today: dt.date) -> Any:
    own = _BY_KIND.get(kind, {})
    if column.name in own:
        return own[column.name]
    # `by` as a text is how somebody reported, not an item that takes another's place.
    told = column.name == "by" and column.holds == "text"
    if told or (column.name in _LEFT_OUT and not column.required):
        return None
    if listed is not None:
        shown = list(listed.means)
        # Nothing takes the place of itself.
        return shown[-1 if column.name == "by" else 0]
    if column.holds == "date":
        return today + _LIFE if column.name == "expires" else today
    for known in (_BY_NAME, _CODES):
        if column.name in known:
            return known[column.name]
    return 10 if column.holds in ("whole", "decimal") and column.required else None
