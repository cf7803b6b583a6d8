"""The ledger's table of views: addresses of pages that people keep under names of their own.

None of it is a fact: rows are changed and deleted, never sealed.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table

__all__ = ["saved_view"]

saved_view = table(
    "saved_view",
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),  # a path of these pages, with its filters
    sa.Column("saved_at", Whole, nullable=False),
)
