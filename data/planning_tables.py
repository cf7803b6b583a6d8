"""From raw tables to what forecasts and purchases are worked out from, with every problem in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from allocator.case import MICRO, Case
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.planning import PlanningCase, items_of_budget, money, offers_in_turn
from allocator.procurement_case import Budget, Offer, Order, Supplier
from data import planning_kinds as more_kinds
from data.cell_codes import Codes
from data.import_catalogue import catalogue_columns, codes_of
from data.planning_checks import check_budget_items
from data.planning_history import history_of, no_history
from data.problems import ProblemList
from data.raw_table import RawTable

__all__ = ["planning_of"]

Columns = Mapping[str, Sequence[Any]]
Raw = Mapping[str, RawTable | None]


def planning_of(raw: Raw, case: Case | None, problems: ProblemList) -> PlanningCase | None:
    """Return a case with its planning tables; None after any problem, also where there is no case."""
    items, sites = _given(raw, "items"), _given(raw, "sites")
    suppliers, codes = _suppliers(raw, problems)
    read = {
        name: catalogue_columns(name, table, items, sites, problems, suppliers=codes)
        for name in ("drivers", "offers", "orders", "budgets")
        if (table := raw.get(name)) is not None
    }
    if (budgets := raw.get("budgets")) is not None:
        check_budget_items(budgets, read["budgets"], items, problems)
    history = _history(raw.get("history"), items, sites, case, problems)
    if case is None or problems or history is None:
        return None
    offers = _offers(read.get("offers", {}))
    day = case.policy.date
    orders = _orders(read.get("orders", {}), offers, raw.get("orders"), day, problems)
    if problems:
        return None
    return PlanningCase(
        case=case,
        history=history,
        drivers=_drivers(read.get("drivers", {}), case),
        suppliers=suppliers,
        offers=offers,
        orders=orders,
        budgets=_budgets(read.get("budgets", {})),
    )


def _given(raw: Raw, name: str) -> Codes | None:
    table = raw.get(name)
    return codes_of(table, name, (), given=True) if table is not None and table.rows else None


def _suppliers(raw: Raw, problems: ProblemList) -> tuple[tuple[Supplier, ...], Codes | None]:
    """Return the suppliers, and their codes to look up; without a table of them, those that are named elsewhere."""
    if "suppliers" in raw:
        table = raw["suppliers"]
        if table is None:
            return (), None
        columns = catalogue_columns("suppliers", table, None, None, problems)
        blank = [""] * table.rows
        rows = zip(columns["code"], columns.get("name", blank), columns.get("name_zh", blank), strict=True)
        found = tuple(Supplier(supplier=code, name=name, name_zh=name_zh) for code, name, name_zh in rows if code)
        return found, codes_of(table, "suppliers", (), given=True)
    named: list[str] = []
    for name in ("offers", "orders"):
        table = raw.get(name)
        if table is not None and "supplier" in table.columns:
            column = table.columns["supplier"]
            named += column.values.take(pa.array(column.index[column.index >= 0])).to_pylist()
    codes = list(dict.fromkeys(named))
    return tuple(Supplier(supplier=code) for code in codes), Codes("suppliers", pa.array(codes, pa.string()))


def _history(
    table: RawTable | None, items: Codes | None, sites: Codes | None, case: Case | None, problems: ProblemList
) -> DemandHistory | None:
    day = None if case is None else case.policy.date
    if table is None:
        return None if day is None else no_history(day)
    return history_of(table, items, sites, day, problems)


def _drivers(columns: Columns, case: Case) -> Drivers:
    blank = [""] * len(columns.get("site", ()))
    return Drivers(
        site=np.array([case.site_index[code] for code in columns.get("site", ())], dtype=np.int32),
        driver=np.array(columns.get("driver", ()), dtype=object),
        value=np.array(columns.get("value_micro", ()), dtype=np.float64) / MICRO,
        since=_days(columns.get("since", blank)),
        until=_days(columns.get("until", blank)),
    )


def _days(texts: Sequence[str]) -> Any:
    return np.array([text or "NaT" for text in texts], dtype="datetime64[D]")


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _rows(columns: Columns, **defaults: Any) -> list[dict[str, Any]]:
    """Return columns as rows; a column that is not there says what nobody said."""
    count = len(next(iter(columns.values()), ()))
    full = {**{name: [value] * count for name, value in defaults.items()}, **columns}
    return [dict(zip(full, values, strict=True)) for values in zip(*full.values(), strict=True)]


def _offers(columns: Columns) -> tuple[Offer, ...]:
    rows = _rows(columns, units_per_week=None, min_units=None, since="", until="")
    return offers_in_turn(
        Offer(
            supplier=row["partner"],
            item=row["item"],
            price=money(row["price_micro"]),
            lead_days=row["lead_days"],
            units_per_week=row["units_per_week"],
            min_units=row["min_units"],
            from_day=_day(row["since"]),
            to_day=_day(row["until"]),
        )
        for row in rows
    )


def _orders(
    columns: Columns, offers: Sequence[Offer], table: RawTable | None, day: dt.date, problems: ProblemList
) -> tuple[Order, ...]:
    """Return what is still to come of orders."""
    rows = _rows(columns, arrives="", status="ordered", site="", ordered_on="", arrived_units=None)
    found = []
    for at, row in enumerate(rows):
        outstanding = row["units"] - (row["arrived_units"] or 0)
        if row["status"] in ("arrived", "cancelled") or outstanding <= 0:
            continue
        arrives = _day(row["arrives"]) or _arrival(row, offers, _day(row["ordered_on"]) or day)
        if arrives is None:
            assert table is not None  # noqa: S101 - rows come from it
            place = table.place(at, "arrives")
            problems.add(more_kinds.ORDER_UNDATED, place, supplier=row["partner"], item=row["item"])
            continue
        names = {"order": row["number"], "supplier": row["partner"], "item": row["item"], "site": row["site"]}
        found.append(Order(**names, units=outstanding, arrives=arrives, status=row["status"]))
    late = [order for order in found if order.arrives and order.arrives < day and order.status != "planned"]
    if late and table is not None:
        problems.notice(more_kinds.ORDERS_LATE, table.place(), date=day.isoformat(), rows=len(late), code=late[0].order)
    return tuple(sorted(found, key=lambda order: (order.arrives, order.order, order.item)))


def _arrival(row: Mapping[str, Any], offers: Sequence[Offer], ordered_on: dt.date) -> dt.date | None:
    """Return when an order arrives by the lead days of the offer of its day, or of the first of the supplier."""
    own = [offer for offer in offers if (offer.supplier, offer.item) == (row["partner"], row["item"])]
    valid = [offer for offer in own if offer.holds(ordered_on)]
    days = next((offer.lead_days for offer in (*valid, *own)), None)
    return None if days is None else ordered_on + dt.timedelta(days=days)


def _budgets(columns: Columns) -> tuple[Budget, ...]:
    rows = _rows(columns, since="", until="", items="")
    return tuple(
        Budget(
            bucket=row["bucket"],
            amount=money(row["amount_micro"]),
            from_day=_day(row["since"]),
            to_day=_day(row["until"]),
            items=items_of_budget(row["items"]),
        )
        for row in sorted(rows, key=lambda row: row["bucket"])
    )
