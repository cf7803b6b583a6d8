"""A change that a program asks for is made once for its `Idempotency-Key`, and told again as often as it asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from models.days import now_micros
from models.entry import Refusal
from models.kept_answers import once
from web.problems import problem
from web.sealer import then_seal
from web.visitors import ledger_of

__all__ = ["answered_once"]


def answered_once(
    request: Request, actor: str, key: str, asked: str, work: Callable[[], BaseModel], *, status: int = 200
) -> Response:
    """Answer a change; what refuses it is a 409. `asked`: all of it, by which a key used before is known."""
    digest = hashlib.sha256(asked.encode()).digest()
    try:
        told, body = once(
            ledger_of(request).engine, actor, key, digest, lambda: (status, work().model_dump_json()), at=now_micros()
        )
    except Refusal as refusal:
        return problem(request, 409, *refusal.sentences)
    return Response(body, status_code=told, media_type="application/json", background=then_seal(request))
