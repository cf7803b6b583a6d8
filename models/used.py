"""What sites had to use on a day: what lay there usable at its end, and what was used on it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.cuts import ALL, NOW, Cut, held_by, held_under, lines_of, recalled_under
from models.days import end_of_day, start_of_day
from models.tables import balance, item, location, lot, move

__all__ = ["at_hand_on", "used_at", "used_between"]

Pair = tuple[str, str]  # site, item


def at_hand_on(connection: sa.Connection, day: dt.date, zone: ZoneInfo) -> dict[Pair, int]:
    """Return the units of each item that each site had to use on a day, as is known now."""
    found: dict[Pair, int] = defaultdict(int)
    cut = Cut(at=end_of_day(day, zone))
    held = held_under(connection, cut, kinds=("SITE",), empty=False).subquery()
    query = (
        sa.select(location.c.code, item.c.code, held.c.lot, held.c.units)
        .join_from(held, location, location.c.id == held.c.location)
        .join(lot, lot.c.id == held.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(lot.c.expires >= day.isoformat())
    )
    recalled = recalled_under(connection, cut)
    for site, code, lot_id, units in connection.execute(query):
        if lot_id not in recalled:
            found[site, code] += units
    for pair, units in used_between(connection, day, day, zone).items():
        found[pair] += units
    return found


def used_between(connection: sa.Connection, first: dt.date, last: dt.date, zone: ZoneInfo) -> dict[Pair, int]:
    """Return the units of each item that each site used from one day to another, less what was given back."""
    begins, ends = start_of_day(first, zone), end_of_day(last, zone)
    # Only what was used since is read: of the accounts to which something happened, the days asked for.
    parts = (
        held_by(ALL, NOW, kinds=("CONSUMED",))
        .with_only_columns(balance.c.location, balance.c.lot, (sign * move.c.units).label("units"))
        .join_from(balance, move, lines_of(connection, end))
        .where(balance.c.last_at >= begins, move.c.at.between(begins, ends))
        for end, sign in ((move.c.to_location, 1), (move.c.from_location, -1))
    )
    lines, place, site = sa.union_all(*parts).subquery(), location.alias(), location.alias()
    query = (
        sa.select(site.c.code, item.c.code, sa.cast(sa.func.sum(lines.c.units), sa.BigInteger))
        .join_from(lines, place, place.c.id == lines.c.location)
        .join(site, site.c.id == place.c.parent)
        .join(lot, lot.c.id == lines.c.lot)
        .join(item, item.c.id == lot.c.item)
        .group_by(site.c.code, item.c.code)
    )
    return {(where, code): units for where, code, units in connection.execute(query)}


def used_at(connection: sa.Connection, site: str, first: dt.date, last: dt.date, zone: ZoneInfo) -> dict[str, int]:
    """Return the units of each item that one site used from one day to another, less what was given back."""
    place = sa.select(location.c.id).where(location.c.code == f"CONSUMED:{site}").scalar_subquery()
    # Lines are found by their lot: what was ever used here has an account here.
    lots = sa.select(balance.c.lot).where(balance.c.location == place)
    span = move.c.at.between(start_of_day(first, zone), end_of_day(last, zone))
    parts = (
        sa.select(move.c.lot, (sign * move.c.units).label("units")).where(move.c.lot.in_(lots), end == place, span)
        for end, sign in ((move.c.to_location, 1), (move.c.from_location, -1))
    )
    lines = sa.union_all(*parts).subquery()
    query = (
        sa.select(item.c.code, sa.cast(sa.func.sum(lines.c.units), sa.BigInteger))
        .join_from(lines, lot, lot.c.id == lines.c.lot)
        .join(item, item.c.id == lot.c.item)
        .group_by(item.c.code)
    )
    return dict(connection.execute(query).all())
