"""Shipments: what is on its way, late, confirmed with a difference or settled; each with what became of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import say
from data.document_rows import listed_table
from data.notes import notes_pdf
from data.shipment_printing import note_of
from data.shipment_tables import account_table, shipments_table
from data.typed_arrivals import BOXES, noted_lines
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.paper_proof import proofs_of
from models.reasons import REASONS
from models.shipment_paper import shipment_paper
from models.shipments_listed import SETTLED, STATES, ShipmentsAsked
from web.cut_asked import day_asked
from web.form_keys import new_key
from web.kept import names_kept
from web.pages import language_of, page
from web.saved_tables import saved_tables
from web.shipment_form import ConfirmForm, offered
from web.shipments_seen import SEE_SHIPMENTS, shipment_seen, shipments_seen
from web.shown_tables import shown_table
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["router", "shipment_address", "shown_shipment"]

router = APIRouter(include_in_schema=False)

ROWS, _SAVED_MAX = 100, 20_000
_LETTERS_MAX, _DIGITS = 200, 18

_SETTLING = ("lot", "units", "reason", "other", "partner", "note")
_NOTHING_TYPED: dict[str, Any] = {"used": None, "unsettled": (), "unsigned": (), "sign_note": ""}
_LISTED = ("under-way", "late", "differing", SETTLED)


def shipment_address(number: str) -> str:
    """Return the address of a shipment's page.

    >>> shipment_address("T-FWT3ZWA")
    '/shipments/T-FWT3ZWA'
    """
    return f"/shipments/{quote(number, safe='')}"


@router.get("/shipments")
def show(
    request: Request,
    state: str = "",
    site: str = "",
    plan: str = "",
    since: str = "",
    before: str = "",
    find: str = "",
) -> Response:
    """Show them; `find`: the number of one, or what the code of its note says, which is opened."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    if find.strip():
        return _opened(request, visitor, find.strip()[:_LETTERS_MAX])
    return _shown_list(request, visitor, state, site, plan, since, before)


def _shown_list(
    request: Request, visitor: Visitor, state: str, site: str, plan: str, since: str, before: str, missing: str = ""
) -> Response:
    asked, query, wrong = _asked(state, site, plan, since)
    last = int(before) if before.isdecimal() and len(before) < _DIGITS else None
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        rows = shipments_seen(connection, request, visitor.person, asked, before=last, most=ROWS + 1)
        names = names_kept(request, connection)
    links = {"shipment": shipment_address}
    return page(
        request,
        "shipments.html",
        status=404 if missing else 200,
        table=shown_table(request, shipments_table(rows[:ROWS], ledger.zone), names, links=links, most=ROWS),
        asked=query,
        wrong=wrong,
        missing=missing,
        states={each: STATES[each] for each in _LISTED},
        query=urlencode(query),
        first=None if last is None else urlencode(query),
        after=urlencode(query | {"before": rows[ROWS - 1].document}) if len(rows) > ROWS else None,
    )


def _opened(request: Request, visitor: Visitor, found: str) -> Response:
    """Go to a shipment whose number was typed or scanned from its note."""
    try:
        path = urlsplit(found).path if "/" in found else found
    except ValueError:  # what was scanned is no address
        path = found
    number = path.rstrip("/").rpartition("/")[2].upper()
    try:
        with reading(ledger_of(request).engine) as connection:
            shipment_seen(connection, request, visitor, number)
    except HTTPException:
        return _shown_list(request, visitor, "", "", "", "", "", missing=number or found)
    return RedirectResponse(shipment_address(number), status_code=303)


@router.get("/shipments{ending}")
def save(request: Request, ending: str, state: str = "", site: str = "", plan: str = "", since: str = "") -> Response:
    """Give the newest twenty thousand of them as a file."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    asked, query, wrong = _asked(state, site, plan, since)
    if wrong:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        rows = shipments_seen(connection, request, visitor.person, asked, most=_SAVED_MAX)
    filters = [(_FILTERS[name], value) for name, value in query.items()]
    if len(rows) == _SAVED_MAX:
        filters.append((say("newest only"), f"{_SAVED_MAX:,}"))
    return saved_tables(
        request, visitor, "shipments", ending, [shipments_table(rows, ledger.zone)],
        title=say("Shipments"), day=day_of(now_micros(), ledger.zone), filters=filters,
    )  # fmt: skip


_FILTERS = {"state": say("state"), "site": say("site"), "plan": say("plan"), "since": say("sent from")}


def _asked(state: str, site: str, plan: str, since: str) -> tuple[ShipmentsAsked, dict[str, str], Any]:
    site, plan, since = (text.strip()[:_LETTERS_MAX] for text in (site, plan, since))
    day, wrong = day_asked(since)
    state = state if state in _LISTED else ""
    query = {"state": state, "site": site, "plan": plan, "since": since}
    asked = ShipmentsAsked(state=state, site=site, plan=plan, since=day)
    return asked, {name: value for name, value in query.items() if value}, wrong


@router.get("/notes/{number}")
def open_note(request: Request, number: str) -> Response:
    """Go to the shipment whose note bears a code with this address."""
    visitor_with(request, SEE_SHIPMENTS)
    return RedirectResponse(shipment_address(number), status_code=303)


@router.get("/shipments/{number}")
def show_one(request: Request, number: str, done: str = "") -> Response:
    """Show one shipment; `done`: the document that was just recorded of it."""
    return shown_shipment(request, number, done=done)


def shown_shipment(
    request: Request, number: str, *, done: str = "", status: int = 200, form: ConfirmForm | None = None, **typed: Any
) -> Response:
    """Return a shipment's page. `form`, `typed`: what was typed in its forms, where it is shown again."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        seen = shipment_seen(connection, request, visitor, number)
        names = names_kept(request, connection)
    shipment = seen.shipment
    recorded = next((each for each in seen.documents if str(each.number) == done), None)
    links = {"document": lambda text: f"/audit/documents/{text}"} if visitor.may("see-records") else {}
    noted = noted_lines(seen.lines)
    return page(
        request,
        "shipment.html",
        status=status,
        seen=seen,
        shipment=shipment,
        state=STATES[shipment.state],
        sent=clock_of(shipment.sent_at, ledger.zone),
        site=names[0].get(shipment.site),
        to=names[0].get(shipment.to),
        recorded=recorded,
        account=shown_table(request, account_table(seen.lines), names),
        documents=shown_table(request, listed_table(seen.documents, ledger.zone), names, links=links),
        noted=noted,
        items=names[1],
        boxes=BOXES,
        reasons=REASONS,
        confirming=form or offered(noted, begun=shipment.state == "differing"),
        **(_NOTHING_TYPED | {"settling": dict.fromkeys(_SETTLING, "") | {"key": new_key()}} | typed),
    )


@router.get("/shipments/{number}/note.pdf")
def print_note(request: Request, number: str) -> Response:
    """Give the note that goes with a shipment."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        shipment_seen(connection, request, visitor, number)
        try:
            paper = shipment_paper(connection, number)
        except Refusal:
            raise HTTPException(status_code=404) from None
        proof = proofs_of(connection, [paper.document])[paper.document]
    url = f"{request.url.scheme}://{request.headers.get('host', '')}"
    note = note_of(paper, ledger.zone, url=url, proof=proof.text())
    named = {"content-disposition": f'attachment; filename="{quote(number)}.pdf"'}
    pdf = notes_pdf([note], lang=language_of(request), title=number)
    return Response(pdf, media_type="application/pdf", headers=named)
