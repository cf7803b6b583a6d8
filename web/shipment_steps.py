"""What is done to a shipment on its page: confirmed, explained, countersigned; and any document taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from data.quantities import units_in
from data.typed_arrivals import NotedLine, ReadArrivals, noted_lines, read_typed_arrivals
from models.countersigning import countersign
from models.database import reading
from models.days import now_micros
from models.documents_confirm import confirm
from models.documents_settle import settle
from models.entry import Refusal
from models.names_beside import with_names
from models.occurred import occurred_at
from models.posting import KeyUsedOtherwise
from models.reasons import OTHER
from models.requests import NO_LOT, Head, Row
from models.versions import Stamp
from web.form_keys import SAID_OTHERWISE, key_of, was_used
from web.posted import post_for
from web.reasons_typed import WHAT_REASON, refuse_unsaid
from web.sealer import then_seal
from web.shipment_form import ConfirmForm, Sent, form_of, mark_of, moment_typed, scanned_into, sent_lines
from web.shipments_page import shipment_address, shown_shipment
from web.shipments_seen import APPROVE, POST_STOCK, REPORT, ShipmentSeen, shipment_seen
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1000)]


def _seen(request: Request, visitor: Visitor, number: str) -> ShipmentSeen:
    with reading(ledger_of(request).engine) as connection:
        return shipment_seen(connection, request, visitor, number)


def _done(request: Request, number: str, document: int) -> Response:
    address = f"{shipment_address(number)}?done={document}"
    return RedirectResponse(address, status_code=303, background=then_seal(request))


@router.post("/shipments/{number}/confirm")
def confirm_one(request: Request, number: str, sent: Annotated[Sent, Form()]) -> Response:
    """Record what arrived, once what differs was told; or read into the form what was scanned."""
    visitor = visitor_with(request, REPORT)
    refuse_forged(request, sent.form)
    seen = _seen(request, visitor, number)
    key = key_of(visitor.person, sent.key)
    with reading(ledger_of(request).engine) as connection:
        again = was_used(connection, key)
    noted = sent_lines(sent) if again else noted_lines(seen.lines)
    form = form_of(sent, noted)
    if sent.do == "scan" and not again:
        with reading(ledger_of(request).engine) as connection:
            form = scanned_into(connection, form, noted)
        return _again(request, number, form)
    try:
        return _recorded(request, visitor, number, sent, form, noted, key, again=again)
    except KeyUsedOtherwise:
        return shown_shipment(request, number, status=422, used=SAID_OTHERWISE)
    except Refusal as refusal:
        return _again(request, number, replace(form, wrong=refusal.sentences))


def _again(request: Request, number: str, form: ConfirmForm) -> Response:
    status = 422 if form.wrong or form.faults else 200
    return shown_shipment(request, number, status=status, form=form)


def _recorded(
    request: Request,
    visitor: Visitor,
    number: str,
    sent: Sent,
    form: ConfirmForm,
    noted: Sequence[NotedLine],
    key: str,
    *,
    again: bool,
) -> Response:
    """Post what arrived, or show the form again with what is wrong or differs. `again`: it was recorded before.

    Raises:
        Refusal: what the ledger refuses.

    """
    now = now_micros()
    head = _head(request, visitor, key, form, now)
    read = ReadArrivals() if sent.do == "all" else read_typed_arrivals(form.lines, noted)
    if sent.do != "all" and not again:
        more = _to_be_looked_at(request, sent, form, read)
        if more is not None:
            return _again(request, number, more)
    made = post_for(
        request,
        visitor.person,
        REPORT,
        lambda: confirm(head, shipment=number, arrivals=read.arrivals, all_sound=sent.do == "all"),
        now=now,
    )
    return _done(request, number, made.id)


def _to_be_looked_at(request: Request, sent: Sent, form: ConfirmForm, read: ReadArrivals) -> ConfirmForm | None:
    """Return the form with what is wrong or differs; None where nothing is, or it was told before."""
    unsaid = OTHER in {each.reason for each in read.arrivals} and not form.note
    faults = {**read.faults, **({"note": WHAT_REASON} if unsaid else {})}
    if faults:
        return replace(form, faults=faults)
    if not read.differences or sent.told == mark_of(read):
        return None
    with reading(ledger_of(request).engine) as connection:
        told = with_names(connection, read.differences)
    return replace(form, told=mark_of(read), differences=told)


def _head(request: Request, visitor: Visitor, key: str, form: ConfirmForm, now: int) -> Head:
    at = moment_typed(form.when)
    if isinstance(at, Sentence):
        raise Refusal(at)
    return Head(
        key=key,
        actor=visitor.person.id,
        occurred_at=occurred_at(None, at, now=now, zone=ledger_of(request).zone),
        said_when="" if at is None else at.isoformat(),
        note=form.note,
    )


@router.post("/shipments/{number}/settle")
def settle_one(
    request: Request,
    number: str,
    lot: Text = "",
    units: Text = "",
    reason: Text = "",
    other: Text = "",
    partner: Text = "",
    note: Text = "",
    key: Text = "",
    form: Text = "",
) -> Response:
    """Explain what came beyond a shipment. `lot`: item, lot and expiry of one, "" for all that is open."""
    visitor = visitor_with(request, POST_STOCK)
    refuse_forged(request, form)
    _seen(request, visitor, number)
    own_key, now = key_of(visitor.person, key), now_micros()
    head = Head(key=own_key, actor=visitor.person.id, occurred_at=now, reason=reason, note=note.strip())
    more = {"other": other.strip(), "partner": partner.strip()}
    try:
        refuse_unsaid("settle", reason, note, **more)
        row = _row(lot, units)
        made = post_for(
            request, visitor.person, POST_STOCK, lambda: settle(head, shipment=number, row=row, **more), now=now
        )
    except KeyUsedOtherwise:
        return shown_shipment(request, number, status=422, used=SAID_OTHERWISE)
    except Refusal as refusal:
        settling = {"lot": lot, "units": units, "reason": reason, "note": note, "key": key, **more}
        return shown_shipment(request, number, status=422, settling=settling, unsettled=refusal.sentences)
    return _done(request, number, made.id)


def _row(lot: str, units: str) -> Row | None:
    """Return which lot is explained, and how many units of it; None for all that is open."""
    if not lot:
        if units.strip():
            raise Refusal(say("Say which lot these units are of, or leave the number empty."))
        return None
    item, _, rest = lot.partition("|")
    lot_no, _, expires = rest.partition("|")
    read = units_in(units.strip()) if units.strip() else None
    if isinstance(read, Sentence):
        raise Refusal(read)
    return Row(item=item, quantity=read, lot_no="" if lot_no == NO_LOT else lot_no, expires=expires or None)


@router.post("/shipments/{number}/countersign")
def countersign_one(request: Request, number: str, note: Text = "", form: Text = "") -> Response:
    """Countersign the emergency issue that sent a shipment: whoever may approve where it left and where it goes."""
    visitor = visitor_with(request, APPROVE)
    refuse_forged(request, form)
    seen = _seen(request, visitor, number)
    if not seen.may_countersign:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    try:
        countersign(ledger, seen.shipment.document, Stamp(visitor.person.id, now_micros()), note=note.strip())
    except Refusal as refusal:
        with reading(ledger.engine) as connection:
            said = with_names(connection, refusal.sentences)
        return shown_shipment(request, number, status=422, unsigned=said, sign_note=note)
    return _done(request, number, seen.shipment.document)
