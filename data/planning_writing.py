"""The door out for what forecasts and purchases are worked out from: the tables beside those of a case.

What is written reads back as the same; tables without rows are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from allocator.demand import DemandHistory
from allocator.past_use import MONTH_DAYS
from allocator.planning import PlanningCase
from data.activity_columns import DRIVERS
from data.columns import TableSpec
from data.csv_text import plain_numbers, quoted, taken, write_csv
from data.planning_columns import BUDGETS, HISTORY, OFFERS, ORDERS, SUPPLIERS

__all__ = ["PLANNING_SPECS", "write_planning"]

PLANNING_SPECS = (HISTORY, DRIVERS, SUPPLIERS, OFFERS, ORDERS, BUDGETS)
"""The tables, in the order in which they are written."""


def write_planning(planning: PlanningCase, folder: Path) -> None:
    """Write the tables into a folder, beside those of the case."""
    for spec, names, columns in _tables(planning):
        _write(folder / f"{spec.name}.csv", names, columns)


def _write(path: Path, names: list[str], columns: list[Any]) -> None:
    write_csv(path, names, len(columns[0]), lambda rows: [column[rows] for column in columns])


def _tables(planning: PlanningCase) -> Iterator[tuple[TableSpec, list[str], list[Any]]]:
    """Give each table that has rows: what it is, the names of its columns, and the columns as quoted texts."""
    tables = (
        (HISTORY, _history(planning.history)),
        (DRIVERS, _drivers(planning)),
        (SUPPLIERS, _records(planning.suppliers, supplier="supplier", name="name", name_zh="name_zh")),
        (OFFERS, _records(planning.offers, **_OFFER)),
        (ORDERS, _records(planning.orders, **_ORDER)),
        (BUDGETS, _records(planning.budgets, bucket="bucket", amount="amount", items="items", **_DATED)),
    )
    for spec, columns in tables:
        ordered = [name for name in spec.by_name if name in columns]
        if ordered and len(columns[ordered[0]]):
            yield spec, ordered, [columns[name] for name in ordered]


_DATED = {"from": "from_day", "to": "to_day"}
_OFFER = {name: name for name in ("supplier", "item", "price", "lead_days", "units_per_week", "min_units")} | _DATED
_ORDER = {name: name for name in ("order", "supplier", "item", "units", "arrives", "status", "site")}


def _records(records: Sequence[Any], **names: str) -> dict[str, Any]:
    """Return the fields of records as columns of texts, by the names of the columns."""
    return {column: quoted([_text(getattr(record, field)) for record in records]) for column, field in names.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _history(history: DemandHistory) -> dict[str, Any]:
    """Return a row for each period that was reported, or in which there was no stock."""
    series, period = np.nonzero(history.reported | (history.stockout > 0))
    days = quoted([day.isoformat() for day in _first_days(history)])
    none = np.where(history.stockout == 0, np.nan, history.stockout)
    return {
        "site": taken(quoted(list(history.sites)), series),
        "item": taken(quoted(list(history.items)), series),
        "date": taken(days, period),
        "units": plain_numbers(history.units[series, period]),
        "stockout": plain_numbers(none[series, period]),
    }


def _first_days(history: DemandHistory) -> list[dt.date]:
    """Return the first day of each period; months count 30 days each, and the last ends where the history ends."""
    if history.period_days != MONTH_DAYS:
        return [history.first_day + dt.timedelta(days=n * history.period_days) for n in range(history.periods)]
    last = np.datetime64(history.last_day, "M") if history.periods else np.datetime64(history.first_day, "M")
    months = last + np.arange(1 - history.periods, 1)
    return [day.item() for day in months.astype("datetime64[D]")]


def _drivers(planning: PlanningCase) -> dict[str, Any]:
    drivers = planning.drivers
    if not len(drivers):
        return {}
    return {
        "site": quoted(planning.case.sites.code[drivers.site]),
        "driver": quoted(drivers.driver),
        "value": plain_numbers(drivers.value),
        "from": quoted(["" if np.isnat(day) else str(day) for day in drivers.since]),
        "to": quoted(["" if np.isnat(day) else str(day) for day in drivers.until]),
    }
