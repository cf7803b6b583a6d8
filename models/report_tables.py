"""The ledger's table of monthly stock reports, as sites send them: no documents, for no single movement is told.

They are master data: a report is changed by a later one for the same month, with a version, never deleted.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table

__all__ = ["stock_report"]

stock_report = table(
    "stock_report",  # what a site had, got, used and has of an item in a month; absent: not reported, which is not 0
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),  # 2020-02
    sa.Column("opening_units", Whole, nullable=True),
    sa.Column("received_units", Whole, nullable=True),
    sa.Column("distributed_units", Whole, nullable=True),
    sa.Column("adjustment_micro", Whole, nullable=True),  # what was found or lost: may be below zero
    sa.Column("closing_units", Whole, nullable=True),
    sa.Column("stockout_days", Whole, nullable=True),
    sa.Column("ordered_units", Whole, nullable=True),
)
