"""What a background job kept to be shown: facts, tables and pictures in the reader's language, files to save."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import Response

from models.database import reading
from models.jobs import Job, file_of_job, find_job, jobs_of
from web.pages import language_of
from web.saved_tables import saved_bytes
from web.visitors import Visitor, ledger_of

__all__ = ["KeptTold", "kept_file", "kept_told", "live_jobs", "own_job"]

_ENDINGS = (".svg", ".xlsx", ".pdf")


@dataclass(frozen=True)
class KeptTold:
    """What a page shows. `facts`: name and fact; `tables`: name, title, headings, rows and count; `pictures`: names."""

    facts: list[list[str]]
    tables: list[dict[str, Any]]
    pictures: list[str]


def own_job(request: Request, visitor: Visitor, kinds: tuple[str, ...], id_: int = 0) -> Job | None:
    """Return a job of whoever asks that is done, of these kinds: the one of an id, else the latest; None without."""
    with reading(ledger_of(request).engine) as connection:
        if id_:
            named = find_job(connection, id_)
            jobs = [] if named is None else [named]
        else:
            jobs = jobs_of(connection, visitor.person.id)
    own = (each for each in jobs if each.actor == visitor.person.id)
    return next((each for each in own if each.kind in kinds and each.state == "done"), None)


def live_jobs(request: Request, visitor: Visitor, kinds: tuple[str, ...]) -> list[Job]:
    """Return the jobs of whoever asks, of these kinds, of which something is still to come."""
    with reading(ledger_of(request).engine) as connection:
        return [each for each in jobs_of(connection, visitor.person.id) if each.kind in kinds and each.live]


def kept_told(request: Request, job: Job) -> KeptTold | None:
    """Return what the page of a job shows; None where it kept nothing."""
    content = _member(request, job, "page.json")
    if content is None:
        return None
    told = json.loads(content)
    own = told[language_of(request)]
    return KeptTold(own["facts"], own["tables"], told["pictures"])


def kept_file(request: Request, job: Job | None, name: str) -> Response:
    """Return a picture of a job, or a file of it to save, in the reader's language.

    Raises:
        HTTPException: 404, there is none of this name.

    """
    stem, dot, ending = name.rpartition(".")
    content = None if job is None else _member(request, job, f"{stem}.{language_of(request)}.{ending}")
    if content is None or dot + ending not in _ENDINGS:
        raise HTTPException(status_code=404)
    answer = saved_bytes(content, stem, dot + ending)
    if ending == "svg":
        answer.headers["content-disposition"] = f'inline; filename="{stem}.svg"'
    return answer


def _member(request: Request, job: Job, name: str) -> bytes | None:
    with reading(ledger_of(request).engine) as connection:
        content = file_of_job(connection, job.id)
    if content is None:
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as kept:
        return kept.read(name) if name in kept.namelist() else None
