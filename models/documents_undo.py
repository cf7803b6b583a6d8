"""Documents that take something back: the reversal of a document, and the recall of a lot, everywhere at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.days import clock_of
from models.documents import Draft, entry_of
from models.documents_aside import check_reason
from models.entry import Entry, Line, LotKey, Mark, Refusal
from models.fitness import recalled_lots
from models.gone_on import refuse_if_gone_on
from models.locations import kind_of, owner_of
from models.plan_events import ENDED, status_word
from models.plan_tables import plan
from models.requests import NO_LOT, Head, said_in
from models.stockroom import Stockroom
from models.tables import balance, document, item, location, lot, lot_mark, move

__all__ = ["recall", "reverse"]

_BACK = {"recalled": "cleared", "cleared": "recalled"}


def reverse(head: Head, *, number: int) -> Draft:
    """Return the reversal of a document: every line of it backwards, where and when it stood.

    The ledger carries it over later counts and refuses it where stock would be missing.
    """
    check_reason("reverse", head)
    asked = {"type": "reverse", "document": number} | said_in(head)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        row = room.connection.execute(sa.select(document).where(document.c.id == number)).first()
        if row is None:
            raise Refusal(say("There is no document {number}. Check its number.", number=number))
        lines = _mirrored(room.connection, number)
        _refuse_ended_plans(room.connection, number, lines)
        if not _was_undone(room.connection, row):
            refuse_if_gone_on(room.connection, number, lines)
        return replace(
            entry,
            occurred_at=row.occurred_at,
            site=json.loads(row.body)["site"],
            lines=lines,
            marks=_unmarked(room.connection, number),
            allocation=row.allocation,
            shipment=row.shipment,
        )

    return Draft(entry_of("reverse", head, asked, site=None, reverses=number), fill, head.explains)


def _was_undone(connection: sa.Connection, row: sa.Row[tuple[Any, ...]]) -> bool:
    """Say whether a document is a reversal or was reversed: posting says so, in better words."""
    query = sa.select(document.c.id).where(document.c.reverses == row.id)
    return row.reverses is not None or connection.execute(query).first() is not None


def _refuse_ended_plans(connection: sa.Connection, number: int, lines: Iterable[Line]) -> None:
    """Refuse what would reserve stock for a plan that nobody sends or closes any more."""
    units: dict[str, int] = defaultdict(int)
    for line in lines:
        if kind_of(line.to_location) == "RESERVED":
            units[owner_of(line.to_location)] += line.units
    for name in sorted(units):
        # Whoever closes the plan at this moment waits.
        status = connection.execute(sa.select(plan.c.status).where(plan.c.id == name).with_for_update()).scalar()
        if status in ENDED:
            raise Refusal(
                say(
                    "Document {number} cannot be reversed: {units} units would be reserved for plan {plan} again, and "
                    "it is {status}. Record instead what happened since: allocator transfer, allocator release, or "
                    "another plan with allocator allocate",
                    number=number,
                    units=units[name],
                    plan=name,
                    status=status_word(status),
                )
            )


def _mirrored(connection: sa.Connection, number: int) -> tuple[Line, ...]:
    from_place, to_place = location.alias(), location.alias()
    query = (
        sa.select(to_place.c.code, from_place.c.code, *_KEY, move.c.units)
        .join_from(move, from_place, from_place.c.id == move.c.from_location)
        .join(to_place, to_place.c.id == move.c.to_location)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(move.c.document == number, move.c.counters.is_(None))
        .order_by(move.c.line)
    )
    return tuple(Line(row[0], row[1], LotKey(*row[2:7]), row[7]) for row in connection.execute(query))


def _unmarked(connection: sa.Connection, number: int) -> tuple[Mark, ...]:
    query = (
        sa.select(*_KEY, lot_mark.c.mark)
        .join_from(lot_mark, lot, lot.c.id == lot_mark.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(lot_mark.c.document == number)
        .order_by(lot_mark.c.lot)
    )
    return tuple(Mark(LotKey(*row[:5]), _BACK[row[5]]) for row in connection.execute(query))


_KEY = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)


# --- Recall --------------------------------------------------------------------------------------


def recall(head: Head, *, lot_no: str, code: str | None = None, end: bool = False) -> Draft:
    """Return the recall of a lot, or its `end`: whatever of it lies at a site, is reserved or under way is quarantined.

    `code`: the item, where several have a lot of this number. What a shipment carries is quarantined where it
    is going, what is reserved where it lies. The end of a recall moves nothing: the stock is then released.
    """
    check_reason("recall", head)
    asked = {"type": "recall", "lot": lot_no, "item": code, "end": end} | said_in(head)

    def fill(room: Stockroom, entry: Entry) -> Entry:
        lots = _lots(room, lot_no, code)
        recalled = recalled_lots(room.connection, lots, entry.occurred_at)
        if end:
            return _ended(entry, lots, recalled)
        lines = _everywhere(room, lots)
        if not lines and recalled == set(lots):
            raise Refusal(
                say("Lot {lot} was recalled before, and all that is left of it is in quarantine.", lot=lot_no)
            )
        return replace(entry, lines=lines, marks=tuple(Mark(key, "recalled") for key in lots.values()))

    return Draft(entry_of("recall", head, asked, site=None), fill, head.explains)


def _ended(entry: Entry, lots: Mapping[int, LotKey], recalled: set[int]) -> Entry:
    if not recalled:
        raise Refusal(
            say("Lot {lot} is not recalled, so no recall can end.", lot=next(iter(lots.values())).lot_no or NO_LOT)
        )
    marks = tuple(Mark(lots[lot_id], "cleared") for lot_id in sorted(recalled))
    return replace(entry, marks=marks)


def _lots(room: Stockroom, lot_no: str, code: str | None) -> dict[int, LotKey]:
    """Return the lots of a number, by id, whatever their expiry, fund or earmark."""
    query = sa.select(lot.c.id, *_KEY).join(item, item.c.id == lot.c.item).where(lot.c.lot_no == lot_no)
    if code is not None:
        query = query.where(lot.c.item == room.item(code).id)
    lots = {row[0]: LotKey(*row[1:]) for row in room.connection.execute(query.order_by(lot.c.id))}
    if not lots:
        raise Refusal(say("There is no lot {lot}. Check its number.", lot=lot_no or NO_LOT))
    items = sorted({key.item for key in lots.values()})
    if len(items) > 1:
        raise Refusal(
            say(
                "Several items have a lot {lot}: {items}. Say which one with --item.", lot=lot_no or NO_LOT, items=items
            )
        )
    return lots


@dataclass(frozen=True)
class _Found:
    place: int
    code: str
    lot: int
    units: int
    last_at: int


def _everywhere(room: Stockroom, lots: Mapping[int, LotKey]) -> tuple[Line, ...]:
    """Return the lines that quarantine lots wherever they are; the accounts stay locked, so none slips away."""
    seen: list[_Found] = []
    while (found := _where(room.connection, lots)) != seen:
        seen = found
        room.book.lock({(each.place, each.lot): 1 for each in found})
    late = [each for each in seen if each.last_at > room.at]
    if late:
        raise Refusal(
            say(
                "Lot {lot} moved after {time}, so it cannot be recalled as of then. Recall it as of now.",
                lot=lots[late[0].lot].lot_no or NO_LOT,
                time=clock_of(room.at, room.zone),
            )
        )
    return tuple(
        Line(each.code, f"QUARANTINE:{site}", lots[each.lot], units)
        for each in seen
        for site, units in _beside(room.connection, each)
    )


def _where(connection: sa.Connection, lots: Iterable[int]) -> list[_Found]:
    query = (
        sa.select(balance.c.location, location.c.code, balance.c.lot, balance.c.units, balance.c.last_at)
        .join(location, location.c.id == balance.c.location)
        .where(balance.c.lot.in_(list(lots)), balance.c.units > 0)
        .where(location.c.kind.in_(("SITE", "RESERVED", "IN_TRANSIT")))
        .order_by(balance.c.location, balance.c.lot)
    )
    return [_Found(*row) for row in connection.execute(query)]


def _beside(connection: sa.Connection, found: _Found) -> list[tuple[str, int]]:
    """Return the sites beside which found stock is quarantined, with the units at each."""
    kind, owner = kind_of(found.code), owner_of(found.code)
    if kind == "SITE":
        return [(found.code, found.units)]
    if kind == "IN_TRANSIT":
        query = sa.select(document.c.body).where(document.c.shipment == owner).order_by(document.c.id)
        body = json.loads(connection.execute(query).scalar() or "{}")
        return [(body.get("details", {}).get("to") or body["site"], found.units)]
    return _reserved_from(connection, found)


def _reserved_from(connection: sa.Connection, found: _Found) -> list[tuple[str, int]]:
    """Return the sites at which reserved stock lies: those it was reserved from, less what left again."""
    came = _beside_reserved(move.c.from_location, move.c.units)
    went = _beside_reserved(move.c.to_location, -move.c.units)
    own = move.c.lot == found.lot
    held: dict[str, int] = defaultdict(int)
    for query in (
        came.where(own, move.c.to_location == found.place),
        went.where(own, move.c.from_location == found.place),
    ):
        for code, units in connection.execute(query):
            held[code] += units
    dealt: list[tuple[str, int]] = []
    rest = found.units
    for code, units in sorted(held.items()):
        taken = min(max(units, 0), rest)
        if taken:
            dealt.append((code, taken))
            rest -= taken
    if rest:
        raise LookupError(f"{found.code} holds {rest} units of lot {found.lot} that no site gave")
    return dealt


def _beside_reserved(end: sa.Column[int], units: sa.ColumnElement[int]) -> sa.Select[Any]:
    """Return the query for the site at the other end of lines with reserved stock, and their units."""
    other, site = location.alias(), location.alias()
    # What went on into a shipment, or came back from one, lay at the site of the document; other places say where.
    lay = sa.case(
        (other.c.kind == "QUARANTINE", other.c.parent),
        (other.c.kind == "IN_TRANSIT", document.c.site),
        else_=other.c.id,
    )
    return (
        sa.select(site.c.code, units)
        .join_from(move, document, document.c.id == move.c.document)
        .join(other, other.c.id == end)
        .join(site, site.c.id == lay)
    )
