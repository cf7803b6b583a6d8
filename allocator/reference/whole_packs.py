"""Whole packs, fair by the ladder: deal to whoever stands lowest, then exchange until none improves.

The definition is docs/formulation.md's: an exchange (p gives a pack, q takes one) improves if p,
after giving, still stands above q, or level with q while q rises above where p stood.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction

from allocator.need import Problem
from allocator.reference.formulation import Ways
from allocator.reference.ladder import Ladder, Position
from allocator.reference.loading import Loading, Move, roads_of

__all__ = ["WholePacks"]

_Descending = tuple[int, Fraction]


class WholePacks:
    """The packs of one plan while they are being dealt."""

    def __init__(self, problem: Problem, ladder: Ladder, ways: Ways) -> None:
        self.problem, self.ladder = problem, ladder
        self.roads = roads_of(problem, ways)
        self.load = Loading(problem, self.roads)
        self.content: set[int] = set()  # pairs that neither take nor give any more
        self._known: dict[int, tuple[Fraction, dict[tuple[int, int], Position]]] = {}
        self._lone = {site for _, site in self.load.lane_left}

    def deal(self) -> None:
        """Give pack after pack to the lowest pair that can take one, then exchange."""
        heap = [(*self._turn(pair), pair) for pair in self.roads.choices]
        heapq.heapify(heap)
        while heap:
            pair = heapq.heappop(heap)[-1]
            if self.take_unused(pair):
                heapq.heappush(heap, (*self._turn(pair), pair))
        self.settle()

    def settle(self) -> bool:
        """Make improving moves until none is left; return whether there were any.

        Each raises the sorted positions over a finite set of plans, so this ends.
        """
        moved = False
        while any([self._take_left_overs(), self._exchange()]):
            moved = True
        return moved

    def position(self, pair: int, packs: int = 0, by: int = -1) -> Position:
        """Return where a pair stands, with so many packs of `by` more."""
        units = self.load.units[pair]
        known = self._known.get(pair)
        if known is None or known[0] is not units:
            known = self._known[pair] = (units, {})
        if (packs, by) not in known[1]:
            more = packs * self.roads.units[self.roads.ways_of[pair, by][0]] if packs else 0
            known[1][packs, by] = self.ladder.position(pair, units + more)
        return known[1][packs, by]

    def position_without(self, pair: int, units: Fraction) -> Position:
        """Return where a pair would stand with so many units less."""
        return self.ladder.position(pair, self.load.units[pair] - units)

    def _turn(self, pair: int) -> tuple[Position, _Descending]:
        """Lowest position first; of equals the one a pack lifts highest; then the first site and item."""
        rung, fill = self.position(pair, 1, self.roads.choices[pair][0])
        return self.position(pair), (-rung, -fill)

    def take_unused(self, pair: int) -> bool:
        """Give a pair one unused pack, if it is short and one can reach it."""
        moves = self._chain(pair)
        if moves is not None:
            self.load.apply(moves)
        return moves is not None

    def _chain(self, pair: int, only: int | None = None) -> list[Move] | None:
        """Return moves that bring the pair a pack, if it is short and one can reach it."""
        if pair in self.content or self.position(pair) >= self.ladder.summit:
            return None
        for by in self.roads.choices[pair]:
            if only in (None, by) and self.load.room_for(pair, by):
                moves = self.load.chain(pair, by)
                if moves is not None:
                    return moves
        return None

    def _take_left_overs(self) -> bool:
        taken = False
        # Pairs that reach the same sources fare alike, so one refusal speaks for all of them.
        for group in self._groups().values():
            for pair in group:
                if self.position(pair) >= self.ladder.summit or not self.take_unused(pair):
                    if self._fits_cap(pair):
                        break
                    continue
                taken = True
        return taken

    def _fits_cap(self, pair: int) -> bool:
        return all(self.load.room_for(pair, by) for by in self.roads.choices[pair])

    def _groups(self) -> dict[tuple[object, ...], list[int]]:
        """Return the pairs that need the same and reach the same sources, lowest first.

        A site whose lane is limited, or whose depot counts stops, is a group of its own.
        """
        roads, groups = self.roads, dict[tuple[object, ...], list[int]]()
        for pair, choices in roads.choices.items():
            if pair in self.content:
                continue
            ways = [way for by in choices for way in roads.ways_of[pair, by]]
            site = roads.site[ways[0]]
            lone = site in self._lone or any(roads.depot[way] in self.load.stops_left for way in ways)
            reach = tuple((roads.source[way], roads.by[way]) for way in ways)
            groups.setdefault((choices[0], reach, site if lone else -1), []).append(pair)
        for group in groups.values():
            group.sort(key=lambda pair: (*self._turn(pair), pair))
        return groups

    def _exchange(self) -> bool:
        """Make improving exchanges, the lowest takers first; return whether there were any."""
        takers = [pair for group in self._groups().values() for pair in self._speakers(group)]
        takers.sort(key=lambda pair: (*self._turn(pair), pair))
        best, at_site = self._best_givers(), self._packs_at_sites()
        moved = False
        for taker in takers:
            while any(self._try(way, taker) for way in self._givers(taker, best, at_site)):
                best, at_site = self._best_givers(), self._packs_at_sites()
                moved = True
        return moved

    def _speakers(self, group: list[int]) -> list[int]:
        """Return the lowest pair of a group that has room; all with a room of their own, where caps differ."""
        free = [pair for pair in group if self.load.cap[pair] < 0]
        return free[:1] + [pair for pair in group if self.load.cap[pair] >= 0]

    def _best_givers(self) -> dict[tuple[int, int], list[int]]:
        """Return for every source and item the two ways whose pairs stand highest after giving.

        Who gives makes no difference to what becomes free, so the highest speaks for all; the
        second is there for when the highest is the taker.
        """
        return {
            key: heapq.nsmallest(2, filter(self._may_give, holders), key=lambda way: (*self._after_giving(way), way))
            for key, holders in self.load.holders.items()
        }

    def _may_give(self, way: int) -> bool:
        return self.roads.pair[way] not in self.content

    def _after_giving(self, way: int) -> tuple[_Descending, Position]:
        pair = self.roads.pair[way]
        rung, fill = self.position(pair, -1, self.roads.by[way])
        return (-rung, -fill), self.position(pair)

    def _packs_at_sites(self) -> dict[int, list[int]]:
        """Return the loaded ways of every site where who gives does matter."""
        loaded: dict[int, list[int]] = {}
        for holders in self.load.holders.values():
            for way in holders:
                site, depot = self.roads.site[way], self.roads.depot[way]
                if site in self._lone or depot in self.load.stops_left:
                    loaded.setdefault(site, []).append(way)
        return loaded

    def _givers(
        self, taker: int, best: dict[tuple[int, int], list[int]], at_site: dict[int, list[int]]
    ) -> Iterator[int]:
        """Return packs whose giving could bring the taker one: where its packs can come from, or on a full truck."""
        roads, load = self.roads, self.load
        if self.position(taker) >= self.ladder.summit:
            return
        near: set[tuple[int, int]] = set()
        full: set[int] = set()
        for by in roads.choices[taker]:
            sources, depots = load.reach(taker, by)
            near |= {(source, by) for source in sources}
            full |= depots
        for key, ways in best.items():
            if ways and (key in near or roads.depot[ways[0]] in full):
                yield from ways
        yield from at_site.get(roads.site[roads.ways_of[taker, roads.choices[taker][0]][0]], [])

    def _try(self, way: int, taker: int) -> bool:
        """Make the exchange if it improves and the limits allow it; else leave all as it was."""
        giver = self.roads.pair[way]
        if giver == taker or giver in self.content:
            return False
        giver_now, giver_then = self.position(giver), self.position(giver, -1, self.roads.by[way])
        taker_now = self.position(taker)
        if giver_then < taker_now and not self._may_swap(giver):
            return False
        self.load.take_back(way)
        moves = self._chain(taker)
        if moves is None:
            self.load.put(way)
            return False
        self.load.apply(moves)
        again = self._swap(giver, way) if self._may_swap(giver) else []
        giver_then, taker_then = self.position(giver), self.position(taker)
        if _lifted((giver_now, taker_now), (giver_then, taker_then)):
            return True
        self.load.undo(again)
        self.load.undo(moves)
        self.load.put(way)
        return False

    def _may_swap(self, giver: int) -> bool:
        return len(self.roads.choices[giver]) > 1

    def _swap(self, giver: int, way: int) -> list[Move]:
        """Let a giver who can use something else take that instead, if a pack of it is left."""
        for by in self.roads.choices[giver]:
            if by != self.roads.by[way] and self.position(giver) < self.ladder.summit:
                moves = self._chain(giver, only=by)
                if moves is not None:
                    self.load.apply(moves)
                    return moves
        return []


def _lifted(now: tuple[Position, Position], then: tuple[Position, Position]) -> bool:
    """Return whether two pairs, taken together, stand better: the lower first, then the higher.

    For a giver p and a taker q that is: pos(p-1) > pos(q), or they are equal and pos(q+1) > pos(p).

    >>> low, mid, high = (1, Fraction(1, 4)), (1, Fraction(1, 2)), (2, Fraction(0))
    >>> _lifted((high, low), (mid, mid)), _lifted((mid, low), (low, mid))
    (True, False)
    """
    return sorted(then) > sorted(now)
