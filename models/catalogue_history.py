"""Use before the ledger, as master data: one row for each site and item, its periods as one text.

A later file adds to what is there and takes the place of periods that both say; where its periods are of another
length, it takes the place of all.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import sqlalchemy as sa

from allocator.case import Floats
from allocator.past_use import PastUse, last_day_of, period_number
from models.catalogue import item_ids, save_by_ids, site_ids
from models.catalogue_rows import Columns, Kept, Saved
from models.tables import item, location, past_use
from models.versions import Stamp

__all__ = ["PAST", "past_uses", "save_history"]

_PAST = Kept(
    table=past_use,
    subject="past_use",
    key=("site", "item"),
    values={"first_day": "", "period_days": 1, "units": "", "stockout": ""},
)

PAST = (_PAST,)
"""How the table here is kept."""


def past_uses(connection: sa.Connection) -> list[PastUse]:
    """Return all of it, by site and item."""
    c = past_use.c
    query = (
        sa.select(location.c.code, item.c.code, c.first_day, c.period_days, c.units, c.stockout)
        .join_from(past_use, location, location.c.id == c.site)
        .join(item, item.c.id == c.item)
        .order_by(location.c.code, item.c.code)
    )
    return [
        PastUse(
            site=site,
            item=code,
            first_day=dt.date.fromisoformat(first),
            period_days=days,
            units=_numbers(units, np.nan),
            stockout=_numbers(stockout, 0.0),
        )
        for site, code, first, days, units, stockout in connection.execute(query)
    ]


def save_history(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save use before the ledger. `columns`: site, item, first_day, period_days, units, stockout, one row a pair."""
    held = {(each.site, each.item): each for each in past_uses(connection)}
    rows = []
    for row in zip(*(columns[name] for name in _NAMES), strict=True):
        said = dict(zip(_NAMES, row, strict=True))
        before = held.get((said["site"], said["item"]))
        rows.append(said if before is None else _joined(before, said))
    merged = {name: [row[name] for row in rows] for name in _NAMES}
    return save_by_ids(connection, _PAST, merged, stamp, {"site": site_ids, "item": item_ids})


_NAMES = ("site", "item", "first_day", "period_days", "units", "stockout")


def _joined(before: PastUse, said: dict[str, Any]) -> dict[str, Any]:
    """Return what was held with what is said now in its place."""
    period, ref = before.period_days, before.first_day
    if period != said["period_days"]:
        return said
    now = PastUse(
        site=before.site,
        item=before.item,
        first_day=dt.date.fromisoformat(said["first_day"]),
        period_days=period,
        units=_numbers(said["units"], np.nan),
        stockout=_numbers(said["stockout"], 0.0),
    )
    starts = [period_number(each, ref) for each in (before, now)]
    first = min(starts)
    periods = max(start + len(each.units) for start, each in zip(starts, (before, now), strict=True)) - first
    units, stockout = np.full(periods, np.nan), np.zeros(periods)
    for start, each in zip(starts, (before, now), strict=True):
        said_in = np.flatnonzero(~np.isnan(each.units) | (each.stockout > 0))
        units[said_in + start - first], stockout[said_in + start - first] = each.units[said_in], each.stockout[said_in]
    begins = last_day_of(first + periods - 1, period, ref) - dt.timedelta(days=periods * period - 1)
    return said | {"first_day": begins.isoformat(), "units": _text(units, np.nan), "stockout": _text(stockout, 0.0)}


def _numbers(text: str, absent: float) -> Floats:
    return np.array([float(part) if part else absent for part in text.split(",")])


def _text(values: Floats, absent: float) -> str:
    """Return numbers as one text, without those that are absent."""
    return ",".join("" if value == absent or value != value else f"{value:.15g}" for value in values.tolist())  # noqa: PLR0124 - nan
