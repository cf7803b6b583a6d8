"""Master data of what needs are worked out from: activity at sites, local facts, fleets of durables.

Columns are named as in `models/need_tables.py`, with the codes of sites and items.
"""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import say
from models.catalogue import item_ids, save_by_ids, site_ids
from models.catalogue_rows import Columns, Kept, Saved, lock_catalogue, save
from models.entry import Refusal
from models.tables import driver, fleet, item, local_fact
from models.versions import Stamp

__all__ = ["ACTIVITY", "save_drivers", "save_facts", "save_fleets"]

_DRIVERS = Kept(
    table=driver,
    subject="driver",
    key=("site", "driver", "since"),
    values={"value_micro": 0, "until": "", "said_by": ""},
)
_FACTS = Kept(
    table=local_fact,
    subject="fact",
    key=("place", "fact", "since"),
    values={"value_micro": 0, "reason": "", "said_by": ""},
)
_FLEETS = Kept(
    table=fleet,
    subject="fleet",
    key=("site", "item"),
    values={"held_units": 0, "working_units": 0, "counted_on": "", "attrition_micro": None, "said_by": ""},
)

ACTIVITY = (_DRIVERS, _FACTS, _FLEETS)
"""How each table here is kept."""


def save_drivers(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what is counted at sites; what has ended is a later row of 0."""
    dated = {"since": [""] * len(columns["site"]), **columns}
    return save_by_ids(connection, _DRIVERS, dated, stamp, {"site": site_ids})


def save_facts(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save local facts; one that has ended is a later row of 0."""
    lock_catalogue(connection)
    return save(connection, _FACTS, columns, stamp)


def save_fleets(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save how many of a durable work at sites.

    Raises:
        Refusal: an item that is used up, so that none of it is a fleet.

    """
    query = sa.select(item.c.code).where(item.c.use == "consumable", item.c.code.in_(sorted(set(columns["item"]))))
    wrong = [
        say("{item} is used up and not kept, so it has no fleet. Count it with: allocator count", item=code)
        for code in connection.execute(query.order_by(item.c.code)).scalars()
    ]
    if wrong:
        raise Refusal(*wrong)
    return save_by_ids(connection, _FLEETS, columns, stamp, {"site": site_ids, "item": item_ids})
