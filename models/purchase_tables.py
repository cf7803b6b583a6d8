"""The ledger's tables of purchases: what suppliers offer, what may be spent, what was ordered and what became of it.

Offers and budgets are master data, a change of which leaves a version. Orders, their lines, their steps and the
receipts that count against them are facts: only ever inserted, and sealed by a version of each.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = [
    "PURCHASE_FACTS",
    "budget",
    "offer",
    "past_use",
    "purchase_event",
    "purchase_line",
    "purchase_order",
    "purchase_receipt",
]

offer = table(
    "offer",
    sa.Column("partner", sa.Text, sa.ForeignKey("partner.code"), primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("since", sa.Text, primary_key=True, server_default=""),  # ISO day it holds from, "" for ever
    sa.Column("price_micro", Whole, sa.CheckConstraint("price_micro >= 0", name="price"), nullable=False),
    sa.Column("lead_days", Whole, sa.CheckConstraint("lead_days >= 0", name="lead_days"), nullable=False),
    sa.Column("units_per_week", Whole, nullable=True),
    sa.Column("min_units", Whole, nullable=True),
    text("until"),  # ISO day, the last it holds on
)

budget = table(
    "budget",
    sa.Column("bucket", sa.Text, primary_key=True),
    sa.Column("amount_micro", Whole, sa.CheckConstraint("amount_micro >= 0", name="amount"), nullable=False),
    text("since"),
    text("until"),
    text("items"),  # codes, separated by spaces or commas; "" for all
)

past_use = table(
    "past_use",  # what was used before the ledger: one row for a site and an item
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("first_day", sa.Text, nullable=False),  # ISO day
    sa.Column("period_days", Whole, sa.CheckConstraint("period_days > 0", name="period"), nullable=False),
    sa.Column("units", sa.Text, nullable=False),  # of each period, with commas between; "" where nobody reported
    sa.Column("stockout", sa.Text, nullable=False),  # the share of each period without stock, "" for 0
)

purchase_order = table(
    "purchase_order",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("partner", sa.Text, sa.ForeignKey("partner.code"), nullable=False),
)

purchase_line = table(
    "purchase_line",
    sa.Column("purchase", Whole, sa.ForeignKey("purchase_order.id"), primary_key=True),
    sa.Column("line", Whole, primary_key=True),  # from 1
    sa.Column("item", Whole, sa.ForeignKey("item.id"), nullable=False),
    sa.Column("site", Whole, sa.ForeignKey("location.id"), nullable=False),  # where it goes
    sa.Column("units", Whole, sa.CheckConstraint("units > 0", name="units"), nullable=False),
    sa.Column("arrives", sa.Text, nullable=False),  # ISO day it was expected when it was ordered
    sa.Column("price_micro", Whole, nullable=True),
    text("budget"),  # the bucket that pays it, "" where none does
    # What had arrived before this ledger knew of the order, and is in its opening stock.
    sa.Column("before_units", Whole, sa.CheckConstraint("before_units >= 0", name="before"), nullable=False),
    rowid=False,
)

purchase_event = table(
    "purchase_event",  # what became of an order; the last one says how it stands
    sa.Column("id", Whole, primary_key=True),
    sa.Column("purchase", Whole, sa.ForeignKey("purchase_order.id"), nullable=False, index=True),
    sa.Column(
        "status",
        sa.Text,
        sa.CheckConstraint("status IN ('planned', 'ordered', 'shipped', 'arrived', 'cancelled')", name="status"),
        nullable=False,
    ),
    sa.Column("day", sa.Text, nullable=False),  # ISO day on which it happened
    text("arrives"),  # ISO day on which it is now expected, "" where that stays as it was
    text("note"),
    # The receipt that brought the last of it: where that is reversed, so is this.
    sa.Column("document", Whole, sa.ForeignKey("document.id"), nullable=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
)

purchase_receipt = table(
    "purchase_receipt",  # a receipt that counts against an order
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("purchase", Whole, sa.ForeignKey("purchase_order.id"), nullable=False, index=True),
)

PURCHASE_FACTS = (purchase_order.name, purchase_line.name, purchase_event.name, purchase_receipt.name)
"""Tables in which nothing is ever changed or deleted."""
