"""Which shipments somebody may see, and what they may do with one: by pages and API alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException, Request

from data.open_said import confirm_days_of
from models.beyond import Surplus, open_surplus
from models.countersigning import EMERGENCY, countersigned
from models.days import day_of, now_micros
from models.documents_listed import DocumentsAsked, ListedDocument, documents_listed
from models.people import Person
from models.rights import reach_of
from models.shipment_account import ShipmentLine, shipment_account
from models.shipments_listed import ListedShipment, ShipmentsAsked, find_shipment, shipments_listed
from web.visitors import Visitor, ledger_of

__all__ = ["APPROVE", "POST_STOCK", "REPORT", "SEE_SHIPMENTS", "ShipmentSeen", "shipment_seen", "shipments_seen"]

SEE_SHIPMENTS, REPORT, POST_STOCK, APPROVE = "see-shipments", "report", "post-stock", "approve"

_DOCUMENTS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class ShipmentSeen:
    """A shipment as somebody sees it: what became of it, its documents within reach, what they may do.

    `surplus`: what came beyond it unexplained; `signed`: whether an emergency issue was countersigned.
    """

    shipment: ListedShipment
    lines: Sequence[ShipmentLine]
    documents: Sequence[ListedDocument]
    surplus: Surplus | None
    may_confirm: bool
    may_settle: bool
    may_countersign: bool

    @property
    def open_lines(self) -> list[ShipmentLine]:
        """The lots of which something is under way."""
        return [line for line in self.lines if line.under_way]


def shipments_seen(
    connection: sa.Connection,
    request: Request,
    person: Person,
    asked: ShipmentsAsked,
    *,
    before: int | None = None,
    most: int,
) -> list[ListedShipment]:
    """Return the shipments from and to a person's areas, the newest first."""
    zone = ledger_of(request).zone
    return shipments_listed(
        connection, zone, person, SEE_SHIPMENTS, asked,
        day=_today(request), confirm_days=confirm_days_of(connection), before=before, most=most,
    )  # fmt: skip


def _today(request: Request) -> dt.date:
    return day_of(now_micros(), ledger_of(request).zone)


def shipment_seen(connection: sa.Connection, request: Request, visitor: Visitor, number: str) -> ShipmentSeen:
    """Return a shipment that comes from or goes to where somebody may look.

    Raises:
        HTTPException: 404 where there is none of this number within reach.

    """
    zone, person = ledger_of(request).zone, visitor.person
    found = find_shipment(connection, zone, number, day=_today(request), confirm_days=confirm_days_of(connection))
    reach = reach_of(connection, person, SEE_SHIPMENTS)
    if found is None or not (reach.holds(found.site) or reach.holds(found.to)):
        raise HTTPException(status_code=404)
    asked = DocumentsAsked(shipment=number)
    surplus = next(iter(open_surplus(connection, zone, shipment=number)), None)

    def within(right: str, *sites: str) -> bool:
        return visitor.may(right) and all(map(reach_of(connection, person, right).holds, filter(None, sites)))

    unsigned = found.type == EMERGENCY and found.state != "never-left" and not countersigned(connection, found.document)
    return ShipmentSeen(
        shipment=found,
        lines=shipment_account(connection, number, site=found.site),
        documents=documents_listed(connection, zone, person, SEE_SHIPMENTS, asked, most=_DOCUMENTS_SHOWN),
        surplus=surplus,
        may_confirm=bool(found.open_units) and within(REPORT, found.to),
        may_settle=surplus is not None and within(POST_STOCK, found.to),
        may_countersign=unsigned and within(APPROVE, found.site, found.to),
    )
