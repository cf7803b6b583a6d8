"""Whether stops are fair and worth making: minimum drops, stop limits, and the lanes given up to them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats
from allocator.sentence import say
from allocator.verify_classes import uses_of
from allocator.verify_facts import Facts, Positions, find_keys, lane_rows_of
from allocator.verify_limits import stop_key
from allocator.verify_positions import COMPLETE, NEAR, exact_position, first_rung_done, stands
from allocator.verify_roads import Roads
from allocator.verify_shapes import PlanRead, refuse

__all__ = ["check_closed", "check_drops", "check_visits"]


def check_closed(facts: Facts, plan: PlanRead) -> None:
    """Every lane given up is a lane of the case, and its reason is a limit of the case that binds."""
    places = facts.case.site_index
    stops_made = np.bincount(plan.stops.depot, minlength=len(facts.case.sites))
    for depot_code, site_code, why in plan.proof.closed:
        depot, site = places.get(depot_code, -1), places.get(site_code, -1)
        lane, found = lane_rows_of(facts, np.array([depot]), np.array([site]))
        known = depot >= 0 and site >= 0 and bool(found[0]) and bool(facts.lane_counts[lane[0]])
        binding = {
            "max_stops": known and 0 <= facts.stop_limit[depot] <= stops_made[depot],
            "min_drop": known and facts.case.policy.min_drop_kg > 0,
        }
        if not binding.get(why, False):
            refuse(
                say(
                    "proof.json, closed: the lane from {depot} to {site} is given up for {why}, but no such limit "
                    "binds there.",
                    depot=depot_code,
                    site=site_code,
                    why=why,
                )
            )


def check_drops(roads: Roads) -> None:
    """A stop lighter than the minimum drop is made only for a pair that its first rung still needs."""
    facts, sent = roads.facts, roads.sent
    light = np.flatnonzero(roads.stop_kg < roads.min_drop)
    if not len(light):
        return
    key = stop_key(facts, facts.source_depot[sent.source], facts.site[sent.pair])
    place, in_light = find_keys(roads.stops[light], key)
    draws = np.flatnonzero(in_light)
    needed = np.zeros(len(light), dtype=bool)
    pair, left = _without(roads, draws, place[draws])
    stop = place[draws][np.unique(place[draws] * len(facts.site) + sent.pair[draws], return_index=True)[1]]
    needed[stop[~first_rung_done(facts, pair, stands(facts, pair, left))]] = True
    if not bool(needed.all()):
        depot, site = divmod(int(roads.stops[light[np.argmin(needed)]]), max(1, len(facts.case.sites)))
        refuse(
            say(
                "stops.csv, {depot} to {site}: lighter than min_drop_kg, and nobody's first rung needs it.",
                depot=facts.case.sites.code[depot],
                site=facts.case.sites.code[site],
            )
        )


def _without(roads: Roads, draws: Positions, visit: NDArray[Any]) -> tuple[Positions, NDArray[Any]]:
    """Return, for each (visit, pair) of the draws in order, the pair and what it holds without the visit."""
    facts, sent = roads.facts, roads.sent
    key = visit * len(facts.site) + sent.pair[draws]
    present, place = np.unique(key, return_inverse=True)
    pair = (present % max(1, len(facts.site))).astype(np.intp)
    left = roads.total[pair].copy()
    units = sent.packs[draws] * facts.case.items.pack_units[sent.by[draws]]
    itself = sent.ratio_micro[draws] == MICRO
    np.subtract.at(left, place[itself], units[itself])
    for n in np.flatnonzero(~itself).tolist():
        left[place[n]] -= Fraction(int(units[n]) * MICRO, int(sent.ratio_micro[draws[n]]))
    return pair, left


def check_visits(roads: Roads, plan: PlanRead) -> None:
    """Where all of a depot's stops are used, nobody visited could stand above somebody passed over.

    A visited site that gave up its stop must not still stand above an unvisited one that could
    take one of the packs it gave up: one that needs no longer shelf life, so that any of them would do.
    """
    facts = roads.facts
    made = np.bincount(plan.stops.depot, minlength=len(facts.case.sites))
    full = np.flatnonzero((facts.stop_limit >= 0) & (made >= facts.stop_limit) & (made > 0))
    for depot in full.tolist():
        _check_depot(roads, depot)


def _check_depot(roads: Roads, depot: int) -> None:
    facts, sent = roads.facts, roads.sent
    draws = np.flatnonzero(facts.source_depot[sent.source] == depot)
    site = facts.site[sent.pair[draws]].astype(np.int64)
    pair, left = _without(roads, draws, site)
    after = stands(facts, pair, left)
    order = np.lexsort((after, facts.site[pair]))
    visited, first = np.unique(facts.site[pair][order], return_index=True)
    lowest = order[first]  # of each visited site, the pair that would stand lowest
    waiting = _lowest_waiting(roads, depot)
    for (item, days), (waits, position) in waiting.items():
        served = np.unique(site[sent.by[draws] == item])
        givers = lowest[np.isin(visited, served[facts.life_needed[served] >= days])]
        if not len(givers):
            continue
        best = givers[np.argmax(after[givers])]
        if after[best] > position + NEAR or (
            after[best] > position - NEAR and _above(facts, (int(pair[best]), left[best]), (waits, roads.total[waits]))
        ):
            refuse(
                say(
                    "stops.csv: {depot} has no stop left for {waiting} (for {item}), but {visited} could give up its "
                    "own and still stand above it.",
                    depot=facts.case.sites.code[depot],
                    waiting=facts.case.sites.code[facts.site[waits]],
                    item=facts.case.items.code[facts.item[waits]],
                    visited=facts.case.sites.code[facts.site[pair[best]]],
                )
            )


def _above(facts: Facts, one: tuple[int, Any], other: tuple[int, Any]) -> bool:
    first, second = (
        exact_position(facts.ladders[facts.ladder[pair]], int(facts.daily_micro[pair]), Fraction(held))
        for pair, held in (one, other)
    )
    return first > second


def _lowest_waiting(roads: Roads, depot: int) -> dict[tuple[int, int], tuple[int, float]]:
    """Return by item and days of shelf life the lowest pair at an unvisited site that the depot could serve so."""
    facts = roads.facts
    lanes = facts.case.lanes
    rows = np.flatnonzero((lanes.depot == depot) & facts.lane_counts)
    _, visited = find_keys(roads.stops, stop_key(facts, lanes.depot[rows], lanes.site[rows]))
    waiting = np.zeros(len(facts.case.sites), dtype=bool)
    waiting[lanes.site[rows[~visited]]] = True
    room = np.full(len(facts.case.sites), np.inf)
    limits = facts.lane_kg_limit[rows]
    room[lanes.site[rows]] = np.where(limits < 0, np.inf, limits)
    free = np.flatnonzero((facts.source_depot == depot) & (facts.source_earmark == ""))
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for item in np.flatnonzero(facts.packs[free].any(axis=0)).tolist() if len(free) else []:
        needs = [need for need, ways in enumerate(uses_of(facts)) if any(by == item for by, _ in ways)]
        lives = facts.source_life[free[facts.packs[free, item] > 0]]
        could = waiting & ((facts.life_needed <= lives.max()) | (lives.min() < 0))
        pairs = np.flatnonzero(could[facts.site] & np.isin(facts.item, needs))
        pairs = pairs[_could_take(roads, pairs, item, room)]
        needed = facts.life_needed[facts.site[pairs]]
        for days in np.unique(needed).tolist():
            alike = pairs[needed == days]
            low = alike[np.argmin(roads.position[alike])]
            found[item, days] = int(low), float(roads.position[low])
    return found


def _could_take(roads: Roads, pairs: Positions, item: int, room_kg: Floats) -> Bools:
    """Return the pairs below their top whose cap and lane take one more pack, heavy enough for a stop."""
    facts = roads.facts
    pack = int(facts.case.items.pack_units[item])
    received = roads.total[pairs] - facts.held[pairs]
    ratio = {need: r for need, ways in enumerate(uses_of(facts)) for by, r in ways if by == item}
    gain = np.array(
        [Fraction(pack * MICRO, ratio.get(need, MICRO)) for need in range(len(facts.case.items))], dtype=object
    )[facts.item[pairs]]
    under = np.asarray((facts.cap[pairs] < 0) | (received + gain <= facts.cap[pairs]), dtype=bool)
    fits = room_kg[facts.site[pairs]] >= facts.pack_kg[item]
    heavy = (facts.pack_kg[item] >= roads.min_drop) | ~roads.past_first[pairs]
    return np.asarray(under & fits & heavy & (roads.position[pairs] < COMPLETE), dtype=bool)
