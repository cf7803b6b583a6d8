"""A planning case drawn as text tables, and what its shortfall report says of a row or a group, in plain words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
from case_tables import DAY, case_of_tables, rows_of

from allocator.case import Case
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from allocator.procurement_case import Budget, Offer, Order
from allocator.shortfall import shortfall
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_tables import FLAGS, STATUSES, ShortfallReport
from allocator.shortfall_why import DRIVERS

__all__ = ["DAY", "group_of", "history_of", "planning_of", "report_of", "row_of"]


def history_of(table: str, *, last_day: dt.date = DAY - dt.timedelta(days=1), period_days: int = 1) -> DemandHistory:
    """Return the history drawn as rows `site item units…`: the last number is of the last day; `-` is a gap."""
    rows = [line.split() for line in table.strip().splitlines()]
    units = np.array([[np.nan if cell == "-" else float(cell) for cell in row[2:]] for row in rows])
    units = units if rows else np.zeros((0, 0))
    return DemandHistory(
        sites=tuple(row[0] for row in rows),
        items=tuple(row[1] for row in rows),
        units=units,
        stockout=np.zeros(units.shape),
        first_day=last_day - dt.timedelta(days=units.shape[1] * period_days - 1),
        period_days=period_days,
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def planning_of(
    *,
    offers: str = "",
    orders: str = "",
    budgets: tuple[Budget, ...] = (),
    history: DemandHistory | None = None,
    case: Case | None = None,
    **tables: Any,
) -> PlanningCase:
    """Return the planning case that text tables draw (`case_tables`), with offers and orders."""
    none = np.zeros(0, dtype="datetime64[D]")
    return PlanningCase(
        case=case or case_of_tables(**tables),
        history=history or history_of(""),
        drivers=Drivers(
            site=np.zeros(0, np.int32), driver=np.zeros(0, dtype=object), value=np.zeros(0), since=none, until=none
        ),
        budgets=budgets,
        offers=tuple(
            Offer(
                supplier=row["supplier"],
                item=row.get("item", "mask"),
                price=Decimal(row["price"]),
                lead_days=int(row["lead"]),
                units_per_week=int(row["most"]) if "most" in row else None,
                min_units=int(row["least"]) if "least" in row else None,
                from_day=_day(row.get("from")),
                to_day=_day(row.get("to")),
            )
            for row in rows_of(offers)
        ),
        orders=tuple(
            Order(
                order=row["order"],
                supplier=row.get("supplier", "A"),
                item=row.get("item", "mask"),
                units=int(row["units"]),
                arrives=_day(row.get("arrives")),
                status=row.get("status", "ordered"),
                site=row.get("site", ""),
            )
            for row in rows_of(orders)
        ),
    )


def report_of(*, forecast: Any = None, rules: ShortfallRules | None = None, **tables: Any) -> ShortfallReport:
    """Return the report of what tables draw."""
    return shortfall(planning_of(**tables), forecast=forecast, rules=rules)


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype(object).strftime("%m-%d")
    if isinstance(value, np.floating):
        return None if np.isnan(value) else round(float(value), 2)
    return value.tolist() if hasattr(value, "tolist") else value


def row_of(report: ShortfallReport, site: str, item: str = "mask", *columns: str) -> Any:
    """Return columns of one row: dates as month-day, absent as None; one value where one column is asked for."""
    case, rows = report.case, report.rows
    (n,) = np.flatnonzero((rows.site == case.site_index[site]) & (rows.item == case.item_index[item]))
    said: dict[str, Any] = {
        "status": STATUSES[rows.status[n]],
        "flags": [name for bit, name in enumerate(FLAGS) if rows.flags[n] >> bit & 1],
        "why": [DRIVERS[which] for which in rows.why[n] if which >= 0],
        "supplier": report.offers[rows.offer[n]].supplier if rows.offer[n] >= 0 else None,
        "weekly": "".join(STATUSES[which][0] for which in rows.weekly[n]),
    }
    found = [said[name] if name in said else _plain(getattr(rows, name)[n]) for name in columns]
    return found[0] if len(found) == 1 else found


def group_of(report: ShortfallReport, grouping: str, label: str, item: str = "mask", *columns: str) -> Any:
    """Return columns of one group."""
    groups = report.groups[grouping]
    (n,) = np.flatnonzero((groups.label == label) & (groups.item == report.case.item_index[item]))
    found = [_plain(getattr(groups, name)[n]) for name in columns]
    return found[0] if len(found) == 1 else found
