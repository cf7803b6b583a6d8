"""What stands before every page: who may be asked for, how much may come in, and what browsers are told.

Pure ASGI, so that it holds for whatever answers, errors among it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import Request

from allocator.sentence import say
from data.texts import translator
from web.pages import language_of
from web.problems import PROBLEM_TYPE, STATUS_SAYS, problem

__all__ = ["BODY_BYTES_MAX", "BODY_SECONDS_MAX", "POLICY", "Guard"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_BYTES_MAX = 20 * 2**20
"""The most that comes in at once: a workbook of 20,000 rows has two million bytes."""

BODY_SECONDS_MAX = 120.0
"""How long what comes in is waited for: one that sends a byte a minute would hold a place for ever."""

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing is fetched from elsewhere, no script or style stands in a page itself."""

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NOTHING_MORE: MutableMapping[str, Any] = {"type": "http.request", "body": b"", "more_body": False}
_SAYS = {
    413: say(
        "What was sent is too large: {mebibytes} MiB at the most. Send it in parts.", mebibytes=BODY_BYTES_MAX >> 20
    ),
    421: say("This server was not told of the name it was asked under. Tell it: allocator serve --name NAME"),
}
_NEVER_KEPT = (b"cache-control", b"no-store")
_CLOSES = (b"connection", b"close")
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class _Coming:
    """What comes in, counted: it ends where more comes than may, or too slowly, and the answer is then ours."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self._until = time.monotonic() + BODY_SECONDS_MAX
        self._is_whole = False
        self.too_slow = False

    @property
    def too_much(self) -> bool:
        return self._bytes > BODY_BYTES_MAX

    async def receive(self) -> MutableMapping[str, Any]:
        if self._is_whole:
            return await self._receive()  # that whoever asked has gone: nobody waits for it
        try:
            message = await asyncio.wait_for(self._receive(), self._until - time.monotonic())
        except TimeoutError:
            self.too_slow = self._is_whole = True
            return _NOTHING_MORE
        self._bytes += len(message.get("body", b""))
        self._is_whole = self.too_much or not message.get("more_body", False)
        return _NOTHING_MORE if self.too_much else message


class Guard:
    """Wraps an application. `hosts`: names it may be asked under; `secure`: it is reached over TLS."""

    def __init__(self, app: Callable[..., Awaitable[None]], *, hosts: tuple[str, ...], secure: bool) -> None:
        self.app, self.hosts, self.secure = app, frozenset(hosts), secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if _name_of(headers.get(b"host", b"")) not in self.hosts:
            # Another site's name that points here would let its scripts read what lies here (DNS rebinding).
            await self.refuse(scope, send, 421, _CLOSES)
            return
        if _length_of(headers) > BODY_BYTES_MAX:
            await self.refuse(scope, send, 413, _CLOSES)
            return
        coming = _Coming(receive)
        await self.app(scope, coming.receive, self._guarded(scope, coming, send))

    def _guarded(self, scope: Scope, coming: _Coming, send: Send) -> Send:
        refused = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start":
                if coming.too_much or coming.too_slow:
                    refused = True
                    await self.refuse(scope, send, 413 if coming.too_much else 408, _CLOSES)
                    return
                own = [_OVER_TLS] if self.secure else []
                said = {name for name, _ in message["headers"]}
                if b"cache-control" not in said and not scope["path"].startswith("/static/"):
                    own.append(_NEVER_KEPT)
                message["headers"] = [*message["headers"], *_HEADERS, *own]
            await send(message)

        return sent

    async def refuse(self, scope: Scope, send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
        """Answer a request that goes no further: in words to people, as a problem to programs."""
        request, says = Request(scope), _SAYS.get(status) or STATUS_SAYS[status]
        if scope["path"].startswith("/api/"):
            body, kind = bytes(problem(request, status, says).body), PROBLEM_TYPE.encode()
        else:
            body, kind = translator(language_of(request))(says).encode(), b"text/plain; charset=utf-8"
        own = [_OVER_TLS] if self.secure else []
        length = (b"content-length", str(len(body)).encode())
        said = [(b"content-type", kind), length, _NEVER_KEPT, *_HEADERS, *own, *headers]
        await send({"type": "http.response.start", "status": status, "headers": said})
        await send({"type": "http.response.body", "body": body})


def _name_of(host: bytes) -> str:
    """Return a Host header without its port.

    >>> _name_of(b"localhost:8000"), _name_of(b"[::1]:8000"), _name_of(b"county.example")
    ('localhost', '[::1]', 'county.example')
    """
    text = host.decode("latin-1").lower()
    return text[: text.index("]") + 1] if text.startswith("[") and "]" in text else text.partition(":")[0]


def _length_of(headers: dict[bytes, bytes]) -> int:
    said = headers.get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0
