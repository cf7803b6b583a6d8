"""Is the server alive, and can it do its work: for whoever watches over it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from allocator.sentence import Sentence, say
from data.texts import translator
from models.database import reading
from models.days import now_micros
from models.freezing import move_of
from models.moved_words import moved_sentence
from models.operating import lag_seconds
from models.schema import HEAD, version_of
from models.tables import instance
from web.pages import language_of
from web.visitors import ledger_of

__all__ = ["SEALED_WITHIN_SECONDS", "router"]

router = APIRouter(include_in_schema=False)

SEALED_WITHIN_SECONDS = 900
"""How long anything may wait to be sealed before the server says that it is not ready."""


@router.get("/healthz")
def alive() -> PlainTextResponse:
    """Answer as long as the process does."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """Answer 200 once the ledger can be read, is of this version, and is sealed; else 503, and why."""
    word = translator(language_of(request))
    why = [word(each) for each in _why_not(request)]
    return JSONResponse({"ready": not why, "why": why}, status_code=503 if why else 200)


def _why_not(request: Request) -> Iterator[Sentence]:
    try:
        with reading(ledger_of(request).engine) as connection:
            connection.execute(sa.select(instance.c.id)).one()
            current = version_of(connection) == HEAD
            move = move_of(connection) if current else None
            lag = lag_seconds(connection, at=now_micros()) if current else 0
    except sa.exc.SQLAlchemyError:
        yield say("The ledger cannot be read.")
        return
    if not current:
        yield say("The ledger is of another version than this program. Stop, run allocator init, and serve again.")
    if move is not None:
        yield moved_sentence(move.words, told=False) or say("The ledger cannot be written now.")
    if lag > SEALED_WITHIN_SECONDS:
        yield say("Something was recorded {seconds:,} seconds ago and is not sealed.", seconds=int(lag))
