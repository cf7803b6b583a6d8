"""The stock: what is where, filtered by the address, shown a page at a time, saved whole."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.stock_tables import STATE_WORDS, packs_said, stock_tables
from models.database import reading
from models.days import day_of, now_micros
from models.stock import StockRow
from models.words import place_word
from web.kept import names_kept
from web.pages import page
from web.rows_shown import All, rows_shown
from web.saved_tables import saved_tables
from web.stock_asked import SEE_STOCK, StockAsked, StockSeen, stock_seen
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 100
"""Rows of one page: a first screen of some thirty kilobytes."""

_LETTERS_MAX = 200

Names = tuple[dict[str, Named], dict[str, Named]]


@router.get("/stock")
def show(
    request: Request, site: str = "", item: str = "", lot: str = "", as_of: str = "", start: int = 0, whole: All = ""
) -> Response:
    """Show it."""
    visitor = visitor_with(request, SEE_STOCK)
    asked, wrong = _asked(site, item, lot, as_of)
    seen, names = _read(request, visitor, asked)
    rows, each_page = seen.rows, rows_shown(whole, ROWS)
    start = min(max(start, 0), max(0, len(rows) - 1)) // each_page * each_page
    query = {name: value for name, value in (("site", site), ("item", item), ("lot", lot), ("as_of", as_of)) if value}
    turned = query | ({"all": "1"} if whole else {})
    return page(
        request,
        "stock.html",
        rows=[_shown(row, names) for row in rows[start : start + each_page]],
        first=start + 1,
        last=min(start + each_page, len(rows)),
        count=len(rows),
        totals=[(total, names[1].get(total.item), unit_named(total.unit)) for total in seen.totals],
        asked=query,
        wrong=wrong,
        query=urlencode(query),
        before=None if start == 0 else urlencode(turned | {"start": start - each_page}),
        after=None if start + each_page >= len(rows) else urlencode(turned | {"start": start + each_page}),
        states=STATE_WORDS,
    )


@router.get("/stock{ending}")
def save(request: Request, ending: str, site: str = "", item: str = "", lot: str = "", as_of: str = "") -> Response:
    """Give all of it as a file, with where it comes from."""
    visitor = visitor_with(request, SEE_STOCK)
    asked, wrong = _asked(site, item, lot, as_of)
    if wrong:
        raise HTTPException(status_code=404)
    seen, names = _read(request, visitor, asked)
    tables = stock_tables(seen.rows, seen.totals, names)
    filters = [
        (say("site"), asked.site or say("not limited")),
        (say("item"), asked.item or say("not limited")),
        (say("lot"), asked.lot or say("not limited")),
    ]
    day = asked.as_of or day_of(now_micros(), ledger_of(request).zone)
    return saved_tables(request, visitor, "stock", ending, tables, title=say("Stock"), day=day, filters=filters)


def _asked(site: str, item: str, lot: str, as_of: str) -> tuple[StockAsked, Sentence | None]:
    """Return what the address asks for, and what of it cannot be read."""
    day, wrong = None, None
    if as_of:
        try:
            day = dt.date.fromisoformat(as_of[:_LETTERS_MAX])
        except ValueError:
            wrong = say('"{found}" is not a day. Write it as 2020-02-10.', found=as_of[:_LETTERS_MAX])
    site, item, lot = (text.strip()[:_LETTERS_MAX] for text in (site, item, lot))
    return StockAsked(site=site, item=item, lot=lot, as_of=day), wrong


def _read(request: Request, visitor: Visitor, asked: StockAsked) -> tuple[StockSeen, Names]:
    with reading(ledger_of(request).engine) as connection:
        return stock_seen(connection, request, visitor.person, asked), names_kept(request, connection)


def _shown(row: StockRow, names: Names) -> dict[str, Any]:
    sites, items = names
    return {
        "row": row,
        "site": sites.get(row.site, row.site),
        "item": items.get(row.item, row.item),
        "place": None if row.place == row.site else place_word(row.place),
        "state": STATE_WORDS[row.state],
        "packs": packs_said(row.units, row.pack_units),
        "unit": unit_named(row.unit),
    }
