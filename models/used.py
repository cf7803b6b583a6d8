"""What sites had to use on a day: what lay there usable at its end, and what was used on it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.cuts import Cut
from models.days import end_of_day, start_of_day
from models.stock import stock
from models.tables import item, location, lot, move

__all__ = ["at_hand_on", "used_between"]

Pair = tuple[str, str]  # site, item


def at_hand_on(connection: sa.Connection, day: dt.date, zone: ZoneInfo) -> dict[Pair, int]:
    """Return the units of each item that each site had to use on a day, as is known now."""
    found: dict[Pair, int] = defaultdict(int)
    for row in stock(connection, day=day, cut=Cut(at=end_of_day(day, zone))):
        if row.state == "usable":
            found[row.site, row.item] += row.units
    for pair, units in used_between(connection, day, day, zone).items():
        found[pair] += units
    return found


def used_between(connection: sa.Connection, first: dt.date, last: dt.date, zone: ZoneInfo) -> dict[Pair, int]:
    """Return the units of each item that each site used from one day to another, less what was given back."""
    site = location.alias()
    found: dict[Pair, int] = defaultdict(int)
    for end, sign in ((move.c.to_location, 1), (move.c.from_location, -1)):
        query = (
            sa.select(site.c.code, item.c.code, sa.func.sum(move.c.units))
            .join_from(move, location, location.c.id == end)
            .join(site, site.c.id == location.c.parent)
            .join(lot, lot.c.id == move.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(location.c.kind == "CONSUMED")
            .where(move.c.at.between(start_of_day(first, zone), end_of_day(last, zone)))
            .group_by(site.c.code, item.c.code)
        )
        for place, code, units in connection.execute(query):
            found[place, code] += sign * int(units)
    return found
