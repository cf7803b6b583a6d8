"""What a driver carries with one shipment: from where, to where, which lots; as the document that sent it says."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.case import MICRO
from allocator.sentence import Named, say
from models.documents_read import SeenDocument, read_document
from models.entry import LotKey, Refusal
from models.shipments import SENDS
from models.tables import document, item, location

__all__ = ["Carried", "ShipmentPaper", "shipment_paper"]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """One lot on its way. `pack_kg`: 0 where nobody said."""

    item: Named
    unit: str
    pack_units: int
    pack_kg: float
    lot: LotKey
    units: int


@dataclass(frozen=True, kw_only=True)
class ShipmentPaper:
    """A shipment as it left. `type`, `reason`: of its document; `plan`: "" for none; `sent_at`: UTC microseconds."""

    number: str
    document: int
    type: str
    reason: str
    plan: str
    site: Named
    to: Named
    sent_at: int
    lots: tuple[Carried, ...]


def shipment_paper(connection: sa.Connection, number: str) -> ShipmentPaper:
    """Return what a shipment carries.

    Raises:
        Refusal: there is none of this number, or it never left.

    """
    seen = _sender(connection, number)
    lines = [line for line in seen.lines if line.counters is None]
    columns = (item.c.code, item.c.name, item.c.name_zh, item.c.unit, item.c.pack_units, item.c.pack_kg_micro)
    rows = connection.execute(sa.select(*columns).where(item.c.code.in_({line.lot.item for line in lines})))
    items = {row.code: row for row in rows}
    lots = (
        Carried(
            item=Named(*items[line.lot.item][:3]),
            unit=items[line.lot.item].unit,
            pack_units=items[line.lot.item].pack_units,
            pack_kg=(items[line.lot.item].pack_kg_micro or 0) / MICRO,
            lot=line.lot,
            units=line.units,
        )
        for line in lines
    )
    return ShipmentPaper(
        number=number,
        document=seen.number,
        type=seen.type,
        reason=seen.reason,
        plan=seen.allocation or "",
        site=_place(connection, seen.site or ""),
        to=_place(connection, seen.details.get("to", "")),
        sent_at=seen.occurred_at,
        lots=tuple(lots),
    )


def _sender(connection: sa.Connection, number: str) -> SeenDocument:
    """Return the document that sent a shipment; where one was reversed, what sent it again."""
    undoing = document.alias()
    query = (
        sa.select(document.c.id, undoing.c.id.label("by"))
        .join_from(document, undoing, undoing.c.reverses == document.c.id, isouter=True)
        .where(document.c.shipment == number, document.c.type.in_(SENDS))
        .order_by(undoing.c.id.is_not(None), document.c.id)
    )
    row = connection.execute(query.limit(1)).first()
    seen = None if row is None else read_document(connection, row.id)
    if row is None or seen is None:
        raise Refusal(say("There is no shipment {shipment}. Check the number on its note.", shipment=number))
    if row.by is not None:
        raise Refusal(
            say(
                "Shipment {shipment} never left: document {number}, which sent it, was reversed by document {by}. "
                "There is nothing to print.",
                shipment=number,
                number=row.id,
                by=row.by,
            )
        )
    return seen


def _place(connection: sa.Connection, code: str) -> Named:
    columns = (location.c.code, location.c.name, location.c.name_zh)
    row = connection.execute(sa.select(*columns).where(location.c.code == code)).first()
    return Named(code) if row is None else Named(*row, with_code=True)
