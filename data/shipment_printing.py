"""The delivery note of one shipment, whichever document sent it."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from data.notes import Note, NoteLine
from models.days import day_of
from models.reasons import reason_named
from models.shipment_paper import ShipmentPaper
from models.words import type_word

__all__ = ["note_of"]


def note_of(paper: ShipmentPaper, zone: ZoneInfo, *, url: str = "", proof: str = "") -> Note:
    """Return a shipment's note; `url`: where the pages are, "" for no code on it; `proof`: what its seal says."""
    whole: dict[str, int] = defaultdict(int)
    lines: list[NoteLine] = []
    for each in paper.lots:
        # A pack of two lots counts with the lot that completes it.
        before = whole[each.item.code] // each.pack_units
        whole[each.item.code] += each.units
        packs = whole[each.item.code] // each.pack_units - before
        lines.append(
            NoteLine(
                item=each.item,
                unit=each.unit,
                packs=packs,
                units=each.units,
                lot=each.lot.lot_no,
                expires=each.lot.expires,
            )
        )
    return Note(
        number=paper.number,
        depot=paper.site,
        site=paper.to,
        day=day_of(paper.sent_at, zone),
        lines=lines,
        kg=sum(each.pack_kg * each.units / each.pack_units for each in paper.lots),
        plan=paper.plan,
        url=f"{url.rstrip('/')}/notes/{paper.number}" if url else "",
        remark=_remark(paper),
        proof=proof,
    )


def _remark(paper: ShipmentPaper) -> Sentence | None:
    """Say what sort of shipment it is, where it is not a plan's."""
    if paper.plan:
        return None
    reason = reason_named("confirm" if paper.type == "sendback" else paper.type, paper.reason)
    if reason is None:
        return type_word(paper.type)
    return say("{type}: {reason}", type=type_word(paper.type), reason=reason.says)
