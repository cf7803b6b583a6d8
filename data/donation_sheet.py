"""The receipt that a donor gets: what came, with lots, and where it is by now; one PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from allocator.words import unit_named
from data.texts import translator
from data.typesetting import pdf_of, qr_of
from models.donations import DonatedLot, Donation
from models.tables import NO_EXPIRY

__all__ = ["donation_pdf", "given_rows", "mixed_sentence", "reached_rows", "where_rows"]

_TEMPLATE = Path(__file__).with_name("donation_sheet.typ")
_REACHED_SHOWN = 12

_WHERE: tuple[tuple[str, Sentence], ...] = (
    ("used", say("used")),
    ("at_sites", say("at sites")),
    ("at_depots", say("at depots")),
    ("under_way", say("under way")),
    ("set_aside", say("in quarantine")),
    ("lost", say("lost or spoilt")),
    ("outside", say("given outside")),
    ("given_back", say("given back")),
)

Table = tuple[list[str], list[list[Any]]]


def given_rows(given: Donation, lang: str) -> Table:
    """Return the headings and rows of what was given."""
    word = translator(lang)
    titles = (say("item"), say("lot"), say("use by"), say("unit"), say("units"))
    rows = [
        [each.item.worded(lang), each.lot.lot_no, _use_by(each), unit_named(each.unit).worded(lang), each.units]
        for each in given.lots
    ]
    return [word(title) for title in titles], rows


def where_rows(given: Donation, lang: str) -> Table:
    """Return the headings and rows of where each lot is; a lot that came with other receipts too is marked."""
    word = translator(lang)
    said = [(name, title) for name, title in _WHERE if any(each.where[name] for each in given.lots)]
    rows = [
        [f"{each.item.worded(lang)}{' *' if each.mixed else ''}", each.lot.lot_no]
        + [each.where[name] for name, _ in said]
        for each in given.lots
    ]
    return [word(title) for title in (say("item"), say("lot"), *(title for _, title in said))], rows


def reached_rows(given: Donation, lang: str) -> Table:
    """Return the headings and rows of the sites that got the most."""
    word = translator(lang)
    titles = (say("site"), say("item"), say("used"), say("held"))
    rows = [
        [each.site.worded(lang), each.item.worded(lang), each.used, each.held]
        for each in given.reached[:_REACHED_SHOWN]
    ]
    return [word(title) for title in titles], rows


def mixed_sentence(given: Donation) -> Sentence | None:
    """Say of which lots there was more; None where every lot is of this donation alone."""
    mixed = [say("{came:,} of {item}", came=each.came_units, item=each.item) for each in given.lots if each.mixed]
    if not mixed:
        return None
    return say(
        "* There was more of this lot, and units of a lot are not told apart, so where it is holds for all of it: "
        "{lots}.",
        lots=mixed,
    )


def donation_pdf(given: Donation, *, ledger: str, day: dt.date, told: Sentence, lang: str = "en") -> bytes:
    """Return the receipt as a PDF. `day`: on which it was received; `told`: as of when it is said where it is."""
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    mixed = mixed_sentence(given)
    parts = [{"title": word(told), "texts": 2,
              **_printed(*where_rows(given, lang)), "below": word(mixed) if mixed else ""}]  # fmt: skip
    if given.reached:
        more = len(given.reached) - _REACHED_SHOWN
        below = word(say("… and {more} more", more=more)) if more > 0 else ""
        title = word(say("Who has it"))
        parts.append({"title": title, "texts": 2, **_printed(*reached_rows(given, lang)), "below": below})
    return pdf_of(
        _TEMPLATE,
        {
            "lang": lang,
            "title": word(say("Receipt of a donation")),
            "facts": [[word(title), text] for title, text in _facts(given, day, ledger, lang)],
            "qr": qr_of(f"{ledger} document {given.document} sha256 {given.digest}"),
            "seal": f"sha256 {given.digest[:16]}…",
            "given": {**_printed(*given_rows(given, lang)), "texts": 4},
            "thanks": word(say("Received with thanks.")),
            "parts": parts,
            "signatures": [
                word(say("Received by, date, time")),
                word(say("Checked by, date, time")),
                word(say("Stamp")),
            ],
        },
    )


def _facts(given: Donation, day: dt.date, ledger: str, lang: str) -> Iterator[tuple[Sentence, str]]:
    word = translator(lang)
    yield say("Donor"), given.donor.worded(lang)
    yield say("Received at"), given.site.worded(lang)
    yield say("Received on"), day.isoformat()
    yield say("Document"), word(say("{ledger}, number {number}", ledger=ledger, number=given.document))
    if given.reference:
        yield say("Reference"), given.reference
    if given.certificate:
        yield say("Quality certificate"), given.certificate


def _use_by(each: DonatedLot) -> str:
    return "" if each.lot.expires == NO_EXPIRY else each.lot.expires


def _printed(headings: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    cells = [[cell if isinstance(cell, str) else f"{cell:,}" if cell else "–" for cell in row] for row in rows]
    return {"headings": headings, "rows": cells}
