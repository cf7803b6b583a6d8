"""Where what is under way is going, and when it arrives: said by the document that sent it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.cuts import ALL, NOW, held_by
from models.days import day_of
from models.locations import owner_of
from models.tables import balance, document, location

__all__ = ["SENDS", "Sent", "Shipment", "open_shipments", "shipments"]

SENDS = ("transfer", "emergency", "dispatch", "opening", "sendback")
"""Types of document that put stock under way; opening stock may have been under way already, refused stock was."""

_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True)
class Sent:
    """The document that sent a shipment, from where to where; "" where nobody said."""

    document: int
    site: str
    to: str


@dataclass(frozen=True)
class Shipment:
    """`document`: what sent it; `to`: the site it goes to, "" where nobody said; `arrives`: ISO day it is expected."""

    number: str
    document: int
    to: str
    arrives: str


def open_shipments(connection: sa.Connection, zone: ZoneInfo) -> dict[str, Shipment]:
    """Return what is under way, by the code of its location."""
    query = (
        held_by(ALL, NOW, kinds=("IN_TRANSIT",), empty=False)
        .with_only_columns(location.c.id, location.c.code)
        .join(location, location.c.id == balance.c.location)
        .distinct()
    )
    codes = {row.id: row.code for row in connection.execute(query)}
    return {codes[id_]: shipment for id_, shipment in shipments(connection, sorted(codes), zone).items()}


def shipments(connection: sa.Connection, places: Sequence[int], zone: ZoneInfo) -> dict[int, Shipment]:
    """Return shipments by the ids of their locations.

    Where nobody said when it arrives, it is expected on the day it left: late enough to be asked about.
    """
    found: dict[int, Shipment] = {}
    for start in range(0, len(places), _AT_ONCE):
        codes = sa.select(location.c.id, location.c.code).where(location.c.id.in_(places[start : start + _AT_ONCE]))
        ids = {owner_of(row.code): row.id for row in connection.execute(codes)}
        columns = (document.c.shipment, document.c.id, document.c.occurred_at, document.c.body)
        query = sa.select(*columns).where(document.c.shipment.in_(ids), document.c.type.in_(SENDS))
        for number, id_, occurred_at, body in connection.execute(query.order_by(document.c.id)):
            details = json.loads(body)["details"]
            arrives = details.get("arrives") or day_of(occurred_at, zone).isoformat()
            found[ids[number]] = Shipment(number, id_, details.get("to", ""), arrives)
    return found
