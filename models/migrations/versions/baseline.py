"""The first version: every table and guard."""

from __future__ import annotations

from alembic import op

from models.schema import baseline

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables in an empty database."""
    connection = op.get_bind()
    for statement in baseline(connection.dialect.name):
        connection.exec_driver_sql(statement)
