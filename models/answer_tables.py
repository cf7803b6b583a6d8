"""The ledger's table of answers that programs were given under a key of theirs, so that asking again changes nothing.

None of it is a fact: rows are deleted after some days, never sealed.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table

__all__ = ["kept_answer"]

kept_answer = table(
    "kept_answer",
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("asked", sa.LargeBinary, nullable=False),  # SHA-256 of what was asked
    sa.Column("at", Whole, nullable=False, index=True),
    sa.Column("status", Whole, nullable=True),  # none while it is being done
    sa.Column("body", sa.Text, nullable=True),
)
