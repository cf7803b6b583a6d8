"""What a step's prices say of its pairs: what ran out for them, and what a little more would do.

The price of a pair is the least over its ways to be served, as in docs/proof.md; a way that had
room left would have no price. So for pairs a step freezes, the priced parts of their ways are what
ran out. With Σ price · slope over the pairs that rise there, `extra` more of something priced y
lifts the fill by about extra · y / Σ price · slope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Table, Units
from allocator.explain_groups import SiteGroups
from allocator.need import Problem
from allocator.proof import Step

__all__ = ["Blocked", "Frozen", "blocked_by", "price_ways", "prices_of_frozen"]

Positions = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Frozen(Table):
    """Pairs that froze together: position in steps, group of sites, and item."""

    step: Positions
    group: Positions
    item: Positions


@dataclass(kw_only=True)
class Blocked:
    """What ran out for the pairs of one item that a step froze; positions with their prices.

    `supply`: (source, item sent); `kg`, `m3`: depots; `lane`: depots of full roads; `sources`:
    every source that is open to these pairs.
    """

    supply: dict[tuple[int, int], float] = field(default_factory=dict)
    kg: dict[int, float] = field(default_factory=dict)
    m3: dict[int, float] = field(default_factory=dict)
    lane: dict[int, float] = field(default_factory=dict)
    sources: set[int] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Ways(Table):
    """Ways of frozen rows to be served, with the price of each part of the way."""

    row: Positions
    source: Positions
    by: Positions
    ratio: Floats
    supply: Floats
    kg: Floats
    m3: Floats
    lane: Floats
    total: Floats


def price_ways(problem: Problem, groups: SiteGroups, steps: tuple[Step, ...], frozen: Frozen) -> Ways:
    """Return every way of the frozen rows with its prices, sorted by row."""
    case, sources = problem.case, problem.sources
    row, source = _routes_of_rows(problem, groups, frozen)
    row, source, by, ratio = _with_substitutes(problem, frozen, row, source)
    step, depot = frozen.step[row], sources.depot[source].astype(np.intp)
    site = groups.site_of_group[frozen.group[row]]
    n_sites, n_items = len(case.sites), len(case.items)
    index, number = case.site_index, case.item_index
    label = {name: n for n, name in enumerate(sources.label)}
    supply = _PriceTable(
        ((n * len(sources) + label[at]) * n_items + number[item], price)
        for n, one in enumerate(steps)
        for (at, item), price in one.supply.items()
    )
    kg = _PriceTable((n * n_sites + index[d], price) for n, one in enumerate(steps) for d, price in one.kg.items())
    m3 = _PriceTable((n * n_sites + index[d], price) for n, one in enumerate(steps) for d, price in one.m3.items())
    lane = _PriceTable(
        ((n * n_sites + index[d]) * n_sites + index[s], price)
        for n, one in enumerate(steps)
        for (d, s), price in one.lane_kg.items()
    )
    prices = {
        "supply": supply.at((step * len(sources) + source) * n_items + by),
        "kg": kg.at(step * n_sites + depot),
        "m3": m3.at(step * n_sites + depot),
        "lane": lane.at((step * n_sites + depot) * n_sites + site),
    }
    unit_kg = (np.nan_to_num(case.items.pack_kg) / case.items.pack_units)[by]
    unit_m3 = (np.nan_to_num(case.items.pack_m3) / case.items.pack_units)[by]
    total = ratio * (prices["supply"] + (prices["kg"] + prices["lane"]) * unit_kg + prices["m3"] * unit_m3)
    # A full truck does not stop what weighs nothing.
    prices["kg"], prices["lane"] = prices["kg"] * (unit_kg > 0), prices["lane"] * (unit_kg > 0)
    prices["m3"] = prices["m3"] * (unit_m3 > 0)
    return Ways(row=row, source=source, by=by, ratio=ratio, total=total, **prices)


def prices_of_frozen(ways: Ways, count: int) -> Floats:
    """Return the price of each frozen row: the least over its ways, 0 where it has none."""
    price = np.full(count, np.inf)
    np.minimum.at(price, ways.row, ways.total)
    return np.where(np.isinf(price), 0.0, price)


def blocked_by(problem: Problem, ways: Ways, key_of_row: Positions) -> Mapping[int, Blocked]:
    """Return what ran out, by the key that each frozen row has."""
    depot = problem.sources.depot[ways.source]
    parts = np.stack([key_of_row[ways.row], ways.source, ways.by])
    _, first = np.unique(parts, axis=1, return_index=True)
    found: dict[int, Blocked] = {}
    for n in first.tolist():
        blocked = found.setdefault(int(key_of_row[ways.row[n]]), Blocked())
        source, place = int(ways.source[n]), int(depot[n])
        blocked.sources.add(source)
        if ways.supply[n] > 0:
            blocked.supply[source, int(ways.by[n])] = float(ways.supply[n])
        for limits, price in ((blocked.kg, ways.kg[n]), (blocked.m3, ways.m3[n]), (blocked.lane, ways.lane[n])):
            if price > 0:
                limits[place] = float(price)
    return found


class _PriceTable:
    """Prices by whole-number key; 0 for a key that has none."""

    def __init__(self, entries: Iterable[tuple[int, float]]) -> None:
        pairs = sorted(entries)
        self.keys: Units = np.array([key for key, _ in pairs], dtype=np.int64)
        self.prices = np.array([price for _, price in pairs], dtype=np.float64)

    def at(self, keys: Units) -> Floats:
        if not len(self.keys):
            return np.zeros(len(keys))
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.prices[place], 0.0)


def _routes_of_rows(problem: Problem, groups: SiteGroups, frozen: Frozen) -> tuple[Positions, Positions]:
    site = groups.site_of_group[frozen.group]
    first = np.searchsorted(problem.routes.site, site, side="left")
    count = np.searchsorted(problem.routes.site, site, side="right") - first
    row = np.repeat(np.arange(len(site)), count)
    route = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return row, problem.routes.source[route].astype(np.intp)


def _with_substitutes(
    problem: Problem, frozen: Frozen, row: Positions, source: Positions
) -> tuple[Positions, Positions, Positions, Floats]:
    """Return (row, source, item sent, its units for one unit needed) wherever a whole pack can leave."""
    subs, wanted = problem.case.substitutes, frozen.item[row]
    first = np.searchsorted(subs.item, wanted, side="left")
    count = np.searchsorted(subs.item, wanted, side="right") - first
    again = np.repeat(np.arange(len(row)), count)
    which = np.arange(len(again)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    way = np.concatenate([np.arange(len(row)), again])
    by = np.concatenate([wanted, subs.by[which].astype(np.intp)])
    ratio = np.concatenate([np.ones(len(row)), subs.units_per_unit[which]])
    stocked: Bools = problem.packs[source[way], by] > 0
    keep = np.flatnonzero(stocked)
    keep = keep[np.argsort(row[way[keep]], kind="stable")]
    return row[way[keep]], source[way[keep]], by[keep], ratio[keep]
