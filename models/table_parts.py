"""What every ledger table is made of: one metadata, whole numbers, texts and bytes, nothing else."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["NO_EXPIRY", "UNITS_MAX", "UNITS_PER_LINE_MAX", "Whole", "index_where_given", "metadata", "table", "text"]

UNITS_MAX = 10**18
"""No balance passes this, so no sum of two of them leaves 64 bits."""

UNITS_PER_LINE_MAX = 10**15
"""The most one line may move; far above any stock, far below overflow."""

NO_EXPIRY = "9999-12-31"
"""A lot that never expires; it sorts after every other, as first-expiring-first wants."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite calls its 64-bit whole numbers INTEGER, and only a column of that name can be the row's own id.
Whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def table(name: str, *columns: sa.schema.SchemaItem, rowid: bool = True) -> sa.Table:
    """Declare a table that stores nothing but what its columns say (STRICT in SQLite)."""
    return sa.Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=rowid)


def text(name: str, **settings: object) -> sa.Column[str]:
    """Declare a text that may be empty but is never absent."""
    return sa.Column(name, sa.Text, nullable=False, server_default="", **settings)  # type: ignore[arg-type]


def index_where_given(name: str, column: str) -> sa.Index:
    """Index the rows that have something in a column that is mostly empty."""
    given = sa.text(f"{column} IS NOT NULL")
    return sa.Index(name, column, sqlite_where=given, postgresql_where=given)
