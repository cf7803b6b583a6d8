"""Receipt of a shipment: what arrived, what arrived damaged, what is lost; the rest stays open, under way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.documents import Draft, entry_of
from models.entry import Entry, Line, LotKey, Refusal
from models.reasons import REASONS, reason_named
from models.requests import NO_LOT, Head, Row, said_in
from models.reversal import was_reversed
from models.shipments import SENDS
from models.stockroom import OnShelf, Stockroom, lots_named
from models.tables import document

__all__ = ["Arrival", "confirm"]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is said of one item of a shipment, in base units or packs: `sound` went into stock.

    `lot_no`, `expires`: None where nobody said; `held`: arrived, and set aside in quarantine.
    """

    item: str
    sound: int = 0
    damaged: int = 0
    lost: int = 0
    held: int = 0
    in_packs: bool = False
    lot_no: str | None = None
    expires: str | None = None

    def row(self) -> Row:
        """Return which lot is meant."""
        return Row(item=self.item, quantity=None, lot_no=self.lot_no, expires=self.expires)


@dataclass(frozen=True)
class _Sent:
    """The document that sent a shipment."""

    document: int
    site: str
    to: str


def confirm(head: Head, *, shipment: str, arrivals: Sequence[Arrival] = (), all_sound: bool = False) -> Draft:
    """Return the receipt of a shipment. `all_sound`: everything that is still under way arrived well.

    What is neither sound, damaged, lost nor held stays under way: a later receipt explains it.

    Raises:
        Refusal: nothing was said, or something was damaged or lost and no reason given.

    """
    if all_sound == bool(arrivals):
        raise Refusal(
            say("Say what arrived of shipment {shipment}: either all of it, or item by item.", shipment=shipment)
        )
    if any(each.damaged or each.lost for each in arrivals) or head.reason:
        _check_reason(head.reason)
    asked = {
        "type": "confirm",
        "shipment": shipment,
        "all_sound": all_sound,
        "arrivals": [asdict(each) for each in arrivals],
        "head": said_in(head),
    }

    def fill(room: Stockroom, entry: Entry) -> Entry:
        sent = _sent(room.connection, shipment)
        place = f"IN_TRANSIT:{shipment}"
        under_way = _items_under_way(room, shipment)
        if all_sound:
            lines = [
                Line(place, sent.to, each.key, each.units)
                for code in under_way
                for each in room.shelf(place, code, spare=False)
            ]
        else:
            room.know(each.item for each in arrivals)
            lines = [line for each in arrivals for line in _lines(room, shipment, sent.to, each)]
        refers_to = entry.refers_to or sent.document
        return replace(entry, site=sent.to, lines=tuple(lines), refers_to=refers_to)

    return Draft(entry_of("confirm", head, asked, site=None, shipment=shipment), fill, head.explains)


def _check_reason(reason: str) -> None:
    if reason_named("confirm", reason) is None:
        raise Refusal(
            say(
                "What was damaged or lost on the way needs a reason. Give one of: {reasons}.",
                reasons=[each.code for each in REASONS["confirm"]],
            )
        )


def _sent(connection: sa.Connection, shipment: str) -> _Sent:
    """Return what sent a shipment; where that was reversed and it was sent again, what sent it last."""
    query = (
        sa.select(document.c.id, document.c.body)
        .where(document.c.shipment == shipment, document.c.type.in_(SENDS))
        .order_by(was_reversed(), document.c.id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise Refusal(say("There is no shipment {shipment}. Check the number on its note.", shipment=shipment))
    body = json.loads(row.body)
    return _Sent(row.id, body["site"] or "", body["details"]["to"])


def _items_under_way(room: Stockroom, shipment: str) -> list[str]:
    items = room.items_at(f"IN_TRANSIT:{shipment}")
    if not items:
        raise Refusal(
            say("Nothing of shipment {shipment} is under way any more: all of it is accounted for.", shipment=shipment)
        )
    return items


def _lines(room: Stockroom, shipment: str, to: str, said: Arrival) -> Iterable[Line]:
    """Return the lines of one item: lots in the order of their expiry, what is sound first."""
    place = f"IN_TRANSIT:{shipment}"
    factor = room.item(said.item).pack_units if said.in_packs else 1
    kinds = ((to, said.sound), (f"QUARANTINE:{to}", said.held), ("DAMAGED", said.damaged), ("LOST", said.lost))
    wanted = [(target, quantity * factor) for target, quantity in kinds if quantity]
    meant = [each for each in room.shelf(place, said.item, spare=False) if said.row().names(each.key)]
    left_units, asked_units = sum(each.units for each in meant), sum(units for _, units in wanted)
    _refuse_too_many(shipment, to, said, left_units, asked_units)
    if len(meant) > 1 and (asked_units < left_units or len(wanted) > 1):
        raise Refusal(
            say(
                "Shipment {shipment} carries several lots of {item}: {lots}. Say what arrived of each lot.",
                shipment=shipment,
                item=said.item,
                lots=lots_named(meant),
            )
        )
    for target, key, units in _dealt(meant, wanted):
        room.take(place, key, units)
        yield Line(place, target, key, units)


def _refuse_too_many(shipment: str, to: str, said: Arrival, left_units: int, asked_units: int) -> None:
    values: dict[str, Any] = {"shipment": shipment, "item": said.item}
    if asked_units < 1 or min(said.sound, said.damaged, said.lost, said.held) < 0:
        raise Refusal(say("Say how many units of {item} arrived with shipment {shipment}.", **values))
    if not left_units:
        lot = NO_LOT if said.lot_no == "" else said.lot_no
        which = say("lot {lot} of {item}", lot=lot, item=said.item) if lot else said.item
        raise Refusal(
            say(
                "Nothing of {which} is under way with shipment {shipment}. Check the item and the lot on its note.",
                which=which,
                shipment=shipment,
            )
        )
    if asked_units > left_units:
        raise Refusal(
            say(
                "Shipment {shipment} has {left} units of {item} under way, so {asked} cannot have arrived. "
                "Confirm {left}; if more is really there, count it at {site} afterwards.",
                left=left_units,
                asked=asked_units,
                site=to,
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
