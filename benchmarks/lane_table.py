"""One row for each way a pair can be served: what the textbook formulations have variables for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.need import Problem, needs_of
from data.case_files import read_case

__all__ = ["LaneTable", "fills", "lane_table", "tops"]


@dataclass(frozen=True)
class LaneTable:
    """`pair` and `source` of each way; numbers of a case without earmarks, substitutes or transfers."""

    problem: Problem
    pair: NDArray[np.int64]
    source: NDArray[np.int64]

    @property
    def item(self) -> NDArray[np.int64]:
        """The item of each way."""
        return self.problem.pairs.item[self.pair].astype(np.int64)

    @property
    def kg_per_unit(self) -> NDArray[np.float64]:
        """Weight of one unit of each item."""
        items = self.problem.case.items
        return np.asarray(items.pack_kg / items.pack_units, dtype=np.float64)

    @property
    def supply_units(self) -> NDArray[np.float64]:
        """Units that may leave, by source and item."""
        return np.asarray(self.problem.packs * self.problem.case.items.pack_units, dtype=np.float64)

    def source_kg(self) -> NDArray[np.float64]:
        """What each source's lorries carry, infinite where nobody said."""
        depots = self.problem.case.depots
        most = np.fmin(depots.max_kg, np.where(depots.vehicles < 0, np.nan, depots.vehicles) * depots.vehicle_kg)
        by_site = dict(zip(depots.depot.tolist(), np.where(np.isnan(most), np.inf, most), strict=True))
        return np.array([by_site.get(int(depot), np.inf) for depot in self.problem.sources.depot])


def lane_table(folder: Path) -> LaneTable:
    """Read a case and join its pairs with the routes that have a pack of the item."""
    problem = needs_of(read_case(folder).case)
    pairs, routes = problem.pairs, problem.routes
    first = np.searchsorted(routes.site, pairs.site, side="left")
    count = np.searchsorted(routes.site, pairs.site, side="right") - first
    pair = np.repeat(np.arange(len(pairs)), count)
    offset = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    source = routes.source[first[pair] + offset].astype(np.int64)
    useful = problem.packs[source, pairs.item[pair]] > 0
    return LaneTable(problem, pair[useful], source[useful])


def tops(problem: Problem) -> NDArray[np.float64]:
    """Return the units each pair holds at the top of its tier's ladder."""
    policy = problem.case.policy
    cover = np.zeros((len(policy.tier_names), 2))
    for n, tier in enumerate(policy.tier_names):
        for durable in (False, True):
            steps = policy.tier_steps(tier, durable=durable)
            cover[n, int(durable)] = float(steps[-1].top) if steps else 0.0
    durable_pair = problem.case.items.durable[problem.pairs.item].astype(int)
    return np.asarray(problem.pairs.daily_units * cover[problem.pairs.tier, durable_pair], dtype=np.float64)


def fills(problem: Problem, units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of its ladder's top each pair holds after delivery, at most 1."""
    top = tops(problem)
    # A tier without a rung is promised nothing, so it is full.
    reached = np.divide(problem.pairs.held + units, top, out=np.ones_like(top), where=top > 0)
    return np.asarray(np.minimum(1.0, reached), dtype=np.float64)
