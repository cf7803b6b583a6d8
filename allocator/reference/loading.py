"""Whole packs on the way: what is left of every limit, and chains of sites switching depots.

Weights are whole millionths of a kilogram and of a cubic metre, so that every sum is exact.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.case import MICRO, micro
from allocator.need import Problem
from allocator.reference.formulation import Ways

__all__ = ["Loading", "Roads", "roads_of"]

Move = tuple[int, int]
"""A pack that leaves way `first` (-1: a pack not yet sent) and travels on way `second` instead."""


@dataclass(frozen=True)
class Roads:
    """The ways as plain lists, with exact weights per pack, and who can use which.

    `at[pair, by, source]` is the way; `choices[pair]` the items that may be sent, the needed first.
    """

    pair: list[int]
    source: list[int]
    by: list[int]
    depot: list[int]
    site: list[int]
    kg: list[int]
    m3: list[int]
    units: list[Fraction]
    at: dict[tuple[int, int, int], int]
    ways_of: dict[tuple[int, int], list[int]]
    choices: dict[int, list[int]]


def roads_of(problem: Problem, ways: Ways) -> Roads:
    """Return the ways in the form the search for packs reads. `units`: of need, in one pack."""
    items, needed = problem.case.items, problem.pairs.item
    pair, source, by = ways.pair.tolist(), ways.source.tolist(), ways.by.tolist()
    ratio = micro(ways.ratio).tolist()
    pack_units = items.pack_units[ways.by].tolist()
    at = {key: way for way, key in enumerate(zip(pair, by, source, strict=True))}
    ways_of: dict[tuple[int, int], list[int]] = {}
    for way, key in enumerate(zip(pair, by, strict=True)):
        ways_of.setdefault(key, []).append(way)
    choices: dict[int, list[int]] = {}
    for who, what in sorted(ways_of, key=lambda key: (key[0], key[1] != needed[key[0]], key[1])):
        choices.setdefault(who, []).append(what)
    return Roads(
        pair=pair,
        source=source,
        by=by,
        depot=ways.depot.tolist(),
        site=ways.site.tolist(),
        kg=np.maximum(micro(items.pack_kg[ways.by]), 0).tolist(),
        m3=np.maximum(micro(items.pack_m3[ways.by]), 0).tolist(),
        units=[Fraction(u * MICRO, r) for u, r in zip(pack_units, ratio, strict=True)],
        at=at,
        ways_of=ways_of,
        choices=choices,
    )


class Loading:
    """Packs put on ways, and what that leaves of supply, kg, m3, lanes, caps and stops."""

    def __init__(self, problem: Problem, roads: Roads) -> None:
        self.roads = roads
        self.packs = [0] * len(roads.pair)
        self.units = [Fraction(0)] * len(problem.pairs)
        self.cap = [int(cap) for cap in problem.pairs.cap]
        self.unused = {(k, j): int(problem.packs[k, j]) for k, j in zip(roads.source, roads.by, strict=True)}
        self.kg_left, self.m3_left = depot_micro(problem)
        self.lane_left = _lane_micro(problem)
        self.stops_left = _stops(problem)
        self.at_stop: Counter[tuple[int, int]] = Counter()
        # Ordered sets (dicts), so that the same case is searched in the same order every time.
        self.holders: dict[tuple[int, int], dict[int, None]] = {}
        self.switchers: dict[tuple[int, int], dict[int, dict[int, None]]] = {}

    def put(self, way: int) -> None:
        """Load one more pack on a way."""
        roads, key = self.roads, (self.roads.source[way], self.roads.by[way])
        self._count(way, -1)
        self.packs[way] += 1
        if self.packs[way] == 1:
            self.holders.setdefault(key, {})[way] = None
            for other in roads.ways_of[roads.pair[way], key[1]]:
                if other != way:
                    self.switchers.setdefault(key, {}).setdefault(roads.source[other], {})[way] = None

    def take_back(self, way: int) -> None:
        """Unload one pack from a way."""
        roads, key = self.roads, (self.roads.source[way], self.roads.by[way])
        self._count(way, +1)
        self.packs[way] -= 1
        if self.packs[way] == 0:
            del self.holders[key][way]
            for other in roads.ways_of[roads.pair[way], key[1]]:
                if other != way:
                    del self.switchers[key][roads.source[other]][way]

    def _count(self, way: int, returned: int) -> None:
        roads = self.roads
        depot, road = roads.depot[way], (roads.depot[way], roads.site[way])
        self.unused[roads.source[way], roads.by[way]] += returned
        for left, key, use in (
            (self.kg_left, depot, roads.kg[way]),
            (self.m3_left, depot, roads.m3[way]),
        ):
            if key in left:
                left[key] += returned * use
        if road in self.lane_left:
            self.lane_left[road] += returned * roads.kg[way]
        before = self.at_stop[road]
        self.at_stop[road] -= returned
        if depot in self.stops_left and (before == 0 or self.at_stop[road] == 0):
            self.stops_left[depot] += returned
        self.units[roads.pair[way]] -= returned * roads.units[way]

    def room_for(self, pair: int, by: int) -> bool:
        """Return whether a pair's cap allows one more pack of `by`."""
        pack = self.roads.units[self.roads.ways_of[pair, by][0]]
        return self.cap[pair] < 0 or self.units[pair] + pack <= self.cap[pair]

    def chain(self, pair: int, by: int) -> list[Move] | None:
        """Return moves that bring an unused pack of `by` to a pair, or None where none do.

        The pair takes from a source; somebody served there switches to another source; and so on,
        until a source has a pack left and its depot room for it. Depots in between stay as loaded.
        """
        reached: dict[int, Move] = {}
        for source in self._reaching(pair, by, reached):
            if self.unused[source, by] > 0 and self._depot_fits(reached[source][1]):
                return self._moves(reached, source)
        return None

    def reach(self, pair: int, by: int) -> tuple[set[int], set[int]]:
        """Return the sources whose packs of `by` could reach a pair, and the full depots that hold unused ones."""
        reached: dict[int, Move] = {}
        sources = set(self._reaching(pair, by, reached))
        full = {self.roads.depot[reached[source][1]] for source in sources if self.unused[source, by] > 0}
        return sources, full

    def _reaching(self, pair: int, by: int, reached: dict[int, Move]) -> Iterator[int]:
        """Yield sources nearest first; `reached` tells the move that leads to each."""
        frontier: deque[int] = deque()
        for way in self.roads.ways_of[pair, by]:
            if self._lane_fits(way):
                reached[self.roads.source[way]] = (-1, way)
                frontier.append(self.roads.source[way])
        while frontier:
            source = frontier.popleft()
            yield source
            for target, movers in self.switchers.get((source, by), {}).items():
                move = None if target in reached else self._mover(movers, by, target)
                if move is not None:
                    reached[target] = move
                    frontier.append(target)

    def apply(self, moves: list[Move]) -> None:
        """Make the moves of a chain, from the unused pack back to the pair that takes."""
        for leaves, arrives in moves:
            if leaves >= 0:
                self.take_back(leaves)
            self.put(arrives)

    def undo(self, moves: list[Move]) -> None:
        """Take the moves of a chain back."""
        for leaves, arrives in reversed(moves):
            self.take_back(arrives)
            if leaves >= 0:
                self.put(leaves)

    def _mover(self, movers: dict[int, None], by: int, target: int) -> Move | None:
        for way in movers:
            other = self.roads.at[self.roads.pair[way], by, target]
            if self._lane_fits(other, leaves=way):
                return way, other
        return None

    def _moves(self, reached: dict[int, Move], source: int) -> list[Move]:
        moves = []
        while True:
            leaves, arrives = reached[source]
            moves.append((leaves, arrives))
            if leaves < 0:
                return moves
            source = self.roads.source[leaves]

    def _lane_fits(self, way: int, leaves: int = -1) -> bool:
        roads = self.roads
        depot, road = roads.depot[way], (roads.depot[way], roads.site[way])
        if leaves >= 0 and roads.depot[leaves] == depot:
            return True
        if self.lane_left.get(road, roads.kg[way]) < roads.kg[way]:
            return False
        return self.at_stop[road] > 0 or self.stops_left.get(depot, 1) > 0

    def _depot_fits(self, way: int) -> bool:
        roads, depot = self.roads, self.roads.depot[way]
        kg_fits = self.kg_left.get(depot, roads.kg[way]) >= roads.kg[way]
        return kg_fits and self.m3_left.get(depot, roads.m3[way]) >= roads.m3[way]


