"""The ledger's tables of plans: what was decided, with everything it was made from, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["PLAN_FACTS", "draft", "plan", "plan_event", "plan_file", "plan_override"]

draft = table(
    "draft",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("changed_at", Whole, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

plan = table(
    "plan",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("date", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("drafted_by", sa.Text, nullable=False),
    sa.Column("drafted_at", Whole, nullable=False),
    sa.Column("document", Whole, nullable=False),  # what was known: every document up to this one
    sa.Column("snapshot_digest", sa.Text, nullable=False),
    sa.Column("policy_digest", sa.Text, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
)

plan_file = table(
    "plan_file",
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

plan_event = table(
    "plan_event",  # what became of a plan; the last one says how it stands, and `plan.status` repeats it
    sa.Column("id", Whole, primary_key=True),
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.id"), nullable=False, index=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    text("note"),
)

plan_override = table(
    "plan_override",  # what a person decided that a site gets of an item; a later row for the pair takes its place
    sa.Column("id", Whole, primary_key=True),
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.id"), nullable=False, index=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("units", Whole, sa.CheckConstraint("units >= 0", name="units"), nullable=False),
    sa.Column("proposed_units", Whole, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    text("note"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    sa.Column("cancels", Whole, sa.ForeignKey("plan_override.id"), nullable=True),  # that one stands no more
    sa.Column("carries", Whole, sa.ForeignKey("plan_override.id"), nullable=True),  # the same, of the plan before
)

PLAN_FACTS = ("plan_event", "plan_override")
"""Tables in which nothing is ever changed or deleted."""
