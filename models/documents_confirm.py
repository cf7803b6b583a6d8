"""Receipt of a shipment: what arrived and how, what came beyond the note, what goes back; the rest stays under way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.arrivals import Arrival, check_arrivals, said_of_arrivals
from models.beyond import lot_beyond
from models.documents import Draft, entry_of
from models.documents_out import shipment_number
from models.entry import Entry, Line, LotKey, Refusal
from models.requests import NO_LOT, Head, said_in
from models.reversal import was_reversed
from models.shipments import SENDS, Sent
from models.stockroom import OnShelf, Stockroom, lots_named
from models.tables import document

__all__ = ["Arrival", "Sent", "confirm", "what_sent"]

_BACK = "back"
"""Where refused units go while the return shipment has no name yet."""


def confirm(head: Head, *, shipment: str, arrivals: Sequence[Arrival] = (), all_sound: bool = False) -> Draft:
    """Return the receipt of a shipment. `all_sound`: everything that is still under way arrived well.

    What is said of nothing stays under way: a later receipt explains it. What came beyond the note is taken in from
    a source of its own, and stays open until `models/documents_settle.py` explains it. What is refused goes back by a
    second document, in the same transaction, as a shipment that is confirmed where it came from.

    Raises:
        Refusal: nothing was said, or something differs and no reason is given.

    """
    if all_sound == bool(arrivals):
        raise Refusal(
            say("Say what arrived of shipment {shipment}: either all of it, or item by item.", shipment=shipment)
        )
    check_arrivals(head, arrivals, shipment=shipment)
    back = [each.only_refused() for each in arrivals if each.refused]
    if back and back == list(arrivals):
        return _sent_back(head, shipment, back)
    asked = {
        "type": "confirm",
        "shipment": shipment,
        "all_sound": all_sound,
        "arrivals": [asdict(each) for each in arrivals],
        "head": said_in(head),
    }

    def fill(room: Stockroom, entry: Entry) -> Entry:
        sent = what_sent(room.connection, shipment)
        place = f"IN_TRANSIT:{shipment}"
        if all_sound:
            lines = [
                Line(place, sent.to, each.key, each.units)
                for code in _items_under_way(room, shipment)
                for each in room.shelf(place, code, spare=False)
            ]
        else:
            room.know(each.item for each in arrivals)
            lines = [line for line in _lines(room, shipment, sent, arrivals) if line.to_location != _BACK]
        refers_to = entry.refers_to or sent.document
        return replace(entry, site=sent.to, lines=tuple(lines), refers_to=refers_to)

    said = said_of_arrivals(arrivals)
    details: dict[str, Any] = {"said": said} if said else {}
    if back:
        details["sent_back"] = _number_back(head)
    draft = entry_of("confirm", head, asked, site=None, shipment=shipment, details=details)
    return Draft(draft, fill, head.explains, also=(_sent_back(head, shipment, back),) if back else ())


def _number_back(head: Head) -> str:
    return shipment_number(f"{head.key} back")


def _sent_back(head: Head, shipment: str, refused: Sequence[Arrival]) -> Draft:
    """Return the document by which what a site refuses goes back to where it came from."""
    asked = {
        "type": "sendback",
        "shipment": shipment,
        "arrivals": [asdict(each) for each in refused],
        "head": said_in(head),
    }
    number = _number_back(head)
    said = said_of_arrivals(refused)
    details = {"refused_of": shipment} | ({"said": said} if said else {})

    def fill(room: Stockroom, entry: Entry) -> Entry:
        sent = what_sent(room.connection, shipment)
        if not sent.site:
            raise Refusal(
                say(
                    "Nobody said from where shipment {shipment} came, so nothing can go back with it. Take it in with "
                    "--held, and send it on with: allocator transfer",
                    shipment=shipment,
                )
            )
        room.know((each.item for each in refused), places=[sent.site])
        lines = [replace(line, to_location=f"IN_TRANSIT:{number}") for line in _lines(room, shipment, sent, refused)]
        more = {**entry.details, "to": sent.site}
        return replace(entry, site=sent.to, lines=tuple(lines), refers_to=sent.document, details=more)

    # It has no exception of its own to explain, and is another document under another key.
    own = replace(head, key=f"{head.key} back", explains=None)
    return Draft(entry_of("sendback", own, asked, site=None, shipment=number, details=details), fill)


def what_sent(connection: sa.Connection, shipment: str) -> Sent:
    """Return what sent a shipment; where that was reversed and it was sent again, what sent it last.

    Raises:
        Refusal: there is no such shipment.

    """
    query = (
        sa.select(document.c.id, document.c.body)
        .where(document.c.shipment == shipment, document.c.type.in_(SENDS))
        .order_by(was_reversed(), document.c.id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise Refusal(say("There is no shipment {shipment}. Check the number on its note.", shipment=shipment))
    body = json.loads(row.body)
    return Sent(row.id, body["site"] or "", body["details"]["to"])


def _items_under_way(room: Stockroom, shipment: str) -> list[str]:
    items = room.items_at(f"IN_TRANSIT:{shipment}")
    if not items:
        raise Refusal(
            say("Nothing of shipment {shipment} is under way any more: all of it is accounted for.", shipment=shipment)
        )
    return items


def _lines(room: Stockroom, shipment: str, sent: Sent, arrivals: Sequence[Arrival]) -> Iterable[Line]:
    """Return the lines of a receipt; what is beyond the note last, for only then is known what the note leaves."""
    for each in arrivals:
        yield from _noted(room, shipment, sent, each)
    for each in arrivals:
        if any(each.beyond):
            yield from _beyond(room, shipment, sent, each)


def _noted(room: Stockroom, shipment: str, sent: Sent, said: Arrival) -> Iterable[Line]:
    """Return the lines of one item that the note speaks of: lots in the order of their expiry, what is sound first."""
    place = f"IN_TRANSIT:{shipment}"
    factor = room.item(said.item).pack_units if said.in_packs else 1
    targets = (sent.to, f"QUARANTINE:{sent.to}", "DAMAGED", "LOST", sent.site, _BACK)
    wanted = [(target, units * factor) for target, units in zip(targets, said.noted, strict=True) if units]
    meant = [each for each in room.shelf(place, said.item, spare=False) if said.row().names(each.key)]
    if wanted:
        _refuse_too_many(shipment, said, sum(each.units for each in meant), sum(units for _, units in wanted))
        if said.stayed and not sent.site:
            raise Refusal(
                say("Nobody said from where shipment {shipment} came, so nothing stayed there.", shipment=shipment)
            )
        _refuse_undivided(shipment, said, meant, wanted)
    for target, key, units in _dealt(meant, wanted):
        room.take(place, key, units)
        yield Line(place, target, key, units)


def _beyond(room: Stockroom, shipment: str, sent: Sent, said: Arrival) -> Iterable[Line]:
    """Return the lines of what came beyond the note, or in place of what it says."""
    factor = room.item(said.item).pack_units if said.in_packs else 1
    left = [each for each in room.shelf(f"IN_TRANSIT:{shipment}", said.item, spare=False)
            if said.row().names(each.key)]  # fmt: skip
    key = lot_beyond(room, shipment, sent, said, left)
    for target, units in zip((sent.to, f"QUARANTINE:{sent.to}", _BACK), said.beyond, strict=True):
        if units:
            yield Line(f"SURPLUS:{shipment}", target, key, units * factor)


def _refuse_undivided(
    shipment: str, said: Arrival, meant: Sequence[OnShelf], wanted: Sequence[tuple[str, int]]
) -> None:
    """Refuse to guess of which lot something is missing."""
    left_units, asked_units = sum(each.units for each in meant), sum(units for _, units in wanted)
    if len(meant) > 1 and (asked_units < left_units or len(wanted) > 1):
        raise Refusal(
            say(
                "Shipment {shipment} carries several lots of {item}: {lots}. Say what arrived of each lot.",
                shipment=shipment,
                item=said.item,
                lots=lots_named(meant),
            )
        )


def _refuse_too_many(shipment: str, said: Arrival, left_units: int, asked_units: int) -> None:
    values: dict[str, Any] = {"shipment": shipment, "item": said.item}
    if not left_units:
        lot = NO_LOT if said.lot_no == "" else said.lot_no
        which = say("lot {lot} of {item}", lot=lot, item=said.item) if lot else said.item
        raise Refusal(
            say(
                "Nothing of {which} is under way with shipment {shipment}. Check the item and the lot on its note; if "
                "it came all the same, say so with --over, or with --instead-of and the item that should have come.",
                which=which,
                shipment=shipment,
            )
        )
    if asked_units > left_units:
        raise Refusal(
            say(
                "Shipment {shipment} has {left} units of {item} under way, so {asked} cannot have arrived. "
                "Confirm {left}; what is really there beyond them is told with --over {more}.",
                left=left_units,
                asked=asked_units,
                more=asked_units - left_units,
                **values,
            )
        )


def _dealt(lots: Iterable[OnShelf], wanted: Iterable[tuple[str, int]]) -> Iterable[tuple[str, LotKey, int]]:
    """Deal lots, in their order, to what is wanted, in its order."""
    shelf = list(lots)
    first, gone_units = 0, 0
    for target, units in wanted:
        rest = units
        while rest:
            taken = min(rest, shelf[first].units - gone_units)
            yield target, shelf[first].key, taken
            rest, gone_units = rest - taken, gone_units + taken
            if gone_units == shelf[first].units:
                first, gone_units = first + 1, 0
