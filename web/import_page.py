"""Upload a file of a site: looked at first, sent back marked where it is wrong, taken in whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from allocator.sentence import Sentence, say
from data.import_taking import Taker
from data.import_uploaded import Uploaded, UploadRead, plain_name, take_uploaded
from data.kinds_told import KINDS, TEMPLATES
from data.report_words import day_typed
from data.template_of_ledger import template_bytes
from data.texts import translator
from models.database import reading
from models.days import now_micros
from models.import_rights import RIGHT_OF_KIND
from models.kept_uploads import KeptUpload, drop_upload, find_upload, keep_upload
from models.rights import reach_of
from web.pages import language_of, page
from web.report_form import REPORT, text_of
from web.saved_tables import TYPES
from web.sealer import then_seal
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["attached", "read_upload_sent", "router"]

router = APIRouter(include_in_schema=False)

_WORKBOOK = ".xlsx"
_WRONG_SHOWN = 30


async def _form_of(request: Request) -> FormData:
    return await request.form()


Sent = Annotated[FormData, Depends(_form_of)]


@router.get("/reports/upload")
def offer(request: Request) -> Response:
    """Ask for a file."""
    return _asked(request, visitor_with(request, REPORT))


@router.post("/reports/upload")
def upload(request: Request, sent: Sent) -> Response:
    """Keep a file until it was looked at."""
    visitor = visitor_with(request, REPORT)
    refuse_forged(request, text_of(sent, "form"))
    kind, day = text_of(sent, "kind"), day_typed(text_of(sent, "day"))
    said = {"kind": kind, "day": text_of(sent, "day")}
    file = sent.get("file")
    content = file.file.read() if isinstance(file, UploadFile) and file.filename else b""
    if not isinstance(file, UploadFile) or not content:
        return _asked(request, visitor, wrong=say("Choose a file that is not empty."), **said)
    if isinstance(day, Sentence):
        return _asked(request, visitor, wrong=day, **said)
    if kind and kind not in KINDS:
        raise HTTPException(status_code=422)
    kept = {"name": plain_name(file.filename or ""), "kind": kind, "day": "" if day is None else day.isoformat()}
    id_ = keep_upload(ledger_of(request), visitor.person.id, file=content, at=now_micros(), **kept)
    return RedirectResponse(f"/reports/upload/{id_}", status_code=303)


@router.get("/reports/upload/{id_}")
def look(request: Request, id_: str) -> Response:
    """Show how a file is read, and what would become of it."""
    visitor, kept = _kept(request, id_)
    return _shown(request, kept, _read(request, visitor, kept, only_try=True))


@router.post("/reports/upload/{id_}")
def take(request: Request, id_: str, sent: Sent) -> Response:
    """Take a file in, whole or not at all; or forget it."""
    visitor, kept = _kept(request, id_)
    refuse_forged(request, text_of(sent, "form"))
    ledger = ledger_of(request)
    if text_of(sent, "do") == "drop":
        drop_upload(ledger, visitor.person.id, id_)
        return RedirectResponse("/reports/upload", status_code=303)
    # Kept until its day is over: sent once more, it is taken in once all the same, for everything in it is there.
    answer = _shown(request, kept, _read(request, visitor, kept, only_try=False), is_taken=True)
    answer.background = then_seal(request)
    return answer


@router.get("/reports/upload/{id_}/marked.xlsx")
def marked(request: Request, id_: str) -> Response:
    """Give the file as a workbook in which each bad cell is marked and says what is wrong."""
    visitor, kept = _kept(request, id_)
    read = _read(request, visitor, kept, only_try=True)
    if read.marked is None:
        raise HTTPException(status_code=404)
    stem = kept.name.rpartition(".")[0] or kept.name
    return attached(read.marked, f"{stem}-marked{_WORKBOOK}")


@router.get("/reports/templates/{kind}.xlsx")
def template(request: Request, kind: str) -> Response:
    """Give a workbook to fill in."""
    visitor = visitor_with(request, REPORT)
    if kind not in TEMPLATES:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        reach = reach_of(connection, visitor.person, REPORT)
    return attached(template_bytes(ledger, kind, reach, now=now_micros()), f"{kind}{_WORKBOOK}")


def attached(content: bytes, name: str) -> Response:
    """Return a workbook as a file that is saved."""
    header = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=TYPES[_WORKBOOK], headers={"content-disposition": header})


def _kept(request: Request, id_: str) -> tuple[Visitor, KeptUpload]:
    visitor = visitor_with(request, REPORT)
    with reading(ledger_of(request).engine) as connection:
        kept = find_upload(connection, visitor.person.id, id_.replace("\x00", ""), at=now_micros())
    if kept is None:
        raise HTTPException(status_code=404)
    return visitor, kept


def _read(request: Request, visitor: Visitor, kept: KeptUpload, *, only_try: bool) -> UploadRead:
    day = dt.date.fromisoformat(kept.day) if kept.day else None
    sent = Uploaded(name=kept.name, content=kept.file, kind=kept.kind or None, day=day)
    return read_upload_sent(request, visitor, sent, only_try=only_try)


def read_upload_sent(request: Request, visitor: Visitor, sent: Uploaded, *, only_try: bool) -> UploadRead:
    """Take a file in for whoever asks, or say what would become of it."""
    taker = Taker(ledger=ledger_of(request), actor=visitor.person.id, now=now_micros())
    return take_uploaded(taker, sent, translator(language_of(request)), may=visitor.may, only_try=only_try)


def _asked(
    request: Request, visitor: Visitor, *, wrong: Sentence | None = None, kind: str = "", day: str = ""
) -> Response:
    kinds, templates = (
        {each: told for each, told in all_.items() if visitor.may(RIGHT_OF_KIND[each])} for all_ in (KINDS, TEMPLATES)
    )
    shown: dict[str, Any] = {"wrong": wrong, "kind": kind, "day": day, "kinds": kinds, "templates": templates}
    return page(request, "upload.html", status=422 if wrong else 200, **shown)


def _shown(request: Request, kept: KeptUpload, read: UploadRead, *, is_taken: bool = False) -> Response:
    return page(
        request,
        "upload-read.html",
        status=422 if read.wrong and is_taken else 200,
        kept=kept,
        read=read,
        wrong=read.wrong[:_WRONG_SHOWN],
        more=max(0, len(read.wrong) - _WRONG_SHOWN),
        is_taken=is_taken and not read.wrong,
    )
