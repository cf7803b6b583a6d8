"""`GET /api/v1/shipments`: what is on its way, and what became of it, for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from models.database import reading
from models.days import iso_of
from models.shipment_account import ShipmentLine
from models.shipments_listed import ListedShipment, ShipmentsAsked
from models.tables import NO_EXPIRY
from web.api_parameters import Code, CodeInPath, Limit
from web.shipments_seen import SEE_SHIPMENTS, shipment_seen, shipments_seen
from web.visitors import ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["shipments"])

State = Literal["", "under-way", "late", "differing", "settled"]


class ShipmentListed(BaseModel):
    """A shipment and how it stands. `state`: under-way, late, differing, settled, or never-left where it was reversed.

    `document`: what sent it; `open_units`: under way still; `beyond_units`: came beyond its note, not explained.
    """

    number: str
    state: str
    type: str
    document: int
    plan: str
    site: str
    to: str
    sent_at: str
    expected: dt.date
    days_late: int
    sent_units: int
    open_units: int
    beyond_units: int


class ShipmentsPage(BaseModel):
    """Shipments, and what to ask for the next ones: null where these are the last."""

    shipments: list[ShipmentListed]
    next: str | None


class ShipmentLot(BaseModel):
    """A lot of a shipment: units as its note says, and what became of them. `expires`: null where it never does."""

    item: str
    lot: str
    expires: dt.date | None
    fund: str
    earmark: str
    sent: int
    arrived: int
    set_aside: int
    damaged: int
    lost: int
    stayed: int
    went_back: int
    beyond: int
    under_way: int


class ShipmentRead(ShipmentListed):
    """A shipment with its lots."""

    lots: list[ShipmentLot]


@router.get("/shipments", summary="What is on its way, newest first")
def shipments(
    request: Request,
    state: State = "",
    site: Code = "",
    plan: Code = "",
    since: dt.date | None = None,
    limit: Limit = 100,
    cursor: Annotated[str, Query(max_length=18, pattern="^[0-9]*$")] = "",
) -> ShipmentsPage:
    """Return the shipments that are not settled, or those of a `state`: from or to a site, of a plan, sent `since`."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    asked = ShipmentsAsked(state=state, site=site, plan=plan, since=since)
    before = int(cursor) if cursor else None
    with reading(ledger_of(request).engine) as connection:
        rows = shipments_seen(connection, request, visitor.person, asked, before=before, most=limit + 1)
    following = str(rows[limit - 1].document) if len(rows) > limit else None
    return ShipmentsPage.model_construct(
        shipments=[ShipmentListed.model_construct(**_told(request, row)) for row in rows[:limit]], next=following
    )


@router.get("/shipments/{number}", summary="One shipment")
def shipment(request: Request, number: CodeInPath) -> ShipmentRead:
    """Return a shipment with what became of each of its lots."""
    visitor = visitor_with(request, SEE_SHIPMENTS)
    with reading(ledger_of(request).engine) as connection:
        seen = shipment_seen(connection, request, visitor, number)
    return ShipmentRead.model_construct(**_told(request, seen.shipment), lots=[_lot(line) for line in seen.lines])


def _told(request: Request, row: ListedShipment) -> dict[str, Any]:
    return {**vars(row), "sent_at": iso_of(row.sent_at, ledger_of(request).zone)}


def _lot(line: ShipmentLine) -> ShipmentLot:
    key = line.lot
    parts: dict[str, Any] = {name: getattr(line, name) for name in _PARTS}
    return ShipmentLot.model_construct(
        item=key.item,
        lot=key.lot_no,
        expires=None if key.expires == NO_EXPIRY else dt.date.fromisoformat(key.expires),
        fund=key.owner_fund,
        earmark=key.earmark,
        **parts,
    )


_PARTS = ("sent", "arrived", "set_aside", "damaged", "lost", "stayed", "went_back", "beyond", "under_way")
