"""What the ledger knows already, as one who reads a file for it has to know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from models.catalogue import item_ids, site_ids
from models.policies import policies
from models.tables import NO_EXPIRY, area, item, location, lot, partner

__all__ = ["LedgerKnown", "ledger_known"]


@dataclass(frozen=True, kw_only=True)
class LedgerKnown:
    """Codes of items, sites and areas; `partners` with their kinds; `policy`: the text in force, if any.

    `site_areas`: the areas in which sites are said to lie.
    `expiries`: the dates of the lots that have a number, by item and lot number.
    """

    items: tuple[str, ...]
    sites: tuple[str, ...]
    areas: frozenset[str]
    site_areas: frozenset[str]
    partners: Mapping[str, str]
    expiries: Mapping[tuple[str, str], list[str]]
    policy: str | None


def ledger_known(connection: sa.Connection) -> LedgerKnown:
    """Return what the ledger knows."""
    expiries: dict[tuple[str, str], list[str]] = defaultdict(list)
    query = (
        sa.select(item.c.code, lot.c.lot_no, lot.c.expires)
        .join(item, item.c.id == lot.c.item)
        .where(lot.c.lot_no != "", lot.c.expires != NO_EXPIRY)
        .distinct()
    )
    for code, lot_no, expires in connection.execute(query):
        expiries[code, lot_no].append(expires)
    kept = policies(connection)
    return LedgerKnown(
        items=tuple(item_ids(connection)),
        sites=tuple(site_ids(connection)),
        areas=frozenset(connection.execute(sa.select(area.c.code)).scalars()),
        site_areas=frozenset(connection.execute(sa.select(location.c.area).distinct()).scalars()),
        partners=dict(connection.execute(sa.select(partner.c.code, partner.c.kind)).all()),
        expiries=expiries,
        policy=kept[-1].toml if kept else None,
    )
