"""Which item a barcode's GTIN is of, and how many units its pack holds.

A GTIN is a name that everybody uses for an item, and a unit of it that holds so many base units.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.catalogue_rows import Columns, Saved
from models.catalogue_senders import save_measures, save_names
from models.tables import item, measure, sender_name
from models.versions import Stamp

__all__ = ["gtins_known", "save_gtins"]

_ABOUT = "item"
_DIGITS = 14
_MICRO = 10**6


def save_gtins(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save GTINs: `unit` is the GTIN, `amount_micro` millionths of base units in its pack."""
    bases = dict(connection.execute(sa.select(item.c.code, item.c.unit)).all())
    gtins = [str(gtin).strip().zfill(_DIGITS) for gtin in columns["unit"]]
    of = [bases.get(code, "") for code in columns["item"]]
    held = save_measures(connection, {**columns, "unit": gtins, "of": of}, stamp)
    codes = {(_ABOUT, gtin): str(code) for gtin, code in zip(gtins, columns["item"], strict=True)}
    named = save_names(connection, "", codes, stamp)
    changed = min(len(gtins) - named.new, named.changed + held.changed)
    return Saved(new=named.new, changed=changed, same=len(gtins) - named.new - changed)


def gtins_known(connection: sa.Connection) -> dict[str, tuple[str, int]]:
    """Return for each GTIN the item it is of and the base units of its pack."""
    query = (
        sa.select(sender_name.c.said, item.c.code, measure.c.amount_micro)
        .join(item, item.c.code == sender_name.c.code)
        .join(measure, (measure.c.item == item.c.id) & (measure.c.unit == sender_name.c.said))
        .where(sender_name.c.sender == "", sender_name.c.about == _ABOUT)
    )
    return {gtin: (code, amount // _MICRO) for gtin, code, amount in connection.execute(query)}
