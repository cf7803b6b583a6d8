"""The pages of a witness that is asked over the network: one, `POST …/add-checkpoint` (c2sp.org/tlog-witness).

Loaded only by `allocator witness --serve`. Requests are small and few: what is larger, slower or more is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from data.head_keeping import CONFLICT, HEAD_BYTES_MAX, SIGNED, Answer
from data.witness_state import WitnessState
from models.checkpoint import BadNote
from models.entry import Refusal

__all__ = ["BODY_SECONDS", "serve", "witness_app"]

BODY_SECONDS = 10.0
"""How long the body of a request is waited for."""

_AT_ONCE = 32
_TOO_LARGE, _TOO_SLOW, _BROKEN = 413, 408, 500


def witness_app(state: WitnessState, seconds: Callable[[], int]) -> FastAPI:
    """Return the application. `seconds`: tells the time, in UTC seconds."""
    app = FastAPI(title="witness", openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await asyncio.wait_for(_body(request), BODY_SECONDS)
        except TimeoutError:
            return Response(status_code=_TOO_SLOW)
        if body is None:
            return Response(status_code=_TOO_LARGE)
        try:
            answer = await run_in_threadpool(state.submit, body.decode("utf-8", "replace"), seconds=seconds())
        except (OSError, BadNote, Refusal):
            # What is wrong here is for whoever runs the witness: `allocator witness --state` says it.
            return Response(status_code=_BROKEN)
        return _response(answer)

    return app


async def _body(request: Request) -> bytes | None:
    """Return a request's body, None where it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > HEAD_BYTES_MAX:
            return None
    return body


def _response(answer: Answer) -> Response:
    if answer.status == SIGNED:
        return Response(answer.lines, media_type="text/plain; charset=utf-8")
    if answer.status == CONFLICT:
        return Response(f"{answer.known}\n", status_code=CONFLICT, media_type="text/x.tlog.size")
    return Response(status_code=answer.status)


def serve(state: WitnessState, *, host: str, port: int, seconds: Callable[[], int]) -> None:
    """Answer requests until the process is told to end."""
    import uvicorn

    uvicorn.run(
        witness_app(state, seconds),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=5,
        h11_max_incomplete_event_size=16_384,
        server_header=False,
    )
