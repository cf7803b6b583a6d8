"""The ledger's tables of what people are about to report: drafts as they are typed, files that wait to be taken in.

None of it is a fact: rows are changed and deleted after some days, never sealed. What becomes of them is.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table

__all__ = ["kept_upload", "report_draft"]

report_draft = table(
    "report_draft",
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, primary_key=True),
    sa.Column("fields", sa.Text, nullable=False),  # JSON
    sa.Column("saved_at", Whole, nullable=False, index=True),
)

kept_upload = table(
    "kept_upload",
    sa.Column("id", sa.Text, primary_key=True),  # random: it is part of an address
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # "" where nobody said what it holds
    sa.Column("day", sa.Text, nullable=False),  # of rows without one, "" for today
    sa.Column("file", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", Whole, nullable=False, index=True),
)
