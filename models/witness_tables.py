"""The ledger's tables of witnesses: who keeps its heads elsewhere, what they signed, and when they were last asked.

Witnesses are master data: a row is changed, never deleted, and every change leaves a version. What they signed
are facts. `witness_contact` only says when a witness was last asked and why it did not answer; nothing rests on it.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["WITNESS_FACTS", "cosignature", "witness", "witness_contact"]

witness = table(
    "witness",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind IN ('folder', 'url', 'hand')", name="kind"), nullable=False),
    text("place"),  # a folder's path or an address; "" for one that is reached by hand
    text("vkey"),  # the witness's public key; "" for a folder, which cannot sign: this ledger's key signs for it
    sa.Column("silent_hours", Whole, sa.CheckConstraint("silent_hours > 0", name="silent_hours"), nullable=False),
    sa.Column("active", Whole, nullable=False, server_default="1"),
)

cosignature = table(
    "cosignature",
    sa.Column("size", Whole, sa.ForeignKey("tree_head.size"), primary_key=True),
    sa.Column("witness", sa.Text, sa.ForeignKey("witness.name"), primary_key=True),
    sa.Column("signature", sa.Text, nullable=False),  # a line of a signed note: cosignature/v1
    sa.Index("ix_cosignature_witness", "witness", "size"),
    rowid=False,
)

witness_contact = table(
    "witness_contact",
    sa.Column("witness", sa.Text, sa.ForeignKey("witness.name"), primary_key=True),
    sa.Column("tried_at", Whole, nullable=False),
    text("why"),  # why it did not answer: a sentence and its values, as JSON; "" where it did
)

WITNESS_FACTS = (cosignature.name,)
"""Tables in which nothing is ever changed or deleted."""
