"""The ledger's tables of how senders write: what units hold of an item, what headers and names mean with whom.

They are master data: a row is changed, never deleted, and every change leaves a version.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["measure", "sender_header", "sender_name"]

measure = table(
    "measure",  # 1 `unit` of the item = `amount` of `of`
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("of", sa.Text, primary_key=True),
    sa.Column("amount_micro", Whole, sa.CheckConstraint("amount_micro > 0", name="amount"), nullable=False),
)

sender_header = table(
    "sender_header",
    sa.Column("sender", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),  # of all headers of a table, whatever their order
    sa.Column("header", sa.Text, primary_key=True),  # as it is compared; "" for the kind of the table
    text("means"),  # our column, "-" for none
)

sender_name = table(
    "sender_name",
    sa.Column("sender", sa.Text, primary_key=True),  # "" for everybody
    sa.Column(
        "about", sa.Text, sa.CheckConstraint("about IN ('item', 'site', 'partner')", name="about"), primary_key=True
    ),
    sa.Column("said", sa.Text, primary_key=True),  # the name, and behind | the area where one was said
    text("code"),
)
