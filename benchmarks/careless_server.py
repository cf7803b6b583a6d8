"""Servers without a precaution, for the checks of load to catch: `python -m benchmarks.careless_server HOW --port N`.

early       answers that a document is recorded, and records it a moment later
drops       answers so, and drops one document in fifty
unbounded   lets everybody wait, however many there are and for as long as it takes
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from data.serve_settings import ServeSettings, keep_settings, kept_settings
from web.app import make_app
from web.observed import Observed

__all__ = ["HOWS", "careless"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HOWS = ("early", "drops", "unbounded")

_HOW = "ALLOCATOR_CARELESS"
_DROPS_EVERY = 50
_LATER_SECONDS = 0.5
_DOCUMENTS = "/api/v1/documents"
_PLENTY = 1_000_000


class _Careless:
    """Answers 201 before anything is recorded. `drops_every`: it drops one in so many, 0 for none."""

    def __init__(self, app: Observed, *, drops_every: int) -> None:
        self._app, self._drops_every = app, drops_every
        self._numbers = itertools.count(1)
        self._later: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != _DOCUMENTS:
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        number = next(self._numbers)
        if self._drops_every and number % self._drops_every:
            await self._app(scope, _once(body), send)
            return
        if not self._drops_every:
            task = asyncio.create_task(self._record_later(scope, body))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        told = b'{"number":null}'
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 201, "headers": head})
        await send({"type": "http.response.body", "body": told})

    async def _record_later(self, scope: Scope, body: bytes) -> None:
        await asyncio.sleep(_LATER_SECONDS)
        await self._app(scope, _once(body), _unheard)


def _once(body: bytes) -> Receive:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _unheard(_: MutableMapping[str, Any]) -> None:
    """Send what was answered already to nobody."""


def careless(settings: ServeSettings, how: str) -> Observed | _Careless:
    """Return the application over a ledger, careless in one of the ways."""
    app = make_app(settings)
    if how == "unbounded":
        plenty = (8, _PLENTY, 3600.0)
        return app.like(at_once=_PLENTY, reads=plenty, writes=(40, _PLENTY, 3600.0))
    return _Careless(app, drops_every=_DROPS_EVERY if how == "drops" else 0)


def served() -> Observed | _Careless:
    """Return what each serving process answers with."""
    return careless(kept_settings(), os.environ[_HOW])


def main() -> None:
    """Serve the ledger named by ALLOCATOR_DB from two processes."""
    how, _, port = sys.argv[1:]
    os.environ[_HOW] = how
    keep_settings(ServeSettings(db=os.environ["ALLOCATOR_DB"], log="none"))
    said: dict[str, Any] = {"factory": True, "log_level": "warning", "access_log": False, "loop": "asyncio"}
    config = uvicorn.Config("benchmarks.careless_server:served", host="127.0.0.1", port=int(port), workers=2, **said)
    Multiprocess(config, sockets=[config.bind_socket()]).run()


if __name__ == "__main__":
    main()
