"""`GET /api/v1/stock`: the stock for programs, a page at a time."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from models.days import day_of, now_micros
from models.stock import StockRow
from web.api_parameters import Code, Cursor, Limit
from web.cursors import turned
from web.kept import kept_of, reach_kept
from web.kept_bytes import KeptBytes
from web.stock_asked import SEE_STOCK, StockAsked, stock_seen
from web.visitors import ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["stock"])


class StockLine(BaseModel):
    """Units of one lot in one place and state."""

    site: str
    place: str
    item: str
    lot: str
    expires: dt.date | None
    fund: str
    earmark: str
    state: str
    units: int
    pack_units: int
    unit: str


class StockPage(BaseModel):
    """Lines, and what to ask for the next ones: null where these are the last."""

    lines: list[StockLine]
    next: str | None


@router.get("/stock", summary="What is where", response_model=StockPage, responses={304: {"model": None}})
def stock_lines(
    request: Request,
    site: Code = "",
    item: Code = "",
    lot: Code = "",
    as_of: dt.date | None = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Return lines by site, item, expiry and lot; `cursor`: `next` of the page before.

    What was told before is not sent again to whoever shows its `ETag` in `If-None-Match` (304).
    """
    visitor = visitor_with(request, SEE_STOCK)
    ledger = ledger_of(request)
    asked = StockAsked(site=site, item=item, lot=lot, as_of=as_of)
    reach = reach_kept(request, visitor.person, SEE_STOCK)

    def work(connection: sa.Connection) -> KeptBytes:
        rows = stock_seen(connection, request, visitor.person, asked).rows
        part, following = turned(rows, cursor, limit)
        return KeptBytes.of(StockPage.model_construct(lines=[_line(row) for row in part], next=following))

    # What has expired is told by the day.
    question = (asked, reach, cursor, limit, day_of(now_micros(), ledger.zone))
    return kept_of(request).stock_pages.read(ledger.engine, question, work).answer(request)


def _line(row: StockRow) -> StockLine:
    return StockLine.model_construct(
        site=row.site,
        place=row.place,
        item=row.item,
        lot=row.lot,
        expires=dt.date.fromisoformat(row.expires) if row.expires else None,
        fund=row.owner_fund,
        earmark=row.earmark,
        state=row.state,
        units=row.units,
        pack_units=row.pack_units,
        unit=row.unit,
    )
