"""What people decided: overrides with who pays for them, steps and approvals, changes of the policy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel

from allocator.sentence import Sentence, say
from data.decision_tables import Decided, decided_between, decided_json, decision_tables
from models.database import reading
from models.days import day_of, end_of_day, now_micros, start_of_day
from models.entry import Refusal
from models.rights import reach_of
from web.audit_page import LINKS
from web.audit_seen import SEE_RECORDS
from web.cut_asked import day_asked
from web.kept import names_kept
from web.pages import language_of, page
from web.problems import problem
from web.saved_tables import saved_tables
from web.shown_tables import shown_tables
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["api", "router"]

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["records"])

_DAYS_SHOWN = 7
_DAYS_MAX = 366


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days, both included, on which decisions were recorded; `wrong`: what of the address cannot be read."""

    first: dt.date
    last: dt.date
    wrong: tuple[Sentence, ...] = ()


class DecisionsRead(BaseModel):
    """Decisions in codes; `payers` by plan: who gets less or more by its overrides; times are UTC microseconds."""

    overrides: list[dict[str, Any]]
    payers: dict[str, list[dict[str, Any]]]
    steps: list[dict[str, Any]]
    policy: list[dict[str, Any]]


@router.get("/audit/decisions")
def show(request: Request) -> Response:
    """Show those of some days, the last seven where none are said."""
    visitor = visitor_with(request, SEE_RECORDS)
    span = _span(request, request.query_params.get("from", ""), request.query_params.get("to", ""))
    wrong, tables = list(span.wrong), []
    if not wrong:
        try:
            decided, names = _decided(request, visitor, span), _names(request)
            links = {**LINKS, "number": LINKS["document"]}
            tables = shown_tables(request, decision_tables(decided, ledger_of(request).zone), names, links=links)
        except Refusal as refusal:
            wrong += refusal.sentences
    asked = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return page(request, "decisions.html", tables=tables, asked=asked, wrong=wrong, query=urlencode(asked))


@router.get("/audit/decisions{ending}")
def save(request: Request, ending: str) -> Response:
    """Give them as a file."""
    visitor = visitor_with(request, SEE_RECORDS)
    span = _span(request, request.query_params.get("from", ""), request.query_params.get("to", ""))
    if span.wrong:
        raise HTTPException(status_code=404)
    try:
        tables = decision_tables(_decided(request, visitor, span), ledger_of(request).zone)
    except Refusal:
        raise HTTPException(status_code=404) from None
    title = say("Decisions from {first} to {last}", first=span.first.isoformat(), last=span.last.isoformat())
    return saved_tables(request, visitor, "decisions", ending, tables, title=title, day=span.last)


@api.get("/decisions", summary="What people decided", responses={409: {}}, response_model=DecisionsRead)
def decisions(request: Request, first: dt.date | None = None, last: dt.date | None = None) -> Any:
    """Return what was decided from one day to another; today where none is said."""
    visitor = visitor_with(request, SEE_RECORDS)
    today = day_of(now_micros(), ledger_of(request).zone)
    begin, end = first or last or today, last or first or today
    span = _checked(begin, end)
    if span.wrong:
        return problem(request, 422, *span.wrong)
    try:
        return DecisionsRead.model_construct(**decided_json(_decided(request, visitor, span)))
    except Refusal as refusal:
        return problem(request, 409, *refusal.sentences)


def _span(request: Request, first: str, last: str) -> Span:
    """Return the days of an address."""
    today = day_of(now_micros(), ledger_of(request).zone)
    (begin, one), (end, other) = day_asked(first), day_asked(last)
    end = end or max(today, begin or today)
    if one or other:
        return Span(first=begin or end, last=end, wrong=(*one, *other))
    return _checked(begin or dt.date.fromordinal(max(1, end.toordinal() - _DAYS_SHOWN + 1)), end)


def _checked(first: dt.date, last: dt.date) -> Span:
    if first > last:
        turned = say("{first} is after {last}. Turn them round.", first=first.isoformat(), last=last.isoformat())
        return Span(first=first, last=last, wrong=(turned,))
    if (last - first).days >= _DAYS_MAX:
        return Span(first=first, last=last, wrong=(say("Ask for {days} days at the most.", days=_DAYS_MAX),))
    return Span(first=first, last=last)


def _decided(request: Request, visitor: Visitor, span: Span) -> Decided:
    ledger, lang = ledger_of(request), language_of(request)
    begin, end = start_of_day(span.first, ledger.zone), end_of_day(span.last, ledger.zone)
    with reading(ledger.engine) as connection:
        reach = reach_of(connection, visitor.person, SEE_RECORDS)
        return decided_between(connection, begin, end, lang=lang, sees=None if reach.everywhere else reach.holds)


def _names(request: Request) -> Any:
    with reading(ledger_of(request).engine) as connection:
        return names_kept(request, connection)
