"""What of the stock is asked for, by page and API alike, and what of it the asker may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from models.cuts import Asked, Cut
from models.days import day_of, end_of_day, now_micros
from models.ledger import Ledger
from models.people import Person
from models.rights import reach_of
from models.stock import StockRow, stock

__all__ = ["SEE_STOCK", "StockAsked", "stock_seen"]

SEE_STOCK = "see-stock"


@dataclass(frozen=True, kw_only=True)
class StockAsked:
    """Filters of the stock; "" for none. `as_of`: the day at whose end it is asked, None for now."""

    site: str = ""
    item: str = ""
    lot: str = ""
    as_of: dt.date | None = None


def stock_seen(connection: sa.Connection, ledger: Ledger, person: Person, asked: StockAsked) -> list[StockRow]:
    """Return what is held as far as a person may see it. What is reserved lies at no site: who sees all sees it."""
    reach = reach_of(connection, person, SEE_STOCK)
    if asked.site and not reach.holds(asked.site):
        return []
    cut = Cut() if asked.as_of is None else Cut(at=end_of_day(asked.as_of, ledger.zone))
    day = asked.as_of or day_of(now_micros(), ledger.zone)
    wanted = Asked(asked.site or None, asked.item or None, asked.lot or None)
    return [row for row in stock(connection, day=day, asked=wanted, cut=cut) if reach.holds(row.site)]
