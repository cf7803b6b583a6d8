"""Documents: listed newest first, and each with its lines, its papers and what took it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from data.document_rows import listed_table
from data.document_tables import document_table, headlines
from data.ledger_facts import Fact
from models.database import reading
from models.days import day_of, now_micros
from models.document_notes import notes_of
from models.documents_listed import DocumentsAsked, documents_listed, reversal_of
from models.documents_undo import reverse
from models.entry import Refusal
from models.leaves import DOCUMENT
from models.reasons import REASONS
from models.requests import Head
from models.rights import reach_of
from models.tree import place_of
from models.words import DOCUMENT_TYPES
from web.audit_page import LINKS
from web.audit_seen import SEE_RECORDS, document_seen
from web.cut_asked import day_asked
from web.form_keys import key_of, new_key
from web.kept import names_kept
from web.pages import page
from web.posted import post_for
from web.reasons_typed import refuse_unsaid
from web.rows_shown import All, rows_shown
from web.saved_tables import saved_tables
from web.sealer import then_seal
from web.shipments_page import shipment_address
from web.shipments_seen import POST_STOCK
from web.shown_tables import shown_table
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS, _SAVED_MAX = 100, 20_000
_LETTERS_MAX = 200

Text = Annotated[str, Form(max_length=1000)]


@router.get("/audit/documents")
def show(
    request: Request,
    kind: str = "",
    site: str = "",
    person: str = "",
    day: str = "",
    before: str = "",
    whole: All = "",
) -> Response:
    """Show the newest, or those before one."""
    visitor = visitor_with(request, SEE_RECORDS)
    asked, query, wrong = _asked(kind, site, person, day)
    ledger = ledger_of(request)
    last = int(before) if before.isdecimal() and len(before) < _DIGITS else None
    most = rows_shown(whole, ROWS)
    turned = query | ({"all": "1"} if whole else {})
    with reading(ledger.engine) as connection:
        rows = documents_listed(connection, ledger.zone, visitor.person, SEE_RECORDS, asked, before=last, most=most + 1)
        names = names_kept(request, connection)
    links = {**LINKS, "shipment": shipment_address}
    return page(
        request,
        "documents.html",
        table=shown_table(request, listed_table(rows[:most], ledger.zone), names, links=links, most=most),
        asked=query,
        wrong=wrong,
        types=DOCUMENT_TYPES,
        query=urlencode(query),
        first=None if last is None else urlencode(query),
        after=urlencode(turned | {"before": rows[most - 1].number}) if len(rows) > most else None,
    )


_DIGITS = 18


@router.get("/audit/documents{ending}")
def save(request: Request, ending: str, kind: str = "", site: str = "", person: str = "", day: str = "") -> Response:
    """Give the newest twenty thousand of them as a file."""
    visitor = visitor_with(request, SEE_RECORDS)
    asked, query, wrong = _asked(kind, site, person, day)
    if wrong:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        rows = documents_listed(connection, ledger.zone, visitor.person, SEE_RECORDS, asked, most=_SAVED_MAX)
    filters = [(_FILTERS[name], value) for name, value in query.items()]
    if len(rows) == _SAVED_MAX:
        filters.append((say("newest only"), f"{_SAVED_MAX:,}"))
    return saved_tables(
        request, visitor, "documents", ending, [listed_table(rows, ledger.zone)],
        title=say("Documents"), day=day_of(now_micros(), ledger.zone), filters=filters,
    )  # fmt: skip


@router.get("/audit/documents/{number}")
def show_one(request: Request, number: str, done: str = "") -> Response:
    """Show one document; `done`: it was recorded a moment ago."""
    return _shown(request, number, done=bool(done))


def _shown(
    request: Request,
    number: str,
    *,
    done: bool = False,
    wrong: Sequence[Sentence] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    visitor = visitor_with(request, SEE_RECORDS)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        wanted = int(number) if number.isdecimal() and len(number) < _DIGITS else 0
        seen = document_seen(connection, visitor.person, wanted)
        if seen is None:
            raise HTTPException(status_code=404)
        undone = reversal_of(connection, [seen.number]).get(seen.number)
        shown: dict[str, Any] = {
            "notes": notes_of(connection, seen, zone=ledger.zone),
            "reversed_by": undone,
            "leaf": place_of(connection, DOCUMENT, seen.number),
        }
        names = names_kept(request, connection)
        held = reach_of(connection, visitor.person, POST_STOCK).holds(seen.site or "")
    told = list(headlines(seen, ledger.zone))
    return page(
        request,
        "document.html",
        status=422 if wrong else 200,
        seen=seen,
        title=told[0],
        told=told[1:],
        table=shown_table(request, document_table(seen), names),
        may_reverse=visitor.may(POST_STOCK) and held and undone is None and seen.reverses is None,
        reasons=REASONS["reverse"],
        typed=typed or {"reason": "", "note": "", "key": new_key()},
        wrong=wrong,
        done=done,
        **shown,
    )


@router.get("/audit/documents/{number}/lines{ending}")
def save_one(request: Request, number: str, ending: str) -> Response:
    """Give the lines of one document as a file."""
    visitor = visitor_with(request, SEE_RECORDS)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        seen = document_seen(
            connection, visitor.person, int(number) if number.isdecimal() and len(number) < _DIGITS else 0
        )
    if seen is None:
        raise HTTPException(status_code=404)
    title, *told = headlines(seen, ledger.zone)
    day = day_of(now_micros(), ledger.zone)
    facts: list[Fact] = [(say("document"), str(seen.number)), *((say("said"), each) for each in told)]
    return saved_tables(
        request, visitor, f"document-{seen.number}", ending, [document_table(seen)],
        title=title, day=day, filters=facts,
    )  # fmt: skip


@router.post("/audit/documents/{number}/reverse")
def take_back(
    request: Request, number: str, reason: Text = "", note: Text = "", key: Text = "", form: Text = ""
) -> Response:
    """Take a document back, with the refusals that the command has."""
    visitor = visitor_with(request, POST_STOCK)
    refuse_forged(request, form)
    wanted = int(number) if number.isdecimal() and len(number) < _DIGITS else 0
    with reading(ledger_of(request).engine) as connection:
        if document_seen(connection, visitor.person, wanted) is None:
            raise HTTPException(status_code=404)
    own_key, now = key_of(visitor.person, key), now_micros()
    head = Head(key=own_key, actor=visitor.person.id, occurred_at=now, reason=reason, note=note.strip())
    try:
        refuse_unsaid("reverse", reason, note)
        made = post_for(request, visitor.person, POST_STOCK, lambda: reverse(head, number=wanted), now=now)
    except Refusal as refusal:
        typed = {"reason": reason, "note": note, "key": key}
        return _shown(request, number, wrong=refusal.sentences, typed=typed)
    return RedirectResponse(f"/audit/documents/{made.id}?done=1", status_code=303, background=then_seal(request))


_FILTERS = {"kind": say("type"), "site": say("site"), "person": say("person"), "day": say("recorded on")}


def _asked(kind: str, site: str, person: str, day: str) -> tuple[DocumentsAsked, dict[str, str], Any]:
    kind, site, person, day = (text.strip()[:_LETTERS_MAX] for text in (kind, site, person, day))
    on, wrong = day_asked(day)
    query = {"kind": kind, "site": site, "person": person, "day": day}
    asked = DocumentsAsked(type=kind, site=site, person=person, day=on)
    return asked, {name: value for name, value in query.items() if value}, wrong
