"""Every countersignature is by another person than who posted the emergency issue, and as it was sealed."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.canonical import says_the_same
from models.countersign_tables import countersignature
from models.tables import document, version

__all__ = ["check_countersigned"]


def check_countersigned(reader: Reader) -> Fault | None:
    """Nobody countersigned what they posted, and each countersignature is there as it was sealed."""
    own = (
        sa.select(document.c.id, document.c.actor)
        .join(countersignature, countersignature.c.document == document.c.id)
        .where(countersignature.c.actor == document.c.actor)
    )
    for number, who in reader.rows(own.order_by(document.c.id).limit(1)):
        sentence = say("Document {number} was countersigned by its own author, {who}.", number=number, who=who)
        return Fault("approver", sentence)
    names = [column.name for column in countersignature.c]
    there = {row[0]: dict(zip(names, row, strict=True)) for row in reader.rows(sa.select(*countersignature.c))}
    sealed = sa.select(version.c.body).where(version.c.subject == countersignature.name).order_by(version.c.id)
    due: dict[int, Any] = {}
    for (body,) in reader.rows(sealed):
        row = json.loads(body)["row"]
        due.setdefault(row["document"], row)  # it is signed once: what was added later is not what was sealed
    numbers = sorted(there.keys() | due.keys())
    wrong = [number for number in numbers if not says_the_same(there.get(number), due.get(number))]
    if not wrong:
        return None
    sentence = say("The countersignature of document {number} is not what was sealed.", number=wrong[0])
    return Fault("rows", sentence)
