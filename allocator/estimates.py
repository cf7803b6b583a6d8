"""Stock of sites that have not reported for too long, estimated forward: what was last known, less its use since.

    estimate = max(0, usable units − daily units × whole days since the last report)

Only consumables; a site's own stock, not a depot's; the first to expire is taken to be used first. The day of the
last report and the plan's day do not count: one is in the report, the other is still to come.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from allocator.case import STATUSES, Case, Dates, Indices, Table, Units

__all__ = ["NO_ESTIMATES", "Estimates", "estimated_forward"]

_USABLE = STATUSES.index("usable")


@dataclass(frozen=True, kw_only=True)
class Estimates(Table):
    """Needs whose stock is an estimate: since when nobody reported, units as they stand in the books, and as taken."""

    site: Indices
    item: Indices
    since: Dates
    book_units: Units
    units: Units


def _none() -> Estimates:
    none = np.zeros(0, dtype=np.int32)
    whole = np.zeros(0, dtype=np.int64)
    return Estimates(site=none, item=none, since=np.zeros(0, dtype="datetime64[D]"), book_units=whole, units=whole)


NO_ESTIMATES = _none()
"""Everything was reported in time, or the policy takes stock as the books have it."""


def estimated_forward(case: Case, reported: Dates) -> tuple[Case, Estimates]:
    """Return the case with estimates in place of stale stock. `reported`: each site's last report, NaT for none.

    A site that never reported and holds something is told by the books alone; it stays as it is.
    """
    today = np.datetime64(case.policy.date, "D")
    needs, stock = case.needs, case.stock
    age = (today - reported).astype(np.int64)
    stale = ~np.isnat(reported) & (age > case.policy.stale_days)
    stale[case.lanes.depot[case.sites.kind[case.lanes.depot] == "warehouse"]] = False
    rows = np.flatnonzero(stale[needs.site] & ~case.items.durable[needs.item] & (needs.daily_units > 0))
    if not len(rows) or not len(stock):
        return case, NO_ESTIMATES
    size = len(case.items)
    key = needs.site[rows].astype(np.int64) * size + needs.item[rows]
    own = stock.site.astype(np.int64) * size + stock.item
    place = np.minimum(np.searchsorted(key, own), len(key) - 1)
    fresh = np.isnat(stock.expires) | (stock.expires >= today)
    mine = np.flatnonzero((key[place] == own) & (stock.status == _USABLE) & fresh)
    held = np.bincount(place[mine], weights=stock.units[mine], minlength=len(key)).astype(np.int64)
    days = np.maximum(0, age[needs.site[rows]] - 1)
    used = np.minimum(held, np.floor(needs.daily_units[rows] * days + 1e-9).astype(np.int64))
    some = np.flatnonzero(used)
    if not len(some):
        return case, NO_ESTIMATES
    units = stock.units.copy()
    left = used.copy()
    # What expires first is used first; what never expires, last.
    never = np.isnat(stock.expires[mine])
    for row in mine[np.lexsort((stock.expires[mine], never))].tolist():
        taken = min(int(left[place[row]]), int(units[row]))
        units[row] -= taken
        left[place[row]] -= taken
    estimates = Estimates(
        site=needs.site[rows][some],
        item=needs.item[rows][some],
        since=reported[needs.site[rows]][some],
        book_units=held[some],
        units=(held - used)[some],
    )
    tables = {each.name: getattr(case, each.name) for each in dataclasses.fields(case)}
    return Case.canonical(**tables | {"stock": dataclasses.replace(stock, units=units)}), estimates
