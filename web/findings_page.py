"""What does not add up: findings listed, each with its evidence and its rule, and what people decide on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.finding_limits import LIMITS
from allocator.findings import RULES
from allocator.sentence import Sentence, say
from data.finding_tables import event_word, evidence_table, finding_tables, headline, rule_listing
from models.database import reading
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.finding_events import FINDING_REASONS, OPENED
from models.finding_states import STATES, Standing
from web.audit_page import LINKS
from web.audit_seen import DECIDE_FINDINGS, SEE_FINDINGS, FindingsAsked, findings_seen
from web.cut_asked import day_asked
from web.finding_steps import accepted, closed, finding_seen, opened
from web.kept import names_kept
from web.pages import page
from web.rows_shown import All, rows_shown
from web.saved_tables import saved_tables
from web.sealer import then_seal
from web.shown_tables import shown_table
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 60
_LETTERS_MAX = 2_000

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]

_WAITING = say("waiting for somebody")


@router.get("/audit/findings")
def show(
    request: Request,
    rule: str = "",
    site: str = "",
    state: str = "",
    since: str = "",
    as_of: str = "",
    start: int = 0,
    whole: All = "",
) -> Response:
    """Show what was found, the strongest first."""
    visitor = visitor_with(request, SEE_FINDINGS)
    asked, query, wrong = _asked(rule, site, state, since, as_of)
    with reading(ledger_of(request).engine) as connection:
        rows = findings_seen(connection, request, visitor.person, asked)
    each_page = rows_shown(whole, ROWS)
    turned = query | ({"all": "1"} if whole else {})
    start = min(max(start, 0), max(0, len(rows) - 1)) // each_page * each_page
    return page(
        request,
        "findings.html",
        rows=[(each, headline(each), STATES[each.state], _until(each)) for each in rows[start : start + each_page]],
        count=len(rows),
        waiting=sum(each.waits for each in rows),
        rules=rule_listing(),
        states={"waiting": _WAITING, **STATES},
        asked=query,
        wrong=wrong,
        query=urlencode(query),
        before=None if start == 0 else urlencode(turned | {"start": start - each_page}),
        after=None if start + each_page >= len(rows) else urlencode(turned | {"start": start + each_page}),
    )


@router.get("/audit/findings{ending}")
def save(
    request: Request, ending: str, rule: str = "", site: str = "", state: str = "", since: str = "", as_of: str = ""
) -> Response:
    """Give them all with their evidence as a file."""
    visitor = visitor_with(request, SEE_FINDINGS)
    asked, query, wrong = _asked(rule, site, state, since, as_of)
    if wrong:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        rows = findings_seen(connection, request, visitor.person, asked)
    day = asked.as_of or day_of(now_micros(), ledger.zone)
    filters = [(_FILTERS[name], value) for name, value in query.items()]
    tables = finding_tables(rows)
    return saved_tables(request, visitor, "findings", ending, tables, title=say("Findings"), day=day, filters=filters)


@router.get("/audit/findings/{number}")
def show_one(request: Request, number: str, as_of: str = "") -> Response:
    """Show one with its evidence, its rule and what was decided."""
    visitor = visitor_with(request, SEE_FINDINGS)
    day, _ = day_asked(as_of)
    return _one(request, finding_seen(request, visitor, number, day), deciding=day is None)


@router.post("/audit/findings/{number}/accept")
def accept_one(request: Request, number: str, form: Text = "", reason: Text = "", note: Text = "") -> Response:
    """Accept it as explained."""
    typed = {"reason": reason, "note": note}
    visitor = visitor_with(request, DECIDE_FINDINGS)
    return _decide(
        request, form, number, "accept", typed,
        lambda: accepted(request, visitor, number, reason=reason, note=note.strip()),
    )  # fmt: skip


@router.post("/audit/findings/{number}/open")
def open_one(
    request: Request, number: str, form: Text = "", owner: Text = "", due: Text = "", note: Text = ""
) -> Response:
    """Open it for somebody to mend until a day."""
    typed = {"owner": owner, "due": due, "note": note}
    visitor = visitor_with(request, DECIDE_FINDINGS)

    def step() -> Standing:
        day, wrong = day_asked(due)
        if day is None:
            raise Refusal(*(wrong or (say("Say by which day it is to be mended."),)))
        return opened(request, visitor, number, owner=owner.strip(), due=day, note=note.strip())

    return _decide(request, form, number, "open", typed, step)


@router.post("/audit/findings/{number}/close")
def close_one(request: Request, number: str, form: Text = "", proof: Text = "", note: Text = "") -> Response:
    """Close it, with what shows that it is mended."""
    typed = {"proof": proof, "note": note}
    visitor = visitor_with(request, DECIDE_FINDINGS)
    return _decide(
        request, form, number, "close", typed,
        lambda: closed(request, visitor, number, proof=proof.strip(), note=note.strip()),
    )  # fmt: skip


def _decide(
    request: Request, form: str, number: str, what: str, typed: Mapping[str, str], step: Callable[[], Standing]
) -> Response:
    refuse_forged(request, form)
    try:
        one = step()
    except Refusal as refusal:
        visitor = visitor_with(request, DECIDE_FINDINGS)
        one = finding_seen(request, visitor, number)
        return _one(request, one, deciding=True, refused=(what, refusal.sentences, typed), status=422)
    return RedirectResponse(f"/audit/findings/{one.id}", status_code=303, background=then_seal(request))


def _one(
    request: Request,
    one: Standing,
    *,
    deciding: bool,
    refused: tuple[str, tuple[Sentence, ...], Mapping[str, str]] = ("", (), {}),
    status: int = 200,
) -> Response:
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        names = names_kept(request, connection)
    rule = RULES.get(one.events[-1].rule if one.finding is None else one.finding.rule)
    limits = [] if rule is None else [(name, LIMITS[name]) for name in rule.limits]
    last = one.events[-1] if one.events else None
    what, wrong, typed = refused
    shown: dict[str, Any] = {
        "one": one,
        "headline": headline(one),
        "state": STATES[one.state],
        "rule": rule,
        "limits": limits,
        "events": [(clock_of(each.recorded_at, ledger.zone), event_word(each)) for each in one.events],
        "reasons": FINDING_REASONS,
        "is_open": last is not None and last.event == OPENED,
        "deciding": deciding,
        "what": what,
        "wrong": wrong,
        "typed": typed,
    }
    evidence = evidence_table([one])
    table = shown_table(request, replace(evidence, columns=evidence.columns[1:]), names, links=LINKS)
    return page(request, "finding.html", status=status, table=table, **shown)


def _until(each: Standing) -> tuple[str, str]:
    if each.finding is None:
        return each.events[-1].first_day, each.events[-1].last_day
    return each.finding.first_day.isoformat(), each.finding.last_day.isoformat()


_FILTERS = {
    "rule": say("rule"),
    "site": say("site"),
    "state": say("state"),
    "since": say("since"),
    "as_of": say("as of the end of"),
}


def _asked(
    rule: str, site: str, state: str, since: str, as_of: str
) -> tuple[FindingsAsked, dict[str, str], tuple[Sentence, ...]]:
    typed = {"rule": rule, "site": site, "state": state, "since": since, "as_of": as_of}
    query = {name: value.strip()[:200] for name, value in typed.items() if value.strip()}
    (first, one), (day, other) = (day_asked(query.get(name, "")) for name in ("since", "as_of"))
    asked = FindingsAsked(
        rule=query.get("rule", ""), site=query.get("site", ""), state=query.get("state", ""), since=first, as_of=day
    )
    return asked, query, (*one, *other)
