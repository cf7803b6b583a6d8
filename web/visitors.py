"""Who asks: the person of a session, found on every request; and that a change was not sent by another site."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from data.serve_settings import ServeSettings
from models.api_tokens import bearer_of
from models.days import now_micros
from models.ledger import Ledger
from models.people import Person
from models.rights import may
from models.sign_in import signed_in_person
from web.kept import kept_of

__all__ = [
    "API",
    "SignInFirst",
    "Visitor",
    "bearer_shown",
    "cookie_name",
    "ledger_of",
    "refuse_forged",
    "session_token",
    "set_session",
    "settings_of",
    "signed_in",
    "to_sign_in",
    "visitor_with",
]


API = "/api/"
"""How the addresses of programs begin."""

_READS = ("GET", "HEAD")


@dataclass(frozen=True)
class Visitor:
    """A person with a session, or a program with a token of theirs.

    `form_token`: what every form of a session carries; `scopes`: the rights that the token is for, None of a session.
    """

    person: Person
    form_token: str
    scopes: frozenset[str] | None = None

    def may(self, right: str) -> bool:
        """Say whether the person has a right anywhere, and the token is for it."""
        return may(self.person, right) and (self.scopes is None or right in self.scopes)


class SignInFirst(Exception):
    """Nobody has signed in, the session has ended, or the token is none."""


def ledger_of(request: Request) -> Ledger:
    """Return the ledger that is served."""
    ledger = request.app.state.ledger
    assert isinstance(ledger, Ledger)  # noqa: S101 - the application was made with it
    return ledger


def visitor_with(request: Request, right: str) -> Visitor:
    """Return who asks, once they are known and have a right.

    Under /api a token may be shown instead of a session (`Authorization: Bearer`). A session that writes there must
    carry its form token in a header, as it has no form: `X-Form-Token`.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 without the right: what one may not see is not there; 403 without the form token.

    """
    visitor = signed_in(request)
    if not visitor.may(right):
        raise HTTPException(status_code=404)
    in_session = visitor.scopes is None
    if in_session and request.url.path.startswith(API) and request.method not in _READS:
        refuse_forged(request, request.headers.get("x-form-token", ""))
    return visitor


def signed_in(request: Request) -> Visitor:
    """Return who asks, once they are known: what is one's own asks no right beside.

    Raises:
        SignInFirst: nobody has signed in.

    """
    bearer = request.headers.get("authorization", "") if request.url.path.startswith(API) else ""
    visitor = _bearer(request, bearer) if bearer else _in_session(request)
    request.state.visitor = visitor
    return visitor


def bearer_shown(request: Request) -> Visitor:
    """Return for whom a token stands that a program shows, at whatever address.

    Raises:
        SignInFirst: it shows none that holds.

    """
    return _bearer(request, request.headers.get("authorization", ""))


def session_token(request: Request) -> str:
    """Return the token of the session that asks, "" where there is none."""
    return request.cookies.get(cookie_name(request), "")


def _in_session(request: Request) -> Visitor:
    token, kept = session_token(request), kept_of(request).visitors.answer
    person = signed_in_person(ledger_of(request), token, at=now_micros(), kept=kept) if token else None
    if person is None:
        raise SignInFirst
    return Visitor(person, _form_token(token))


def _bearer(request: Request, header: str) -> Visitor:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise SignInFirst
    known = bearer_of(ledger_of(request), token.strip(), at=now_micros(), kept=kept_of(request).bearers)
    if known is None:
        raise SignInFirst
    return Visitor(known.person, "", known.scopes)


def _form_token(token: str) -> str:
    """Return what forms of a session carry; another site can neither read nor reckon it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def refuse_forged(request: Request, sent: str | None = None) -> None:
    """Refuse what another site made the browser send. `sent`: the form's token, None where nobody has signed in yet.

    Raises:
        HTTPException: 403.

    """
    origin = request.headers.get("origin")
    if origin is not None and _place_of(origin) != request.headers.get("host"):
        raise HTTPException(status_code=403)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(status_code=403)
    token = session_token(request)
    # As bytes: texts beyond ASCII are not compared but raise.
    if sent is not None and not hmac.compare_digest(sent.encode(errors="replace"), _form_token(token).encode()):
        raise HTTPException(status_code=403)


def _place_of(origin: str) -> str:
    """Return the host and port of an Origin header, "" where it is none: it may hold anything."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: with TLS one that browsers give to this host alone."""
    return "__Host-session" if settings_of(request).secure else "session"


def set_session(request: Request, answer: Response, token: str | None) -> None:
    """Give a browser its token, or take it away."""
    secure = settings_of(request).secure
    if token is None:
        answer.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="lax")
        return
    answer.set_cookie(cookie_name(request), token, path="/", secure=secure, httponly=True, samesite="lax")


def to_sign_in(request: Request) -> RedirectResponse:
    """Send a browser to the page to sign in, and back afterwards."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?to={quote(back, safe='')}", status_code=303)


def settings_of(request: Request) -> ServeSettings:
    """Return how the pages are served."""
    settings = request.app.state.settings
    assert isinstance(settings, ServeSettings)  # noqa: S101 - the application was made with it
    return settings
