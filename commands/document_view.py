"""Show one document: what moved, what is left, what there is to say about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from commands.papers import papers_said, prices_of
from commands.plan_view import labelled, table
from commands.reported import reported_sentence
from commands.session import Session

if TYPE_CHECKING:
    from models.countersigning import Countersigned
    from models.documents_read import SeenDocument, SeenLine
    from models.entry import LotKey

__all__ = ["document_json", "show_document"]

_STORES = ("SITE", "QUARANTINE", "RESERVED", "IN_TRANSIT")


def show_document(
    session: Session, seen: SeenDocument, notes: Sequence[Sentence], *, zone: ZoneInfo, again: bool = False
) -> None:
    """Print a document for people, or as JSON."""
    session.show_json("allocator.document/1", {"again": again} | document_json(session, seen, notes, zone=zone))
    if session.as_json:
        return
    for sentence in _headlines(seen, zone):
        session.show(session.word(sentence))
    rows = _count_rows(session, seen) if seen.type == "count" else _line_rows(session, seen)
    if len(rows) > 1:
        session.show()
        left = _COUNT_TEXTS if seen.type == "count" else _LINE_TEXTS
        shown, left = _without_empty(rows, left)
        for line in table(shown, left=left):
            session.show(f"  {line}")
    if notes:
        session.show()
    for note in notes:
        session.show(session.word(note))
    if seen.type in ("transfer", "emergency", "sendback") and seen.under_way:
        session.show()
        session.show(session.word(_how_to_confirm(seen)))
        session.show(
            session.word(say("To print its note: allocator notes {shipment} --out note.pdf", shipment=seen.shipment))
        )


def _headlines(seen: SeenDocument, zone: ZoneInfo) -> Iterator[Sentence]:
    from models.days import clock_of
    from models.reasons import reason_named
    from models.words import type_word

    values = {"number": seen.number, "type": type_word(seen.type), "time": clock_of(seen.occurred_at, zone)}
    if seen.site:
        yield say("Document {number}: {type} at {site}, {time}", site=seen.names.get(seen.site, seen.site), **values)
    else:
        yield say("Document {number}: {type}, {time}", **values)
    # What is refused says why with the reasons of a receipt, of which it is a part.
    reason = reason_named("confirm" if seen.type == "sendback" else seen.type, seen.reason)
    if reason is not None:
        yield say("Reason: {reason}", reason=reason.says)
    if seen.details.get("note"):
        yield say("Note: {note}", note=seen.details["note"])
    yield from papers_said(seen.details)
    reported = reported_sentence(seen.details)
    if reported is not None:
        yield reported
    if seen.reverses is not None:
        yield say("Reverses document {number}", number=seen.reverses)
    elif seen.refers_to is not None:
        yield say("Refers to document {number}", number=seen.refers_to)
    yield say("Posted by {person}, {time}", person=seen.actor, time=clock_of(seen.recorded_at, zone))
    if seen.approver is not None:
        yield say("Approved by {person}", person=seen.approver)
    if seen.countersigned is not None:
        at = clock_of(seen.countersigned.recorded_at, zone)
        yield say("Countersigned by {person}, {time}", person=seen.countersigned.actor, time=at)


def _how_to_confirm(seen: SeenDocument) -> Sentence:
    return say(
        "Shipment {shipment} is under way to {site}. When it arrives: allocator confirm {shipment} --all",
        shipment=seen.shipment,
        site=seen.details["to"],
    )


# --- Tables --------------------------------------------------------------------------------------

_LINE_TEXTS = 5
_COUNT_TEXTS = 3


def _without_empty(rows: Sequence[Sequence[str]], texts: int) -> tuple[list[list[str]], int]:
    """Return a table without the columns in which nothing stands, and how many of those left are texts."""
    kept = [n for n in range(len(rows[0])) if any(row[n] for row in rows[1:])]
    return [[row[n] for n in kept] for row in rows], sum(n < texts for n in kept)


def _lot_cells(session: Session, seen: SeenDocument, key: LotKey) -> tuple[str, str, str]:
    from models.tables import NO_EXPIRY

    return _item_cell(session, seen, key.item), key.lot_no, "" if key.expires == NO_EXPIRY else key.expires


def _item_cell(session: Session, seen: SeenDocument, code: str) -> str:
    name = seen.names.get(code)
    return code if name is None else labelled(code, name.name, name.name_zh, lang=session.lang)


def _line_rows(session: Session, seen: SeenDocument) -> list[tuple[str, ...]]:
    word = session.word
    titles = (say("item"), say("lot"), say("expires"), say("from"), say("to"))
    numbers = (say("units"), say("unit price"), say("left there"), say("now there"))
    rows = [tuple(word(title) for title in (*titles, *numbers))]
    after, prices = _after(seen.lines), prices_of(seen.details)
    for line in seen.lines:
        ends = [word(end) for end in _ends(line)]
        left = [_balance(place, after[place, line.lot]) for place in (line.from_location, line.to_location)]
        price = prices.get((line.lot.item, line.lot.lot_no), "")
        rows.append((*_lot_cells(session, seen, line.lot), *ends, f"{line.units:,}", price, *left))
    return rows


def _after(lines: Sequence[SeenLine]) -> dict[tuple[str, LotKey], int]:
    """Return what each account holds once the whole document is posted: between two of its lines it may be anything."""
    held: dict[tuple[str, LotKey], int] = {}
    for line in lines:
        held[line.from_location, line.lot] = line.from_after
        held[line.to_location, line.lot] = line.to_after
    return held


def _ends(line: SeenLine) -> tuple[Sentence, Sentence]:
    """Return both ends in words; a counter-line stands against its count."""
    from models.locations import kind_of
    from models.words import place_word

    ends = (line.from_location, line.to_location)
    if line.counters is None:
        return place_word(ends[0]), place_word(ends[1])
    count = say("count {number}", number=line.counters)
    first, second = (count if kind_of(end).startswith("COUNT_") else place_word(end) for end in ends)
    return first, second


def _balance(place: str, units: int) -> str:
    from models.locations import kind_of

    return f"{units:,}" if kind_of(place) in _STORES else ""


def _count_rows(session: Session, seen: SeenDocument) -> list[tuple[str, ...]]:
    """Return what was found of each lot, and by how much it differs from the ledger."""
    from models.entry import LotKey

    word = session.word
    titles = (say("item"), say("lot"), say("expires"), say("units found"), say("difference"))
    rows = [tuple(word(title) for title in titles)]
    others: list[tuple[str, ...]] = []
    differences = {line.lot: _difference(line) for line in seen.lines if line.counters is None}
    for row in seen.counted:
        if row["lot"] is not None:
            key = LotKey(row["item"], row["lot"], row["expires"], row["fund"], row["earmark"])
            rows.append((*_lot_cells(session, seen, key), f"{row['units']:,}", _plus_minus(differences.pop(key, 0))))
        else:
            others.append((_item_cell(session, seen, row["item"]), word(say("all other lots")), "", "0", ""))
    rows += [(*_lot_cells(session, seen, key), "0", _plus_minus(units)) for key, units in differences.items()]
    return rows + others


def _plus_minus(units: int) -> str:
    return f"{units:+,}" if units else "0"


def _difference(line: SeenLine) -> int:
    from models.locations import kind_of

    return line.units if kind_of(line.from_location) == "COUNT_GAIN" else -line.units


def document_json(session: Session, seen: SeenDocument, notes: Sequence[Sentence], *, zone: ZoneInfo) -> dict[str, Any]:
    """Return a document as JSON holds it: times where the ledger is, balances of both ends after each line."""
    from models.days import iso_of

    own = ("number", "key", "type", "site", "actor", "approver", "reason", "refers_to", "reverses")
    more = ("allocation", "shipment", "open_exception")
    signed = seen.countersigned
    return {
        **{name: getattr(seen, name) for name in own + more},
        "occurred_at": iso_of(seen.occurred_at, zone),
        "recorded_at": iso_of(seen.recorded_at, zone),
        "details": dict(seen.details),
        "lines": [_line_json(line) for line in seen.lines],
        "counted": [dict(row) for row in seen.counted],
        "marks": [dict(mark) for mark in seen.marks],
        "countersigned": None if signed is None else _signed_json(signed, zone),
        "notes": [session.word(note) for note in notes],
    }


def _signed_json(signed: Countersigned, zone: ZoneInfo) -> dict[str, Any]:
    from models.days import iso_of

    return {"actor": signed.actor, "recorded_at": iso_of(signed.recorded_at, zone), "note": signed.note}


def _line_json(line: SeenLine) -> dict[str, Any]:
    from models.tables import NO_EXPIRY

    return {
        "from": line.from_location,
        "to": line.to_location,
        "item": line.lot.item,
        "lot": line.lot.lot_no,
        "expires": None if line.lot.expires == NO_EXPIRY else line.lot.expires,
        "fund": line.lot.owner_fund,
        "earmark": line.lot.earmark,
        "units": line.units,
        "from_after": line.from_after,
        "to_after": line.to_after,
        "counters": line.counters,
    }
