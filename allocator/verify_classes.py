"""Pairs that share every price: the catchments, as the checker derives them.

A pair's *open set* is the set of sources that its site can reach and that hold at least one pack
of its item or of a substitute. Pairs with one open set and item are a *node*: whatever the prices
of supply and trucks, they pay the same. Pairs that a price names by themselves (a cap, a lane's
weight) are nodes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Indices, Units, micro
from allocator.verify_facts import Facts, Positions

__all__ = ["Groups", "Nodes", "Uses", "catchments_of", "groups_of", "nodes_of", "openings", "uses_of"]

Uses = list[list[tuple[int, int]]]  # item -> (by, units of `by` for one unit, in millionths)


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes and their ways to be served; ways are sorted by node.

    `of_pair` is -1 where no source is open. `lone_pair` is the one pair of a node that a price
    names by itself, else -1. A way is a source and what it sends (`by`), at `ratio_micro`.
    """

    of_pair: NDArray[np.int32]
    open_sources: list[tuple[int, ...]]
    item: list[int]
    lone_pair: NDArray[np.int64]
    way_node: Positions
    way_source: Positions
    way_by: Positions
    way_ratio_micro: Units
    first_way: Positions


@dataclass(frozen=True, kw_only=True)
class Groups:
    """A node and a tier: pairs that rise and freeze together. `order`: pairs sorted by group."""

    of_pair: NDArray[np.int32]
    node: Positions
    ladder: Positions
    order: NDArray[Any]
    start: Positions
    first_of_node: Positions


def uses_of(facts: Facts) -> Uses:
    """Return what can meet a need of each item: itself, then its substitutes."""
    uses: Uses = [[(item, MICRO)] for item in range(len(facts.case.items))]
    subs = facts.case.substitutes
    for item, by, ratio in zip(subs.item.tolist(), subs.by.tolist(), micro(subs.units_per_unit).tolist(), strict=True):
        uses[item].append((by, ratio))
    return uses


def openings(facts: Facts, uses: Uses) -> Bools:
    """Return [source, item]: does the source hold a pack of the item or of a substitute."""
    stocked = facts.packs > 0
    able = stocked.copy()
    for item, ways in enumerate(uses):
        for by, _ in ways:
            able[:, item] |= stocked[:, by]
    return able


def catchments_of(facts: Facts) -> tuple[NDArray[np.int32], list[tuple[int, ...]]]:
    """Return each site's group of sites with the same routes, and each group's sources.

    Groups are refined route by route, so they are exact: sites are together when their lists of
    sources are equal element by element.
    """
    first = facts.first_route
    length = np.diff(first)
    group = np.zeros(len(length), dtype=np.int64)
    n_sources = len(facts.packs) + 1
    active = np.arange(len(length))
    for depth in range(int(length.max(initial=0)) + 1):
        # A list that has ended stands apart from every list that goes on.
        at = np.minimum(first[active] + depth, max(0, len(facts.route_source) - 1))
        goes_on = depth < length[active]
        next_source = np.where(goes_on, facts.route_source[at] if len(facts.route_source) else 0, n_sources - 1)
        _, place = np.unique(group[active] * n_sources + next_source, return_inverse=True)
        # Numbers above all earlier ones keep finished groups distinct from growing ones.
        group[active] = place + int(group.max(initial=0)) + 1
        active = active[goes_on]
        if not len(active):
            break
    _, sample, group = np.unique(group, return_index=True, return_inverse=True)
    sources = [tuple(facts.route_source[first[s] : first[s + 1]].tolist()) for s in sample]
    return group.astype(np.int32), sources


def nodes_of(facts: Facts, lone: Bools) -> Nodes:
    """Derive the nodes; pairs where `lone` is true are nodes of their own."""
    group, members = catchments_of(facts)
    n_items = max(1, len(facts.case.items))
    uses = uses_of(facts)
    able = openings(facts, uses)
    cell = group[facts.site].astype(np.int64) * n_items + facts.item
    seen = np.zeros(len(members) * n_items, dtype=bool)
    seen[cell] = True
    number: dict[tuple[int, tuple[int, ...]], int] = {}
    table = np.full(len(members) * n_items, -1, dtype=np.int32)
    for key in np.flatnonzero(seen).tolist():
        of_sites, item = divmod(key, n_items)
        sources = tuple(source for source in members[of_sites] if able[source, item])
        if sources:
            table[key] = number.setdefault((item, sources), len(number))
    of_pair = table[cell]
    items = [item for item, _ in number]
    open_sources = [sources for _, sources in number]
    alone = np.flatnonzero(lone & (of_pair >= 0))
    items += [items[node] for node in of_pair[alone].tolist()]
    open_sources += [open_sources[node] for node in of_pair[alone].tolist()]
    lone_pair = np.concatenate([np.full(len(number), -1, dtype=np.int64), alone])
    of_pair[alone] = len(number) + np.arange(len(alone), dtype=np.int32)
    return Nodes(
        of_pair=of_pair,
        open_sources=open_sources,
        item=items,
        lone_pair=lone_pair,
        **_ways(facts, uses, items, open_sources),
    )


def _ways(facts: Facts, uses: Uses, items: list[int], open_sources: list[tuple[int, ...]]) -> dict[str, Any]:
    stocked = facts.packs > 0
    rows = [
        (node, source, by, ratio)
        for node, (item, sources) in enumerate(zip(items, open_sources, strict=True))
        for source in sources
        for by, ratio in uses[item]
        if stocked[source, by]
    ]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
    return {
        "way_node": table[:, 0],
        "way_source": table[:, 1],
        "way_by": table[:, 2],
        "way_ratio_micro": table[:, 3],
        "first_way": np.searchsorted(table[:, 0], np.arange(len(items) + 1)),
    }


def groups_of(facts: Facts, nodes: Nodes) -> Groups:
    """Split nodes by tier; pairs with no open source are in no group (-1) and come last in `order`."""
    n_ladders, n_nodes = max(1, len(facts.ladders)), len(nodes.item)
    key = nodes.of_pair.astype(np.int64) * n_ladders + facts.ladder
    key = np.where(nodes.of_pair < 0, n_nodes * n_ladders, key)
    seen = np.zeros(n_nodes * n_ladders + 1, dtype=bool)
    seen[key] = True
    seen[-1] = False
    present = np.flatnonzero(seen)
    number = np.full(len(seen), len(present), dtype=np.int32)
    number[present] = np.arange(len(present), dtype=np.int32)
    of_pair = number[key]
    # numpy sorts 16-bit numbers by radix, and groups fit in them unless nothing collapses.
    small: Indices | NDArray[np.uint16] = of_pair
    if len(present) < np.iinfo(np.uint16).max:
        small = of_pair.astype(np.uint16)
    order = np.argsort(small, kind="stable")
    start = np.zeros(len(present) + 1, dtype=np.intp)
    np.cumsum(np.bincount(of_pair, minlength=len(present) + 1)[: len(present)], out=start[1:])
    node = present // n_ladders
    return Groups(
        of_pair=np.where(of_pair == len(present), -1, of_pair).astype(np.int32),
        node=node,
        ladder=present % n_ladders,
        order=order,
        start=start,
        first_of_node=np.searchsorted(node, np.arange(n_nodes + 1)),
    )
