"""Run every row, and every group of rows together, down the same drawn futures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Units
from allocator.shortfall_outlook import DemandOutlook, Paths
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_rundown import Supply, run_down

__all__ = ["Draws", "Pool", "Pooled", "draw_rows", "middle_run", "quantile_day"]

_CELLS = 12_000_000
"""Numbers of one chunk of paths: about 50 MB."""
EARLY = 0.1
"""The early stock-out is the one that a tenth of futures come before."""


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Groups of rows of one item each, sorted by item: what they hold together, were it shared freely.

    `of` (S,): which group a row is of; `item` (G,); `supply` of G; `keep`: whether days are wanted afterwards.
    """

    of: Indices
    item: Indices
    supply: Supply
    keep: bool = False


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What became of G groups: `total` (count, G): demand until the horizon; `unmet`: the rows' own, as things stand.

    `first_out` (count, G): of the pool. `demand`, `stock` (T, count, G) by day, where they were to be kept.
    """

    total: Paths
    unmet: Paths
    first_out: NDArray[np.int16]
    demand: Paths | None = None
    stock: Paths | None = None


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What became of each row (S) over the paths: days from today, T where never.

    `first_out` (count, S); `unmet` (count, S): at the horizon; `pools`: by name.
    """

    first_out: NDArray[np.int16]
    unmet: Paths
    pools: Mapping[str, Pool] = field(default_factory=dict)

    def share_out_before(self, day: NDArray[np.integer] | int) -> Floats:
        """Return the share of paths that are out before a day (S,)."""
        return np.asarray((self.first_out < day).mean(axis=0))


def quantile_day(first_out: NDArray[np.int16], level: float) -> Indices:
    """Return by column the day by which more than so many of the paths are out: T where no more are.

    >>> days = np.array([[3, 9], [4, 9], [5, 9], [9, 2]], dtype=np.int16)
    >>> quantile_day(days, 0.5).tolist(), quantile_day(days, 0.1).tolist()
    ([5, 9], [3, 2])
    """
    count = len(first_out)
    place = min(count - 1, int(level * count))
    return np.partition(first_out, place, axis=0)[place].astype(np.int32)


def _chunks(rows: Indices, *, count: int, days: int) -> Iterator[Indices]:
    size = max(1, _CELLS // (count * days))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def draw_rows(
    outlook: DemandOutlook,
    supply: Supply,
    rules: ShortfallRules,
    shocks: Paths,
    *,
    item: Indices,
    pools: Mapping[str, Pooled] | None = None,
    only: Bools | None = None,
) -> Draws:
    """Run rows down, item by item, and with them the groups that they are of.

    A group's demand is the sum of its rows' on the same path, so its quantiles are its own. Rows left out of `only`
    stand as never out.
    """
    count, size = shocks.shape
    first = np.full((count, size), outlook.days, dtype=np.int16)
    unmet = np.zeros((count, size), dtype=np.float32)
    pooling = {name: _Pooling(pooled, count, outlook.days, rules) for name, pooled in (pools or {}).items()}
    for each in np.unique(item):
        mine = item == each
        rows = np.flatnonzero(mine if only is None else mine & only).astype(np.int32)
        begun = [(pool, pool.begin(int(each))) for pool in pooling.values()]
        for chunk in _chunks(rows, count=count, days=outlook.days):
            paths = outlook.cumulative(chunk, shocks[:, chunk])
            after = run_down(paths, supply.take(chunk), horizon_days=rules.horizon_days)
            first[:, chunk], unmet[:, chunk] = after.first_out, after.unmet_units
            for pool, demand in begun:
                pool.add(demand, chunk, paths, after.unmet_units)
        for pool, demand in begun:
            pool.finish(demand)
    return Draws(first_out=first, unmet=unmet, pools={name: pool.done() for name, pool in pooling.items()})


class _Pooling:
    """Groups being added up, one item after the other."""

    def __init__(self, pooled: Pooled, count: int, days: int, rules: ShortfallRules) -> None:
        size = len(pooled.item)
        self.pooled, self.until, self.days, self.count = pooled, min(rules.horizon_days, days), days, count
        self.groups = np.zeros(0, dtype=np.int32)
        self.total, self.unmet = (np.zeros((count, size), dtype=np.float32) for _ in range(2))
        self.first = np.full((count, size), days, dtype=np.int16)
        kept = (days, count, size) if pooled.keep else (0, 0, 0)
        self.demand, self.stock = np.zeros(kept, dtype=np.float32), np.zeros(kept, dtype=np.float32)

    def begin(self, item: int) -> Paths:
        """Turn to the groups of an item and return their demand, still nothing."""
        self.groups = np.flatnonzero(self.pooled.item == item).astype(np.int32)
        return np.zeros((self.days, self.count, len(self.groups)), dtype=np.float32)

    def add(self, demand: Paths, rows: Indices, paths: Paths, unmet: Paths) -> None:
        """Add rows to their groups."""
        place = self.pooled.of[rows] - self.groups[0]
        if len(self.groups) == 1:
            demand[:, :, 0] += paths.sum(axis=2)
            self.unmet[:, self.groups[0]] += unmet.sum(axis=1)
            return
        # A product with ones and noughts adds several times as fast as sorting and adding by group.
        own = (place[:, None] == np.arange(len(self.groups))).astype(np.float32)
        demand += (paths.reshape(-1, len(rows)) @ own).reshape(demand.shape)
        self.unmet[:, self.groups] += unmet @ own

    def finish(self, demand: Paths) -> None:
        """Run the groups of the item down."""
        supply = self.pooled.supply.take(self.groups)
        after = run_down(demand, supply, horizon_days=self.until, keep_stock=self.pooled.keep)
        self.total[:, self.groups], self.first[:, self.groups] = demand[self.until - 1], after.first_out
        if after.stock_units is not None:
            self.demand[:, :, self.groups] = np.diff(demand, axis=0, prepend=0)
            self.stock[:, :, self.groups] = after.stock_units

    def done(self) -> Pool:
        """Return what became of all groups."""
        kept = {"demand": self.demand, "stock": self.stock} if self.pooled.keep else {}
        return Pool(total=self.total, unmet=self.unmet, first_out=self.first, **kept)


def middle_run(outlook: DemandOutlook, supply: Supply) -> tuple[Units, Floats, Floats]:
    """Run rows down their middle demand: the first day out (S,), units thrown away (S,), stock each evening (S, T)."""
    days, size = outlook.days, len(outlook)
    first, expired, stock = np.full(size, days), np.zeros(size), np.zeros((size, days))
    for chunk in _chunks(np.arange(size, dtype=np.int32), count=1, days=days):
        after = run_down(outlook.middle(chunk), supply.take(chunk), horizon_days=days, keep_stock=True)
        first[chunk], expired[chunk] = after.first_out[0], after.expired_units[0]
        if after.stock_units is not None:
            stock[chunk] = after.stock_units[:, 0].T
    return first, expired, stock
