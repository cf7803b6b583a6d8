"""Who is visited: stops counted, light stops given up, and what that closes.

Rounds: deal packs, let visits pass to sites that stand lower, put packs on the fewest stops; give
up the lightest stop that is too light and deal again. Each round closes a road, so rounds end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from allocator.case import MICRO, Bools
from allocator.need import Problem
from allocator.reference.formulation import Ways
from allocator.reference.ladder import Ladder, Position
from allocator.reference.loading import Loading
from allocator.reference.stops import Road, Spare, fewest_stops
from allocator.reference.whole_packs import WholePacks

__all__ = ["Dealt", "deal_and_load"]


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """Packs per way, the ways that stayed open, and the roads (depot, site) given up, with why."""

    packs: list[int]
    ways: Ways
    closed: dict[Road, str]


def deal_and_load(problem: Problem, ladder: Ladder, ways: Ways, solver: str) -> Dealt:
    """Return the whole packs of a plan, on as few stops as can be."""
    closed: dict[Road, str] = {}
    while True:
        dealt = WholePacks(problem, ladder, ways)
        dealt.deal()
        _load_well(problem, ways, dealt, solver)
        light = _lightest(problem, dealt)
        if light is None:
            break
        closed[light] = "min_drop"
        ways = _without(ways, {light})
    passed_over = _passed_over(dealt.load)
    closed |= dict.fromkeys(passed_over, "max_stops")
    kept = ~_on_roads(ways, passed_over)
    packs = [n for n, stays in zip(dealt.load.packs, kept.tolist(), strict=True) if stays]
    return Dealt(packs=packs, ways=ways.take(np.flatnonzero(kept)), closed=closed)


def _load_well(problem: Problem, ways: Ways, dealt: WholePacks, solver: str) -> None:
    """Alternate fair visits, fewest stops and exchanges until none of them changes anything."""
    while True:
        while _pass_a_visit(dealt):
            dealt.settle()
        _reload(dealt.load, fewest_stops(problem, ways, dealt.load, _least_kg(problem, dealt), {}, solver))
        if not dealt.settle() and not _pass_a_visit(dealt):
            break
    spare = _spare(problem, dealt)
    if spare:
        before = list(dealt.load.units)
        _reload(dealt.load, fewest_stops(problem, ways, dealt.load, _least_kg(problem, dealt), spare, solver))
        # Who went short for a stop does not ask for the packs again; others may use them.
        dealt.content = {pair for pair, units in enumerate(before) if dealt.load.units[pair] < units}
        dealt.settle()


def _pass_a_visit(dealt: WholePacks) -> bool:
    """Let one visited site give up its visit to an unvisited one that stands lower than it then would."""
    load = dealt.load
    for depot in sorted(depot for depot, left in load.stops_left.items() if left == 0):
        visited: dict[int, list[int]] = {}
        waiting: dict[int, list[int]] = {}
        for way, where in enumerate(load.roads.depot):
            if where == depot:
                site = load.roads.site[way]
                side = visited if load.at_stop[depot, site] > 0 else waiting
                side.setdefault(site, []).append(way)
        for ways in sorted(visited.values(), key=lambda ways: (_standing_without(dealt, ways), ways), reverse=True):
            now, after = _standing(dealt, ways), _standing_without(dealt, ways)
            elsewhere = _may_be_served_elsewhere(dealt, ways)
            for pair in sorted({load.roads.pair[way] for some in waiting.values() for way in some}):
                stands = dealt.position(pair)
                if (stands < after or (elsewhere and stands < now)) and _hand_over(dealt, ways, pair):
                    return True
    return False


def _standing(dealt: WholePacks, ways: list[int]) -> Position:
    """Return the lowest position at a site, of the pairs these ways bring something."""
    load = dealt.load
    return min(dealt.position(load.roads.pair[way]) for way in ways if load.packs[way])


def _standing_without(dealt: WholePacks, ways: list[int]) -> Position:
    """Return the lowest position at a site whose visit from these ways is given up."""
    load, lost = dealt.load, dict[int, Fraction]()
    for way in ways:
        if load.packs[way]:
            pair = load.roads.pair[way]
            lost[pair] = lost.get(pair, Fraction(0)) + load.packs[way] * load.roads.units[way]
    return min(dealt.position_without(pair, units) for pair, units in lost.items())


def _may_be_served_elsewhere(dealt: WholePacks, ways: list[int]) -> bool:
    """Return whether each pair these ways bring something has a road from another depot."""
    roads, depot = dealt.load.roads, dealt.load.roads.depot[ways[0]]
    served = {roads.pair[way] for way in ways if dealt.load.packs[way]}
    return all(
        any(roads.depot[way] != depot for by in roads.choices[pair] for way in roads.ways_of[pair, by])
        for pair in served
    )


def _hand_over(dealt: WholePacks, ways: list[int], pair: int) -> bool:
    """Give a visit up and bring the pair a pack, if the visited site then still stands above where the pair stood.

    The site may be served by other roads instead. Where it would stand lower, all stays as it was.
    """
    load, stood, before = dealt.load, dealt.position(pair), list(dealt.load.packs)
    given = [way for way in ways for _ in range(load.packs[way])]
    for way in given:
        load.take_back(way)
    if dealt.take_unused(pair):
        losers = [load.roads.pair[way] for way in given]
        if min(map(dealt.position, losers)) > stood:
            return True
        for loser in losers:
            dealt.take_unused(loser)
        if min(map(dealt.position, losers)) > stood:
            return True
    _reload(load, before)
    return False


def _reload(load: Loading, packs: list[int]) -> None:
    changed = [(way, new - old) for way, (old, new) in enumerate(zip(load.packs, packs, strict=True))]
    for way, more in changed:
        for _ in range(-more):
            load.take_back(way)
    for way, more in changed:
        for _ in range(more):
            load.put(way)


def _least_kg(problem: Problem, dealt: WholePacks) -> dict[Road, int]:
    """Return the least weight, in millionths of a kg, of every road where the first rung is not at stake."""
    least = ceil(problem.case.policy.min_drop_kg * MICRO)
    if least <= 0:
        return {}
    roads = dealt.load.roads
    at_stake = {
        (roads.depot[way], roads.site[way])
        for way in range(len(roads.pair))
        if dealt.ladder.on_first_rung(roads.pair[way], dealt.ladder.position(roads.pair[way], Fraction(0)))
    }
    every = set(zip(roads.depot, roads.site, strict=True))
    return dict.fromkeys(sorted(every - at_stake), least)


def _lightest(problem: Problem, dealt: WholePacks) -> Road | None:
    """Return the lightest stop that is too light to be made, if there is one."""
    least = ceil(problem.case.policy.min_drop_kg * MICRO)
    load, roads = dealt.load, dealt.load.roads
    weight: dict[Road, int] = {}
    carried: dict[tuple[Road, int], Fraction] = {}
    for way, packs in enumerate(load.packs):
        if packs:
            road = (roads.depot[way], roads.site[way])
            weight[road] = weight.get(road, 0) + packs * roads.kg[way]
            pair = roads.pair[way]
            carried[road, pair] = carried.get((road, pair), Fraction(0)) + packs * roads.units[way]
    needed = {
        road
        for (road, pair), units in carried.items()
        if dealt.ladder.on_first_rung(pair, dealt.position_without(pair, units))
    }
    light = [(kg, road) for road, kg in weight.items() if kg < least and road not in needed]
    return min(light)[1] if light else None


def _spare(problem: Problem, dealt: WholePacks) -> Spare:
    """Return how many packs each pair may go short to save a stop, and still have its first rung."""
    tolerance = problem.case.policy.stop_tolerance_packs
    spare: Spare = {}
    if tolerance <= 0:
        return spare
    load = dealt.load
    for key, ways in load.roads.ways_of.items():
        if len(load.roads.choices[key[0]]) > 1:
            continue
        most = min(tolerance, sum(load.packs[way] for way in ways))
        pack = load.roads.units[ways[0]]
        while most > 0 and dealt.ladder.on_first_rung(key[0], dealt.position_without(key[0], most * pack)):
            most -= 1
        if most > 0:
            spare[key] = most
    return spare


def _passed_over(load: Loading) -> set[Road]:
    """Return the roads not driven because their depot makes no more stops."""
    counted = {depot for depot, left in load.stops_left.items() if left <= 0}
    every = zip(load.roads.depot, load.roads.site, strict=True)
    return {road for road in every if road[0] in counted and load.at_stop[road] == 0}


def _without(ways: Ways, roads: set[Road]) -> Ways:
    return ways.take(np.flatnonzero(~_on_roads(ways, roads)))


def _on_roads(ways: Ways, roads: set[Road]) -> Bools:
    return np.array([road in roads for road in zip(ways.depot.tolist(), ways.site.tolist(), strict=True)], dtype=bool)
