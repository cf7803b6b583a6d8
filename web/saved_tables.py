"""Tables and pictures as files that a browser saves, with where they come from."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fastapi import HTTPException, Request
from fastapi.responses import Response

from allocator.sentence import Sentence
from data.ledger_facts import ledger_facts
from data.tables_out import AboutOut, TableOut, files_of, write_tables
from models.days import now_micros
from web.pages import language_of
from web.visitors import Visitor, ledger_of

__all__ = ["TYPES", "saved_bytes", "saved_tables"]

TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
}
"""What is saved, by the ending of its address."""

Fact = tuple[Sentence, Sentence | str | int]


def saved_tables(
    request: Request,
    visitor: Visitor | None,
    name: str,
    ending: str,
    tables: Sequence[TableOut],
    *,
    title: Sentence,
    day: dt.date,
    filters: Sequence[Fact] = (),
) -> Response:
    """Return tables as a workbook, or the first of them as CSV. `visitor`: who saves it, None where nobody is to know.

    Raises:
        HTTPException: 404, the ending is none of a table.

    """
    if ending not in (".xlsx", ".csv"):
        raise HTTPException(status_code=404)
    facts = [*filters]
    if visitor is not None:
        facts += ledger_facts(ledger_of(request), actor=visitor.person.id, now=now_micros())
    with tempfile.TemporaryDirectory() as folder:
        path, part = files_of(Path(folder) / f"{name}{ending}", tables)[0]
        write_tables(path, part, AboutOut(title=title, day=day, facts=facts), lang=language_of(request))
        return saved_bytes(path.read_bytes(), name, ending)


def saved_bytes(content: bytes, name: str, ending: str) -> Response:
    """Return a file that a browser saves."""
    named = {"content-disposition": f'attachment; filename="{name}{ending}"'}
    return Response(content, media_type=TYPES[ending], headers=named)
