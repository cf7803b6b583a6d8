"""A count, use or a receipt typed at a site: offered, tried, recorded once; kept as a draft meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from allocator.sentence import Named, Sentence, say
from data.refusals_told import refusal_told
from data.report_meaning import Meaning, meaning_of
from data.report_scanned import with_scanned
from data.typed_report import TypedReport, is_recorded, read_report
from models.database import reading
from models.days import clock_of, day_of, local_time, now_micros
from models.documents import Draft, post_draft
from models.documents_count import StockMoved
from models.entry import Refusal
from models.posting import KeyUsedOtherwise
from models.report_drafts import draft_of, drop_draft, save_draft
from models.tables import document, item, partner
from models.within_reach import within_reach
from web.kept import names_kept
from web.pages import page
from web.report_form import (
    ROWS,
    Site,
    new_report,
    offered,
    reporting_at,
    shown_lines,
    text_of,
    typed_of,
    with_blanks,
    with_draft,
)
from web.reports_page import TITLES
from web.sealer import then_seal
from web.visitors import ledger_of, refuse_forged

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_MORE_LINES = 5
_OFFERED_MAX = 300
_LETTERS_MAX = 200


async def _form_of(request: Request) -> FormData:
    return await request.form()


Sent = Annotated[FormData, Depends(_form_of)]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a form's page says beside what was typed. `faults`: by field; `wrong`: of the whole, the first remark first.

    `moved`: stock moved meanwhile; `recorded`: the document that has the form's key already.
    """

    faults: Mapping[str, Sentence] = field(default_factory=dict)
    wrong: Sequence[Sentence] = ()
    done: Sequence[Sentence] = ()
    says: Sequence[Sentence] = ()
    meaning: Meaning | None = None
    moved: bool = False
    recorded: int | None = None
    saved_at: int | None = None


@router.get("/reports/{kind}")
def offer(request: Request, kind: str, site: str = "", item: str = "", start: int = 0) -> Response:
    """Offer a form: with the draft that is kept of it, if there is one."""
    # No code holds what a database cannot.
    site, only = (text.replace("\x00", "").strip()[:_LETTERS_MAX] for text in (site, item))
    at, ledger = reporting_at(request, kind, site), ledger_of(request)
    with reading(ledger.engine) as connection:
        rows = offered(connection, ledger, kind, at.code, only)
        start = min(max(start, 0), max(0, len(rows) - 1)) // ROWS * ROWS
        kept = draft_of(connection, at.visitor.person.id, kind, at.code, at=now_micros())
        typed = new_report(connection, kind, at.code) if kept is None else TypedReport.of_json(kept.fields)
        typed = with_blanks(with_draft(rows[start : start + ROWS], typed))
    typed = typed if typed.day else replace(typed, day=day_of(now_micros(), ledger.zone).isoformat())
    said = _Said(saved_at=None if kept is None else kept.saved_at)
    turn = {"start": start, "count": len(rows), "only": only}
    return _shown(request, at, typed, said, turn=turn)


@router.post("/reports/{kind}")
def send(request: Request, kind: str, sent: Sent) -> Response:
    """Say what a report would mean, record it, keep it as a draft, or give more lines."""
    at = reporting_at(request, kind, text_of(sent, "site"))
    refuse_forged(request, text_of(sent, "form"))
    typed, do = typed_of(sent, kind, at.code), text_of(sent, "do")
    ledger, person = ledger_of(request), at.visitor.person.id
    if do == "drop":
        drop_draft(ledger, person, kind, at.code)
        return RedirectResponse(f"/reports?{urlencode({'site': at.code})}", status_code=303)
    with reading(ledger.engine) as connection:
        typed, unread = with_scanned(connection, typed)
    if do == "lines":
        return _shown(request, at, with_blanks(typed, _MORE_LINES), _Said())
    if do == "draft":
        return _drafted(request, at, typed)
    return _tried(request, at, typed, unread, checked=text_of(sent, "checked") if do == "record" else "")


@router.post("/reports/{kind}/draft")
def keep(request: Request, kind: str, sent: Sent) -> Response:
    """Keep what is being typed, as the page's script asks some moments after the last key."""
    at = reporting_at(request, kind, text_of(sent, "site"))
    refuse_forged(request, request.headers.get("x-form-token", ""))
    typed, now, ledger = typed_of(sent, kind, at.code), now_micros(), ledger_of(request)
    person = at.visitor.person.id
    with reading(ledger.engine) as connection:
        # What was typed last may arrive after what was pressed then: it is no draft any more.
        is_over = typed.is_blank or is_recorded(connection, person, typed)
    if is_over:
        drop_draft(ledger, person, kind, at.code)
        return JSONResponse({"saved": False})
    try:
        save_draft(ledger, person, kind, at.code, typed.as_json(), at=now)
    except Refusal:
        return JSONResponse({"saved": False}, status_code=409)
    return JSONResponse({"saved": True, "at": now})


def _drafted(request: Request, at: Site, typed: TypedReport) -> Response:
    ledger, now = ledger_of(request), now_micros()
    try:
        save_draft(ledger, at.visitor.person.id, typed.kind, at.code, typed.as_json(), at=now)
    except Refusal as refusal:
        return _shown(request, at, typed, _Said(wrong=refusal.sentences))
    done = say("Saved as a draft at {time}. Nothing is recorded yet.", time=clock_of(now, ledger.zone))
    return _shown(request, at, with_blanks(typed), _Said(done=[done]))


