"""The second version: a table that says that the ledger moves to another database, or has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

# As it was in this version, whatever models/ says later.
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add an empty table."""
    op.create_table(
        "ledger_move",
        sa.Column("id", _WHOLE, sa.CheckConstraint("id = 1", name="ck_ledger_move_one"), nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("is_copy", _WHOLE, nullable=False, server_default="0"),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False, server_default=""),
        sa.Column("began_at", _WHOLE, nullable=False),
        sa.Column("moved_at", _WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_move"),
        sqlite_strict=True,
    )
