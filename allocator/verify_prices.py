"""The prices of one step: what each limit costs, what each node pays, exactly.

Whole numbers throughout. A step's prices are doubles, so all are whole multiples of 2**-S for some
S; weights are whole millionths and packs whole units, so with L = lcm(pack units) everything is a
whole multiple of 2**-S / (10**12 · L).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools
from allocator.sentence import say
from allocator.verify_classes import Nodes
from allocator.verify_facts import Facts, Positions, find_keys, lane_rows_of
from allocator.verify_shapes import ReadStep, refuse

__all__ = ["Priced", "Prices", "lone_pairs"]


@dataclass(frozen=True)
class Prices:
    """`of_node`: (node, price) where above zero; `limit`: Σ price × limit; in one common unit."""

    of_node: list[tuple[int, int]]
    limit: int


def lone_pairs(facts: Facts, steps: tuple[ReadStep, ...]) -> Bools:
    """Return the pairs that some price names by themselves: by a cap, or by their site's lane."""
    places = facts.case.site_index
    lone = np.zeros(len(facts.site), dtype=bool)
    sites = np.zeros(len(facts.case.sites), dtype=bool)
    sites[[places[site] for step in steps for _, site, _ in step.lane_kg if site in places]] = True
    lone |= sites[facts.site]
    keys = [key for step in steps for key in _cap_keys(facts, step) if key >= 0]
    place, found = find_keys(facts.pair_key, np.array(keys, dtype=np.int64))
    lone[place[found]] = True
    return lone


def _cap_keys(facts: Facts, step: ReadStep) -> list[int]:
    sites, items, n_items = facts.case.site_index, facts.case.item_index, len(facts.case.items)
    return [
        sites[site] * n_items + items[item] if site in sites and item in items else -1 for site, item, _ in step.cap
    ]


