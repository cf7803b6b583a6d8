"""The ledger's table of countersignatures: who stands behind what left before any plan, beside who sent it."""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["countersignature"]

countersignature = table(
    "countersignature",  # of an emergency issue, by another person than who posted it
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    text("note"),
)
