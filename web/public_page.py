"""What the public may read: donations and what became of them, without any person in it. Nobody signs in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from allocator.sentence import Sentence, say
from data.public_page import donation_notes, donation_tables, public_page
from data.serve_settings import ServeSettings
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.public_ledger import PublicLedger, public_ledger
from models.tables import instance
from models.until_recorded import mark_of
from web.kept import kept_of
from web.pages import page
from web.saved_tables import saved_tables
from web.shown_tables import shown_tables
from web.visitors import ledger_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/public/donations")
def show(request: Request) -> Response:
    """Show every gift and what became of it."""
    last, at, found = _gathered(request)
    zone = ledger_of(request).zone
    tables = shown_tables(request, donation_tables(found, _day(request)), ({}, {}), links={})
    told = say("As known at {time}, up to document {number}.", time=clock_of(at, zone), number=last)
    return page(request, "donations.html", tables=tables, told=told, name=_name(request), notes=donation_notes(found))


@router.get("/public/donations{ending}")
def save(request: Request, ending: str) -> Response:
    """Give it as a page that stands alone, or as tables."""
    last, at, found = _gathered(request)
    zone = ledger_of(request).zone
    told = say("As known at {time}, up to document {number}.", time=clock_of(at, zone), number=last)
    if ending == ".html":
        text = public_page(found, name=_name(request), day_of=_day(request), told=told)
        return HTMLResponse(text, headers={"content-disposition": 'attachment; filename="donations.html"'})
    tables = donation_tables(found, _day(request))
    filters: list[tuple[Sentence, Sentence | str | int]] = [
        (say("ledger"), _name(request)),
        (say("told"), told),
        (say("up to document"), f"{last:,}"),
    ]
    title = say("Public ledger of donations")
    return saved_tables(request, None, "donations", ending, tables, title=title, day=day_of(at, zone), filters=filters)


def _gathered(request: Request) -> tuple[int, int, PublicLedger]:
    """Return the last document, when it was looked at (UTC microseconds), and what the public may read of it.

    Raises:
        HTTPException: 404, the server was not told to show it.

    """
    settings = request.app.state.settings
    assert isinstance(settings, ServeSettings)  # noqa: S101 - the application was made with it
    if not settings.public:
        raise HTTPException(status_code=404)
    with reading(ledger_of(request).engine) as connection:
        # Nobody signs in for it, so a thousand who come together must cost what one does.
        return kept_of(request).donations.answer(
            connection,
            "donations",
            lambda: (mark_of(connection)[0], now_micros(), public_ledger(connection, named=settings.donors)),
        )


def _day(request: Request) -> Callable[[int], dt.date]:
    zone = ledger_of(request).zone
    return lambda at: day_of(at, zone)


def _name(request: Request) -> str:
    with reading(ledger_of(request).engine) as connection:
        return str(connection.execute(sa.select(instance.c.name)).scalar_one())