def depot_micro(problem: Problem) -> tuple[dict[int, int], dict[int, int]]:
    """Return the day's kg and m3 of every depot that has a limit, in whole millionths."""
    day = problem.case.depots
    fleet = np.where(day.vehicles < 0, -1, day.vehicles * micro(day.vehicle_kg))
    fleet = np.where(np.isnan(day.vehicle_kg), -1, fleet)
    own = micro(day.max_kg)
    both = np.where(own < 0, fleet, np.where(fleet < 0, own, np.minimum(own, fleet)))
    room = micro(day.max_m3)
    depots = day.depot.tolist()
    kg = {d: most for d, most in zip(depots, both.tolist(), strict=True) if most >= 0}
    return kg, {d: most for d, most in zip(depots, room.tolist(), strict=True) if most >= 0}


def _lane_micro(problem: Problem) -> dict[tuple[int, int], int]:
    lanes = problem.case.lanes
    limits = zip(lanes.depot.tolist(), lanes.site.tolist(), micro(lanes.max_kg).tolist(), strict=True)
    return {(depot, site): most for depot, site, most in limits if most >= 0}


def _stops(problem: Problem) -> dict[int, int]:
    day = problem.case.depots
    return {d: n for d, n in zip(day.depot.tolist(), day.max_stops.tolist(), strict=True) if n >= 0}
