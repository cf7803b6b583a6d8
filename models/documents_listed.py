"""Documents as a list, newest first, a page at a time: by type, site, person and day of recording."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.days import end_of_day, start_of_day
from models.people import Person
from models.reversal import was_reversed
from models.rights import sites_within
from models.tables import document, location, move

__all__ = ["DocumentsAsked", "ListedDocument", "documents_listed", "documents_within", "is_within", "reversal_of"]


@dataclass(frozen=True, kw_only=True)
class DocumentsAsked:
    """Filters; "" for none. `person`: who posted or approved it; `day`: on which it was recorded."""

    type: str = ""
    site: str = ""
    person: str = ""
    shipment: str = ""
    day: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class ListedDocument:
    """A document of a list. Times in UTC microseconds; `units`: over all its lines; `reversed`: taken back since."""

    number: int
    type: str
    site: str
    actor: str
    approver: str
    occurred_at: int
    recorded_at: int
    reverses: int | None
    refers_to: int | None
    shipment: str
    plan: str
    units: int
    reversed: bool


def documents_listed(
    connection: sa.Connection,
    zone: ZoneInfo,
    person: Person,
    right: str,
    asked: DocumentsAsked,
    *,
    before: int | None = None,
    most: int = 100,
) -> list[ListedDocument]:
    """Return the documents that a person may see by a right, the newest first. `before`: only those of lower numbers.

    One that concerns sites of several areas is in each of them.
    """
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(move.c.document == document.c.id)
    c = document.c
    query = (
        sa.select(
            c.id.label("number"), c.type, sa.func.coalesce(location.c.code, "").label("site"), c.actor,
            sa.func.coalesce(c.approver, "").label("approver"), c.occurred_at, c.recorded_at, c.reverses, c.refers_to,
            sa.func.coalesce(c.shipment, "").label("shipment"), sa.func.coalesce(c.allocation, "").label("plan"),
            sa.cast(units.scalar_subquery(), sa.BigInteger).label("units"), was_reversed().label("reversed"),
        )
        .outerjoin(location, location.c.id == c.site)
        .where(*_asked_for(asked, zone), *documents_within(sites_within(person, right)))
        .order_by(c.id.desc())
        .limit(most)
    )  # fmt: skip
    if before is not None:
        query = query.where(c.id < before)
    rows = connection.execute(query).mappings()
    return [ListedDocument(**{**row, "reversed": bool(row["reversed"])}) for row in rows]


def _asked_for(asked: DocumentsAsked, zone: ZoneInfo) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if asked.type:
        found.append(document.c.type == asked.type)
    if asked.site:
        own = sa.select(location.c.id).where(location.c.code == asked.site)
        found += documents_within(own)
    if asked.person:
        found.append(sa.or_(document.c.actor == asked.person, document.c.approver == asked.person))
    if asked.shipment:
        found.append(document.c.shipment == asked.shipment)
    if asked.day is not None:
        span = (start_of_day(asked.day, zone), end_of_day(asked.day, zone))
        found.append(document.c.recorded_at.between(*span))
    return found


def documents_within(sites: sa.Select[tuple[int]] | None) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of documents that are of some sites, or move something there or on its way there."""
    if sites is None:
        return []
    places = sa.select(location.c.id).where(sa.or_(location.c.id.in_(sites), location.c.parent.in_(sites)))
    ends = sa.or_(move.c.from_location.in_(places), move.c.to_location.in_(places))
    touching = sa.exists(sa.select(move.c.document).where(move.c.document == document.c.id, ends))
    return [sa.or_(document.c.site.in_(sites), touching)]


def is_within(connection: sa.Connection, person: Person, right: str, number: int) -> bool:
    """Say whether a document lies where a person has a right: it is of a site there, or moves something to or from."""
    query = sa.select(document.c.id).where(document.c.id == number, *documents_within(sites_within(person, right)))
    return connection.execute(query).first() is not None


def reversal_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Return the document that reverses each of some, by number; those that stand are left out."""
    query = sa.select(document.c.reverses, document.c.id).where(document.c.reverses.in_(list(numbers)))
    return {row.reverses: row.id for row in connection.execute(query)}