def _tried(request: Request, at: Site, typed: TypedReport, unread: Sequence[Sentence], *, checked: str) -> Response:
    """Record a report that was looked at before as it is now; else say what it would mean."""
    ledger, person, now = ledger_of(request), at.visitor.person.id, now_micros()
    with reading(ledger.engine) as connection:
        read = read_report(connection, typed, actor=person, now=now, zone=ledger.zone)
    faults = {**read.faults, **({"scan": unread[0]} if unread else {})}
    if faults or read.draft is None:
        wrong = [faults.pop("")] if "" in faults else []
        return _shown(request, at, with_blanks(typed), _Said(faults=faults, wrong=[*wrong, *unread[1:]]))
    try:
        draft = within_reach(read.draft, at.reach)
        if checked == _mark(typed):
            return _recorded(request, at, typed, draft, now)
        meaning = meaning_of(ledger, draft, now=now)
    except Refusal as refusal:
        return _shown(request, at, with_blanks(typed), _refused(request, at, refusal, draft))
    if meaning.again:
        return RedirectResponse(f"/reports/recorded/{meaning.seen.number}", status_code=303)
    says = [*([_CHANGED] if checked else []), *read.says]
    return _shown(request, at, with_blanks(typed), _Said(meaning=meaning, says=says))


_CHANGED = say("Something was changed since it was checked. Look at it once more.")


def _recorded(request: Request, at: Site, typed: TypedReport, draft: Draft, now: int) -> Response:
    ledger = ledger_of(request)
    posted = post_draft(ledger, draft, recorded_at=now)
    drop_draft(ledger, at.visitor.person.id, typed.kind, at.code)
    return RedirectResponse(f"/reports/recorded/{posted.id}", status_code=303, background=then_seal(request))


def _refused(request: Request, at: Site, refusal: Refusal, draft: Draft) -> _Said:
    with reading(ledger_of(request).engine) as connection:
        if isinstance(refusal, KeyUsedOtherwise):
            there = sa.select(document.c.id).where(document.c.idem_key == draft.entry.key)
            wrong = say("This form was recorded before, and said something else then. Begin a new one for the rest.")
            return _Said(wrong=[wrong], recorded=connection.execute(there).scalar())
        told = refusal_told(connection, refusal, at.reach)
    if isinstance(refusal, StockMoved):
        # The last sentence speaks of options of the command.
        how = say("Say below at what time it was counted: what happened up to then is part of what was found.")
        return _Said(wrong=[*told[:-1], how], moved=True)
    return _Said(wrong=told)


def _mark(typed: TypedReport) -> str:
    """Return what tells whether a form was changed since it was checked; lines in which nothing stands are nothing."""
    said = replace(typed, lines=tuple(line for line in typed.lines if not line.is_blank))
    return hashlib.sha256(json.dumps(said.as_json()).encode()).hexdigest()


def _shown(
    request: Request, at: Site, typed: TypedReport, said: _Said, *, turn: Mapping[str, Any] | None = None
) -> Response:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        lines = shown_lines(connection, ledger, typed)
        items = connection.execute(_ITEMS).all()
        partners = connection.execute(_PARTNERS).all() if typed.kind == "receipt" else []
        names = names_kept(request, connection)
    meaning = said.meaning
    return page(
        request,
        "report.html",
        status=422 if said.faults or said.wrong else 200,
        kind=typed.kind,
        title=TITLES[typed.kind],
        units_title=_UNITS[typed.kind],
        site=names[0].get(at.code, Named(at.code)),
        code=at.code,
        typed=typed,
        lines=lines,
        items=[Named(*each) for each in items],
        partners=[Named(*each, with_code=True) for each in partners],
        said=said,
        clock=f"{local_time(now_micros(), ledger.zone):%Y-%m-%dT%H:%M:%S}",
        saved=None if said.saved_at is None else clock_of(said.saved_at, ledger.zone),
        meaning=meaning,
        checked="" if meaning is None else _mark(typed),
        turn=_turn(at, typed.kind, turn),
    )


_UNITS = {"count": say("Units found"), "use": say("Units used"), "receipt": say("Units received")}
_ITEMS = sa.select(item.c.code, item.c.name, item.c.name_zh).order_by(item.c.code).limit(_OFFERED_MAX)
_PARTNERS = sa.select(partner.c.code, partner.c.name, partner.c.name_zh).order_by(partner.c.code).limit(_OFFERED_MAX)


def _turn(at: Site, kind: str, turn: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the addresses of further rows, None where all are on the page."""
    if turn is None or (turn["count"] <= ROWS and not turn["only"]):
        return None
    start, count, only = turn["start"], turn["count"], turn["only"]
    base = {"site": at.code} | ({"item": only} if only else {})

    def address(begin: int) -> str:
        return f"/reports/{kind}?{urlencode(base | {'start': begin})}"

    return {
        "first": start + 1,
        "last": min(start + ROWS, count),
        "count": count,
        "only": only,
        "before": address(start - ROWS) if start else None,
        "after": address(start + ROWS) if start + ROWS < count else None,
        "all": f"/reports/{kind}?{urlencode({'site': at.code})}",
    }
