"""Printed notes: one delivery note for each stop and a pick list for each depot, as PDF.

Set by typst from `notes.typ` (`data/typesetting.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.texts import translator
from data.typesetting import pdf_of, qr_of

__all__ = ["Note", "NoteLine", "PickLine", "PickList", "VehicleStop", "notes_pdf"]

_TEMPLATE = Path(__file__).with_name("notes.typ")
NO_EXPIRY = "9999-12-31"


@dataclass(frozen=True, kw_only=True)
class NoteLine:
    """One lot of one item. `expires`: ISO day, "" or the ledger's last day where it never does."""

    item: Named
    unit: str
    packs: int
    units: int
    lot: str = ""
    expires: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """What one site receives from one depot.

    `url`: what the code at the top opens, "" for none; `remark`: why it was sent; `proof`: what the code at the foot
    says of the document behind it and the ledger's newest head, as `models.paper_proof` writes it, "" for none.
    """

    number: str
    depot: Named
    site: Named
    day: dt.date
    lines: Sequence[NoteLine]
    kg: float
    plan: str = ""
    vehicle: str = ""
    url: str = ""
    remark: Sentence | None = None
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class PickLine:
    """What is taken from the shelves of a depot, of one lot, for all its stops."""

    item: Named
    unit: str
    packs: int
    units: int
    lot: str = ""
    expires: str = ""


@dataclass(frozen=True, kw_only=True)
class VehicleStop:
    """One stop of a vehicle; `arrives`: hours and minutes after leaving."""

    site: Named
    note: str
    packs: int
    kg: float
    arrives: str = ""


@dataclass(frozen=True, kw_only=True)
class PickList:
    """A depot's day: what to take from the shelves, and which vehicle it goes on, in order of visit."""

    depot: Named
    day: dt.date
    lines: Sequence[PickLine]
    vehicles: Mapping[str, Sequence[VehicleStop]]
    plan: str = ""


class _Words:
    """Texts and numbers in the reader's language."""

    def __init__(self, lang: str) -> None:
        self.lang = "zh" if lang.startswith("zh") else "en"
        self.word: Callable[[Sentence], str] = translator(self.lang)

    def name(self, named: Named) -> str:
        return named.worded(self.lang)

    def unit(self, unit: str) -> str:
        return unit_named(unit).worded(self.lang)

    def all(self) -> dict[str, Any]:
        word = self.word
        item, unit, lot, use_by = say("Item"), say("Unit"), say("Lot"), say("Use by")
        packs, units, number = say("Packs"), say("Units"), say("No.")
        taken = say("Done")
        return {
            "note": word(say("Delivery note")),
            "pick_list": word(say("Pick list")),
            "scan": word(say("Scan to confirm")),
            "seal": word(say("Seal of the ledger, for the auditor: allocator audit check --note TEXT")),
            "note_headings": [word(each) for each in (number, item, packs, units, unit, lot, use_by, say("Received"))],
            "pick_headings": [word(each) for each in (number, item, lot, use_by, packs, units, unit, taken)],
            "vehicle_headings": [
                word(each) for each in (number, say("Site"), say("Note"), packs, say("kg"), say("Arrives"), taken)
            ],
            "signatures": [
                word(say("Issued by, date, time")),
                word(say("Driver, date, time")),
                word(say("Received by, date, time")),
            ],
        }


def notes_pdf(sheets: Iterable[Note | PickList], *, lang: str = "en", title: str = "") -> bytes:
    """Return a PDF with a sheet (or more, where it is long) for each note and pick list, in their order.

    Raises:
        ValueError: there is nothing to print, or no such language.

    """
    words = _Words(lang)
    printed = [_note(each, words) if isinstance(each, Note) else _pick_list(each, words) for each in sheets]
    if not printed:
        raise ValueError("no note and no pick list to print")
    given = {"lang": words.lang, "title": title or words.all()["note"], "words": words.all(), "sheets": printed}
    return pdf_of(_TEMPLATE, given)


def _note(note: Note, words: _Words) -> dict[str, Any]:
    word = words.word
    facts = [
        [word(say("To")), words.name(note.site)],
        [word(say("From")), words.name(note.depot)],
        [word(say("Date")), note.day.isoformat()],
    ]
    if note.vehicle:
        facts.append([word(say("Vehicle")), note.vehicle])
    if note.plan:
        facts.append([word(say("Plan")), note.plan])
    if note.remark is not None:
        facts.append([word(say("Sent as")), word(note.remark)])
    packs = sum(line.packs for line in note.lines)
    return {
        "kind": "note",
        "number": note.number,
        "label": f"{note.number} · {words.name(note.site)}",
        "facts": facts,
        "qr": qr_of(note.url),
        "proof": qr_of(note.proof),
        "proof_text": note.proof,
        "lines": [
            [
                str(n),
                words.name(line.item),
                f"{line.packs:,}",
                f"{line.units:,}",
                words.unit(line.unit),
                line.lot,
                _use_by(line.expires),
                "",
            ]
            for n, line in enumerate(note.lines, start=1)
        ],
        "total": word(say("Together: {packs} packs, {kg} kg", packs=f"{packs:,}", kg=f"{note.kg:,.1f}")),
    }


def _pick_list(pick: PickList, words: _Words) -> dict[str, Any]:
    word = words.word
    facts = [[word(say("Date")), pick.day.isoformat()]]
    if pick.plan:
        facts.append([word(say("Plan")), pick.plan])
    return {
        "kind": "pick list",
        "depot": words.name(pick.depot),
        "label": f"{word(say('Pick list'))} · {words.name(pick.depot)}",
        "facts": facts,
        "lines": [
            [
                str(n),
                words.name(line.item),
                line.lot,
                _use_by(line.expires),
                f"{line.packs:,}",
                f"{line.units:,}",
                words.unit(line.unit),
                "☐",
            ]
            for n, line in enumerate(pick.lines, start=1)
        ],
        "vehicles": [
            {
                "title": word(say("Vehicle {number}", number=name)),
                "stops": [_stop(n, s, words) for n, s in _from(stops)],
            }
            for name, stops in pick.vehicles.items()
        ],
    }


def _from(stops: Sequence[VehicleStop]) -> Iterable[tuple[int, VehicleStop]]:
    return enumerate(stops, start=1)


def _stop(number: int, stop: VehicleStop, words: _Words) -> list[str]:
    return [str(number), words.name(stop.site), stop.note, f"{stop.packs:,}", f"{stop.kg:,.1f}", stop.arrives, "☐"]


def _use_by(expires: str) -> str:
    return "" if expires == NO_EXPIRY else expires
