"""Reports in: which site, and what is to be reported of it; what was reported, as it stands in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from allocator.sentence import Named, say
from data.document_tables import headlines
from data.report_meaning import lines_said
from data.typed_report import KINDS
from models.database import reading
from models.days import clock_of, now_micros
from models.document_notes import notes_of
from models.documents_listed import DocumentsAsked, ListedDocument, documents_listed
from models.documents_read import read_document
from models.names_beside import with_names
from models.report_drafts import KEPT_DAYS, ReportDraft, drafts_of
from models.rights import reach_of
from models.words import type_word
from web.kept import names_kept
from web.pages import page
from web.report_form import REPORT, is_site, sites_of
from web.visitors import ledger_of, visitor_with

__all__ = ["TITLES", "router"]

router = APIRouter(include_in_schema=False)

TITLES = {"count": say("Count"), "use": say("Use"), "receipt": say("Receipt")}
_SITES_SHOWN = 60
_LATELY = 10
_DIGITS = 18
_LETTERS_MAX = 200


@router.get("/reports")
def choose(request: Request, site: str = "") -> Response:
    """Ask for which site something is reported, and what."""
    visitor = visitor_with(request, REPORT)
    ledger, now = ledger_of(request), now_micros()
    site = site.replace("\x00", "").strip()[:_LETTERS_MAX]
    with reading(ledger.engine) as connection:
        reach = reach_of(connection, visitor.person, REPORT)
        sites = sites_of(connection, reach, _SITES_SHOWN + 1)
        chosen = site or (sites[0] if len(sites) == 1 else "")
        is_there = bool(chosen) and reach.holds(chosen) and is_site(connection, chosen)
        asked = DocumentsAsked(site=chosen, person=visitor.person.id)
        lately = (
            documents_listed(connection, ledger.zone, visitor.person, REPORT, asked, most=_LATELY) if is_there else []
        )
        drafts = [each for each in drafts_of(connection, visitor.person.id, at=now) if reach.holds(each.site)]
        names = names_kept(request, connection)
    return page(
        request,
        "reports.html",
        status=404 if chosen and not is_there else 200,
        chosen=names[0].get(chosen, Named(chosen)) if is_there else None,
        code=chosen,
        sites=[names[0].get(each, Named(each)) for each in sites] if len(sites) <= _SITES_SHOWN else [],
        several=len(sites) != 1,
        titles=TITLES,
        lately=[_listed(each, ledger.zone) for each in lately if each.type in KINDS.values()],
        drafts=[_draft(each, names[0], ledger.zone) for each in drafts],
        kept_days=KEPT_DAYS,
    )


def _listed(each: ListedDocument, zone: ZoneInfo) -> dict[str, Any]:
    return {"row": each, "type": type_word(each.type), "at": clock_of(each.occurred_at, zone)}


def _draft(draft: ReportDraft, sites: Mapping[str, Named], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "title": TITLES[draft.kind],
        "site": sites.get(draft.site, Named(draft.site)),
        "at": clock_of(draft.saved_at, zone),
        "href": f"/reports/{draft.kind}?{urlencode({'site': draft.site})}",
    }


@router.get("/reports/recorded/{number}")
def recorded(request: Request, number: str) -> Response:
    """Show what was reported as it stands in the ledger."""
    visitor = visitor_with(request, REPORT)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        seen = read_document(connection, int(number)) if number.isdecimal() and len(number) < _DIGITS else None
        reach = reach_of(connection, visitor.person, REPORT)
        if seen is None or seen.type not in KINDS.values() or not (seen.site and reach.holds(seen.site)):
            raise HTTPException(status_code=404)
        notes = with_names(connection, notes_of(connection, seen, zone=ledger.zone))
    told = list(headlines(seen, ledger.zone))
    return page(
        request,
        "report-recorded.html",
        title=told[0],
        told=told[1:],
        notes=notes,
        lines=list(lines_said(seen)),
        site=seen.site,
        titles=TITLES,
    )
