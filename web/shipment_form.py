"""The form by which a shipment is confirmed: as it is first shown, and as it was sent."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, Field, model_validator

from allocator.sentence import Sentence, say
from data.scanned import Unreadable
from data.scanned_lines import ScannedLine, scanned_line
from data.typed_arrivals import NotedLine, ReadArrivals, TypedArrival, with_scanned
from models.catalogue_gtins import gtins_known
from models.tables import NO_EXPIRY
from web.form_keys import new_key

__all__ = ["ConfirmForm", "Sent", "form_of", "mark_of", "moment_typed", "offered", "scanned_into", "sent_lines"]

_LINES_MAX, _SCANS_MAX = 500, 2_000
_Texts = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=_LINES_MAX)]
_Text = Annotated[str, Field(max_length=1000)]


class Sent(BaseModel):
    """What browsers send: one value of each field for each line, in the order of the lines."""

    form: _Text = ""
    key: _Text = ""
    told: _Text = ""
    do: _Text = "record"
    note: _Text = ""
    when: _Text = ""
    scans: Annotated[str, Field(max_length=100_000)] = ""
    item: _Texts = []
    lot: _Texts = []
    expires: _Texts = []
    sound: _Texts = []
    damaged: _Texts = []
    missing: _Texts = []
    lost: _Texts = []
    held: _Texts = []
    refused: _Texts = []
    stayed: _Texts = []
    over: _Texts = []
    instead: _Texts = []
    reason: _Texts = []
    noted: _Texts = []

    @model_validator(mode="after")
    def _whole(self) -> Sent:
        if len({len(getattr(self, name)) for name in _OF_LINES}) > 1:
            raise ValueError("a line lacks a field")
        return self


_OF_LINES = (
    "item", "lot", "expires", "sound", "damaged", "missing", "lost", "held", "refused", "stayed", "over", "instead",
    "reason", "noted",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ConfirmForm:
    """The form as it is shown. `told`: the mark of what was told before recording, "" where nothing was.

    `differences`: how what was typed differs from the note; `faults`: by field and line; `wrong`: of the whole.
    """

    lines: Sequence[TypedArrival]
    key: str = field(default_factory=new_key)
    note: str = ""
    when: str = ""
    scans: str = ""
    told: str = ""
    differences: Sequence[Sentence] = ()
    faults: dict[str, Sentence] = field(default_factory=dict)
    wrong: Sequence[Sentence] = ()


def offered(noted: Sequence[NotedLine], *, begun: bool) -> ConfirmForm:
    """Return the form of a shipment with what was sent in it; of what is left of one that was `begun` nothing."""
    return ConfirmForm(lines=[*_noted(noted, begun=begun), TypedArrival(noted=False)])


def _noted(noted: Sequence[NotedLine], *, begun: bool) -> list[TypedArrival]:
    return [
        TypedArrival(
            item=line.item,
            lot=line.lot_no,
            expires="" if line.expires == NO_EXPIRY else line.expires,
            sound="" if begun else str(line.units),
        )
        for line in noted
    ]


def sent_lines(sent: Sent) -> list[NotedLine]:
    """Return the lines of the note as a form said them that was recorded before: what of them is left has changed."""
    return [
        NotedLine(item=item, lot_no=lot, expires=expires or NO_EXPIRY, units=0)
        for item, lot, expires, noted in zip(sent.item, sent.lot, sent.expires, sent.noted, strict=True)
        if noted
    ]


def form_of(sent: Sent, noted: Sequence[NotedLine]) -> ConfirmForm:
    """Return a form as it was sent, about what is under way now: another may have confirmed some of it meanwhile."""
    typed = [TypedArrival(**{name: getattr(sent, name)[at] for name in _OF_LINES[:-1]}, noted=bool(sent.noted[at]))
             for at in range(len(sent.item))]  # fmt: skip
    lines = [_own(typed, line) for line in _noted(noted, begun=True)]
    more = [line for line in typed if not line.noted]
    return ConfirmForm(
        lines=[*lines, *more] if more else [*lines, TypedArrival(noted=False)],
        key=sent.key,
        note=sent.note.strip(),
        when=sent.when.strip(),
        scans=sent.scans,
    )


def _own(typed: Sequence[TypedArrival], line: TypedArrival) -> TypedArrival:
    same = (line.item, line.lot, line.expires)
    return next((each for each in typed if each.noted and (each.item, each.lot, each.expires) == same), line)


def scanned_into(connection: sa.Connection, form: ConfirmForm, noted: Sequence[NotedLine]) -> ConfirmForm:
    """Return a form with what was scanned in its lines; all lines that cannot be read are told."""
    known = gtins_known(connection)
    wrong: list[Sentence] = []
    read: list[ScannedLine] = []
    for number, text in enumerate(form.scans.splitlines()[:_SCANS_MAX], start=1):
        # The code of the note itself may be the first that is scanned: it opens the page.
        if not text.strip() or "/notes/" in text:
            continue
        line = scanned_line(text.strip(), known)
        if isinstance(line, Unreadable):
            wrong.append(say("Line {number}: {why}", number=number, why=line.sentence))
        else:
            read.append(line)
    if wrong or not read:
        nothing = [] if wrong else [say("Nothing was scanned. Scan the codes of the boxes, one below the other.")]
        return replace(form, wrong=[*wrong, *nothing])
    lines = with_scanned(form.lines, noted, read)
    return replace(form, lines=[*lines, TypedArrival(noted=False)])


def mark_of(read: ReadArrivals) -> str:
    """Return what tells whether something was changed since the differences were told."""
    return hashlib.sha256(repr(read.arrivals).encode()).hexdigest()


def moment_typed(text: str) -> dt.datetime | Sentence | None:
    """Return a typed time; None where nobody said one.

    >>> moment_typed("2020-02-10T14:30"), moment_typed("")
    (datetime.datetime(2020, 2, 10, 14, 30), None)
    """
    if not text:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return say('"{found}" is not a time. Write it as 2020-02-10T14:30.', found=text)
