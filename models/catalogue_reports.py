"""Master data of monthly stock reports. See `models/report_tables.py`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from allocator.case import Floats, Units
from allocator.past_use import MONTH_DAYS, PastUse
from models.catalogue import item_ids, save_by_ids, site_ids
from models.catalogue_rows import Columns, Kept, Saved
from models.columns import columns_of
from models.tables import item, location, stock_report
from models.versions import Stamp

__all__ = ["REPORTS", "reported_use", "save_reports"]

_VALUES = (
    *("opening_units", "received_units", "distributed_units", "adjustment_micro"),
    *("closing_units", "stockout_days", "ordered_units"),
)

REPORTS = Kept(table=stock_report, subject="stock_report", key=("site", "item", "month"), values=dict.fromkeys(_VALUES))
"""How monthly stock reports are kept."""


def reported_use(connection: sa.Connection) -> list[PastUse]:
    """Return what was distributed month by month, by site and item, with days without stock and stock at the end."""
    c = stock_report.c
    query = (
        sa.select(location.c.code, item.c.code, c.month, c.distributed_units, c.stockout_days, c.closing_units)
        .join_from(stock_report, location, location.c.id == c.site)
        .join(item, item.c.id == c.item)
        .where(item.c.use == "consumable")
        .order_by(location.c.code, item.c.code, c.month)
    )
    sites, items, months, used, out, held = columns_of(connection, query)
    if not sites:
        return []
    month = np.array(list(months), dtype="datetime64[M]")
    days = (month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")
    units, closing = _decimals(used), _decimals(held)
    stockout = np.clip(np.nan_to_num(_decimals(out)) / days.astype(np.float64), 0.0, 1.0)
    number = month.astype(np.int64)
    pairs = list(zip(sites, items, strict=True))
    starts = [n for n, pair in enumerate(pairs) if n == 0 or pair != pairs[n - 1]]
    return [
        _series(pairs[begin], number[begin:end], units[begin:end], stockout[begin:end], closing[begin:end])
        for begin, end in zip(starts, [*starts[1:], len(pairs)], strict=True)
    ]


def _series(pair: tuple[str, str], month: Units, units: Floats, stockout: Floats, held: Floats) -> PastUse:
    """Return the reports of one pair with a gap for each month of which there is none."""
    periods = int(month[-1] - month[0]) + 1
    at = month - month[0]
    used, out, closing = np.full(periods, np.nan), np.zeros(periods), np.full(periods, np.nan)
    used[at], out[at], closing[at] = units, stockout, held
    last = (np.datetime64(int(month[-1]) + 1, "M").astype("datetime64[D]") - 1).item()
    first = last - dt.timedelta(days=periods * MONTH_DAYS - 1)
    return PastUse(
        site=pair[0], item=pair[1], first_day=first, period_days=MONTH_DAYS, units=used, stockout=out, held=closing
    )


def _decimals(column: Sequence[Any]) -> Floats:
    """Return whole numbers as decimals; nan where nothing was said."""
    return np.array([np.nan if value is None else float(value) for value in column], dtype=np.float64)


def save_reports(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save monthly stock reports."""
    return save_by_ids(connection, REPORTS, columns, stamp, {"site": site_ids, "item": item_ids})
