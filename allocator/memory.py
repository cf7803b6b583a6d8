"""Memory of fairness: among equals, who was short for several days in a row gets the last pack.

Two pairs are equal where they need the same of an item, belong to the same tier, can be reached from the same
stock, and would stand alike with and without the pack. Passing it from one to the other then changes nobody's
position but theirs, which they exchange: the packs stay as fair as they were, and so does their proof.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Units
from allocator.need import Problem
from allocator.sentence import Sentence, say
from allocator.shares import Shipments

__all__ = ["first_among_equals", "in_the_way", "waited_days"]

_Row = tuple[int, int]  # source, pair


def waited_days(problem: Problem) -> Units:
    """Return how many days in a row each pair was short, 0 for fewer than the policy looks at."""
    case, pairs = problem.case, problem.pairs
    needs, least = case.needs, case.policy.memory_days
    if least <= 0 or not len(needs):
        return np.zeros(len(pairs), dtype=np.int64)
    size = max(1, len(case.items))
    row = np.searchsorted(
        needs.site.astype(np.int64) * size + needs.item, pairs.site.astype(np.int64) * size + pairs.item
    )
    short = needs.days_short[row]
    return np.where(short >= least, short, 0)


def in_the_way(problem: Problem) -> Sentence | None:
    """Say why a policy that remembers does not, None where nothing keeps it from doing so."""
    policy = problem.case.policy
    if policy.memory_days > 0 and (policy.min_drop_kg > 0 or policy.stop_tolerance_packs > 0):
        return say(
            "memory_days does nothing beside min_drop_kg or stop_tolerance_packs: nobody went first among equals."
        )
    return None


def first_among_equals(problem: Problem, shipments: Shipments) -> tuple[Shipments, int]:
    """Return the shipments with packs passed on to who waited longer, and how many were."""
    waited = waited_days(problem)
    if not waited.any() or not len(shipments) or in_the_way(problem) is not None:
        return shipments, 0
    passing = _Passing(problem, shipments, waited)
    for pair in sorted(np.flatnonzero(waited).tolist(), key=lambda each: (-int(waited[each]), each)):
        passing.ask(pair)
    return passing.shipments(), passing.count


@dataclass
class _Passing:
    """Passes packs of an item on, within groups of pairs that are equal but for what they receive."""

    problem: Problem
    start: Shipments
    waited: Units
    count: int = 0

    def __post_init__(self) -> None:
        problem, sent = self.problem, self.start
        pairs, case = problem.pairs, problem.case
        size = max(1, len(case.items))
        keys = pairs.site.astype(np.int64) * size + pairs.item
        pair = np.searchsorted(keys, sent.site.astype(np.int64) * size + sent.item)
        self.pack = case.items.pack_units[pairs.item]
        self.packs: dict[_Row, int] = {}
        rows = zip(
            sent.source.tolist(), pair.tolist(), (sent.item == sent.by).tolist(), sent.packs.tolist(), strict=True
        )
        self.fixed = np.zeros(len(pairs), dtype=bool)  # what gets substitutes, or whose roads have limits, stays
        self.total = pairs.held.copy()
        for source, each, own, packs in rows:
            if own:
                self.packs[source, each] = packs
                self.total[each] += packs * int(self.pack[each])
            else:
                self.fixed[each] = True
        self.sources: dict[int, list[int]] = defaultdict(list)
        for source, each in self.packs:
            self.sources[each].append(source)
        self.reach = _same_reach(problem)
        self.fixed |= self.reach[pairs.site] < 0
        self.full = _counts_stops(problem)[problem.sources.depot]
        self.visits: dict[_Row, int] = defaultdict(int)  # packs from a depot at a site, of any item
        for source, site, packs in zip(sent.source.tolist(), sent.site.tolist(), sent.packs.tolist(), strict=True):
            self.visits[int(problem.sources.depot[source]), site] += packs
        self.givers: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for each in self.sources:
            if not self.fixed[each]:
                self.givers[self._group(each, int(self.total[each]))].append(each)

    def _group(self, pair: int, total: int) -> tuple[int, ...]:
        pairs = self.problem.pairs
        reach = int(self.reach[pairs.site[pair]])
        return int(pairs.item[pair]), int(pairs.tier[pair]), int(pairs.daily_micro[pair]), reach, total

    def ask(self, pair: int) -> None:
        """Let a pair have the pack of an equal that waited less, if there is one to pass on."""
        pairs, pack = self.problem.pairs, int(self.pack[pair])
        total = int(self.total[pair])
        cap = int(pairs.cap[pair])
        if self.fixed[pair] or (0 <= cap < total - int(pairs.held[pair]) + pack):
            return
        group = self.givers.get(self._group(pair, total + pack), [])
        # Who waited least gives first, of those the last by code.
        for giver in sorted(group, key=lambda each: (int(self.waited[each]), -each)):
            if self.waited[giver] >= self.waited[pair]:
                return
            source = next((each for each in self.sources[giver] if self._may_pass(each, giver, pair)), None)
            if source is not None:
                group.remove(giver)
                self._pass(source, giver, pair)
                group.append(pair)
                return

    def _may_pass(self, source: int, giver: int, taker: int) -> bool:
        """Where a depot's stops are counted, the giver's is still made without the pack, and the taker's already is."""
        if not self.packs[source, giver] or not self.full[source]:
            return bool(self.packs[source, giver])
        depot, site = int(self.problem.sources.depot[source]), self.problem.pairs.site
        return self.visits[depot, int(site[giver])] > 1 and self.visits[depot, int(site[taker])] > 0

    def _pass(self, source: int, giver: int, taker: int) -> None:
        depot, site = int(self.problem.sources.depot[source]), self.problem.pairs.site
        for pair, packs in ((giver, -1), (taker, 1)):
            self.packs[source, pair] = self.packs.get((source, pair), 0) + packs
            self.total[pair] += packs * int(self.pack[pair])
            self.visits[depot, int(site[pair])] += packs
        if source not in self.sources[taker]:
            self.sources[taker].append(source)
        self.count += 1

    def shipments(self) -> Shipments:
        """Return what is shipped now, sorted as engines sort it."""
        if not self.count:
            return self.start
        pairs = self.problem.pairs
        others = self.start.take(np.flatnonzero(self.start.item != self.start.by))
        rows = [(source, pair, packs) for (source, pair), packs in self.packs.items() if packs]
        table = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        item = pairs.item[table[:, 1]]
        both = Shipments(
            source=np.concatenate([table[:, 0], others.source]).astype(np.int32),
            site=np.concatenate([pairs.site[table[:, 1]], others.site]).astype(np.int32),
            item=np.concatenate([item, others.item]).astype(np.int32),
            by=np.concatenate([item, others.by]).astype(np.int32),
            packs=np.concatenate([table[:, 2], others.packs]),
        )
        return both.take(np.lexsort((both.by, both.item, both.site, both.source)))


def _counts_stops(problem: Problem) -> Bools:
    """Return the sites that are depots with a limit of stops."""
    depots = problem.case.depots
    limited = np.zeros(len(problem.case.sites), dtype=bool)
    limited[depots.depot[depots.max_stops >= 0]] = True
    return limited


def _same_reach(problem: Problem) -> NDArray[np.int64]:
    """Return a number for each site, the same for sites with the same roads; -1 where a road has a limit of its own."""
    routes, lanes = problem.routes, problem.case.lanes
    numbers: dict[tuple[int, ...], int] = {}
    found = np.full(len(problem.case.sites), -1, dtype=np.int64)
    start: list[int] = []
    if len(routes):
        start = np.flatnonzero(np.concatenate([[True], routes.site[1:] != routes.site[:-1]])).tolist()
    limited = ~np.isnan(lanes.max_kg)
    for first, last in zip(start, [*start[1:], len(routes)], strict=True):
        if not limited[routes.lane[first:last]].any():
            reached = tuple(routes.source[first:last].tolist())
            found[routes.site[first]] = numbers.setdefault(reached, len(numbers))
    return found
