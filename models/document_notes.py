"""What there is to say about a document, beside its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.beyond import how_to_settle, open_surplus
from models.countersigning import EMERGENCY
from models.days import day_of
from models.documents_read import SeenDocument, SeenLine, is_under_way
from models.entry import Entry, Line, LotKey
from models.locations import kind_of
from models.lots_out import PassedOver
from models.reasons import reason_named
from models.recalls import recall_of
from models.requests import NO_LOT
from models.tables import NO_EXPIRY, balance, item, location, lot
from models.words import lot_word, place_word

__all__ = ["notes_of", "notes_of_entry"]


def notes_of_entry(entry: Entry, *, zone: ZoneInfo) -> list[Sentence] | None:
    """Return what `notes_of` says of a document that was posted just now; None where that asks the ledger more.

    Whoever reports waits for it, and hundreds report at once.
    """
    return None if entry.exception or entry.type not in _PLAIN else _plain_notes(entry, zone)


_PLAIN = ("receive", "issue", "count", "adjust", "writeoff", "quarantine", "release", "return", "transfer", "opening")
"""Types of which nothing is said but what stands in the document itself."""


def notes_of(connection: sa.Connection, seen: SeenDocument, *, zone: ZoneInfo) -> list[Sentence]:
    """Return what a reader should know of a document beside its lines; `zone`: where its days begin and end.

    The same today and on any later day, except for what is still under way of a shipment or not countersigned yet.
    """
    notes = _plain_notes(seen, zone)
    if seen.type == "confirm" and seen.shipment is not None:
        notes += _sent_back(connection, seen)
        notes += _under_way(connection, seen.shipment)
        notes += _beyond(connection, seen, zone)
    if seen.type == "sendback":
        notes += _said(seen)
    if seen.type == "recall" and any(mark["mark"] == "recalled" for mark in seen.marks):
        notes += _gone_before(connection, seen)
    cleared = [mark for mark in seen.marks if mark["mark"] == "cleared"]
    notes += [_cleared(mark) for mark in cleared]
    if seen.type == "recall" and cleared:
        notes += _still_out(connection, cleared)
    return notes + _stays_open(seen)


def _plain_notes(seen: SeenDocument | Entry, zone: ZoneInfo) -> list[Sentence]:
    """Return what is said of a document by what stands in it alone."""
    notes = [
        say(
            "{short} of the {asked} units of {item} that were asked for were not there; nothing moved for them.",
            **row,
        )
        for row in seen.details.get("short", ())
    ]
    for row in seen.details.get("passed_over", ()):
        key = LotKey(row["item"], row["lot"], row["expires"], earmark=row["earmark"])
        notes.append(PassedOver(key, row["units"], row["why"]).sentence)
    day = day_of(seen.occurred_at, zone).isoformat()
    notes += [*_expired(seen, day), *_not_expired(seen, day)]
    return notes + [_set_off(line) for line in seen.lines if line.counters is not None]


def _stays_open(seen: SeenDocument) -> list[Sentence]:
    """Return what of a document waits for somebody."""
    notes: list[Sentence] = []
    if seen.type == EMERGENCY and seen.countersigned is None:
        notes.append(
            say(
                "Emergency issue {number} is shown as open until another person countersigns it: "
                "allocator approve {number}",
                number=seen.number,
            )
        )
    if seen.open_exception:
        notes.append(
            say(
                "Document {number} is an exception and stays open until it is explained: "
                "post what was missing with --explains {number}.",
                number=seen.number,
            )
        )
    return notes


def _expired(seen: SeenDocument | Entry, day: str) -> list[Sentence]:
    """Return which lots had expired when they came to a site."""
    came = {line.lot: None for line in seen.lines if kind_of(line.to_location) == "SITE" and line.lot.expires < day}
    return [
        say(
            "Lot {lot} of {item} expired on {day}, so none of it can be used or sent. Check the date; if it is right, "
            "write the lot off or send it back.",
            lot=key.lot_no or NO_LOT,
            item=key.item,
            day=key.expires,
        )
        for key in came
        if seen.type != "reverse"
    ]


def _not_expired(seen: SeenDocument | Entry, day: str) -> list[Sentence]:
    """Return which lots were written off as expired before their date: a loss can hide behind that reason."""
    gone = {line.lot: None for line in seen.lines if day <= line.lot.expires < NO_EXPIRY}
    return [
        say(
            "Lot {lot} of {item} may be used until {day}, so it has not expired. If the date is right, reverse this "
            "document and give the true reason.",
            lot=key.lot_no or NO_LOT,
            item=key.item,
            day=key.expires,
        )
        for key in gone
        if (seen.type, seen.reason) == ("writeoff", "expired")
    ]


def _set_off(line: SeenLine | Line) -> Sentence:
    store = line.to_location if kind_of(line.from_location) == "COUNT_GAIN" else line.from_location
    return say(
        "{place} was counted later, in document {count}, and what was found then stays: "
        "{units} units of {item} ({lot}) are set off against that count.",
        place=place_word(store),
        count=line.counters,
        units=line.units,
        item=line.lot.item,
        lot=lot_word(line.lot.lot_no),
    )


def _cleared(mark: Mapping[str, Any]) -> Sentence:
    return say(
        "{item} ({lot}) is not recalled any more. What lies in quarantine stays there until it is released.",
        item=mark["item"],
        lot=lot_word(mark["lot"]),
    )


def _still_out(connection: sa.Connection, marks: Sequence[Mapping[str, Any]]) -> list[Sentence]:
    """Return what of lots whose recall ended nobody has accounted for."""
    found: list[Sentence] = []
    for code, lot_no in sorted({(mark["item"], mark["lot"]) for mark in marks}):
        seen = recall_of(connection, lot_no, code)
        places = [say("{place} {units:,}", place=each.site.code, units=each.open_units) for each in seen.holders]
        if seen.open_units:
            shown = places[: seen.open_holders][:_HOLDERS_SHOWN]
            more = seen.open_holders - len(shown)
            shown += [say("{count:,} more", count=more)] if more else []
            out = say(
                "Of the recall {units:,} units are not accounted for: {places}.", units=seen.open_units, places=shown
            )
            found.append(out)
    return found


_HOLDERS_SHOWN = 10


def _under_way(connection: sa.Connection, shipment: str) -> list[Sentence]:
    query = _held().where(location.c.code == f"IN_TRANSIT:{shipment}", balance.c.units > 0)
    rows = connection.execute(query).all()
    # Only where several lots of an item are open need one be named.
    lots = Counter(row.item for row in rows)
    return [
        say(
            "{units} units of {item} ({lot}) of shipment {shipment} are still under way. Confirm them when they "
            "arrive, or explain them: allocator confirm {shipment} {code} --lost {units}{which} --reason "
            "lost-on-the-way",
            units=row.units,
            item=row.item,
            code=row.item,
            lot=lot_word(row.lot_no),
            shipment=shipment,
            which=f" --lot {row.lot_no or NO_LOT}" if lots[row.item] > 1 else "",
        )
        for row in rows
    ]


def _said(seen: SeenDocument) -> list[Sentence]:
    """Return what was said of single lines: in place of what they came, and why they differ."""
    notes: list[Sentence] = []
    for row in seen.details.get("said", ()):
        which = say("{item} ({lot})", item=row["item"], lot=lot_word(row["lot"])) if "lot" in row else row["item"]
        if row.get("instead_of"):
            notes.append(say("{which} came in place of {other}.", which=which, other=row["instead_of"]))
        reason = reason_named("confirm", row.get("reason", ""))
        if reason is not None:
            notes.append(say("Reason for {which}: {reason}", which=which, reason=reason.says))
    return notes


def _sent_back(connection: sa.Connection, seen: SeenDocument) -> list[Sentence]:
    """Return what a site refused in the same act, as long as it is on its way back."""
    number = seen.details.get("sent_back")
    if not number or not is_under_way(connection, number):
        return []
    return [
        say(
            "What was refused is on its way back as shipment {back}. When it is there again: "
            "allocator confirm {back} --all",
            back=number,
        )
    ]


def _beyond(connection: sa.Connection, seen: SeenDocument, zone: ZoneInfo) -> list[Sentence]:
    """Return in place of what something came, and what came beyond the note and is not explained yet."""
    notes = _said(seen)
    for surplus in open_surplus(connection, zone, shipment=seen.shipment):
        lots = [
            say("{units:,} of {item} ({lot})", units=units, item=key.item, lot=lot_word(key.lot_no))
            for key, units in surplus.lots
        ]
        notes.append(
            say(
                "This came beyond shipment {shipment}, and stays open until it is explained: {lots}. {how}",
                shipment=surplus.number,
                lots=lots,
                how=how_to_settle(surplus),
            )
        )
    return notes


def _gone_before(connection: sa.Connection, seen: SeenDocument) -> list[Sentence]:
    lots = {(mark["item"], mark["lot"]) for mark in seen.marks}
    notes: list[Sentence] = []
    for code, lot_no in sorted(lots):
        query = _held().where(item.c.code == code, lot.c.lot_no == lot_no, balance.c.units > 0)
        gone = connection.execute(query.where(location.c.kind.in_(("CONSUMED", "OUTSIDE"))))
        notes += [
            say(
                "{units} units of {item} ({lot}) had left before: {place}. Ask for them back.",
                units=row.units,
                item=code,
                lot=lot_word(lot_no),
                place=place_word(row.code),
            )
            for row in gone
        ]
    return notes


def _held() -> sa.Select[tuple[str, str, str, int]]:
    return (
        sa.select(location.c.code, item.c.code.label("item"), lot.c.lot_no, balance.c.units)
        .join_from(balance, location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .order_by(location.c.code, item.c.code, lot.c.expires, lot.c.lot_no)
    )
