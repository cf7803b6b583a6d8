"""Today: what waits for whoever asks, with where it is settled; and what changed since yesterday."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from allocator.sentence import Named, say
from data.tables_out import rows_out
from models.database import reading
from models.days import day_of, now_micros
from models.words import type_word
from web.kept import names_kept
from web.menu import MENU
from web.pages import page
from web.saved_tables import saved_tables
from web.today_asked import SEE_TODAY, TITLES, Matter, Today, by_sort, today_of
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 20
"""Matters of each sort that are shown; one sort alone is shown up to `ROWS_OF_ONE`."""

ROWS_OF_ONE = 300

_COLUMNS = (
    ("matter", say("matter"), "text"),
    ("number", say("number"), "text"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("since", say("since"), "date"),
    ("units", say("units"), "whole"),
    ("days_late", say("days late"), "whole"),
    ("about", say("about"), "text"),
)


@router.get("/today")
def show(request: Request, sort: str = "") -> Response:
    """Show it; `sort`: one sort of matter alone."""
    visitor = visitor_with(request, SEE_TODAY)
    today, sites = _read(request, visitor)
    only = sort if sort in TITLES else ""
    most = ROWS_OF_ONE if only else ROWS
    parts = [
        {
            "sort": each,
            "title": TITLES[each],
            "rows": [_shown(visitor, matter, sites) for matter in matters[:most]],
            "count": len(matters),
            "late": any(matter.days is not None for matter in matters),
            "units": any(matter.units is not None for matter in matters),
            "about": any(matter.about is not None for matter in matters),
        }
        for each, matters in by_sort(today.matters)
        if only in ("", each)
    ]
    recorded = [(type_word(each.type), each.documents) for each in today.recorded]
    return page(request, "today.html", today=today, parts=parts, only=only, recorded=recorded, most=most)


@router.get("/today{ending}")
def save(request: Request, ending: str) -> Response:
    """Give what waits as a file."""
    visitor = visitor_with(request, SEE_TODAY)
    today, _ = _read(request, visitor)
    rows = [
        (TITLES[each.sort], each.number, each.site, each.to, each.since, each.units, each.days, each.about or "")
        for each in today.matters
    ]
    table = rows_out("open", say("Not settled"), _COLUMNS, rows)
    day = day_of(now_micros(), ledger_of(request).zone)
    return saved_tables(request, visitor, "open", ending, [table], title=say("Not settled"), day=day)


def _read(request: Request, visitor: Visitor) -> tuple[Today, dict[str, Named]]:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        return today_of(connection, ledger, visitor, now=now_micros()), names_kept(request, connection)[0]


def _shown(visitor: Visitor, each: Matter, sites: dict[str, Named]) -> dict[str, Any]:
    return {
        "matter": each,
        "site": sites.get(each.site),
        "to": sites.get(each.to),
        "page": each.page if any(entry.holds(each.page) and visitor.may(entry.right) for entry in MENU) else "",
    }
