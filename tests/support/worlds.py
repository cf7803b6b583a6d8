"""A planning case drawn as text tables, and a scenario written as TOML applied to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
from case_tables import DAY, case_of_tables, rows_of

from allocator.activity import Coefficients
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from allocator.procurement_case import Budget, Offer, Order, Supplier
from data.coefficients import read_coefficients
from scenarios.changed import Changed, changed
from scenarios.reading import ScenarioUnreadable, scenario_of

__all__ = ["TWICE_BUT_SEVEN_SUITS", "faults_of", "told", "world"]

TWICE_BUT_SEVEN_SUITS = """
[[change]]
table = "needs"
do = "scale"
column = "daily_units"
by = 2
[[change]]
table = "needs"
do = "set"
column = "daily_units"
by = 7
where = { item = "SUIT" }
"""
"""A scenario of two changes, of which the later wins."""

NO_HISTORY = DemandHistory(
    sites=(), items=(), units=np.zeros((0, 0)), stockout=np.zeros((0, 0)), first_day=DAY, period_days=1
)


def world(*, drivers: str = "", offers: str = "", orders: str = "", budgets: str = "", **tables: Any) -> PlanningCase:
    """Return the planning case that text tables draw."""
    case = case_of_tables(**tables)
    rows = rows_of(drivers)
    never = np.full(len(rows), np.datetime64("NaT", "D"))
    offered = tuple(
        Offer(
            supplier=row["supplier"],
            item=row["item"],
            price=Decimal(row.get("price", "1")),
            lead_days=int(row.get("lead", "7")),
            units_per_week=int(row["weekly"]) if "weekly" in row else None,
        )
        for row in rows_of(offers)
    )
    return PlanningCase(
        case=case,
        history=NO_HISTORY,
        drivers=Drivers(
            site=np.array([case.site_index[row["site"]] for row in rows], dtype=np.int32),
            driver=np.array([row["driver"] for row in rows], dtype=object),
            value=np.array([float(row["value"]) for row in rows]),
            since=never,
            until=never,
        ),
        suppliers=tuple(Supplier(supplier=name) for name in dict.fromkeys(each.supplier for each in offered)),
        offers=offered,
        orders=tuple(
            Order(
                order=row["order"],
                supplier=row["supplier"],
                item=row["item"],
                units=int(row["units"]),
                arrives=dt.date.fromisoformat(row["arrives"]),
                status="ordered",
            )
            for row in rows_of(orders)
        ),
        budgets=tuple(Budget(bucket=row["bucket"], amount=Decimal(row["amount"])) for row in rows_of(budgets)),
    )


def told(planning: PlanningCase, toml: str, *, days: int = 1, coefficients: Coefficients | None = None) -> Changed:
    """Return the planning case as a scenario written as TOML makes it; the case itself must stay as it was."""
    before = dataclasses.replace(planning)
    scenario = scenario_of('title = "t"\n' + toml, name="drawn")
    result = changed(planning, scenario, coefficients or read_coefficients(), days=days)
    assert planning == before
    return result


def faults_of(toml: str) -> list[str]:
    """Return everything that is wrong with a scenario."""
    try:
        scenario_of(toml, name="drawn")
    except ScenarioUnreadable as unreadable:
        return [str(sentence) for sentence in unreadable.sentences]
    return []
