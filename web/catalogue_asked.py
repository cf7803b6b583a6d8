"""What of the catalogue is asked for, by page and API alike, as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa

from models.catalogue_read import ItemRead, PartnerRead, SiteRead, items_read, partners_read, sites_read
from models.people import Person
from models.rights import reach_of

__all__ = ["CHANGE_CATALOGUE", "SEE_CATALOGUE", "items_asked", "partners_asked", "sites_asked"]

SEE_CATALOGUE, CHANGE_CATALOGUE = "see-catalogue", "change-catalogue"

Row = TypeVar("Row", ItemRead, SiteRead, PartnerRead)


def items_asked(connection: sa.Connection, *, q: str = "", use: str = "") -> list[ItemRead]:
    """Return items whose code, names or barcodes hold some letters; by how they are used."""
    found = items_read(connection)
    barcodes = {each.code for each in found if q and any(q in gtin for gtin, _ in each.gtins)}
    held = {each.code for each in _holding(found, q)} | barcodes
    return [each for each in found if each.code in held and use in ("", each.use)]


def sites_asked(
    connection: sa.Connection, person: Person, *, q: str = "", kind: str = "", area: str = "", tier: str = ""
) -> list[SiteRead]:
    """Return sites within reach whose code or names hold some letters; of a kind, an area, a tier of their own."""
    found = _holding(sites_read(connection, reach_of(connection, person, SEE_CATALOGUE)), q)
    return [each for each in found if kind in ("", each.kind) and area in ("", each.area) and tier in ("", each.tier)]


def partners_asked(connection: sa.Connection, *, q: str = "", kind: str = "") -> list[PartnerRead]:
    """Return partners whose code or names hold some letters; of a kind."""
    return [each for each in _holding(partners_read(connection), q) if kind in ("", each.kind)]


def _holding(rows: Sequence[Row], q: str) -> list[Row]:
    wanted = q.casefold()
    return [each for each in rows if any(wanted in text.casefold() for text in (each.code, each.name, each.name_zh))]
