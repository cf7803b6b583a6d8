"""The records: how the proof stands, and the way of anything through the ledger."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from allocator.sentence import Sentence, say
from data.ledger_facts import ledger_facts
from data.texts import translator
from data.trace_sheet import trace_pdf, trace_svg
from data.trace_tables import account_table, trace_tables
from data.trace_words import became_word, headline, mixed_word
from models.chain_state import chain_state
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.trace_asked import depots_of
from web.audit_seen import SEE_RECORDS, SeenTrace, TraceAsked, trace_seen
from web.cut_asked import cut_asked
from web.kept import names_kept
from web.pages import language_of, page
from web.saved_tables import saved_bytes, saved_tables
from web.shown_tables import Names, shown_tables
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["LINKS", "router"]

router = APIRouter(include_in_schema=False)


def _to_document(text: str) -> str:
    number = text.replace(",", "")
    return f"/audit/documents/{number}" if number.isdigit() else ""


LINKS = {"document": _to_document}
"""Where cells of tables lead, by column."""

_LETTERS_MAX = 200
_HEADLINES = 10
_ROWS = 40


@router.get("/audit")
def show(request: Request) -> Response:
    """Show how the proof stands, and where to begin."""
    visitor_with(request, SEE_RECORDS)
    ledger, now = ledger_of(request), now_micros()
    with reading(ledger.engine) as connection:
        state = chain_state(connection, at=now)
    witnesses = [
        (each, None if each.seconds is None else clock_of(each.seconds * 1_000_000, ledger.zone))
        for each in state.witnesses
    ]
    signed = None if state.head is None else clock_of(state.head.signed_at, ledger.zone)
    return page(request, "audit.html", state=state, signed=signed, witnesses=witnesses, asked=_query(TraceAsked()))


@router.get("/audit/trace")
def show_trace(
    request: Request, of: str = "", site: str = "", item: str = "", as_of: str = "", known_at: str = ""
) -> Response:
    """Show the way of a lot, a document, a shipment, or an item at a site."""
    visitor = visitor_with(request, SEE_RECORDS)
    asked = _asked(of, site, item, as_of, known_at)
    typed = {"of": of, "site": site, "item": item, "as_of": as_of, "known_at": known_at}
    seen, names, wrong = None, None, list(asked.cut.wrong)
    if asked.is_asked and not wrong:
        try:
            seen, names = _traced(request, visitor, asked)
        except Refusal as refusal:
            wrong += refusal.sentences
    elif site and not item and not of:
        wrong.append(say("Say which item at {site}.", site=site))
    shown: dict[str, Any] = {"lots": (), "tables": (), "mixed": None, "name": ""}
    if seen is not None and names is not None:
        traced = seen.traced
        lots = [(headline(each), became_word(each) if each.own_units is None else None) for each in traced.traces]
        shown = {
            "lots": lots[:_HEADLINES],
            "tables": shown_tables(request, _tables(request, seen), names, links=LINKS, most=_ROWS),
            "mixed": mixed_word(traced.traces),
            "name": traced.name,
        }
    nothing = asked.is_asked and not wrong and seen is None
    return page(
        request,
        "trace.html",
        status=404 if nothing else 200,
        asked=typed,
        wrong=wrong,
        nothing=nothing,
        query=urlencode(_query(asked)),
        under=asked.cut.word,
        **shown,
    )


@router.get("/audit/trace{ending}")
def save_trace(
    request: Request, ending: str, of: str = "", site: str = "", item: str = "", as_of: str = "", known_at: str = ""
) -> Response:
    """Give a trace as tables, or as a picture of the flow."""
    visitor = visitor_with(request, SEE_RECORDS)
    asked = _asked(of, site, item, as_of, known_at)
    if ending not in (".xlsx", ".csv", ".svg", ".pdf") or not asked.is_asked:
        raise HTTPException(status_code=404)
    asked.cut.or_nothing()
    try:
        seen, names = _traced(request, visitor, asked)
    except Refusal:
        raise HTTPException(status_code=404) from None
    if seen is None:
        raise HTTPException(status_code=404)
    title = say("Trace of {what}", what=seen.traced.name)
    if ending in (".svg", ".pdf"):
        return _drawn(request, visitor, seen, names, asked, ending)
    day = day_of(now_micros(), ledger_of(request).zone)
    tables = _tables(request, seen)
    return saved_tables(request, visitor, "trace", ending, tables, title=title, day=day, filters=asked.cut.facts)


def _asked(of: str, site: str, item: str, as_of: str, known_at: str) -> TraceAsked:
    of, site, item = (text.strip()[:_LETTERS_MAX] for text in (of, site, item))
    return TraceAsked(of=of, site=site, item=item, cut=cut_asked(as_of, known_at))


def _query(asked: TraceAsked) -> dict[str, str]:
    cut = asked.cut
    values = {
        "of": asked.of,
        "site": asked.site,
        "item": asked.item,
        "as_of": cut.as_of.isoformat() if cut.as_of else "",
        "known_at": cut.known_at if isinstance(cut.known_at, str) else cut.known_at.isoformat() if cut.known_at else "",
    }
    return {name: value for name, value in values.items() if value}


def _traced(request: Request, visitor: Visitor, asked: TraceAsked) -> tuple[SeenTrace | None, Names]:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        return trace_seen(connection, ledger, visitor.person, asked), names_kept(request, connection)


def _tables(request: Request, seen: SeenTrace) -> list[Any]:
    zone = ledger_of(request).zone
    tables = trace_tables(seen.traced, zone)
    return [account_table(seen.account, zone), *tables] if seen.account else tables


def _drawn(
    request: Request, visitor: Visitor, seen: SeenTrace, names: Names, asked: TraceAsked, ending: str
) -> Response:
    ledger, lang = ledger_of(request), language_of(request)
    with reading(ledger.engine) as connection:
        depots = depots_of(connection)
    title = say("Trace of {what}", what=seen.traced.name)
    under = [] if asked.cut.word is None else [asked.cut.word]
    sites, items = names
    given: dict[str, Any] = {
        "title": title,
        "under": under,
        "depots": depots,
        "sites": sites,
        "items": items,
        "lang": lang,
    }
    if ending == ".svg":
        answer = saved_bytes(trace_svg(seen.traced, **given).encode(), "trace", ending)
        # A picture of a page too: it is shown there, and saved only where somebody asks to.
        answer.headers["content-disposition"] = 'inline; filename="trace.svg"'
        return answer
    word = translator(lang)
    facts = [
        (word(name), word(value) if isinstance(value, Sentence) else str(value))
        for name, value in ledger_facts(ledger, actor=visitor.person.id, now=now_micros())
    ]
    return saved_bytes(trace_pdf(seen.traced, facts=facts, **given), "trace", ending)
