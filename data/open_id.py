"""Sign in through an OpenID Connect provider: the code flow with PKCE, asked with Authlib.

    provider = Provider(settings)
    begun = provider.begin(redirect_uri=back)  # send the browser to begun.address, keep the rest
    claims = provider.finish(redirect_uri=back, code=code, nonce=begun.nonce, verifier=begun.verifier)

The provider is asked where its pages and keys are, once, and again after an hour.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from allocator.sentence import say
from data.open_id_token import BadToken, claims_of
from data.serve_settings import LOOPBACK, OpenId
from models.entry import Refusal

__all__ = ["Begun", "Provider", "is_safe_address", "refused_by"]

_SECONDS = 10.0
_KEPT_SECONDS, _ANEW_SECONDS = 3600.0, 5.0
_BYTES_MAX = 2**20
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ERROR_LETTERS_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A sign-in that was begun. `state`, `nonce`, `verifier`: random, each for this one alone."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class _Known:
    """What a provider says of itself, its keys, and when it said so (seconds of a clock that only goes on)."""

    places: Mapping[str, Any]
    keys: Mapping[str, Any]
    at: float


def is_safe_address(address: str) -> bool:
    """Say whether an address of a provider can be trusted: over TLS, or on this machine.

    >>> [is_safe_address(each) for each in ("https://id.example", "http://id.example", "http://127.0.0.1:9/")]
    [True, False, True]
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "http":
        return parts.hostname in LOOPBACK
    return parts.scheme == "https" and bool(parts.hostname)


class Provider:
    """A provider of sign-ins, for all requests of this process."""

    def __init__(self, said: OpenId, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.said = said
        self._clock = clock
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def begin(self, *, redirect_uri: str) -> Begun:
        """Return where to send a browser, and what to keep of it until it comes back.

        Raises:
            Refusal: the provider does not answer, or not as one does.

        """
        places = self._look().places
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with _client(self.said, redirect_uri) as client:
            address, _ = client.create_authorization_url(
                str(places["authorization_endpoint"]), state=state, code_verifier=verifier, nonce=nonce
            )
        return Begun(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(self, *, redirect_uri: str, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return what the provider says of who came back with a code, once all of it is proven.

        Raises:
            Refusal: the provider does not take the code, or what it says of the person is not proven.

        """
        known = self._look()
        token = self._token(known, redirect_uri, code, verifier)
        try:
            return self._proven(known, token, nonce)
        except BadToken as error:
            raise Refusal(
                say(
                    "What the sign-in service said of you is not proven ({why}), so nobody is signed in. "
                    "Sign in again; if this stays, tell whoever runs the server.",
                    why=error.why,
                )
            ) from error

    def _proven(self, known: _Known, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        try:
            return claims_of(token, known.keys, known.places, self.said, nonce=nonce)
        except BadToken as error:
            if not error.unknown_key or self._clock() - known.at < _ANEW_SECONDS:
                raise
        # Providers change their keys: those that are kept may be old.
        return claims_of(token, self._look(anew=True).keys, known.places, self.said, nonce=nonce)

    def _token(self, known: _Known, redirect_uri: str, code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.integrations.base_client import OAuthError

        try:
            with _client(self.said, redirect_uri) as client:
                token: Mapping[str, Any] = client.fetch_token(
                    str(known.places["token_endpoint"]),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=redirect_uri,
                )
        except OAuthError as error:
            raise refused_by(str(error.error)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(self.said.issuer) from error
        return token

    def _look(self, *, anew: bool = False) -> _Known:
        with self._lock:
            known = self._known
            if known is None or anew or self._clock() - known.at > _KEPT_SECONDS:
                known = self._known = self._asked()
        return known

    def _asked(self) -> _Known:
        issuer = self.said.issuer
        try:
            with httpx.Client(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client:
                places = _read(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                _check_places(places, issuer)
                keys = _read(client, str(places["jwks_uri"]))
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(issuer) from error
        return _Known(places, keys, self._clock())


def _check_places(places: Mapping[str, Any], issuer: str) -> None:
    unsafe = [name for name in _PLACES if not is_safe_address(str(places.get(name, "")))]
    if unsafe or places.get("issuer") != issuer:
        raise ValueError(unsafe)


def _read(client: httpx.Client, address: str) -> Mapping[str, Any]:
    answer = client.get(address, headers={"accept": "application/json"})
    answer.raise_for_status()
    if len(answer.content) > _BYTES_MAX:
        raise ValueError("too long")
    said = json.loads(answer.content)
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - of what was read, not of ours
    return said


@cache
def _client_made() -> Any:
    with warnings.catch_warnings():
        from authlib.deprecate import AuthlibDeprecationWarning

        # Authlib asks for the successor of httpx, which is not in the lock.
        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from authlib.integrations.httpx_client import OAuth2Client
    return OAuth2Client


def _client(said: OpenId, redirect_uri: str) -> Any:
    """Return Authlib's client; it has no types of its own."""
    return _client_made()(
        client_id=said.client_id,
        client_secret=said.secret(),
        scope=said.scope,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        timeout=_SECONDS,
        trust_env=False,
        follow_redirects=False,
    )


def _silent(issuer: str) -> Refusal:
    return Refusal(
        say(
            "The sign-in service {issuer} gives no answer that can be used. Try again in a while; "
            "whoever runs the server checks its address.",
            issuer=issuer,
        )
    )


def refused_by(error: str) -> Refusal:
    """Return the refusal for an error that a provider names: by its code where it is one, and nothing else of it."""
    said = error if error.replace("_", "").isalpha() and error.isascii() else "error"
    return Refusal(say("The sign-in service refused ({error}). Sign in again.", error=said[:_ERROR_LETTERS_MAX]))
