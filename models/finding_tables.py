"""The ledger's table of what was decided on findings: accepted with a reason, opened to be mended, closed by another.

Findings themselves are worked out anew from the ledger whenever they are asked for; what people decide on them are
facts: only ever inserted, and sealed by a version of each.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["FINDING_FACTS", "finding_event"]

finding_event = table(
    "finding_event",
    sa.Column("id", Whole, primary_key=True),
    sa.Column("finding", sa.Text, nullable=False, index=True),  # F-1234ABC: of its rule, subject and first day
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("first_day", sa.Text, nullable=False),  # ISO days of the evidence that was decided on
    sa.Column("last_day", sa.Text, nullable=False),
    sa.Column("evidence_rows", Whole, nullable=False),
    sa.Column(
        "event", sa.Text, sa.CheckConstraint("event IN ('accepted', 'opened', 'closed')", name="event"), nullable=False
    ),
    text("reason"),  # of an acceptance: a code
    text("owner"),  # who is to mend it: a person's id
    text("due"),  # ISO day by which
    text("proof"),  # of a closing: what shows that it is mended, or the name of a file
    text("proof_sha256"),  # of that file, in hexadecimal
    text("note"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", Whole, nullable=False),
)

FINDING_FACTS = (finding_event.name,)
"""Tables in which nothing is ever changed or deleted."""
