"""Which place is of which kind, and whose: sites by position, with the shelves and sinks that belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from allocator.finding_columns import NONE, Texts, Wholes
from allocator.sentence import Named
from models.audit_reading import Reader
from models.locations import owner_of
from models.tables import location

__all__ = ["Where", "positions_of", "where_of"]


def positions_of(ids: Wholes, asked: Wholes) -> Wholes:
    """Return where ids stand among other ids; NONE for one that is not there.

    >>> positions_of(np.array([30, 10]), np.array([10, 7, 30])).tolist()
    [1, -1, 0]
    """
    if not len(ids) or not len(asked):
        return np.full(len(asked), NONE, dtype=np.int64)
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids[order], asked), len(ids) - 1)
    return np.where(ids[order][at] == asked, order[at], NONE).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Where:
    """Places. `ids`: of all places; `kind`, `site`: of each, its kind and whose it is, as a position in `sites`."""

    ids: Wholes
    kind: Texts
    site: Wholes
    sites: tuple[Named, ...]
    site_kind: Texts
    area: tuple[str, ...]
    by_code: Mapping[str, int]

    def of(self, places: Wholes) -> tuple[Texts, Wholes]:
        """Return the kinds of places, and whose they are."""
        at = positions_of(self.ids, places)
        return self.kind[at], self.site[at]

    def site_at(self, places: Wholes) -> Wholes:
        """Return whose places are; NONE for one that is of no site."""
        at = positions_of(self.ids, places)
        return np.where(at == NONE, NONE, self.site[at]) if len(self.ids) else at


def where_of(reader: Reader) -> Where:
    """Return every place of the ledger."""
    c = location.c
    rows = reader.rows(sa.select(c.id, c.code, c.kind, c.name, c.name_zh, c.site_kind, c.area).order_by(c.code))
    sites = [row for row in rows if row[2] == "SITE"]
    by_code = {row[1]: at for at, row in enumerate(sites)}
    owners = [by_code.get(row[1] if row[2] == "SITE" else owner_of(row[1]), NONE) for row in rows]
    return Where(
        ids=np.array([row[0] for row in rows], dtype=np.int64),
        kind=np.array([row[2] for row in rows], dtype="<U12"),
        site=np.array(owners, dtype=np.int64),
        sites=tuple(Named(row[1], row[3], row[4], with_code=True) for row in sites),
        site_kind=np.array([row[5] for row in sites], dtype=np.str_),
        area=tuple(row[6] for row in sites),
        by_code=by_code,
    )
