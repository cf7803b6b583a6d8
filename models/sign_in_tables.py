"""The ledger's tables of signing in: passwords and tokens as their hashes, sessions by that of theirs, failures.

None of it is a fact: it is changed and deleted, never sealed, and nothing refers to it.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table

__all__ = ["api_token", "password", "sign_in_failure", "web_session"]

password = table(
    "password",
    sa.Column("person", sa.Text, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),  # Argon2id, with its salt and costs
    sa.Column("set_at", Whole, nullable=False),
)

web_session = table(
    "web_session",
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),  # SHA-256: who reads the table can sign in as nobody
    sa.Column("person", sa.Text, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("made_at", Whole, nullable=False),
    sa.Column("seen_at", Whole, nullable=False),
)

sign_in_failure = table(
    "sign_in_failure",
    sa.Column("id_hash", sa.LargeBinary, primary_key=True),  # of the id that was typed, whether anybody has it or not
    sa.Column("failures", Whole, nullable=False),
    sa.Column("last_at", Whole, nullable=False, index=True),
)

api_token = table(
    "api_token",
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),  # SHA-256, as of sessions
    sa.Column("person", sa.Text, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),  # names of rights, parted by spaces
    sa.Column("made_at", Whole, nullable=False),
    sa.Column("expires_at", Whole, nullable=False),
    sa.Column("last_used", Whole, nullable=True),
    sa.Column("revoked", Whole, nullable=False),
    sa.UniqueConstraint("person", "name"),
)
