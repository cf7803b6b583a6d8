"""A document as people and programs read it: its sentences, its lines or what was counted as a table, its JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from data.papers import papers_said, prices_of
from models.countersigning import Countersigned
from models.days import clock_of, iso_of
from models.documents_read import SeenDocument, SeenLine
from models.entry import LotKey
from models.locations import STORES, kind_of
from models.reasons import reason_named
from models.report_words import reported_sentence
from models.tables import NO_EXPIRY
from models.words import place_word, type_word

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = ["document_json", "document_table", "headlines"]

_LOT = (("item", say("item"), "text"), ("lot", say("lot"), "text"), ("expires", say("expires"), "date"))
_LINES = (
    *_LOT,
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("units", say("units"), "whole"),
    ("price", say("unit price"), "text"),
    ("left", say("left there"), "whole"),
    ("now", say("now there"), "whole"),
)
_COUNTED = (*_LOT, ("units", say("units found"), "whole"), ("difference", say("difference"), "whole"))


def headlines(seen: SeenDocument, zone: ZoneInfo) -> Iterator[Sentence]:
    """Give what a document is, who told it and who posted it, a sentence each."""
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


def document_table(seen: SeenDocument) -> TableOut:
    """Return the lines of a document as a table; of a count, what was found of each lot. Items are codes."""
    from data.tables_out import rows_out

    if seen.type == "count":
        return rows_out("counted", say("What was counted"), _COUNTED, list(_counted(seen)))
    return rows_out("lines", say("Lines"), _LINES, list(_lines(seen)))


def _lines(seen: SeenDocument) -> Iterator[tuple[Any, ...]]:
    after, prices = _after(seen.lines), prices_of(seen.details)
    for line in seen.lines:
        places = (line.from_location, line.to_location)
        left = (after[place, line.lot] if kind_of(place) in STORES else None for place in places)
        price = prices.get((line.lot.item, line.lot.lot_no), "")
        yield (*_lot(line.lot), *_ends(line), line.units, price, *left)


def _lot(key: LotKey) -> tuple[str, str, str]:
    return key.item, key.lot_no, "" if key.expires == NO_EXPIRY else key.expires


def _after(lines: Sequence[SeenLine]) -> dict[tuple[str, LotKey], int]:
    """Return what each account holds once the whole document is posted: between two of its lines it may be anything."""
    held: dict[tuple[str, LotKey], int] = {}
    for line in lines:
        held[line.from_location, line.lot] = line.from_after
        held[line.to_location, line.lot] = line.to_after
    return held


def _ends(line: SeenLine) -> tuple[Sentence, Sentence]:
    """Return both ends in words; a counter-line stands against its count."""
    ends = (line.from_location, line.to_location)
    if line.counters is None:
        return place_word(ends[0]), place_word(ends[1])
    count = say("count {number}", number=line.counters)
    first, second = (count if kind_of(end).startswith("COUNT_") else place_word(end) for end in ends)
    return first, second


def _counted(seen: SeenDocument) -> Iterator[tuple[Any, ...]]:
    """Give what was found of each lot, and by how much it differs from the ledger."""
    others: list[tuple[Any, ...]] = []
    differences = {line.lot: _difference(line) for line in seen.lines if line.counters is None}
    for row in seen.counted:
        if row["lot"] is None:
            others.append((row["item"], say("all other lots"), "", 0, None))
            continue
        key = LotKey(row["item"], row["lot"], row["expires"], row["fund"], row["earmark"])
        yield (*_lot(key), row["units"], differences.pop(key, 0))
    for key, units in differences.items():
        yield (*_lot(key), 0, units)
    yield from others


def _difference(line: SeenLine) -> int:
    return line.units if kind_of(line.from_location) == "COUNT_GAIN" else -line.units


def document_json(
    seen: SeenDocument, notes: Sequence[Sentence], *, zone: ZoneInfo, word: Callable[[Sentence], str]
) -> dict[str, Any]:
    """Return a document as JSON holds it: times where the ledger is, balances of both ends after each line."""
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
        "notes": [word(note) for note in notes],
    }


def _signed_json(signed: Countersigned, zone: ZoneInfo) -> dict[str, Any]:
    return {"actor": signed.actor, "recorded_at": iso_of(signed.recorded_at, zone), "note": signed.note}


def _line_json(line: SeenLine) -> dict[str, Any]:
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
