"""Small procurement cases from text tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np

from allocator.procurement_case import (
    Budget,
    Held,
    Offer,
    Order,
    ProcurementCase,
    ProcurementItem,
    Supplier,
    Terms,
)

DAY = dt.date(2020, 3, 2)


def rows(text):
    """Return the rows of a table; a dash is nothing said."""
    lines = [line.split() for line in text.strip().splitlines()]
    return [
        {name: None if cell == "-" else cell for name, cell in zip(lines[0], line, strict=True)} for line in lines[1:]
    ]


def _whole(cell):
    return None if cell is None else int(cell)


def _money(cell):
    return None if cell is None else Decimal(cell)


def week(number):
    """Return the first day of a week counted from 1."""
    return None if number is None else DAY + dt.timedelta(days=7 * (int(number) - 1))


def case_of(items, offers, demand, *, held="", orders="", budgets="", **terms: object):
    """Return a case. `demand`: one row for each scenario: probability, then the item's weeks joined by commas."""
    goods = tuple(
        ProcurementItem(
            item=row["item"],
            pack_units=int(row.get("pack") or 1),
            pack_m3=_money(row.get("m3")),
            pack_kg=_money(row.get("kg")),
            shelf_weeks=_whole(row.get("shelf")),
            critical=row.get("critical") == "yes",
            weight=float(row.get("weight") or 1),
        )
        for row in rows(items)
    )
    made = tuple(
        Offer(
            supplier=row["supplier"],
            item=row["item"],
            price=Decimal(row["price"]),
            lead_days=int(row["lead"]),
            units_per_week=_whole(row.get("week")),
            min_units=_whole(row.get("least")),
            from_day=week(row.get("from")),
            to_day=week(row.get("to")),
        )
        for row in rows(offers)
    )
    scenarios = rows(demand)
    return ProcurementCase(
        day=DAY,
        items=goods,
        suppliers=tuple(Supplier(supplier=code) for code in sorted({offer.supplier for offer in made})),
        offers=made,
        held=tuple(
            Held(
                item=row["item"],
                units=int(row["units"]),
                expires=None if row.get("last") is None else week(int(row["last"]) + 1) - dt.timedelta(days=1),
            )
            for row in (rows(held) if held else [])
        ),
        orders=tuple(
            Order(
                order=f"{n}",
                supplier=made[0].supplier,
                item=row["item"],
                units=int(row["units"]),
                arrives=week(row["week"]),
                status="shipped",
            )
            for n, row in enumerate(rows(orders) if orders else [])
        ),
        budgets=tuple(
            Budget(
                bucket=row["bucket"],
                amount=Decimal(row["amount"]),
                from_day=week(row.get("from")),
                to_day=week(row.get("to")),
                items=() if row.get("items") is None else tuple(row["items"].split(",")),
            )
            for row in (rows(budgets) if budgets else [])
        ),
        demand_units=np.array([[list(map(float, row[g.item].split(","))) for g in goods] for row in scenarios]),
        probability=np.array([float(row["probability"]) for row in scenarios]),
        terms=Terms(**terms),
    )
