"""What the ledger knows for forecasts and purchases, beside the case that it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from models.columns import columns_of, days, decimals, texts
from models.demand_history import demand_history
from models.tables import driver, location

__all__ = ["planning_known"]


def planning_known(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> PlanningCase:
    """Return a case of the ledger with what is known for forecasts and purchases, by documents up to one of them."""
    return PlanningCase(
        case=case,
        history=demand_history(connection, case, document=document, zone=zone),
        drivers=_drivers(connection, case),
    )


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
