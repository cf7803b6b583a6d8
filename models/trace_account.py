"""An item at a site, document by document, as a bank tells an account: what came, what went, what there was then."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.tables import document, location, lot, move
from models.trace import lots_at

__all__ = ["AccountLine", "account_of"]


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """`units` came (above zero) or went (below), from or to another place; `after_units`: of all lots, after it.

    Lines stand in the order in which they were recorded, as the balances were.
    """

    document: int
    type: str
    occurred_at: int
    recorded_at: int
    lot_no: str
    other: str
    units: int
    after_units: int


def account_of(connection: sa.Connection, site: str, item_code: str, cut: Cut = NOW) -> list[AccountLine]:
    """Return every line of an item at a site and in its quarantine; what moved between the two is left out."""
    places = sa.select(location.c.id).where(location.c.code.in_([site, f"QUARANTINE:{site}"]))
    own_places, lots = list(connection.execute(places).scalars()), lots_at(connection, site, item_code)
    other = location.alias()
    parts = [
        sa.select(
            move.c.document,
            move.c.line,
            document.c.type,
            move.c.at,
            document.c.recorded_at,
            lot.c.lot_no,
            other.c.code,
            (move.c.units * sign).label("units"),
        )
        .join_from(move, other, other.c.id == far)
        .join(document, document.c.id == move.c.document)
        .join(lot, lot.c.id == move.c.lot)
        .where(move.c.lot.in_(lots), own.in_(own_places), far.not_in(own_places), *cut.within(move))
        for own, far, sign in (
            (move.c.to_location, move.c.from_location, 1),
            (move.c.from_location, move.c.to_location, -1),
        )
    ]
    found: list[AccountLine] = []
    after = 0
    for row in connection.execute(sa.union_all(*parts).order_by("document", "line")):
        after += row.units
        found.append(
            AccountLine(
                document=row.document,
                type=row.type,
                occurred_at=row.at,
                recorded_at=row.recorded_at,
                lot_no=row.lot_no,
                other=row.code,
                units=row.units,
                after_units=after,
            )
        )
    return found
