"""What stands before everything: each request has a number, is counted and told of, and is refused where too many run.

Pure ASGI and outermost, so that it holds for whatever answers. It never looks at who asks or at what is sent.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from web.guard import Guard
from web.turns import Turns

__all__ = ["AT_ONCE", "READS", "WRITES", "Asked", "Observed", "again_after", "request_number"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

AT_ONCE = 100
"""Requests of one process that are worked on or wait for it; who comes beyond is told to come again."""

READS, WRITES = (8, 80, 10.0), (12, 40, 1.0)
"""How many are worked on at once, how many wait, and how many seconds each of them: what reads, and what changes.

Few at once: threads of one process share one interpreter, and what is written is written by one for all who wait.
What reads may wait longer than what changes something: a person who looks at a page would only ask for it again.
"""

_AGAIN_SECONDS = (2, 5)

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_READING = ("GET", "HEAD", "OPTIONS")
_ALWAYS = ("/healthz", "/readyz", "/metrics")
_NUMBER = "request_number"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, without anything of whoever sent it.

    `number`: what its answer carries as X-Request-Id; `route`: the address as the program knows it, with names in
    braces where values stood, "" where there is none such; `status`: 0 where whoever asked had gone; `crowded`: it was
    refused because there was too much to do.
    """

    number: str
    method: str
    route: str
    status: int
    seconds: float
    failed: Exception | None = None
    crowded: bool = False


class Observed:
    """Wraps the guard. `tell`: is told of every request once it is answered.

    `at_once`: how many may be here; `reads`, `writes`: how many of each are worked on, wait, and how long.
    """

    def __init__(
        self,
        app: Guard,
        tell: Callable[[Asked], None],
        *,
        at_once: int = AT_ONCE,
        reads: tuple[int, int, float] = READS,
        writes: tuple[int, int, float] = WRITES,
    ) -> None:
        self.app, self._tell, self._at_once = app, tell, at_once
        self._reads, self._writes = _turns(reads), _turns(writes)
        self.running = 0

    def like(self, **limits: Any) -> Observed:
        """Return the same with other limits, `at_once`, `reads`, `writes`."""
        return Observed(self.app, self._tell, **limits)

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
        crowded = False
        self.running += 1
        try:
            crowded = await self._worked(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - what is told of it holds nothing of what was sent
            failed = error
            if not status:
                await self.app.refuse(scope, sent, 500)
        finally:
            self.running -= 1
            self._tell(_asked(scope, number, status, (ended or time.perf_counter()) - began, failed, crowded=crowded))

    async def _worked(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Have a request worked on once it is its turn; say whether it was refused because there is too much to do."""
        if scope["path"] in _ALWAYS:
            await self.app(scope, receive, send)
            return False
        turns = self._reads if scope["method"] in _READING else self._writes
        # Before anything is read of it: what is refused must cost next to nothing, or the crowd itself is too much.
        if self.running > self._at_once or turns.are_all_taken:
            await self._come_again(scope, send)
            return True
        turn = _Turn(turns)
        try:
            # What comes with a body waits for its turn once the whole of it is here: who sends slowly holds up nobody.
            if not _has_body(scope) and not await turn.taken():
                await self._come_again(scope, send)
                return True
            await self.app(scope, turn.receiving(receive), turn.sending(send))
        except Exception:
            if not turn.refused:
                raise
        finally:
            turn.end()
        if turn.refused:
            await self._come_again(scope, send)
        return turn.refused

    async def _come_again(self, scope: Scope, send: Send) -> None:
        await self.app.refuse(scope, send, 503, (b"retry-after", again_after().encode()))


class _Turn:
    """The turn of one request: taken once, and given back once its answer is made. `refused`: it did not come."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._has = self._asked = False
        self.refused = False

    async def taken(self) -> bool:
        """Wait for the turn; say whether it came."""
        if not self._asked:
            self._asked = True
            self._has = await self._turns.take()
            self.refused = not self._has
        return not self.refused

    def end(self) -> None:
        """Give the turn back."""
        if self._has:
            self._has = False
            self._turns.give_back()

    def receiving(self, receive: Receive) -> Receive:
        """Return what hands on what comes in, the last of it once it is this request's turn."""

        async def received() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not await self.taken():
                # As if whoever asks had gone, so that nothing is begun; what is answered to that is dropped.
                return {"type": "http.disconnect"}
            return message

        return received

    def sending(self, send: Send) -> Send:
        """Return what sends an answer: of a request that is refused none, and the turn ends with the answer."""

        async def sent(message: MutableMapping[str, Any]) -> None:
            if self.refused:
                return
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.end()

        return sent


def again_after() -> str:
    """Return after how many seconds to come again: by chance, or all who were refused would come together."""
    return str(random.randint(*_AGAIN_SECONDS))  # noqa: S311 - spreads who comes again


def _turns(said: tuple[int, int, float]) -> Turns:
    at_once, waiting, seconds = said
    return Turns(at_once=at_once, waiting=waiting, seconds=seconds)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _asked(scope: Scope, number: str, status: int, seconds: float, failed: Exception | None, *, crowded: bool) -> Asked:
    # A method may be any word: only those that are known are told.
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    return Asked(
        number=number,
        method=method,
        route=_route(scope),
        status=status,
        seconds=seconds,
        failed=failed,
        crowded=crowded,
    )


def _route(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", ""))


def request_number(request: Request) -> str:
    """Return the number of a request, by which whoever runs the server finds it in the log."""
    return str(getattr(request.state, _NUMBER, ""))
