"""My own: who I am here, my sessions, my password, and the tokens of my programs."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Named, Sentence, say
from data.people_tables import ROLE_WORDS
from models.administering import Areas
from models.api_tokens import DAYS_MAX, make_token, revoke_token, tokens_of
from models.database import reading, writing
from models.days import clock_of, iso_of, now_micros
from models.entry import Refusal
from models.passwords import LETTERS_MAX, LETTERS_MIN, has_password
from models.people_seen import areas_named
from models.rights import RIGHTS
from models.sessions import end_others, end_session, sessions_of
from models.sign_in import change_own_password
from models.versions import Stamp
from web.pages import page
from web.sealer import then_seal
from web.visitors import Visitor, ledger_of, refuse_forged, session_token, set_session, settings_of, signed_in

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LETTERS_MAX = 200
_DAYS = 90
_DONE = {
    "password": say("The new password holds. Your other sessions have ended."),
    "sessions": say("Ended."),
    "token": say("The token opens nothing any more."),
}

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]
Secret = Annotated[str, Form(max_length=1024)]


@router.get("/me")
def show(request: Request, done: str = "") -> Response:
    """Show it."""
    return _shown(request, signed_in(request), done=done)


@router.post("/me/password")
def change_password(
    request: Request, form: Text = "", old: Secret = "", new: Secret = "", again: Secret = ""
) -> Response:
    """Change one's password; every other session ends, and this one is a new one."""
    visitor = signed_in(request)
    refuse_forged(request, form)
    if not settings_of(request).passwords:
        raise HTTPException(status_code=404)
    if new != again:
        return _shown(request, visitor, "password", (say("The new password was typed in two ways. Type it again."),))
    try:
        token = change_own_password(ledger_of(request), visitor.person.id, old, new, at=now_micros())
    except Refusal as refusal:
        return _shown(request, visitor, "password", refusal.sentences)
    answer = _back(request, "password")
    set_session(request, answer, token)
    return answer


@router.post("/me/sessions")
def end(request: Request, form: Text = "", session: Text = "") -> Response:
    """End one session, or, where none is named, all but this one."""
    visitor = signed_in(request)
    refuse_forged(request, form)
    try:
        with writing(ledger_of(request).engine) as connection:
            if session:
                end_session(connection, visitor.person.id, session)
            else:
                end_others(connection, visitor.person.id, session_token(request))
    except Refusal as refusal:
        return _shown(request, visitor, "sessions", refusal.sentences)
    return _back(request, "sessions")


@router.post("/me/tokens")
def make(
    request: Request,
    form: Text = "",
    name: Text = "",
    days: Text = "",
    scope: Annotated[list[str], Form(max_length=len(RIGHTS))] = [],  # noqa: B006 - read, never changed
) -> Response:
    """Make a token and show it, this once."""
    visitor = signed_in(request)
    refuse_forged(request, form)
    typed = {"name": name, "days": days}
    try:
        asked = _days(days)
        with writing(ledger_of(request).engine) as connection:
            stamp = Stamp(visitor.person.id, now_micros())
            token = make_token(connection, visitor.person.id, stamp, name=name.strip(), scopes=scope, days=asked)
    except Refusal as refusal:
        return _shown(request, visitor, "tokens", refusal.sentences, typed=typed, scopes=scope)
    answer = _shown(request, visitor, token=token)
    answer.background = then_seal(request)
    return answer


@router.post("/me/tokens/end")
def end_token(request: Request, form: Text = "", name: Text = "") -> Response:
    """Let a token open nothing any more."""
    visitor = signed_in(request)
    refuse_forged(request, form)
    try:
        with writing(ledger_of(request).engine) as connection:
            revoke_token(connection, visitor.person.id, name, Stamp(visitor.person.id, now_micros()))
    except Refusal as refusal:
        return _shown(request, visitor, "tokens", refusal.sentences)
    return _back(request, "token")


def _back(request: Request, done: str) -> RedirectResponse:
    """Send back to the page, which then says what was done."""
    address = f"/me?{urlencode({'done': done})}"
    return RedirectResponse(address, status_code=303, background=then_seal(request))


def _days(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit()):
        raise Refusal(say('"{found}" is not a number of days. Write one, such as 90.', found=text))
    return int(plain)


def _shown(
    request: Request,
    visitor: Visitor,
    what: str = "",
    wrong: tuple[Sentence, ...] = (),
    *,
    typed: dict[str, str] | None = None,
    scopes: list[str] | None = None,
    token: str = "",
    done: str = "",
) -> Response:
    ledger, now, id_ = ledger_of(request), now_micros(), visitor.person.id
    zone = ledger.zone
    with reading(ledger.engine) as connection:
        sessions = sessions_of(connection, id_, at=now, token=session_token(request))
        tokens = [each for each in tokens_of(connection, id_) if each.holds(now)]
        password = has_password(connection, id_)
        areas = areas_named(connection, Areas(frozenset(place for _, place in visitor.person.roles)))
    return page(
        request,
        "me.html",
        status=422 if wrong else 200,
        name=Named("", visitor.person.name, visitor.person.name_zh),
        roles=ROLE_WORDS,
        area_names={each.code: each for each in areas if each.name or each.name_zh},
        sessions=[(each, clock_of(each.made_at, zone), clock_of(each.seen_at, zone)) for each in sessions],
        tokens=[(each, _day(each.expires_at, zone), _day(each.last_used, zone)) for each in tokens],
        password=password,
        passwords=settings_of(request).passwords,
        letters=(LETTERS_MIN, LETTERS_MAX),
        rights=[right for right in RIGHTS.values() if visitor.may(right.name)],
        days_max=DAYS_MAX,
        what=what,
        wrong=wrong,
        typed={"days": str(_DAYS), "name": ""} | (typed or {}),
        scopes=scopes or [],
        token=token,
        done=_DONE.get(done),
    )


def _day(at: int | None, zone: ZoneInfo) -> str:
    return "" if at is None else iso_of(at, zone)[:10]
