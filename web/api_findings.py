"""`/api/v1/findings`: what does not add up, and decisions on it, for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from data.finding_tables import detailed_json
from data.texts import translator
from models.database import reading
from models.entry import Refusal
from models.finding_states import Standing
from web.api_parameters import Code, CodeInPath, Cursor, Key, Limit, example
from web.audit_seen import DECIDE_FINDINGS, SEE_FINDINGS, FindingsAsked, findings_seen
from web.cursors import turned
from web.finding_steps import accepted, closed, opened
from web.pages import language_of
from web.problems import problem
from web.sealer import then_seal
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["findings"])

State = Literal["", "waiting", "new", "again", "open", "late", "accepted", "closed"]
Text = Annotated[str, Field(max_length=2000)]


class FindingRead(BaseModel):
    """A finding: what its rule saw, with every piece of evidence, and what people decided on it.

    Where `found` is false nothing is found any more, and only what was decided is told.
    """

    id: str
    state: str
    waits: bool
    rule: str
    subject: str
    found: bool
    evidence: list[dict[str, Any]]
    innocent: list[str]
    decided: list[dict[str, Any]]
    sites: list[str] = []
    items: list[str] = []
    persons: list[str] = []
    documents: list[int] = []
    first_day: str | None = None
    last_day: str | None = None
    strength: float | None = None
    sentence: str | None = None


class FindingsPage(BaseModel):
    """Findings, the strongest first, and what to ask for the next ones: null where these are the last."""

    findings: list[FindingRead]
    next: str | None


class Acceptance(BaseModel):
    """`reason`: one of the codes of `allocator audit findings accept --help`."""

    model_config = example(reason="counted-again", note="Shelf 3 was left out.")

    reason: Text
    note: Text = ""


class Opening(BaseModel):
    """`owner`: who is to mend it, a person's id; `due`: by which day."""

    model_config = example(owner="ben", due="2020-02-20", note="Count both shelves.")

    owner: Text
    due: dt.date
    note: Text = ""


class Closing(BaseModel):
    """`evidence`: what shows that it is mended."""

    model_config = example(evidence="Count of 19 February, document 412.")

    evidence: Text
    note: Text = ""


@router.get("/findings", summary="What does not add up")
def findings(
    request: Request,
    rule: Code = "",
    site: Code = "",
    state: State = "",
    since: dt.date | None = None,
    as_of: dt.date | None = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> FindingsPage:
    """Return findings by rule, site, how they stand, and the day of their evidence."""
    visitor = visitor_with(request, SEE_FINDINGS)
    asked = FindingsAsked(rule=rule, site=site, state=state, since=since, as_of=as_of)
    with reading(ledger_of(request).engine) as connection:
        rows = findings_seen(connection, request, visitor.person, asked)
    part, following = turned(rows, cursor, limit)
    return FindingsPage.model_construct(findings=[_read(request, each) for each in part], next=following)


def _keyed(key: Key) -> str:
    """Ask for the header that every writing call carries. What is decided is itself what a retry is known by."""
    return key


_DECIDES: Any = {
    "dependencies": [Depends(_keyed)],
    "response_model": FindingRead,
}


@router.post(
    "/findings/{number}/accept",
    summary="Accept a finding",
    **_DECIDES,
)
def accept(request: Request, number: CodeInPath, said: Acceptance) -> Response:
    """Accept a finding as explained. Sent again by the same person with the same words, it changes nothing."""
    visitor = visitor_with(request, DECIDE_FINDINGS)
    words = {"event": "accepted", "reason": said.reason, "note": said.note}
    return _decide(
        request, words, lambda: accepted(request, visitor, number, reason=said.reason, note=said.note), number
    )


@router.post(
    "/findings/{number}/open",
    summary="Open a finding",
    **_DECIDES,
)
def open_(request: Request, number: CodeInPath, said: Opening) -> Response:
    """Open a finding for somebody to mend until a day; sent again as `accept` is."""
    visitor = visitor_with(request, DECIDE_FINDINGS)
    words = {"event": "opened", "owner": said.owner, "due": said.due.isoformat(), "note": said.note}
    return _decide(
        request, words,
        lambda: opened(request, visitor, number, owner=said.owner, due=said.due, note=said.note), number,
    )  # fmt: skip


@router.post(
    "/findings/{number}/close",
    summary="Close a finding",
    **_DECIDES,
)
def close(request: Request, number: CodeInPath, said: Closing) -> Response:
    """Close an open finding with what shows that it is mended; sent again as `accept` is."""
    visitor = visitor_with(request, DECIDE_FINDINGS)
    words = {"event": "closed", "proof": said.evidence, "note": said.note}
    return _decide(
        request, words, lambda: closed(request, visitor, number, proof=said.evidence, note=said.note), number
    )


def _decide(request: Request, words: dict[str, str], step: Callable[[], Standing], number: str) -> Response:
    refuse_forged(request)
    visitor = visitor_with(request, DECIDE_FINDINGS)
    with reading(ledger_of(request).engine) as connection:
        rows = findings_seen(connection, request, visitor.person, FindingsAsked())
    same = {"actor": visitor.person.id, **words}
    for each in rows:
        # A decision says all of itself, so the last one being this one is what a retry looks like.
        if each.id == number.upper() and each.events and same.items() <= vars(each.events[-1]).items():
            return JSONResponse(_read(request, each).model_dump())
    try:
        one = step()
    except Refusal as refusal:
        return problem(request, 409, *refusal.sentences)
    return JSONResponse(_read(request, one).model_dump(), background=then_seal(request))


def _read(request: Request, each: Standing) -> FindingRead:
    return FindingRead.model_construct(**detailed_json(each, translator(language_of(request))))
