"""Sign in through a provider (OpenID Connect): sent there, and taken in when the browser comes back.

What has to be known again when it comes back – state, nonce, verifier – travels in a cookie that is signed, lasts ten
minutes and is for one sign-in. Nobody is added by signing in: the provider vouches for somebody who is a person here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import say
from data.open_id import Provider, refused_by
from data.open_id_token import person_of
from models.days import now_micros
from models.entry import Refusal
from models.sign_in import open_session
from web.sign_in_page import asked, entered, within
from web.visitors import ledger_of, settings_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_LASTS_SECONDS = 600
_TEXT = Annotated[str, Query(max_length=4096)]


@router.get("/sign-in/openid")
def begin(request: Request, to: _TEXT = "/") -> Response:
    """Send the browser to the provider."""
    provider = _provider(request)
    try:
        begun = provider.begin(redirect_uri=_back(request))
    except Refusal as refusal:
        return asked(request, to, wrong=refusal.sentences[0], status=503)
    kept = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "to": within(to)}
    answer = RedirectResponse(begun.address, status_code=303)
    _set(request, answer, _sealed(provider, {**kept, "until": now_micros() // 1_000_000 + _LASTS_SECONDS}))
    return answer


@router.get("/sign-in/openid/back")
def back(request: Request, code: _TEXT = "", state: _TEXT = "", error: _TEXT = "") -> Response:
    """Take in who comes back, or say why not."""
    provider = _provider(request)
    kept = _opened(provider, request.cookies.get(_cookie(request), ""))
    to = str(kept.get("to", "/"))
    try:
        answer = entered(request, _session(request, provider, kept, code=code, state=state, error=error), to)
    except Refusal as refusal:
        answer = asked(request, to, wrong=refusal.sentences[0], status=403)
    _set(request, answer, None)
    return answer


def _session(request: Request, provider: Provider, kept: dict[str, Any], *, code: str, state: str, error: str) -> str:
    """Return the token of a new session.

    Raises:
        Refusal: the browser did not begin here, the provider refuses, or its person is none of ours.

    """
    if not state or not hmac.compare_digest(state.encode(), str(kept.get("state", "")).encode()):
        raise Refusal(say("This sign-in was not begun in this browser, or too long ago. Sign in again."))
    if error or not code:
        raise refused_by(error)
    claims = provider.finish(
        redirect_uri=_back(request), code=code, nonce=str(kept["nonce"]), verifier=str(kept["verifier"])
    )
    id_ = person_of(claims, provider.said.claim)
    if not id_:
        raise Refusal(
            say(
                "The sign-in service does not say who you are here (no verified {claim}). "
                "Tell whoever runs the server.",
                claim=provider.said.claim,
            )
        )
    return open_session(ledger_of(request), id_, at=now_micros())


def _provider(request: Request) -> Provider:
    provider = request.app.state.provider
    if provider is None:
        raise HTTPException(status_code=404)
    assert isinstance(provider, Provider)  # noqa: S101 - the application was made with it
    return provider


def _back(request: Request) -> str:
    """Return the address that the provider sends browsers back to, under the name this server was asked by."""
    scheme = "https" if settings_of(request).secure else "http"
    return f"{scheme}://{request.headers['host']}/sign-in/openid/back"


def _cookie(request: Request) -> str:
    return "__Host-signing-in" if settings_of(request).secure else "signing-in"


def _set(request: Request, answer: Response, value: str | None) -> None:
    about: dict[str, Any] = {"path": "/", "secure": settings_of(request).secure, "httponly": True, "samesite": "lax"}
    if value is None:
        answer.delete_cookie(_cookie(request), **about)
    else:
        answer.set_cookie(_cookie(request), value, max_age=_LASTS_SECONDS, **about)


def _sealed(provider: Provider, kept: dict[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{body}.{_mark(provider, body)}"


def _opened(provider: Provider, cookie: str) -> dict[str, Any]:
    """Return what a cookie holds; nothing where it is none of ours, or has ended."""
    body, _, mark = cookie.partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(provider, body).encode()):
        return {}
    try:
        kept = json.loads(base64.urlsafe_b64decode(body.encode()))
    except (binascii.Error, ValueError):
        return {}
    return kept if isinstance(kept, dict) and kept.get("until", 0) > now_micros() // 1_000_000 else {}


def _mark(provider: Provider, body: str) -> str:
    # All serving processes have the client's secret, and nobody else but the provider.
    key = hashlib.sha256(b"allocator sign-in " + provider.said.secret().encode()).digest()
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
