"""Sign in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.sign_in import sign_in, sign_out, somebody_can_sign_in
from web.pages import page
from web.visitors import cookie_name, ledger_of, refuse_forged, set_session

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LETTERS_MAX = 1024


@router.get("/sign-in")
def ask(request: Request, to: str = "/") -> Response:
    """Ask who it is."""
    return _asked(request, to)


@router.post("/sign-in")
def enter(
    request: Request,
    id: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",  # noqa: A002 - the field's name
    password: Annotated[str, Form(max_length=_LETTERS_MAX)] = "",
    to: Annotated[str, Form(max_length=_LETTERS_MAX)] = "/",
) -> Response:
    """Open a session, or say why not. A session that was there ends: its token is never used for another person."""
    refuse_forged(request)
    ledger, former = ledger_of(request), request.cookies.get(cookie_name(request), "")
    try:
        token = sign_in(ledger, id.strip(), password, at=now_micros())
    except Refusal as refusal:
        return _asked(request, to, id_=id, wrong=refusal.sentences[0], status=403)
    if former:
        sign_out(ledger, former)
    answer = RedirectResponse(_within(to), status_code=303)
    set_session(request, answer, token)
    return answer


@router.post("/sign-out")
def leave(request: Request, form: Annotated[str, Form(max_length=_LETTERS_MAX)] = "") -> Response:
    """End the session."""
    refuse_forged(request, form)
    sign_out(ledger_of(request), request.cookies.get(cookie_name(request), ""))
    answer = RedirectResponse("/sign-in", status_code=303)
    set_session(request, answer, None)
    return answer


def _asked(request: Request, to: str, *, id_: str = "", wrong: Sentence | None = None, status: int = 200) -> Response:
    with reading(ledger_of(request).engine) as connection:
        somebody = somebody_can_sign_in(connection)
    return page(request, "sign-in.html", status=status, to=_within(to), id=id_, wrong=wrong, somebody=somebody)


def _within(to: str) -> str:
    r"""Return an address of this server, its start where another was given.

    >>> _within("/stock?item=MASK"), _within("//evil.example"), _within("https://evil.example"), _within("/\\evil")
    ('/stock?item=MASK', '/', '/', '/')
    """
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
