"""Shipments as a list, newest first: those that are not settled, or the settled ones, a page at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import say
from models.beyond import open_surplus
from models.days import day_of, start_of_day
from models.documents_listed import documents_within
from models.open_notes import OpenNote, days_late, open_notes
from models.people import Person
from models.reversal import was_reversed
from models.rights import sites_within
from models.shipments import SENDS
from models.tables import balance, document, location, move

__all__ = ["SETTLED", "STATES", "ListedShipment", "ShipmentsAsked", "find_shipment", "shipments_listed"]

SETTLED, RETURNED = "settled", "never-left"

STATES = {
    "under-way": say("under way"),
    "late": say("late"),
    "differing": say("confirmed with a difference"),
    SETTLED: say("settled"),
    RETURNED: say("never left"),
}
"""How a shipment stands, in words. One that never left was reversed; it is on no list."""

_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True, kw_only=True)
class ShipmentsAsked:
    """Filters; "" for none. `state`: "" for all that are not settled; `since`: the first day on which it left."""

    state: str = ""
    site: str = ""
    plan: str = ""
    since: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class ListedShipment:
    """A shipment as it stands. `document`: what sent it; `sent_at`: UTC microseconds; `plan`: "" where none did.

    `open_units`: under way still; `beyond_units`: came beyond its note, and nobody has explained it.
    """

    number: str
    document: int
    type: str
    plan: str
    site: str
    to: str
    sent_at: int
    expected: dt.date
    state: str
    sent_units: int
    open_units: int
    beyond_units: int
    days_late: int


@dataclass(frozen=True)
class _Open:
    """What is not settled, by number, and by which terms a shipment is late."""

    notes: Mapping[str, OpenNote]
    beyond: Mapping[str, int]
    day: dt.date
    confirm_days: int

    def state(self, number: str) -> str:
        note = self.notes.get(number)
        if number in self.beyond or (note is not None and note.differs_since is not None):
            return "differing"
        if note is None:
            return SETTLED
        return "late" if days_late(note, self.day, self.confirm_days) else "under-way"


def shipments_listed(
    connection: sa.Connection,
    zone: ZoneInfo,
    person: Person,
    right: str,
    asked: ShipmentsAsked,
    *,
    day: dt.date,
    confirm_days: int,
    before: int | None = None,
    most: int = 100,
) -> list[ListedShipment]:
    """Return the shipments from and to where a person has a right, the newest first.

    `before`: only those that documents of lower numbers sent; `confirm_days`: days within which one must be confirmed.
    """
    known = _known(connection, zone, day, confirm_days)
    query = _sent().where(~was_reversed(), *documents_within(sites_within(person, right)), *_asked_for(asked, zone))
    if before is not None:
        query = query.where(document.c.id < before)
    if asked.state == SETTLED:
        rows = list(connection.execute(query.where(~_is_open()).limit(most)))
    else:
        numbers = [each for each in {*known.notes, *known.beyond} if asked.state in ("", known.state(each))]
        rows = _of_numbers(connection, query, sorted(numbers))[:most]
    return [_listed(row, known, zone) for row in rows]


def find_shipment(
    connection: sa.Connection, zone: ZoneInfo, number: str, *, day: dt.date, confirm_days: int
) -> ListedShipment | None:
    """Return how one shipment stands; None where there is none of this number."""
    query = _sent().where(document.c.shipment == number).order_by(None).order_by(was_reversed(), document.c.id.desc())
    row = connection.execute(query.limit(1)).first()
    if row is None:
        return None
    return _listed(row, _known(connection, zone, day, confirm_days, number), zone)


def _known(
    connection: sa.Connection, zone: ZoneInfo, day: dt.date, confirm_days: int, shipment: str | None = None
) -> _Open:
    return _Open(
        {each.number: each for each in open_notes(connection, zone, shipment=shipment)},
        {each.number: each.units for each in open_surplus(connection, zone, shipment=shipment)},
        day,
        confirm_days,
    )


def _sent() -> sa.Select[Any]:
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(
        move.c.document == document.c.id, move.c.counters.is_(None)
    )
    columns = [document.c[name] for name in ("id", "type", "shipment", "allocation", "occurred_at", "body")]
    return (
        sa.select(
            *columns,
            sa.cast(units.scalar_subquery(), sa.BigInteger).label("units"),
            was_reversed().label("is_reversed"),
        )
        .where(document.c.type.in_(SENDS), document.c.shipment.is_not(None))
        .order_by(document.c.id.desc())
    )


def _asked_for(asked: ShipmentsAsked, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.site:
        found += documents_within(sa.select(location.c.id).where(location.c.code == asked.site))
    if asked.plan:
        found.append(document.c.allocation == asked.plan)
    if asked.since is not None:
        found.append(document.c.occurred_at >= start_of_day(asked.since, zone))
    return found


def _is_open() -> sa.Exists:
    """Return the condition that something of the shipment of a row is under way, or came beyond it unexplained."""
    codes = [sa.literal(f"{kind}:") + document.c.shipment for kind in ("IN_TRANSIT", "SURPLUS")]
    return (
        sa.select(balance.c.lot)
        .join(location, location.c.id == balance.c.location)
        .where(location.c.code.in_(codes), balance.c.units != 0)
        .exists()
    )


def _of_numbers(connection: sa.Connection, query: sa.Select[Any], numbers: Sequence[str]) -> list[sa.Row[Any]]:
    rows: list[sa.Row[Any]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        rows += connection.execute(query.where(document.c.shipment.in_(numbers[start : start + _AT_ONCE])))
    return sorted(rows, key=lambda row: -row.id)


def _listed(row: sa.Row[Any], known: _Open, zone: ZoneInfo) -> ListedShipment:
    body = json.loads(row.body)
    note = known.notes.get(row.shipment)
    arrives = body["details"].get("arrives")
    left_on = day_of(row.occurred_at, zone)
    return ListedShipment(
        number=row.shipment,
        document=row.id,
        type=row.type,
        plan=row.allocation or "",
        site=body["site"] or "",
        to=body["details"].get("to", ""),
        sent_at=row.occurred_at,
        expected=note.expected if note else dt.date.fromisoformat(arrives) if arrives else left_on,
        state=RETURNED if row.is_reversed else known.state(row.shipment),
        sent_units=row.units,
        open_units=note.units if note else 0,
        beyond_units=known.beyond.get(row.shipment, 0),
        days_late=days_late(note, known.day, known.confirm_days) if note else 0,
    )
