"""Where counts found something else than the books said: how far, by site and item, over the last days."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.days import end_of_day, start_of_day
from models.locations import COUNT_GAIN, COUNT_SHORT
from models.tables import document, item, location, lot, move

__all__ = ["COUNT_DAYS", "counted_off"]

COUNT_DAYS = 14
"""Days that are looked back: what was off before has been counted since, or is in the books."""


def counted_off(
    connection: sa.Connection, day: dt.date, *, document_up_to: int, zone: ZoneInfo
) -> dict[tuple[str, str], int]:
    """Return the units, found and missing together, by which counts of a site's item were off; reversed ones aside.

    As known up to a document. A count that found what the books said is not in it.
    """
    beyond, site, later = location.alias("beyond"), location.alias("site"), document.alias("later")
    taken_back = sa.exists().where(later.c.reverses == document.c.id, later.c.id <= document_up_to)
    first = day - dt.timedelta(days=COUNT_DAYS)
    found: dict[tuple[str, str], int] = {}
    for kind, away, here in (
        (COUNT_GAIN, move.c.from_location, move.c.to_location),
        (COUNT_SHORT, move.c.to_location, move.c.from_location),
    ):
        query = (
            sa.select(site.c.code, item.c.code, sa.func.sum(move.c.units))
            .join_from(document, move, move.c.document == document.c.id)
            .join(beyond, sa.and_(beyond.c.id == away, beyond.c.kind == kind))
            .join(site, sa.and_(site.c.id == here, site.c.kind == "SITE"))
            .join(lot, lot.c.id == move.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(document.c.type == "count", document.c.id <= document_up_to, ~taken_back)
            .where(document.c.occurred_at >= start_of_day(first, zone))
            .where(document.c.occurred_at <= end_of_day(day, zone))
            .group_by(site.c.code, item.c.code)
        )
        for at, code, units in connection.execute(query):
            found[at, code] = found.get((at, code), 0) + int(units)
    return found
