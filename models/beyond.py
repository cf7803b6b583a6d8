"""What came beyond a shipment's note: which lot it is, and what of it nobody has explained yet.

It comes from a source of its own, SURPLUS and the shipment's number, which never holds more than nothing and ends at
nothing: each unit was taken in before anybody knew where it came from.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.arrivals import Arrival
from models.days import day_of
from models.documents_in import the_lot
from models.entry import LotKey, Refusal
from models.fitness import recalled_lots
from models.locations import owner_of
from models.requests import NO_LOT
from models.reversal import was_reversed
from models.shipments import SENDS, Sent
from models.stockroom import OnShelf, Stockroom, lots_named
from models.tables import balance, document, item, location, lot, move

__all__ = ["Surplus", "how_to_settle", "lot_beyond", "open_surplus"]

_KEY = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """What came beyond a shipment and is not explained. `since`: the day it came; `at`: that time, UTC microseconds.

    `plan`: "" where the shipment is none of a plan.
    """

    number: str
    plan: str
    site: str
    to: str
    since: dt.date
    at: int
    lots: tuple[tuple[LotKey, int], ...]

    @property
    def units(self) -> int:
        """The units that are not explained."""
        return sum(units for _, units in self.lots)


def how_to_settle(surplus: Surplus) -> Sentence:
    """Say the command that explains what came beyond a shipment, for its first lot."""
    key, units = surplus.lots[0]
    options = f" --lot {key.lot_no or NO_LOT}" if sum(each.item == key.item for each, _ in surplus.lots) > 1 else ""
    return say(
        "Say where it came from: allocator settle {note} {code} {units}{options} --reason loaded-too-many",
        note=surplus.number,
        code=key.item,
        units=units,
        options=options,
    )


def open_surplus(
    connection: sa.Connection, zone: ZoneInfo, *, until: int | None = None, shipment: str | None = None
) -> list[Surplus]:
    """Return what came beyond shipments `until` then (UTC microseconds) and is not explained, the oldest first."""
    query = (
        sa.select(location.c.id, location.c.code, balance.c.units, *_KEY)
        .join_from(location, balance, balance.c.location == location.c.id)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(location.c.kind == "SURPLUS", balance.c.units < 0)
        .order_by(location.c.code, item.c.code, lot.c.expires, lot.c.lot_no)
    )
    if shipment is not None:
        query = query.where(location.c.code == f"SURPLUS:{shipment}")
    lots: dict[tuple[int, str], list[tuple[LotKey, int]]] = defaultdict(list)
    for place, code, units, *key in connection.execute(query):
        lots[place, owner_of(code)].append((LotKey(*key), -units))
    found = [
        Surplus(number=number, since=day_of(at, zone), at=at, lots=tuple(own), **_sent(connection, number))
        for (place, number), own in lots.items()
        for at in [_since(connection, place)]
        if until is None or at <= until
    ]
    return sorted(found, key=lambda each: (each.at, each.number))


def _since(connection: sa.Connection, place: int) -> int:
    """Return when the first that came from this source, by a document that stands, did."""
    query = (
        sa.select(sa.func.min(document.c.occurred_at))
        .join_from(move, document, document.c.id == move.c.document)
        .where(move.c.from_location == place, document.c.reverses.is_(None), ~was_reversed())
        # Where every lot that ever came from it is known, its lines are found by lot.
        .where(move.c.lot.in_(sa.select(balance.c.lot).where(balance.c.location == place)))
    )
    return int(connection.execute(query).scalar_one())


def _sent(connection: sa.Connection, number: str) -> dict[str, str]:
    query = (
        sa.select(document.c.allocation, document.c.body)
        .where(document.c.shipment == number, document.c.type.in_(SENDS))
        .order_by(was_reversed(), document.c.id)
    )
    row = connection.execute(query).first()
    if row is None:
        return {"plan": "", "site": "", "to": ""}
    body = json.loads(row.body)
    return {"plan": row.allocation or "", "site": body["site"] or "", "to": body["details"].get("to", "")}


def lot_beyond(room: Stockroom, shipment: str, sent: Sent, said: Arrival, left: Sequence[OnShelf]) -> LotKey:
    """Return the lot that came beyond the note. `sent`: what sent it; `left`: what is still under way.

    Raises:
        Refusal: of the lot itself something is under way still, or several lots may be meant, or it was recalled; or
            no lot is said of something that the sender has in numbered lots.

    """
    if left:
        raise Refusal(
            say(
                "{units} units of {item} are under way with shipment {shipment} still, so nothing came beyond them. "
                "Say first what became of those, in the same command.",
                units=sum(each.units for each in left),
                item=said.item,
                shipment=shipment,
            )
        )
    carried = _carried(room.connection, shipment, sent.document)
    if said.instead_of and said.instead_of not in {key.item for key in carried}:
        raise Refusal(
            say(
                "Shipment {shipment} does not carry {item}, so nothing came in place of it. It carries: {items}.",
                shipment=shipment,
                item=said.instead_of,
                items=sorted({key.item for key in carried}),
            )
        )
    meant = [key for key in carried if said.row().names(key)]
    if len(meant) > 1:
        raise Refusal(
            say(
                "Shipment {shipment} carried several lots of {item}: {lots}. Say with --lot which one came beyond "
                "the note.",
                shipment=shipment,
                item=said.item,
                lots=[key.lot_no or NO_LOT for key in meant],
            )
        )
    if not meant:
        _refuse_unnumbered(room, sent, shipment, said)
    key = meant[0] if meant else the_lot(room, said.row())
    _refuse_recalled(room, key, said)
    return key


def _refuse_unnumbered(room: Stockroom, sent: Sent, shipment: str, said: Arrival) -> None:
    """Refuse to take for unnumbered what the sender has in lots: it could not be taken from its shelf later."""
    if said.lot_no is not None or not sent.site:
        return
    shelf = room.shelf(sent.site, said.item, spare=False)
    if not any(each.key.lot_no for each in shelf):
        return
    raise Refusal(
        say(
            "{item} came beyond the note of shipment {shipment}, and {site} holds these lots of it: {lots}. Say with "
            "--lot which one came, as its box says; --lot {none} where the box has no number.",
            item=said.item,
            shipment=shipment,
            site=sent.site,
            lots=lots_named(shelf),
            none=NO_LOT,
        )
    )


def _carried(connection: sa.Connection, shipment: str, sent: int) -> list[LotKey]:
    query = (
        sa.select(*_KEY)
        .distinct()
        .join_from(move, lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .join(location, location.c.id == move.c.to_location)
        .where(move.c.document == sent, location.c.code == f"IN_TRANSIT:{shipment}")
    )
    return sorted(LotKey(*row) for row in connection.execute(query))


def _refuse_recalled(room: Stockroom, key: LotKey, said: Arrival) -> None:
    """Refuse to put a recalled lot on the shelf."""
    query = (
        sa.select(lot.c.id)
        .join(item, item.c.id == lot.c.item)
        .where(*(column == value for column, value in zip(_KEY, key, strict=True)))
    )
    number = room.connection.execute(query).scalar()
    if number is None or not said.beyond[0] or not recalled_lots(room.connection, [number], room.at):
        return
    raise Refusal(
        say(
            "Lot {lot} of {item} is recalled, so it cannot go into stock. Set it aside: say {option} for those units.",
            lot=key.lot_no or NO_LOT,
            item=key.item,
            option="--held" if said.instead_of else "--over-held",
        )
    )
