"""Recall notices on paper: one for each holder, with what the ledger says it has, to be filled in and sent back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from allocator.words import unit_named
from data.texts import translator
from data.typesetting import pdf_of, qr_of
from models.reasons import reason_named
from models.recalls import Holder, Recall
from models.tables import NO_EXPIRY

__all__ = ["recall_notes_pdf"]

_TEMPLATE = Path(__file__).with_name("recall_notes.typ")


def recall_notes_pdf(recall: Recall, *, ledger: str, day: dt.date, known_at: str, lang: str = "en") -> bytes:
    """Return a PDF with a notice for each holder that has not settled. `day`: on which the lot was recalled.

    Raises:
        ValueError: nobody holds any of it.

    """
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    holders = [each for each in recall.holders if each.open_units]
    if not holders:
        raise ValueError("nobody holds any of the lot, so there is no notice to print")
    document = recall.documents[-1]
    return pdf_of(
        _TEMPLATE,
        {
            "lang": lang,
            "title": word(say("Recall notice")),
            "lead": word(
                say(
                    "Use none of this lot from now on and give none of it out. Set aside all there is, also what "
                    "arrives later. Write down below what you found and what became of the rest, sign, and send this "
                    "sheet back with the goods."
                )
            ),
            "qr": qr_of(f"{ledger} document {document} sha256 {recall.digest}"),
            "seal": f"sha256 {recall.digest[:16]}…",
            "headings": [
                word(say("By the ledger")),
                word(say("Units")),
                word(say("Found, returned, or what became of it")),
            ],
            "signatures": [
                word(say("Filled in by, date, time")),
                word(say("Taken back by, date, time")),
                word(say("Stamp")),
            ],
            "sheets": [_sheet(recall, each, day, known_at, word, lang) for each in holders],
        },
    )


def _sheet(
    recall: Recall, holder: Holder, day: dt.date, known_at: str, word: Callable[[Sentence], str], lang: str
) -> dict[str, Any]:
    key, number = recall.lot, str(recall.documents[-1])
    reason = reason_named("recall", recall.reason)
    facts = [
        (say("To"), holder.site.worded(lang)),
        (say("Item"), f"{recall.item.worded(lang)} ({recall.item.code})"),
        (say("Lot"), key.lot_no or "-"),
        (say("Use by"), "" if key.expires == NO_EXPIRY else key.expires),
        (say("Why"), word(reason.says) if reason else recall.reason),
        (say("Recalled on"), day.isoformat()),
        (say("Document"), number),
        (say("As known at"), known_at),
    ]
    rows = [
        (say("in quarantine with you"), holder.quarantined_units),
        (say("elsewhere with you, reserved or on the way to you"), holder.elsewhere_units),
        (say("used or given out before: ask for it back"), holder.used_units),
    ]
    return {
        "label": f"{number} · {holder.site.worded(lang)}",
        "facts": [[word(name), text] for name, text in facts if text],
        "unit": unit_named(recall.unit).worded(lang),
        "rows": [[word(name), f"{units:,}", ""] for name, units in rows if units]
        + [[word(name), "", ""] for name in (say("found beyond that"), say("lost, broken or destroyed"))],
        "open": word(say("To account for: {units:,} {unit}", units=holder.open_units, unit=unit_named(recall.unit))),
    }
