"""Master data of monthly stock reports. See `models/report_tables.py`."""

from __future__ import annotations

import sqlalchemy as sa

from models.catalogue import item_ids, save_by_ids, site_ids
from models.catalogue_rows import Columns, Kept, Saved
from models.tables import stock_report
from models.versions import Stamp

__all__ = ["REPORTS", "save_reports"]

_VALUES = (
    *("opening_units", "received_units", "distributed_units", "adjustment_micro"),
    *("closing_units", "stockout_days", "ordered_units"),
)

REPORTS = Kept(table=stock_report, subject="stock_report", key=("site", "item", "month"), values=dict.fromkeys(_VALUES))
"""How monthly stock reports are kept."""


def save_reports(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save monthly stock reports."""
    return save_by_ids(connection, REPORTS, columns, stamp, {"site": site_ids, "item": item_ids})
