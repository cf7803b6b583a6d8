"""What stands before everything: each request has a number, is counted and told of, and is refused where too many run.

Pure ASGI and outermost, so that it holds for whatever answers. It never looks at who asks or at what is sent.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from web.guard import Guard

__all__ = ["AT_ONCE", "Asked", "Observed", "request_number"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

AT_ONCE = 100
"""Requests of one process that are worked on or wait for it; who comes beyond is told to come again."""

RETRY_SECONDS = 2

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_ALWAYS = ("/healthz", "/readyz", "/metrics")
_NUMBER = "request_number"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, without anything of whoever sent it.

    `number`: what its answer carries as X-Request-Id; `route`: the address as the program knows it, with names in
    braces where values stood, "" where there is none such; `status`: 0 where whoever asked had gone.
    """

    number: str
    method: str
    route: str
    status: int
    seconds: float
    failed: Exception | None = None


class Observed:
    """Wraps the guard. `tell`: is told of every request once it is answered; `at_once`: how many may run."""

    def __init__(self, app: Guard, tell: Callable[[Asked], None], *, at_once: int = AT_ONCE) -> None:
        self.app, self._tell, self._at_once = app, tell, at_once
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, began, status, ended = secrets.token_hex(8), time.perf_counter(), 0, 0.0
        scope.setdefault("state", {})[_NUMBER] = number

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
            await send(message)
            # What is sealed after an answer is nobody's waiting.
            ended = time.perf_counter()

        failed: Exception | None = None
        self.running += 1
        try:
            if self.running > self._at_once and scope["path"] not in _ALWAYS:
                await self.app.refuse(scope, sent, 503, (b"retry-after", str(RETRY_SECONDS).encode()))
            else:
                await self.app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - what is told of it holds nothing of what was sent
            failed = error
            if not status:
                await self.app.refuse(scope, sent, 500)
        finally:
            self.running -= 1
            self._tell(_asked(scope, number, status, (ended or time.perf_counter()) - began, failed))


def _asked(scope: Scope, number: str, status: int, seconds: float, failed: Exception | None) -> Asked:
    # A method may be any word: only those that are known are told.
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    return Asked(number=number, method=method, route=_route(scope), status=status, seconds=seconds, failed=failed)


def _route(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", ""))


def request_number(request: Request) -> str:
    """Return the number of a request, by which whoever runs the server finds it in the log."""
    return str(getattr(request.state, _NUMBER, ""))
