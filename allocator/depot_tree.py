"""Depots above depots: which depot each depot is supplied by, and which one serves each site.

A nation is a tree of depots: its own, the provinces', the counties'. Where a depot or site is reached from several
above it, the nearest is taken (hours, then km, then code), and that somebody else could have helped is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Floats, Indices
from allocator.need import depots_of
from allocator.sentence import Sentence, say

__all__ = ["DepotTree", "NoTree", "depot_tree_of"]


class NoTree(Exception):
    """The depots supply each other in a circle, or none supplies another; the sentence says which."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True, eq=False)
class DepotTree:
    """`depot`: positions in sites, sorted. `parent`: position in `depot`, −1 at the top. `depth`: 0 at the top.

    `serves`: for each site of the case, the position in `depot` of the depot that serves it; −1 for none and for
    depots. `shared`: roads that were left out because a nearer depot serves their end.
    """

    depot: Indices
    parent: Indices
    depth: Indices
    serves: Indices
    shared: int

    @property
    def levels(self) -> int:
        """How many levels of depots there are."""
        return int(self.depth.max(initial=-1)) + 1

    def ancestor(self, level: int) -> NDArray[np.int32]:
        """Return for each depot its ancestor (or itself) at a level, −1 where it stands above it."""
        found = np.arange(len(self.depot), dtype=np.int32)
        while bool(np.any(self.depth[found] > level)):
            found = np.where(self.depth[found] > level, self.parent[found], found).astype(np.int32)
        return np.where(self.depth[found] == level, found, -1).astype(np.int32)


def depot_tree_of(case: Case) -> DepotTree:
    """Return the tree of a case's depots, by its open roads within the policy's hours.

    Raises:
        NoTree: no depot supplies another, or some supply each other in a circle.

    """
    depot = depots_of(case)
    number = np.full(len(case.sites), -1, dtype=np.int32)
    number[depot] = np.arange(len(depot), dtype=np.int32)
    lanes = case.lanes
    counts = lanes.open & ~(lanes.hours > float(case.policy.max_hours)) & (number[lanes.depot] >= 0)
    road = lanes.take(np.flatnonzero(counts))
    above = np.flatnonzero(number[road.site] >= 0)
    parent = np.full(len(depot), -1, dtype=np.int32)
    child, supplier = number[road.site[above]], number[road.depot[above]]
    first, twice = _nearest(child, road.hours[above], road.km[above], supplier)
    parent[child[first]] = supplier[first]
    if not len(above):
        raise NoTree(say("No depot supplies another here. Plan it without --level-by-level."))
    depth = _depths(case, depot, parent)
    below = np.flatnonzero(number[road.site] < 0)
    site, server = road.site[below], number[road.depot[below]]
    # The lowest depot is the nearest in meaning: a county serves its own sites before its province does.
    first, more = _nearest(site, -depth[server].astype(np.float64), road.hours[below], road.km[below], server)
    serves = np.full(len(case.sites), -1, dtype=np.int32)
    serves[site[first]] = server[first]
    return DepotTree(depot=depot, parent=parent, depth=depth, serves=serves, shared=twice + more)


def _nearest(end: Indices, *by: Floats | Indices) -> tuple[NDArray[np.intp], int]:
    """Return the row of each end that comes first by these columns, nan last; and how many rows are left out."""
    columns = [np.where(np.isnan(column), np.inf, column) for column in (np.asarray(each, np.float64) for each in by)]
    order = np.lexsort([*reversed(columns), end])
    first = np.ones(len(order), dtype=bool)
    first[1:] = end[order][1:] != end[order][:-1]
    return order[first], int(len(order) - first.sum())


def _depths(case: Case, depot: Indices, parent: Indices) -> Indices:
    """Return how far below the top each depot stands.

    Raises:
        NoTree: depots that supply each other in a circle.

    """
    depth = np.where(parent < 0, 0, -1).astype(np.int32)
    for level in range(len(depot)):
        below = (depth < 0) & (parent >= 0) & (depth[parent] == level)
        if not bool(below.any()):
            break
        depth[below] = level + 1
    if bool(np.any(depth < 0)):
        codes = [str(code) for code in case.sites.code[depot[depth < 0]][:5]]
        raise NoTree(say("These depots supply each other in a circle: {depots}. Close one of the roads.", depots=codes))
    return depth
