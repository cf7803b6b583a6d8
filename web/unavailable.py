"""A database that cannot just now, met by a page or a call: 503 with the sentence why, and when to ask again."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.responses import Response

from models.database import sqlite_module
from models.faults import Unavailable, unavailable
from web.observed import again_after, request_number
from web.pages import page
from web.problems import problem
from web.visitors import API

__all__ = ["say_where_unavailable"]

_DATABASE = (Unavailable, sa.exc.DBAPIError, sa.exc.TimeoutError, psycopg.Error, sqlite_module().Error)


def say_where_unavailable(app: FastAPI) -> None:
    """Have an application answer what its database cannot do; other faults of a database are its own."""
    for kind in (*_DATABASE, OSError, MemoryError):
        app.add_exception_handler(kind, _unavailable)


def _unavailable(request: Request, error: Exception) -> Response:
    said = unavailable(error)
    if said is None:
        raise error
    again = {"retry-after": again_after()}
    if request.url.path.startswith(API):
        return problem(request, 503, said.sentence, headers=again)
    number = request_number(request)
    answer = page(
        request, "refused.html", status=503, code=503, number=number, why=said.sentence, soon=not said.is_moved
    )
    answer.headers.update(again)
    return answer