class Priced:
    """Finds, for the prices of a step, the ways and nodes that pay them."""

    def __init__(self, facts: Facts, nodes: Nodes) -> None:
        self.facts, self.nodes = facts, nodes
        items = facts.case.items
        self.n_items = max(1, len(items))
        self.whole_packs = lcm(*(int(units) for units in items.pack_units)) if len(items) else 1
        self.unit = MICRO * MICRO * self.whole_packs
        self.source_of = {label: n for n, label in enumerate(facts.source_label)}
        depot = facts.source_depot[nodes.way_source]
        self.by_supply = _Index(nodes.way_source * self.n_items + nodes.way_by)
        self.by_depot = _Index(depot)
        lone = nodes.lone_pair[nodes.way_node]
        here = np.flatnonzero(lone >= 0)
        site = facts.site[lone[here]] if len(here) else np.empty(0, dtype=np.int32)
        lane, found = lane_rows_of(facts, depot[here], site)
        self.by_lane = _Index(lane[found], here[found])
        self.node_of_lone = {int(pair): n for n, pair in enumerate(nodes.lone_pair.tolist()) if pair >= 0}
        self.n_ways = np.diff(nodes.first_way)
        ratio = nodes.way_ratio_micro.astype(object)
        share = np.array([self.whole_packs // int(units) for units in items.pack_units], dtype=object)[nodes.way_by]
        self.supply_use = ratio * (MICRO * self.whole_packs)
        self.kg_use = ratio * share * facts.pack_kg[nodes.way_by].astype(object)
        self.m3_use = ratio * share * facts.pack_m3[nodes.way_by].astype(object)

    def of(self, number: int, step: ReadStep) -> Prices:
        """Return what every node pays in a step, and what all limits are worth."""
        scale = _power_of_two(number, step)
        ways: list[Positions] = []
        costs: list[NDArray[Any]] = []
        limit = 0
        for rows, uses, price, worth in self._entries(number, step):
            whole = _whole(price, scale)
            limit += whole * worth
            ways.append(rows)
            costs.append(uses * whole)
        paid: dict[int, int] = {}
        if ways:
            paid = self._least(np.concatenate(ways), np.concatenate(costs))
        for (site, item, price), pair in zip(step.cap, self._capped(number, step), strict=True):
            del site, item
            whole = _whole(price, scale) * self.unit
            limit += whole * int(self.facts.cap[pair])
            node = self.node_of_lone.get(pair)
            if node is not None:
                paid[node] = paid.get(node, 0) + whole
        return Prices([(node, price) for node, price in sorted(paid.items()) if price > 0], limit)

    def _entries(self, number: int, step: ReadStep) -> list[tuple[Positions, NDArray[Any], float, int]]:
        """Return for each price: the ways that pay it, how much each uses, the price, the limit."""
        facts, found = self.facts, []
        for label, code, price in step.supply:
            source, item = self.source_of.get(label, -1), facts.case.item_index.get(code, -1)
            if source < 0 or item < 0:
                self._unknown(number, "supply", f"{label}, {code}")
            rows = self.by_supply.rows(source * self.n_items + item)
            units = int(facts.packs[source, item]) * int(facts.case.items.pack_units[item])
            found.append((rows, self.supply_use[rows], price, units * self.unit))
        for name, prices, uses, limits in (
            ("kg", step.kg, self.kg_use, facts.kg_limit),
            ("m3", step.m3, self.m3_use, facts.m3_limit),
        ):
            for code, price in prices:
                depot = facts.case.site_index.get(code, -1)
                if depot < 0 or limits[depot] < 0:
                    self._unknown(number, name, code)
                rows = self.by_depot.rows(depot)
                found.append((rows, uses[rows], price, int(limits[depot]) * MICRO * self.whole_packs))
        return found + self._lane_entries(number, step)

    def _lane_entries(self, number: int, step: ReadStep) -> list[tuple[Positions, NDArray[Any], float, int]]:
        facts, places, entries = self.facts, self.facts.case.site_index, []
        depots = np.array([places.get(depot, -1) for depot, _, _ in step.lane_kg], dtype=np.int64)
        sites = np.array([places.get(site, -1) for _, site, _ in step.lane_kg], dtype=np.int64)
        lanes, found = lane_rows_of(facts, depots, sites)
        for n, (depot, site, price) in enumerate(step.lane_kg):
            if not found[n] or facts.lane_kg_limit[lanes[n]] < 0:
                self._unknown(number, "lane_kg", f"{depot}, {site}")
            rows = self.by_lane.rows(int(lanes[n]))
            worth = int(facts.lane_kg_limit[lanes[n]]) * MICRO * self.whole_packs
            entries.append((rows, self.kg_use[rows], price, worth))
        return entries

    def _capped(self, number: int, step: ReadStep) -> list[int]:
        keys = np.array(_cap_keys(self.facts, step), dtype=np.int64)
        pair, found = find_keys(self.facts.pair_key, keys)
        for n, (site, item, _) in enumerate(step.cap):
            if not found[n] or self.facts.cap[pair[n]] < 0:
                self._unknown(number, "cap", f"{site}, {item}")
        return pair.tolist()

    def _least(self, ways: Positions, costs: NDArray[Any]) -> dict[int, int]:
        """Return the least cost of each node all of whose ways cost something."""
        touched, place = np.unique(ways, return_inverse=True)
        cost = np.zeros(len(touched), dtype=object)
        np.add.at(cost, place, costs)
        costly = cost > 0
        touched, cost = touched[costly], cost[costly]
        if not len(touched):
            return {}
        node, start, count = np.unique(self.nodes.way_node[touched], return_index=True, return_counts=True)
        least = np.minimum.reduceat(cost, start)
        every = count == self.n_ways[node]
        return dict(zip(node[every].tolist(), least[every].tolist(), strict=True))

    @staticmethod
    def _unknown(number: int, kind: str, key: str) -> None:
        refuse(
            say(
                "proof.json, step {step}: a price of {kind} for {key}, but the case sets no such limit.",
                step=number,
                kind=kind,
                key=key,
            )
        )


class _Index:
    """Rows by key, for keys that many rows share."""

    def __init__(self, keys: NDArray[Any], rows: Positions | None = None) -> None:
        order = np.argsort(keys, kind="stable")
        self.keys = keys[order]
        self.sorted_rows = order if rows is None else rows[order]

    def rows(self, key: int) -> Positions:
        low, high = np.searchsorted(self.keys, [key, key + 1])
        return self.sorted_rows[low:high]


def _power_of_two(number: int, step: ReadStep) -> int:
    """Return the power of two of which every price of a step is a whole share."""
    prices = [row[-1] for rows in (step.supply, step.kg, step.m3, step.lane_kg, step.cap) for row in rows]
    for price in prices:
        if not 0 <= price < inf:
            refuse(
                say("proof.json, step {step}: {price} is not a price. Prices are 0 or more.", step=number, price=price)
            )
    return max((price.as_integer_ratio()[1] for price in prices), default=1)


def _whole(price: float, scale: int) -> int:
    above, below = price.as_integer_ratio()
    return above * (scale // below)
