"""Invented procurement cases, seeded and hard: capacities, budgets and least orders all bind.

Sixty items by ten suppliers over twenty-six weeks; demand has a level, a wave, noise of each item and a shock
all items share. Nothing in it is real.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from allocator.case import Floats
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
MONTH_WEEKS = 4


def paths(seed: int, *, base: Floats, count: int, weeks: int) -> Floats:
    """Return (count, items, weeks) demand: level × wave × shock of all × noise of each, log-normal."""
    rng = np.random.default_rng(seed)
    shared = np.exp(np.cumsum(rng.normal(0, 0.10, (count, 1, weeks)), axis=2))
    level = np.exp(rng.normal(0, 0.25, (count, len(base), 1)))
    noise = np.exp(rng.normal(-0.045, 0.30, (count, len(base), weeks)))
    peak, width = rng.uniform(4, 22, (count, 1, 1)), rng.uniform(2, 5, (count, 1, 1))
    wave = 1 + rng.uniform(0, 1.5, (count, 1, 1)) * np.exp(-(((np.arange(weeks) - peak) / width) ** 2))
    return np.rint(base[:, None] * level * shared * noise * wave)


def procuring_case(
    seed: int,
    *,
    items: int = 60,
    suppliers: int = 10,
    weeks: int = 26,
    scenarios: int = 20,
    money: float = 1.0,
    critical: float = 0.2,
) -> tuple[ProcurementCase, Floats]:
    """Return a case and what `paths` needs to draw demand outside it.

    `money`: the budgets as a share of what the expected demand costs at the cheapest prices. `critical`: the share
    of items whose shortage comes first.
    """
    rng = np.random.default_rng(seed)
    price = np.exp(rng.uniform(np.log(0.3), np.log(120), items))
    # Dear things are used less: what a week's use costs varies by twenty, not by forty thousand.
    base = np.exp(rng.uniform(np.log(3_000), np.log(60_000), items)) / price
    demand = paths(seed + 1, base=base, count=scenarios, weeks=weeks)
    goods: list[ProcurementItem] = []
    offers: list[Offer] = []
    held: list[Held] = []
    orders: list[Order] = []
    for n in range(items):
        good = _item(rng, n, float(base[n]), critical)
        goods.append(good)
        held += _held(rng, good.item, float(base[n]))
        orders += _orders(rng, good.item, float(base[n]))
        for supplier in rng.choice(suppliers, size=int(rng.integers(2, 6)), replace=False).tolist():
            offers += _offers(rng, good, f"S{supplier}", float(price[n]), float(base[n]))
    cost = float((demand.mean(axis=0) * price[:, None]).sum()) * money
    case = ProcurementCase(
        day=DAY,
        items=tuple(goods),
        suppliers=tuple(Supplier(supplier=f"S{j}") for j in range(suppliers)),
        offers=tuple(offers),
        held=tuple(held),
        orders=tuple(orders),
        budgets=tuple(_budgets(rng, cost, weeks)),
        demand_units=demand,
        probability=np.full(scenarios, 1 / scenarios),
        terms=Terms(freight_per_kg=Decimal("0.6"), supplier_share_max=Decimal("0.6")),
    )
    return case, base


def _item(rng: np.random.Generator, n: int, base: float, critical: float) -> ProcurementItem:
    return ProcurementItem(
        item=f"I{n:02d}",
        pack_units=int(rng.choice([10, 20, 50, 100])),
        pack_kg=Decimal(str(round(float(rng.uniform(0.2, 3)), 2))),
        shelf_weeks=int(rng.integers(6, 16)) if rng.random() < 0.3 else None,
        critical=bool(rng.random() < critical),
        weight=1000 / base,
    )


def _held(rng: np.random.Generator, item: str, base: float) -> Iterator[Held]:
    yield Held(item=item, units=int(base * rng.uniform(0.5, 3)))
    if rng.random() < 0.3:
        yield Held(item=item, units=int(base), expires=DAY + dt.timedelta(days=int(rng.integers(10, 60))))


def _orders(rng: np.random.Generator, item: str, base: float) -> Iterator[Order]:
    if rng.random() < 0.4:
        arrives = DAY + dt.timedelta(days=int(rng.integers(0, 40)))
        units = int(base * rng.uniform(0.5, 2))
        yield Order(order=f"P-{item}", supplier="S0", item=item, units=units, arrives=arrives, status="shipped")


def _offers(
    rng: np.random.Generator, item: ProcurementItem, supplier: str, price: float, base: float
) -> Iterator[Offer]:
    """Two periods, each with its price and capacity."""
    ask, capacity = price * rng.uniform(1.0, 1.4), base * rng.uniform(0.3, 1.6)
    least, lead = int(capacity * rng.uniform(0.3, 0.9)), int(rng.integers(3, 40))
    cut = DAY + dt.timedelta(days=7 * int(rng.integers(4, 20)))
    for first, past, rise in ((None, cut - dt.timedelta(days=1), 1.0), (cut, None, rng.uniform(0.8, 1.3))):
        yield Offer(
            supplier=supplier,
            item=item.item,
            price=Decimal(str(round(ask * rise, 3))),
            lead_days=lead,
            units_per_week=max(least, int(capacity * rise), 2 * item.pack_units),
            min_units=least,
            from_day=first,
            to_day=past,
        )


def _budgets(rng: np.random.Generator, yuan: float, weeks: int) -> Iterator[Budget]:
    months = range(0, weeks, MONTH_WEEKS)
    for number, first in enumerate(months, start=1):
        yield Budget(
            bucket=f"month {number}",
            amount=Decimal(str(round(yuan / len(months) * rng.uniform(0.8, 1.2), 2))),
            from_day=DAY + dt.timedelta(days=7 * first),
            to_day=DAY + dt.timedelta(days=7 * (first + MONTH_WEEKS) - 1),
        )
