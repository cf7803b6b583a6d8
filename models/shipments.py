"""Where what is under way is going, and when it arrives: said by the document that sent it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.days import day_of
from models.tables import document

__all__ = ["SENDS", "Shipment", "shipments"]

SENDS = ("transfer", "dispatch", "opening")
"""Types of document that put stock under way; opening stock may have been under way already."""

_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True)
class Shipment:
    """`to`: the site it goes to, "" where nobody said; `arrives`: the day it is expected."""

    number: str
    to: str
    arrives: str


def shipments(connection: sa.Connection, numbers: Iterable[str], zone: ZoneInfo) -> dict[str, Shipment]:
    """Return shipments by their numbers.

    Where nobody said when it arrives, it is expected on the day it left: late enough to be asked about.
    """
    numbers = sorted(set(numbers))
    found: dict[str, Shipment] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        query = sa.select(document.c.shipment, document.c.occurred_at, document.c.body).where(
            document.c.shipment.in_(numbers[start : start + _AT_ONCE]), document.c.type.in_(SENDS)
        )
        for number, occurred_at, body in connection.execute(query.order_by(document.c.id)):
            details = json.loads(body)["details"]
            arrives = details.get("arrives") or day_of(occurred_at, zone).isoformat()
            found[number] = Shipment(number, details.get("to", ""), arrives)
    return found
