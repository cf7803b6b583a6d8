"""`/api/v1/imports`: files as `allocator import` takes them, for programs; and the workbooks that people fill in."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from data.import_uploaded import Uploaded, UploadRead, plain_name
from data.kinds_told import KINDS, TEMPLATES
from data.template_of_ledger import template_bytes
from data.texts import translator
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.rights import reach_of
from web.api_once import answered_once
from web.api_parameters import Code, CodeInPath, Key, example
from web.import_page import attached, read_upload_sent
from web.pages import language_of
from web.problems import problem
from web.report_form import REPORT
from web.saved_tables import TYPES
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["imports"])

_BRINGS = "see-catalogue"
"""Everybody may knock: which right a file takes follows from what it holds (`models/import_rights.py`)."""

_BYTES = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": _BYTES},
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _BYTES}},
            },
        },
    }
}


class TableAnswer(BaseModel):
    """How a table of a file was read. `headers`: of its header and our column; null: it is not read."""

    kind: str
    rows: int
    header_row: int | None
    headers: dict[str, str | None]


class ImportAnswer(BaseModel):
    """What became of a file, or would: `kept` is false where it was only tried. `says`: kind by kind, in words."""

    kept: bool
    nothing_new: bool
    tables: list[TableAnswer]
    documents: dict[str, int]
    says: list[str]
    notices: list[str]

    model_config = example(
        kept=True,
        nothing_new=False,
        tables=[{"kind": "counts", "rows": 2, "header_row": 1, "headers": {"site": "site", "units": "units"}}],
        documents={"counts": 1},
        says=["counts: 1 documents with 2 lines posted; 0 were there already."],
        notices=[],
    )


async def _file_of(request: Request) -> tuple[str, bytes]:
    """Return the file that was sent, alone or as a part of a form, and what it is called there."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return "", await request.body()
    file = (await request.form()).get("file")
    return (file.filename or "", await file.read()) if isinstance(file, UploadFile) else ("", b"")


@router.post("/imports", summary="Take a file in, or try to", response_model=ImportAnswer, openapi_extra=_BODY)
def take(
    request: Request,
    key: Key,
    sent: Annotated[tuple[str, bytes], Depends(_file_of)],
    name: Annotated[
        str, Query(max_length=200, description="What the file is called; its ending tells how it is read")
    ] = "",
    kind: Annotated[Code, Query(alias="as", description="What it holds, where its name and sheets do not say")] = "",
    day: Annotated[dt.date | None, Query(description="When rows without a day happened; today where left out")] = None,
    only_try: Annotated[bool, Query(alias="try")] = False,  # noqa: FBT002 - a parameter of the address
) -> Response:
    """Take a file in, whole or not at all; with `try=1` only say how it is read and what would become of it."""
    visitor = visitor_with(request, _BRINGS)
    refuse_forged(request)
    if kind and kind not in KINDS:
        raise HTTPException(status_code=422)
    uploaded = Uploaded(name=plain_name(name or sent[0]), content=sent[1], kind=kind or None, day=day)
    word = translator(language_of(request))

    def work() -> BaseModel:
        read = read_upload_sent(request, visitor, uploaded, only_try=only_try)
        if read.taken is None:
            raise Refusal(*read.wrong)
        return _answer(read, [word(each) for each in read.said], [word(each) for each in read.notices], not only_try)

    if only_try:
        # Nothing is changed, so nothing need be remembered.
        try:
            return JSONResponse(work().model_dump())
        except Refusal as refusal:
            return problem(request, 409, *refusal.sentences)
    asked = f"import {uploaded.name} {kind} {day} {hashlib.sha256(uploaded.content).hexdigest()}"
    return answered_once(request, visitor.person.id, key, asked, work)


def _answer(read: UploadRead, says: list[str], notices: list[str], kept: bool) -> ImportAnswer:  # noqa: FBT001
    assert read.taken is not None  # noqa: S101 - what is wrong was refused before
    return ImportAnswer.model_construct(
        kept=kept,
        nothing_new=read.taken.is_nothing_new,
        tables=[
            TableAnswer.model_construct(
                kind=each.kind.code,
                rows=each.rows,
                header_row=each.header_row,
                headers={one.header: one.called.code if one.called else None for one in each.headers},
            )
            for each in read.tables
        ],
        documents=dict(read.taken.posted),
        says=says,
        notices=notices,
    )


@router.get(
    "/imports/templates/{kind}",
    summary="A workbook to fill in, as imports take it back",
    response_class=Response,
    responses={200: {"content": {TYPES[".xlsx"]: {"schema": _BYTES}}, "description": "The workbook"}},
)
def template(request: Request, kind: CodeInPath) -> Response:
    """Return a workbook to fill in, with the codes of the ledger to choose from, of sites within one's areas."""
    visitor = visitor_with(request, REPORT)
    if kind not in TEMPLATES:
        raise HTTPException(status_code=404)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        reach = reach_of(connection, visitor.person, REPORT)
    return attached(template_bytes(ledger, kind, reach, now=now_micros()), f"{kind}.xlsx")
