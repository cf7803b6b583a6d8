"""Sign in and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.sign_in import sign_in, sign_out, somebody_can_sign_in
from web.pages import page
from web.visitors import ledger_of, refuse_forged, session_token, set_session, settings_of

__all__ = ["asked", "entered", "router", "within"]

router = APIRouter(include_in_schema=False)

_LETTERS_MAX = 1024


@router.get("/sign-in")
def ask(request: Request, to: str = "/") -> Response:
    """Ask who it is."""
    return asked(request, to)


@router.post("/sign-in")
def enter(
    request: Request,
    id: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",  # noqa: A002 - the field's name
    password: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",
    to: Annotated[str, Form(max_length=_LETTERS_MAX)] = "/",
) -> Response:
    """Open a session, or say why not. A session that was there ends: its token is never used for another person."""
    if not settings_of(request).passwords:
        raise HTTPException(status_code=404)
    refuse_forged(request)
    try:
        token = sign_in(ledger_of(request), id.strip(), password, at=now_micros())
    except Refusal as refusal:
        return asked(request, to, id_=id, wrong=refusal.sentences[0], status=403)
    return entered(request, token, to)


@router.post("/sign-out")
def leave(request: Request, form: Annotated[str, Form(max_length=_LETTERS_MAX)] = "") -> Response:
    """End the session."""
    refuse_forged(request, form)
    sign_out(ledger_of(request), session_token(request))
    answer = RedirectResponse("/sign-in", status_code=303)
    # What was kept on a phone while there was no connection is nobody's business who signs in there next.
    answer.headers["clear-site-data"] = '"storage"'
    set_session(request, answer, None)
    return answer


def entered(request: Request, token: str, to: str) -> Response:
    """Give a browser its new session, end the one it had, and send it where it wanted to go."""
    former = session_token(request)
    if former:
        sign_out(ledger_of(request), former)
    answer = RedirectResponse(within(to), status_code=303)
    set_session(request, answer, token)
    return answer


def asked(request: Request, to: str, *, id_: str = "", wrong: Sentence | None = None, status: int = 200) -> Response:
    """Ask who it is, with why the last answer was not taken."""
    said = settings_of(request)
    with reading(ledger_of(request).engine) as connection:
        somebody = said.open_id is not None or somebody_can_sign_in(connection)
    return page(
        request,
        "sign-in.html",
        status=status,
        to=within(to),
        id=id_,
        wrong=wrong,
        somebody=somebody,
        passwords=said.passwords,
        elsewhere=None if said.open_id is None else f"/sign-in/openid?{urlencode({'to': within(to)})}",
        issuer="" if said.open_id is None else urlsplit(said.open_id.issuer).netloc,
    )


def within(to: str) -> str:
    r"""Return an address of this server, its start where another was given.

    >>> within("/stock?item=MASK"), within("//evil.example"), within("https://evil.example"), within("/\\evil")
    ('/stock?item=MASK', '/', '/', '/')
    """
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
