"""What of the stock is asked for, by page and API alike, and what of it the asker may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from fastapi import Request

from models.cuts import Asked, Cut
from models.days import day_of, end_of_day, now_micros
from models.ledger import Ledger
from models.people import Person
from models.rights import Reach
from models.stock import ItemTotal, StockRow, stock, totals
from models.stock_since import stock_since
from models.until_recorded import Mark
from web.kept import kept_of, reach_kept
from web.visitors import ledger_of

__all__ = ["SEE_STOCK", "StockAsked", "StockSeen", "stock_seen"]

SEE_STOCK = "see-stock"

_KEPT_ROWS_MAX = 50_000


@dataclass(frozen=True, kw_only=True)
class StockAsked:
    """Filters of the stock; "" for none. `as_of`: the day at whose end it is asked, None for now."""

    site: str = ""
    item: str = ""
    lot: str = ""
    as_of: dt.date | None = None


@dataclass(frozen=True)
class StockSeen:
    """Stock that somebody may see, by site, item, expiry and lot."""

    rows: list[StockRow]

    @cached_property
    def totals(self) -> list[ItemTotal]:
        """All of each item, by state."""
        return totals(self.rows)


def stock_seen(connection: sa.Connection, request: Request, person: Person, asked: StockAsked) -> StockSeen:
    """Return what is held as far as a person may see it. What is reserved lies at no site: who sees all sees it."""
    ledger, reach = ledger_of(request), reach_kept(request, person, SEE_STOCK, connection)
    if asked.site and not reach.holds(asked.site):
        return StockSeen([])
    day = asked.as_of or day_of(now_micros(), ledger.zone)
    is_all = not (asked.site or asked.item or asked.lot)
    return kept_of(request).stock.answer(
        connection,
        (asked, day, reach),
        lambda: StockSeen(_held(connection, ledger, reach, asked, day)),
        # Part of it is found by an index each time; and what is very large is not kept in memory.
        keeps=lambda found: is_all and len(found.rows) <= _KEPT_ROWS_MAX,
        mend=lambda last, then, now: _mended(connection, last, then, now, asked=asked, day=day, reach=reach),
    )


def _held(connection: sa.Connection, ledger: Ledger, reach: Reach, asked: StockAsked, day: dt.date) -> list[StockRow]:
    cut = Cut() if asked.as_of is None else Cut(at=end_of_day(asked.as_of, ledger.zone))
    wanted = Asked(asked.site or None, asked.item or None, asked.lot or None)
    return [row for row in stock(connection, day=day, asked=wanted, cut=cut) if reach.holds(row.site)]


def _mended(
    connection: sa.Connection, last: StockSeen, then: Mark, now: Mark, *, asked: StockAsked, day: dt.date, reach: Reach
) -> StockSeen | None:
    """Return what is held of what was held when it was asked last: most documents concern one site."""
    if asked.as_of is not None:
        return None
    rows = stock_since(connection, last.rows, then, now, day=day, holds=reach.holds)
    return None if rows is None else StockSeen(rows)
