"""`GET /api/v1/trace`, `/documents`: the records for programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from data.document_tables import document_json
from data.texts import translator
from data.trace_tables import trace_json
from models.database import reading
from models.days import iso_of
from models.document_notes import notes_of
from models.documents_listed import DocumentsAsked, ListedDocument, documents_listed, reversal_of
from models.entry import Refusal
from web.api_parameters import Code, Cursor, Limit, NumberInPath
from web.audit_seen import SEE_RECORDS, TraceAsked, document_seen, trace_seen
from web.cut_asked import cut_asked
from web.pages import language_of
from web.visitors import ledger_of, visitor_with

__all__ = ["Code", "router"]

router = APIRouter(prefix="/api/v1", tags=["records"])


class TraceRead(BaseModel):
    """What was traced: `documents` where some were asked for, `account` of an item at a site, and each lot's way.

    Times are UTC microseconds, places codes such as IN_TRANSIT:T-1; `became` and `held` are units by what and where.
    """

    kind: str
    name: str
    documents: list[dict[str, Any]]
    account: list[dict[str, Any]]
    lots: list[dict[str, Any]]


class DocumentListed(BaseModel):
    """A document of a list."""

    number: int
    type: str
    site: str
    actor: str
    approver: str
    occurred_at: str
    recorded_at: str
    reverses: int | None
    refers_to: int | None
    shipment: str
    plan: str
    units: int
    reversed: bool


class DocumentsPage(BaseModel):
    """Documents, and what to ask for the next ones: null where these are the last."""

    documents: list[DocumentListed]
    next: str | None


class DocumentRead(BaseModel):
    """A document whole: its lines with the balances after each, what was counted, what there is to say about it."""

    number: int
    type: str
    site: str | None
    actor: str
    approver: str | None
    reason: str
    occurred_at: str
    recorded_at: str
    refers_to: int | None
    reverses: int | None
    reversed_by: int | None
    allocation: str | None
    shipment: str | None
    open_exception: bool
    details: dict[str, Any]
    lines: list[dict[str, Any]]
    counted: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    countersigned: dict[str, Any] | None
    notes: list[str]


@router.get("/trace", summary="Where units came from and went")
def trace(
    request: Request, of: Code = "", site: Code = "", item: Code = "", as_of: Code = "", known_at: Code = ""
) -> TraceRead:
    """Trace a lot, a document or a shipment (`of`), or an item at a site."""
    visitor = visitor_with(request, SEE_RECORDS)
    asked = TraceAsked(of=of, site=site, item=item, cut=cut_asked(as_of, known_at).or_nothing())
    if not asked.is_asked:
        raise HTTPException(status_code=422)
    ledger = ledger_of(request)
    try:
        with reading(ledger.engine) as connection:
            seen = trace_seen(connection, ledger, visitor.person, asked)
    except Refusal:
        seen = None
    if seen is None:
        raise HTTPException(status_code=404)
    return TraceRead.model_construct(**trace_json(seen.traced, seen.account))


@router.get("/documents", summary="Documents, newest first")
def documents(
    request: Request,
    type: Code = "",  # noqa: A002 - the parameter's name
    site: Code = "",
    person: Code = "",
    day: dt.date | None = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> DocumentsPage:
    """Return documents by type, site, who posted or approved them, and the day they were recorded on."""
    visitor = visitor_with(request, SEE_RECORDS)
    ledger = ledger_of(request)
    asked = DocumentsAsked(type=type, site=site, person=person, day=day)
    before = int(cursor) if cursor else None
    with reading(ledger.engine) as connection:
        rows = documents_listed(
            connection, ledger.zone, visitor.person, SEE_RECORDS, asked, before=before, most=limit + 1
        )
    following = str(rows[limit - 1].number) if len(rows) > limit else None
    return DocumentsPage.model_construct(documents=[_listed(request, row) for row in rows[:limit]], next=following)


def _listed(request: Request, row: ListedDocument) -> DocumentListed:
    zone = ledger_of(request).zone
    times = {"occurred_at": iso_of(row.occurred_at, zone), "recorded_at": iso_of(row.recorded_at, zone)}
    return DocumentListed.model_construct(**{**vars(row), **times})


@router.get("/documents/{number}", summary="One document")
def document(request: Request, number: NumberInPath) -> DocumentRead:
    """Return a document by its number."""
    visitor = visitor_with(request, SEE_RECORDS)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        seen = document_seen(connection, visitor.person, number)
        if seen is None:
            raise HTTPException(status_code=404)
        notes = notes_of(connection, seen, zone=ledger.zone)
        undone = reversal_of(connection, [number]).get(number)
    told = document_json(seen, notes, zone=ledger.zone, word=translator(language_of(request)))
    return DocumentRead.model_construct(**told, reversed_by=undone)
