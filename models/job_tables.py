"""The ledger's table of background jobs: what pages asked for that takes longer than a page may.

None of it is a fact: rows are changed and deleted, never sealed. What a job posts or keeps is.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["job"]

job = table(
    "job",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=True),  # of whoever may ask again without knowing whether they asked
    sa.Column("arguments", sa.Text, nullable=False),  # JSON
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("asked_at", Whole, nullable=False),
    sa.Column("begun_at", Whole, nullable=True),
    sa.Column("ended_at", Whole, nullable=True, index=True),
    sa.Column("lease_until", Whole, nullable=True),  # until then it is the worker's that has it
    text("claim"),  # a random name of that worker's try
    sa.Column("tries", Whole, nullable=False, server_default="0"),
    sa.Column("share_micro", Whole, nullable=False, server_default="0"),  # millionths done
    sa.Column("says", sa.Text, nullable=False, server_default="[]"),  # sentences as JSON: doing what, or why not
    sa.Column("cancel_asked", Whole, nullable=False, server_default="0"),
    sa.Column("result", sa.Text, nullable=True),  # JSON
    text("file_name"),
    sa.Column("file", sa.LargeBinary, nullable=True),
    sa.UniqueConstraint("actor", "kind", "key"),
)
