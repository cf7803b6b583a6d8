"""Every code of the ledger with its names, as people choose from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.tables import area, item, location, partner

__all__ = ["ListedCodes", "listed_codes"]

Codes = list[tuple[str, str, str]]


@dataclass(frozen=True, kw_only=True)
class ListedCodes:
    """Codes with their names in English and Chinese, by code. `kinds`: the kind of each site."""

    sites: Codes
    items: Codes
    partners: Codes
    areas: Codes
    kinds: dict[str, str]


def listed_codes(connection: sa.Connection, *, within: str = "") -> ListedCodes:
    """Return what the ledger knows. `within`: only sites of this area and of those in it, by its code's beginning."""
    query = sa.select(location.c.code, location.c.name, location.c.name_zh, location.c.site_kind)
    query = query.where(location.c.kind == "SITE").order_by(location.c.code)
    if within:
        query = query.where(location.c.area.startswith(within, autoescape=True))
    sites = connection.execute(query).all()
    return ListedCodes(
        sites=[(row.code, row.name or "", row.name_zh or "") for row in sites],
        items=_all(connection, item),
        partners=_all(connection, partner),
        areas=_all(connection, area),
        kinds={row.code: row.site_kind or "" for row in sites},
    )


def _all(connection: sa.Connection, table: Any) -> Codes:
    query = sa.select(table.c.code, table.c.name, table.c.name_zh).order_by(table.c.code)
    return [(code, name or "", name_zh or "") for code, name, name_zh in connection.execute(query)]
