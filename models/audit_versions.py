"""Changes of master data: each is what was recorded and sealed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_documents import Unsealed
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.canonical import says_the_same
from models.leaves import VERSION, version_leaf
from models.tables import leaf, version

__all__ = ["audit_versions"]

_SAID_TWICE = ("subject", "key", "actor", "recorded_at")


def audit_versions(reader: Reader, *, last: int, sealed: int) -> tuple[Fault | None, int, Unsealed | None]:
    """Check the versions up to a number; return what does not hold, how many there are, and what is unsealed."""
    columns = [version.c[name] for name in ("id", *_SAID_TWICE, "body", "body_hash")]
    query = (
        sa.select(*columns, leaf.c.position, leaf.c.hash)
        .outerjoin(leaf, sa.and_(leaf.c.kind == VERSION, leaf.c.ref == version.c.id))
        .where(version.c.id <= last)
        .order_by(version.c.id)
    )
    count = 0
    unsealed: Unsealed | None = None
    for block in reader.blocks(query):
        for row in block:
            fault = _check(row)
            if fault is not None:
                return fault, count, unsealed
            number, recorded_at, place = row[0], row[4], row[7]
            if unsealed is None and (place is None or place >= sealed):
                unsealed = Unsealed(number, recorded_at, number if place is None else None)
            count += 1
    return _vanished(reader, last), count, unsealed


def _check(row: tuple[Any, ...]) -> Fault | None:
    number, subject, key, actor, recorded_at, body, body_hash, _, sealed = row
    if hashlib.sha256(body.encode()).digest() != body_hash:
        return Fault(
            "body", say("The text of change {number} of master data is not what its hash was taken of.", number=number)
        )
    said = json.loads(body)
    if any(
        said.get(name, value) != value and not says_the_same(said[name], value)
        for name, value in zip(_SAID_TWICE, row[1:5], strict=True)
    ):
        return Fault("rows", say("The row of change {number} of master data is not what its text says.", number=number))
    if sealed is None:
        return None
    due = version_leaf(id_=number, subject=subject, key=key, actor=actor, recorded_at=recorded_at, body_hash=body_hash)
    if due != sealed:
        return Fault(
            "leaf", say("Change {number} of master data is not what was sealed under its number.", number=number)
        )
    return None


def _vanished(reader: Reader, last: int) -> Fault | None:
    there = sa.select(version.c.id).where(version.c.id == leaf.c.ref)
    query = sa.select(leaf.c.ref).where(leaf.c.kind == VERSION, leaf.c.ref <= last, ~there.exists())
    number = reader.one(query.order_by(leaf.c.ref).limit(1))
    if number is None:
        return None
    return Fault("leaf", say("Change {number} of master data was sealed, and is not there any more.", number=number))
