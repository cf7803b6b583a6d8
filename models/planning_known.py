"""What the ledger knows for forecasts and purchases, beside the case that it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.drivers import Drivers
from allocator.past_use import with_past, with_reports
from allocator.planning import PlanningCase
from allocator.procurement_case import Budget, Order, Supplier
from models.budgets import budgets_used
from models.catalogue_history import past_uses
from models.catalogue_reports import reported_use
from models.columns import columns_of, days, decimals, texts
from models.counted_off import counted_off
from models.demand_history import demand_history
from models.order_offers import offers_known
from models.orders import known_orders
from models.tables import driver, location, partner

__all__ = ["planning_known"]


def planning_known(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> PlanningCase:
    """Return a case of the ledger with what is known for forecasts and purchases, by documents up to one of them."""
    recorded = demand_history(connection, case, document=document, zone=zone)
    past = with_reports(past_uses(connection), reported_use(connection), recorded)
    return PlanningCase(
        case=case,
        history=with_past(recorded, past),
        drivers=_drivers(connection, case),
        suppliers=_suppliers(connection),
        offers=offers_known(connection),
        orders=tuple(_orders(connection, case, document=document, zone=zone)),
        budgets=_budgets(connection, case, document=document, zone=zone),
        counted_off=counted_off(connection, case.policy.date, document_up_to=document, zone=zone),
    )


def _suppliers(connection: sa.Connection) -> tuple[Supplier, ...]:
    query = sa.select(partner.c.code, partner.c.name, partner.c.name_zh).where(partner.c.kind == "supplier")
    rows = connection.execute(query.order_by(partner.c.code))
    return tuple(Supplier(supplier=code, name=name, name_zh=name_zh) for code, name, name_zh in rows)


def _orders(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> Iterator[Order]:
    """Give what is still to come of orders on the day, the first to arrive first."""
    found = known_orders(connection, zone, day=case.policy.date, upto=document)
    lines = [(line.arrives, order.number, line, order) for order in found for line in order.lines]
    for arrives, number, line, order in sorted(lines, key=lambda row: (row[0], row[1], row[2].item, row[2].site)):
        units = order.outstanding_units(line)
        if units:
            yield Order(
                order=number,
                supplier=order.partner,
                item=line.item,
                units=units,
                arrives=dt.date.fromisoformat(arrives),
                status=order.status,
                site=line.site,
            )


def _budgets(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> tuple[Budget, ...]:
    """Return what may still be spent on the day: what orders placed by then take is taken off."""
    placed = known_orders(connection, zone, day=case.policy.date, upto=document)
    return tuple(each.left for each in budgets_used(connection, placed))


def _drivers(connection: sa.Connection, case: Case) -> Drivers:
    """Return all that was counted at sites, and what is known to be coming."""
    query = (
        sa.select(location.c.code, driver.c.driver, driver.c.value_micro, driver.c.since, driver.c.until)
        .join_from(driver, location, location.c.id == driver.c.site)
        .order_by(location.c.code, driver.c.driver, driver.c.since)
    )
    site, name, value, since, until = columns_of(connection, query)
    return Drivers(
        site=np.array([case.site_index[code] for code in site], dtype=np.int32),
        driver=texts(name),
        value=decimals(value),
        since=days(since),
        until=days(until),
    )
