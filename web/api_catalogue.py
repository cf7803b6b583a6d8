"""`/api/v1/catalogue`: items and sites, for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from models.catalogue_read import ItemRead, SiteRead
from models.database import reading
from web.api_parameters import Code, Cursor, Limit
from web.catalogue_asked import SEE_CATALOGUE, items_asked, sites_asked
from web.cursors import cursor_of, start_of
from web.visitors import ledger_of, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/catalogue", tags=["catalogue"])


class GtinAnswer(BaseModel):
    """A barcode, and the base units of the pack it stands on."""

    gtin: str
    units: int


class ItemAnswer(BaseModel):
    """An item. `pack_units`: base units of the smallest pack that is shipped; null where nobody said."""

    code: str
    name: str
    name_zh: str
    unit: str
    pack_units: int
    pack_kg: float | None
    pack_m3: float | None
    use: str
    gtins: list[GtinAnswer]


class ItemsPage(BaseModel):
    """Items by code, and what to ask for the next ones: null where these are the last."""

    items: list[ItemAnswer]
    next: str | None


class SiteAnswer(BaseModel):
    """A site. `tier`: its own, "" where its kind decides; `depot`: whether others are supplied from it."""

    code: str
    name: str
    name_zh: str
    kind: str
    area: str
    tier: str
    lat: float | None
    lon: float | None
    depot: bool


class SitesPage(BaseModel):
    """Sites by code, and what to ask for the next ones: null where these are the last."""

    sites: list[SiteAnswer]
    next: str | None


@router.get("/items", summary="Items, their packs and barcodes")
def items(request: Request, q: Code = "", use: Code = "", limit: Limit = 100, cursor: Cursor = "") -> ItemsPage:
    """Return items; `q`: letters of a code, a name or a barcode."""
    visitor_with(request, SEE_CATALOGUE)
    start = start_of(cursor)
    with reading(ledger_of(request).engine) as connection:
        found = items_asked(connection, q=q, use=use)
    return ItemsPage.model_construct(
        items=[_item(each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


@router.get("/sites", summary="Sites within reach")
def sites(
    request: Request,
    q: Code = "",
    kind: Code = "",
    area: Code = "",
    tier: Code = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> SitesPage:
    """Return sites within the caller's areas; `q`: letters of a code or a name."""
    visitor, start = visitor_with(request, SEE_CATALOGUE), start_of(cursor)
    with reading(ledger_of(request).engine) as connection:
        found = sites_asked(connection, visitor.person, q=q, kind=kind, area=area, tier=tier)
    return SitesPage.model_construct(
        sites=[_site(each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


def _item(each: ItemRead) -> ItemAnswer:
    gtins = [GtinAnswer.model_construct(gtin=gtin, units=units) for gtin, units in each.gtins]
    return ItemAnswer.model_construct(**{**vars(each), "gtins": gtins})


def _site(each: SiteRead) -> SiteAnswer:
    return SiteAnswer.model_construct(**vars(each))
