"""The ledger's tables of what a need is worked out from: activity at sites, local facts, fleets of durables.

A row holds from a day on, until a later row of its kind takes its place, so that what held on any day
can be told; a change of a row leaves a version, as all master data does.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["driver", "fleet", "local_fact"]

driver = table(
    "driver",  # so many people on duty, vehicles a day, m² a pass: `allocator.activity` says which there are
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("driver", sa.Text, primary_key=True),
    sa.Column("since", sa.Text, primary_key=True, server_default=""),  # ISO day it holds from, "" for ever
    sa.Column("value_micro", Whole, sa.CheckConstraint("value_micro >= 0", name="value"), nullable=False),
    text("until"),  # ISO day, the last it holds on
    text("said_by"),
)

local_fact = table(
    "local_fact",  # so many confirmed cases, a cluster
    sa.Column("place", sa.Text, primary_key=True),  # a site's code, or a code that begins those of areas
    sa.Column("fact", sa.Text, primary_key=True),
    sa.Column("since", sa.Text, primary_key=True),
    sa.Column("value_micro", Whole, sa.CheckConstraint("value_micro >= 0", name="value"), nullable=False),
    text("reason"),
    text("said_by"),
)

fleet = table(
    "fleet",  # of so many of a durable that a site held, so many worked
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("held_units", Whole, nullable=False),
    sa.Column("working_units", Whole, nullable=False),
    text("counted_on"),
    sa.Column("attrition_micro", Whole, nullable=True),  # share that breaks in thirty days; absent: nobody said
    text("said_by"),
    sa.CheckConstraint("working_units BETWEEN 0 AND held_units", name="working"),
)
