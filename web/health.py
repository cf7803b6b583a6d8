"""Is the server alive, and can it read its ledger: for whoever watches over it."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from models.database import reading
from models.tables import instance
from web.visitors import ledger_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> PlainTextResponse:
    """Answer as long as the process does."""
    return PlainTextResponse("ok")


@router.get("/readyz")
def ready(request: Request) -> PlainTextResponse:
    """Answer 200 once the ledger can be read, else 503."""
    try:
        with reading(ledger_of(request).engine) as connection:
            connection.execute(sa.select(instance.c.id)).one()
    except sa.exc.SQLAlchemyError:
        return PlainTextResponse("the ledger cannot be read", status_code=503)
    return PlainTextResponse("ok")
