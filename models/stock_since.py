"""Stock after some more documents: asked for only where they moved or counted anything, and put into what was held."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from models.cuts import Asked
from models.database import is_sqlite
from models.locations import STORES
from models.stock import StockRow, stock
from models.tables import counted, location, lot_mark, move
from models.until_recorded import Mark

__all__ = ["stock_since"]

_SITES_MOST = 20


def stock_since(
    connection: sa.Connection,
    held: Sequence[StockRow],
    then: Mark,
    now: Mark,
    *,
    day: dt.date,
    holds: Callable[[str], bool] = lambda _: True,
) -> list[StockRow] | None:
    """Return what `stock` gives at a mark, given what it gave at an earlier one; None where it must be asked anew.

    That is where master data changed, a lot was recalled or cleared, stock was reserved, or many sites are concerned;
    and on PostgreSQL, where a document may come after one of a higher number.
    """
    if not is_sqlite(connection) or then[1:] != now[1:] or then[0] > now[0]:
        return None
    marked = sa.select(lot_mark.c.lot).where(lot_mark.c.document > then[0]).limit(1)
    sites = _sites(connection, then[0])
    if sites is None or connection.execute(marked).first() is not None:
        return None
    rows = list(held)
    for site in sites:
        first, last = (side(rows, site, key=lambda row: row.site) for side in (bisect_left, bisect_right))
        rows[first:last] = stock(connection, day=day, asked=Asked(place=site)) if holds(site) else []
    return rows


def _sites(connection: sa.Connection, document: int) -> set[str] | None:
    """Return the sites at which anything moved or was counted after a document; None where they do not tell it all."""
    places = sa.union(
        sa.select(move.c.from_location.label("id")).where(move.c.document > document),
        sa.select(move.c.to_location).where(move.c.document > document),
        sa.select(counted.c.location).where(counted.c.document > document),
    ).subquery()
    beside = location.alias()
    query = (
        sa.select(location.c.kind, location.c.code, beside.c.code.label("beside"))
        .join_from(places, location, location.c.id == places.c.id)
        .outerjoin(beside, beside.c.id == location.c.parent)
        .where(location.c.kind.in_(STORES))
        .distinct()
    )
    found = connection.execute(query).all()
    # What is reserved lies at no site, nor does a shipment that goes nowhere.
    if any(row.kind != "SITE" and row.beside is None for row in found):
        return None
    sites = {str(row.beside or row.code) for row in found}
    return sites if len(sites) <= _SITES_MOST else None
