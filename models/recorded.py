"""What was recorded since a time, by kind of document: what whoever begins the day reads first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from models.shipments import SENDS
from models.tables import document, location

__all__ = ["Recorded", "recorded_since"]


@dataclass(frozen=True)
class Recorded:
    """How many documents of a type were recorded."""

    type: str
    documents: int


def recorded_since(connection: sa.Connection, at: int, holds: Callable[[str], bool] | None) -> list[Recorded]:
    """Return what was recorded at a time (UTC microseconds) or later, the most first.

    `holds`: says which sites count, None for all; what was sent counts where it goes, too.
    """
    if holds is None:
        query = sa.select(document.c.type, sa.func.count()).where(document.c.recorded_at >= at)
        return _sorted(Counter({row[0]: row[1] for row in connection.execute(query.group_by(document.c.type))}))
    sent = sa.case((document.c.type.in_(SENDS), document.c.body), else_="")
    rows = (
        sa.select(document.c.type, location.c.code, sent)
        .outerjoin_from(document, location, location.c.id == document.c.site)
        .where(document.c.recorded_at >= at)
    )
    counted: Counter[str] = Counter()
    for type_, site, body in connection.execute(rows):
        if holds(site or "") or (body and holds(json.loads(body)["details"].get("to", ""))):
            counted[type_] += 1
    return _sorted(counted)


def _sorted(counted: Counter[str]) -> list[Recorded]:
    return [
        Recorded(type_, documents) for type_, documents in sorted(counted.items(), key=lambda row: (-row[1], row[0]))
    ]
