"""How stock runs down: by day and path, first-expiring first, with what arrives, until it is out.

A day begins with the lots whose last day is over being thrown away, then what arrives is put on the shelf, then the
day's demand is met as far as there is stock. What is not met is lost, not made up for later: a shift is over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Floats, Indices
from allocator.shortfall_outlook import Paths

__all__ = ["RunDown", "Supply", "run_down"]

_NOTHING = 1e-3
"""Of a day's demand: less than this lacking is rounding, not a stock-out."""


@dataclass(frozen=True, kw_only=True)
class Supply:
    """What S rows hold and what comes to them.

    `usable_units` (S,): today, 0 where nobody counted. `lapsed_units` (S, T): of it, in lots whose last day is before
    day t (day 0 is today). `arriving_units` (S, T): arriving on day t.
    """

    usable_units: Floats
    lapsed_units: Floats
    arriving_units: Floats

    def take(self, rows: Indices | Bools) -> Supply:
        """Return these rows."""
        return Supply(
            usable_units=self.usable_units[rows],
            lapsed_units=self.lapsed_units[rows],
            arriving_units=self.arriving_units[rows],
        )


@dataclass(frozen=True, kw_only=True)
class RunDown:
    """What becomes of rows on each path (count, rows).

    `first_out`: the first day on which demand is not met, T where none is; `unmet_units`: demand not met on the
    first `horizon_days` days; `expired_units`: thrown away on all days. `stock_units` (T, count, rows): left in the
    evening, None where nobody asked.
    """

    first_out: Indices
    unmet_units: Paths
    expired_units: Paths
    stock_units: Paths | None = None


def run_down(demand: Paths, supply: Supply, *, horizon_days: int, keep_stock: bool = False) -> RunDown:
    """Let stock meet cumulative demand (T, count, rows).

        out    = units used or thrown away so far
        thrown = max(0, lapsed(t) − out)      first-expiring first: what left was what lapses first
        used   = min(stock + arriving(t), demand(t))

    >>> demand = np.cumsum(np.full((6, 1, 2), 10.0, dtype=np.float32), axis=0)
    >>> supply = Supply(usable_units=np.array([25.0, 40]),
    ...     lapsed_units=np.array([[0.0] * 6, [0, 30, 30, 30, 30, 30]]),
    ...     arriving_units=np.array([[0.0, 0, 0, 0, 20, 0], [0.0] * 6]))
    >>> after = run_down(demand, supply, horizon_days=5)
    >>> after.first_out.tolist(), after.unmet_units.tolist(), after.expired_units.tolist()
    ([[2, 2]], [[15.0, 30.0]], [[0.0, 20.0]])
    """
    days, count, rows = demand.shape
    lapsed, arriving = (each.astype(np.float32) for each in (supply.lapsed_units, supply.arriving_units))
    stock = np.broadcast_to(supply.usable_units.astype(np.float32), (count, rows)).copy()
    out, expired, unmet = (np.zeros((count, rows), dtype=np.float32) for _ in range(3))
    first = np.full((count, rows), days, dtype=np.int32)
    lapses, arrives = (np.asarray(each.any(axis=0)) for each in (lapsed, arriving))
    before = np.zeros((count, rows), dtype=np.float32)
    kept = np.zeros(demand.shape, dtype=np.float32) if keep_stock else None
    for day in range(days):
        wanted = np.maximum(demand[day] - before, 0)
        before += wanted
        if lapses[day]:
            thrown = np.clip(lapsed[:, day] - out, 0, stock)
            stock -= thrown
            out += thrown
            expired += thrown
        if arrives[day]:
            stock += arriving[:, day]
        used = np.minimum(stock, wanted)
        stock -= used
        out += used
        lacking = wanted - used
        if day < horizon_days:
            unmet += lacking
        if kept is not None:
            kept[day] = stock
        first[(lacking > _NOTHING * wanted) & (first == days)] = day
    return RunDown(first_out=first, unmet_units=unmet, expired_units=expired, stock_units=kept)
