"""What codes of sites and items are called in the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import Named
from models.tables import item, location

__all__ = ["all_names", "item_named"]


def item_named(connection: sa.Connection, code: str) -> Named:
    """Return an item by its names in the ledger, by its code alone where it has none."""
    row = connection.execute(sa.select(item.c.code, item.c.name, item.c.name_zh).where(item.c.code == code)).first()
    return Named(code) if row is None else Named(*row)


def all_names(connection: sa.Connection) -> tuple[dict[str, Named], dict[str, Named]]:
    """Return the names of all sites and of all items, by code; those that have none are left out."""
    sites, items = (
        {
            row.code: Named(*row)
            for row in connection.execute(sa.select(table.c.code, table.c.name, table.c.name_zh))
            if row.name or row.name_zh
        }
        for table in (location, item)
    )
    return sites, items
