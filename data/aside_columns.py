"""Columns beside those of a table, in which people say what stands there: names for codes, units, what a pack holds.

They are read where a table names a site, an item or units, and help to read those; none is kept.
"""

from __future__ import annotations

from allocator.sentence import say
from data.columns import Column, TableSpec

__all__ = ["ASIDE", "asides_of", "is_quantity"]

SITE_NAME = Column(
    name="site_name", zh="点位名称", holds="text", meaning=say("name of the site, where its code is not known")
)
AREA_NAME = Column(
    name="area_name", zh="所在区划", holds="text", meaning=say("code or name of the area in which that site lies")
)
ITEM_NAME = Column(
    name="item_name", zh="物资名称", holds="text", meaning=say("name of the item, where its code is not known")
)
SAID_UNIT = Column(
    name="said_unit", zh="计量单位", holds="text", meaning=say("unit in which the row's quantities are written")
)
SPEC = Column(name="spec", zh="规格", holds="text", meaning=say("what a unit holds, as in 1箱=50只 or 500ml/瓶"))

ASIDE = (SITE_NAME, AREA_NAME, ITEM_NAME, SAID_UNIT, SPEC)
"""Every such column."""


def is_quantity(column: Column) -> bool:
    """Say whether a column holds units of an item, so that a unit may be written beside the number."""
    return column.unit in ("units", "units/day")


def asides_of(table: TableSpec) -> tuple[Column, ...]:
    """Return the columns that may stand beside those of a table and help to read them.

    >>> from data.import_columns import IMPORT_TABLES
    >>> [column.name for column in asides_of(IMPORT_TABLES["receipts"])]
    ['site_name', 'area_name', 'item_name', 'said_unit', 'spec']
    >>> asides_of(IMPORT_TABLES["items"])
    ()
    """
    found: list[Column] = []
    holds = {column.holds for column in table.columns}
    if "site" in holds:
        found += [SITE_NAME, AREA_NAME]
    if "item" in holds:
        found.append(ITEM_NAME)
        if any(is_quantity(column) for column in table.columns):
            found += [SAID_UNIT, SPEC]
    return tuple(column for column in found if column.name not in table.by_name)
