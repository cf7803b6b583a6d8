"""`GET /api/v1/open`: what waits for somebody, for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from data.texts import translator
from models.database import reading
from models.days import now_micros
from web.api_parameters import Cursor, Limit
from web.cursors import turned
from web.pages import language_of
from web.today_asked import SEE_TODAY, Matter, today_of
from web.visitors import ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["today"])


class OpenLine(BaseModel):
    """Something that waits. `sort`: emergency, differing, late, surplus, recall, exception, plan or finding."""

    sort: str
    number: str
    since: dt.date
    site: str
    to: str
    units: int | None
    days_late: int | None
    about: str


class RecordedLine(BaseModel):
    """Documents of a kind that were recorded."""

    kind: str
    documents: int


class OpenPage(BaseModel):
    """Matters, and what to ask for the next ones: null where these are the last."""

    matters: list[OpenLine]
    alarms: list[str]
    recorded_since: dt.date
    recorded: list[RecordedLine]
    next: str | None


@router.get("/open", summary="What waits, and what changed since yesterday")
def open_matters(
    request: Request,
    sort: Annotated[str, Query(max_length=20)] = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> OpenPage:
    """Return matters sort by sort, the oldest of each first; `cursor`: `next` of the page before."""
    visitor = visitor_with(request, SEE_TODAY)
    ledger, word = ledger_of(request), translator(language_of(request))
    with reading(ledger.engine) as connection:
        today = today_of(connection, ledger, visitor, now=now_micros())
    part, following = turned([each for each in today.matters if sort in ("", each.sort)], cursor, limit)
    return OpenPage(
        matters=[_line(each, word(each.about) if each.about else "") for each in part],
        alarms=[word(each) for each in today.alarms],
        recorded_since=today.since,
        recorded=[RecordedLine.model_construct(kind=each.type, documents=each.documents) for each in today.recorded],
        next=following,
    )


def _line(each: Matter, about: str) -> OpenLine:
    return OpenLine.model_construct(
        sort=each.sort,
        number=each.number,
        since=each.since,
        site=each.site,
        to=each.to,
        units=each.units,
        days_late=each.days,
        about=about,
    )
