"""`POST /api/v1/documents`: what happened, told by programs, and posted as commands and pages have it posted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from allocator.sentence import Sentence
from data.certificates import standard_read, waits_for_certificate
from data.texts import translator
from models.database import reading
from models.days import now_micros
from models.document_notes import notes_of, notes_of_entry
from models.documents import Draft
from models.documents_in import AllToCome, receive
from models.documents_read import SeenDocument, read_document
from models.entry import Entry, Refusal
from models.occurred import occurred_at
from models.order_receipts import all_to_come, outstanding_rows, post_receipt_of
from models.orders import KnownOrder, find_order
from models.posting import Posted
from models.requests import Head, Row
from models.versions import Stamp
from web.api_parameters import Key
from web.document_bodies import AnyDocument, DocumentAsked, ReceiptAsked
from web.kept import kept_of
from web.pages import language_of
from web.posted import post_for
from web.problems import problem
from web.sealer import then_seal
from web.shipments_seen import POST_STOCK, REPORT
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["records"])

_REPORTED = ("receive", "issue", "count", "confirm")
"""What is reported where it happens; all else is posted by whoever keeps the stock."""


class DocumentPosted(BaseModel):
    """A document that was posted. `shipment`: what it sent or is about; `notes`: what there is to say about it."""

    number: int
    type: str
    shipment: str | None
    notes: list[str]


@router.post("/documents", summary="Post a document", status_code=201, response_model=DocumentPosted)
def post_document(request: Request, asked: AnyDocument, key: Key) -> Response:
    """Post a document: what came, was used, was sent, arrived, was counted, corrected, set aside, or is taken back.

    Its key is the document's own: asked again under it, however late, nothing is posted twice.
    """
    body = asked.root
    is_report = body.type in _REPORTED
    visitor = visitor_with(request, REPORT) if is_report else visitor_with(request, POST_STOCK)
    try:
        posted, said = _posted(request, visitor, REPORT if is_report else POST_STOCK, body, key)
    except Refusal as refusal:
        return problem(request, 409, *refusal.sentences)
    told = _told(request, posted, said)
    headers = {"location": f"/api/v1/documents/{posted.id}"}
    return JSONResponse(told.model_dump(), status_code=201, headers=headers, background=then_seal(request))


def _posted(
    request: Request, visitor: Visitor, right: str, body: DocumentAsked, key: str
) -> tuple[Posted, Sequence[Sentence]]:
    """Post what is asked for; return it with what there is to say of its papers.

    Raises:
        Refusal: nothing was posted.

    """
    ledger, now = ledger_of(request), now_micros()
    head = _head(body, visitor, key, at=occurred_at(None, body.occurred_at, now=now, zone=ledger.zone))
    if not isinstance(body, ReceiptAsked):
        return post_for(request, visitor.person, right, partial(body.draft, head), now=now), ()
    waits = body.quarantine or not (body.certificate or _goes_without_certificate(request))
    order: KnownOrder | None = None
    rows: list[Row] | AllToCome = [line.row() for line in body.lines]
    said: Sequence[Sentence] = ()
    if body.order or body.standard:
        with reading(ledger.engine) as connection:
            order = find_order(connection, body.order, ledger.zone) if body.order else None
            rows, said = _received(connection, request, body, order)
    papers = {"reference": body.reference, "certificate": body.certificate, "standard": body.standard}
    papers |= {} if order is None else {"order": order.number}
    partner = body.partner or ("" if order is None else order.partner)

    def draft() -> Draft:
        return receive(head, site=body.site, partner=partner, rows=rows, into_quarantine=waits, **papers)

    post = None
    if order is not None:
        stamp, number = Stamp(visitor.person.id, now), order.number
        post = lambda each: post_receipt_of(ledger, each, number, stamp)  # noqa: E731 - posts beside the document
    return post_for(request, visitor.person, right, draft, now=now, post=post), said


def _goes_without_certificate(request: Request) -> bool:
    """Say whether by the policy, which changes seldom, what comes without a certificate may be used at once."""
    kept, engine = kept_of(request).certificates, ledger_of(request).engine
    return not kept.read(engine, "certificate", lambda connection: waits_for_certificate(connection, ""))


def _head(body: DocumentAsked, visitor: Visitor, key: str, *, at: int) -> Head:
    said = body.occurred_at
    return Head(
        key=f"{visitor.person.id} {key}",
        actor=visitor.person.id,
        occurred_at=at,
        said_when="" if said is None else said.isoformat(),
        reason=body.reason,
        note=body.note.strip(),
        approver=body.approver or None,
        exception=body.exception,
        explains=body.explains,
        reported_by=body.reported_by,
        reported_how=body.reported_how,
    )


def _received(
    connection: sa.Connection, request: Request, body: ReceiptAsked, order: KnownOrder | None
) -> tuple[list[Row] | AllToCome, Sequence[Sentence]]:
    """Return the lines of a receipt, and what there is to say of the standard on its boxes.

    Raises:
        Refusal: the standard is of another kind of item.

    """
    rows: list[Row] | AllToCome = [line.row() for line in body.lines]
    due = rows
    if order is not None and not body.lines:
        rows = all_to_come(order.number, body.site, Row(item="", quantity=None), ledger_of(request).zone)
        due = outstanding_rows(order, body.site)
    read = standard_read(connection, body.standard, [row.item for row in due] if isinstance(due, list) else [])
    if read.wrong:
        raise Refusal(*read.wrong)
    return rows, read.remarks


def _told(request: Request, posted: Posted, said: Sequence[Sentence]) -> DocumentPosted:
    ledger, word = ledger_of(request), translator(language_of(request))
    seen: Entry | SeenDocument | None = posted.entry
    notes = None if posted.entry is None else notes_of_entry(posted.entry, zone=ledger.zone)
    if seen is None or notes is None:
        with reading(ledger.engine) as connection:
            seen = read_document(connection, posted.id)
            assert seen is not None  # noqa: S101 - it was posted a moment ago, or is there already
            notes = notes_of(connection, seen, zone=ledger.zone)
    return DocumentPosted.model_construct(
        number=posted.id, type=seen.type, shipment=seen.shipment, notes=[word(each) for each in (*said, *notes)]
    )
