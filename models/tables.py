"""The ledger's tables, once for both databases: whole numbers, texts and bytes, nothing else.

Times are whole microseconds since 1970 in UTC; days are ISO texts, so that they sort and read
alike in both databases; decimals are whole millionths (`_micro`). Facts (`FACTS`) are only ever
inserted; the guards that see to it are in `models/guards.py`.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.answer_tables import kept_answer
from models.countersign_tables import countersignature
from models.draft_tables import kept_upload, report_draft
from models.finding_tables import FINDING_FACTS, finding_event
from models.job_tables import job
from models.move_tables import ledger_move
from models.need_tables import driver, fleet, local_fact
from models.plan_tables import PLAN_FACTS
from models.purchase_tables import (
    PURCHASE_FACTS,
    budget,
    offer,
    past_use,
    purchase_event,
    purchase_line,
    purchase_order,
    purchase_receipt,
)
from models.report_tables import stock_report
from models.sender_tables import measure, sender_header, sender_name
from models.sign_in_tables import api_token, password, sign_in_failure, web_session
from models.table_parts import NO_EXPIRY, UNITS_MAX, UNITS_PER_LINE_MAX, Whole, index_where_given, metadata, table, text
from models.view_tables import saved_view
from models.witness_tables import WITNESS_FACTS, cosignature, witness, witness_contact

__all__ = [
    "FACTS",
    "NO_EXPIRY",
    "UNITS_MAX",
    "UNITS_PER_LINE_MAX",
    "api_token",
    "budget",
    "cosignature",
    "driver",
    "finding_event",
    "fleet",
    "job",
    "kept_answer",
    "kept_upload",
    "ledger_move",
    "local_fact",
    "measure",
    "metadata",
    "offer",
    "password",
    "past_use",
    "purchase_event",
    "purchase_line",
    "purchase_order",
    "purchase_receipt",
    "report_draft",
    "saved_view",
    "sender_header",
    "sender_name",
    "sign_in_failure",
    "stock_report",
    "web_session",
    "witness",
    "witness_contact",
]

# --- Who and where -------------------------------------------------------------------------------

person = table(
    "person",
    sa.Column("id", sa.Text, primary_key=True),
    text("name"),
    text("name_zh"),
    sa.Column("active", Whole, nullable=False, server_default="1"),
)

grant = table(
    "grant_role",
    sa.Column("person", sa.Text, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("area", sa.Text, primary_key=True, server_default=""),
)

area = table(
    "area",
    sa.Column("code", sa.Text, primary_key=True),
    text("name"),
    text("name_zh"),
    sa.Column("parent", sa.Text, sa.ForeignKey("area.code"), nullable=True),
)

partner = table(
    "partner",
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind IN ('supplier', 'donor', 'upper_level')", name="kind")),
    text("name"),
    text("name_zh"),
)

location = table(
    "location",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    # +1: never below zero (stores and sinks). -1: never above (sources), so returns never exceed receipts.
    sa.Column("sign", Whole, sa.CheckConstraint("sign IN (-1, 1)", name="sign"), nullable=False),
    sa.Column("parent", Whole, sa.ForeignKey("location.id"), nullable=True),
    text("name"),
    text("name_zh"),
    text("site_kind"),
    text("area"),
    sa.Column("lat_micro", Whole, nullable=True),
    sa.Column("lon_micro", Whole, nullable=True),
    text("tier"),
    sa.Index("ix_location_parent", "parent"),
)

lane = table(
    "lane",
    sa.Column("depot", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("open", Whole, nullable=False, server_default="1"),
    sa.Column("km_micro", Whole, nullable=True),
    sa.Column("hours_micro", Whole, nullable=True),
    sa.Column("max_kg_micro", Whole, nullable=True),
)

depot = table(
    "depot",
    sa.Column("location", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("max_kg_micro", Whole, nullable=True),
    sa.Column("max_m3_micro", Whole, nullable=True),
    sa.Column("max_stops", Whole, nullable=True),
    sa.Column("vehicles", Whole, nullable=True),
    sa.Column("vehicle_kg_micro", Whole, nullable=True),
    sa.Column("shift_hours_micro", Whole, nullable=True),
    sa.Column("stop_minutes_micro", Whole, nullable=True),
)

# --- What ----------------------------------------------------------------------------------------

item = table(
    "item",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name"),
    text("name_zh"),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("pack_units", Whole, sa.CheckConstraint("pack_units >= 1", name="pack_units"), nullable=False),
    sa.Column("pack_kg_micro", Whole, nullable=True),
    sa.Column("pack_m3_micro", Whole, nullable=True),
    sa.Column("use", sa.Text, sa.CheckConstraint("use IN ('consumable', 'durable')", name="use"), nullable=False),
)

substitute = table(
    "substitute",
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("by", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("units_per_unit_micro", Whole, nullable=False),
)

lot = table(
    "lot",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), nullable=False),
    text("lot_no"),
    text("expires"),  # an ISO day, the last on which it may be used, or NO_EXPIRY
    text("owner_fund"),
    text("earmark"),  # a site or area code these units are only for
    sa.UniqueConstraint("item", "lot_no", "expires", "owner_fund", "earmark"),
)

need = table(
    "need",
    sa.Column("site", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("daily_units_micro", Whole, nullable=False),
    text("reported_on"),
    sa.Column("max_units", Whole, nullable=True),
)

policy = table(
    "policy",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("toml", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    text("reason"),
)

version = table(
    "version",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),  # the table
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Index("ix_version_subject_key", "subject", "key"),
)

# --- Facts ---------------------------------------------------------------------------------------

_IS_EMERGENCY = sa.text("type = 'emergency'")

document = table(
    "document",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("idem_key", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("site", Whole, sa.ForeignKey("location.id"), nullable=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("approver", sa.Text, nullable=True),
    sa.Column("occurred_at", Whole, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    text("reason"),
    sa.Column("refers_to", Whole, sa.ForeignKey("document.id"), nullable=True),
    sa.Column("reverses", Whole, sa.ForeignKey("document.id"), nullable=True, unique=True),
    sa.Column("allocation", sa.Text, nullable=True),  # the plan this belongs to
    sa.Column("shipment", sa.Text, nullable=True),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),  # of what was asked: a retry is known by it
    sa.Column("body", sa.Text, nullable=False),  # canonical JSON of all of it, lines included
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("approver <> actor", name="approved_by_another"),
    sa.Index("ix_document_recorded_at", "recorded_at"),
    index_where_given("ix_document_shipment", "shipment"),
    index_where_given("ix_document_refers_to", "refers_to"),
    index_where_given("ix_document_allocation", "allocation"),
    # Emergency issues are few and looked for every day.
    sa.Index("ix_document_emergency", "id", sqlite_where=_IS_EMERGENCY, postgresql_where=_IS_EMERGENCY),
)

move = table(
    "move",
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("line", Whole, primary_key=True),
    # Both accounts of a line have rows in `balance`, whose foreign keys see to their locations and lot.
    # Looking them up again for every line costs PostgreSQL a third of its time, and locks hot rows.
    sa.Column("from_location", Whole, nullable=False),
    sa.Column("to_location", Whole, nullable=False),
    sa.Column("lot", Whole, nullable=False),
    sa.Column("units", Whole, nullable=False),
    sa.Column("at", Whole, nullable=False),  # the document's occurred_at, or the count's for a counter-line
    # Balances of both accounts after this line, in document order: totals alone would hide disorder.
    sa.Column("from_after", Whole, nullable=False),
    sa.Column("to_after", Whole, nullable=False),
    # A counter-line names the count that stays as it was counted although this document happened before it.
    sa.Column("counters", Whole, sa.ForeignKey("document.id"), nullable=True),
    sa.CheckConstraint(f"units > 0 AND units <= {UNITS_MAX}", name="units"),
    sa.CheckConstraint("from_location <> to_location", name="moves"),
    # All that history asks is in these two, so the table itself is not read.
    sa.Index("ix_move_out", "lot", "from_location", "at", "document", "units"),
    sa.Index("ix_move_in", "lot", "to_location", "at", "document", "units"),
    index_where_given("ix_move_counters", "counters"),
    rowid=False,
)

counted = table(
    "counted",
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("line", Whole, primary_key=True),
    sa.Column("location", Whole, sa.ForeignKey("location.id"), nullable=False),
    sa.Column("item", Whole, sa.ForeignKey("item.id"), nullable=False),
    sa.Column("lot", Whole, sa.ForeignKey("lot.id"), nullable=True),  # absent: every lot of the item not named
    sa.Column("units", Whole, sa.CheckConstraint("units >= 0", name="units"), nullable=False),
    sa.Column("at", Whole, nullable=False),
    sa.Index("ix_counted_location_item_at", "location", "item", "at"),
    rowid=False,
)

lot_mark = table(
    "lot_mark",
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("lot", Whole, sa.ForeignKey("lot.id"), primary_key=True),
    sa.Column("mark", sa.Text, sa.CheckConstraint("mark IN ('recalled', 'cleared')", name="mark"), nullable=False),
    sa.Column("at", Whole, nullable=False),
    sa.Index("ix_lot_mark_lot", "lot"),
    rowid=False,
)

balance = table(
    "balance",
    sa.Column("location", Whole, sa.ForeignKey("location.id"), primary_key=True),
    sa.Column("lot", Whole, sa.ForeignKey("lot.id"), primary_key=True),
    sa.Column("sign", Whole, nullable=False),
    sa.Column("units", Whole, nullable=False),
    sa.Column("last_at", Whole, nullable=False),  # the latest occurred time of any line or count here
    sa.CheckConstraint(f"units * sign BETWEEN 0 AND {UNITS_MAX}", name="never_negative"),
    sa.Index("ix_balance_lot", "lot"),
    rowid=False,
)

# --- Proof ---------------------------------------------------------------------------------------

pending_seal = table(
    "pending_seal",
    sa.Column("kind", sa.Text, primary_key=True),  # document or version
    sa.Column("ref", Whole, primary_key=True),
    rowid=False,
)

leaf = table(
    "leaf",
    sa.Column("position", Whole, primary_key=True),  # from 0
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("ref", Whole, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("kind", "ref"),
)

tree_tile = table(
    "tree_tile",  # whole subtrees of 256 hashes, so that a proof reads a handful of rows
    sa.Column("level", Whole, primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("root", sa.LargeBinary, nullable=False),  # over the 256, so that growing the tree reads these alone
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    rowid=False,
)

tree_head = table(
    "tree_head",
    sa.Column("size", Whole, primary_key=True),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("signed_at", Whole, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),  # C2SP signed note
)

day_close = table(
    "day_close",
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("document", Whole, nullable=False),  # the last document of the day as it was closed
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
    sa.Column("tree_size", Whole, nullable=False),
)

open_exception = table(
    "open_exception",  # a back-dated document posted although an earlier day falls below zero
    sa.Column("document", Whole, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("explained_by", Whole, sa.ForeignKey("document.id"), nullable=True),
)
instance = table(
    "instance",  # one row: which ledger this is
    sa.Column("id", Whole, sa.CheckConstraint("id = 1", name="one"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_at", Whole, nullable=False),
    text("lang"),
    text("timezone"),
)

FACTS = (
    *("document", "move", "counted", "lot_mark", "version", "leaf", "tree_tile", "tree_head", "policy"),
    *PLAN_FACTS,
    *PURCHASE_FACTS,
    *WITNESS_FACTS,
    *FINDING_FACTS,
    countersignature.name,
)
"""Tables in which nothing is ever changed or deleted."""
