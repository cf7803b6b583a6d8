"""Master data of purchases: what suppliers offer, and what may be spent.

Columns are named as in `models/purchase_tables.py`, with the codes of items.
"""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import say
from models.catalogue import item_ids, save_by_ids, save_partners
from models.catalogue_rows import Columns, Kept, Saved, lock_catalogue, save
from models.entry import Refusal
from models.tables import budget, offer, partner
from models.versions import Stamp

__all__ = ["PURCHASING", "refuse_no_suppliers", "save_budgets", "save_offers", "save_suppliers"]

_OFFERS = Kept(
    table=offer,
    subject="offer",
    key=("partner", "item", "since"),
    values={"price_micro": 0, "lead_days": 0, "units_per_week": None, "min_units": None, "until": ""},
)
_BUDGETS = Kept(
    table=budget,
    subject="budget",
    key=("bucket",),
    values={"amount_micro": 0, "since": "", "until": "", "items": ""},
)

PURCHASING = (_OFFERS, _BUDGETS)
"""How each table here is kept."""


def save_suppliers(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save suppliers: partners of that kind."""
    return save_partners(connection, {**columns, "kind": ["supplier"] * len(columns["code"])}, stamp)


def save_offers(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what suppliers offer; an offer that has ended says until when, or is followed by another.

    Raises:
        Refusal: a partner who is no supplier, or an item that is not there.

    """
    refuse_no_suppliers(connection, set(columns["partner"]))
    dated = {"since": [""] * len(columns["partner"]), **columns}
    return save_by_ids(connection, _OFFERS, dated, stamp, {"item": item_ids})


def save_budgets(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what may be spent."""
    lock_catalogue(connection)
    return save(connection, _BUDGETS, columns, stamp)


def refuse_no_suppliers(connection: sa.Connection, codes: set[str]) -> None:
    """Refuse codes that are no supplier's, all of them.

    Raises:
        Refusal: with each.

    """
    query = sa.select(partner.c.code, partner.c.kind)
    kinds = dict(connection.execute(query.where(partner.c.code.in_(sorted(codes)))).all())
    wrong = [
        say("There is no supplier {code}. Check the code, or import the supplier first.", code=code)
        if code not in kinds
        else say("{code} is a partner, but no supplier. Name who sells it.", code=code)
        for code in sorted(codes)
        if kinds.get(code) != "supplier"
    ]
    if wrong:
        raise Refusal(*wrong)
