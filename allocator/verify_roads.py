"""For one item: who receives it from where, and on which roads one more pack could move.

A move does not count if it would break a limit: the lane's kg, a cap, a new stop where the depot
has none left, or a stop lighter than the minimum drop.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Units
from allocator.verify_classes import uses_of
from allocator.verify_facts import Facts, Positions, find_keys, lane_rows_of
from allocator.verify_limits import stop_key
from allocator.verify_lines import Deliveries, load_micro
from allocator.verify_positions import COMPLETE, first_rung_done, stands
from allocator.verify_shapes import PlanRead

__all__ = ["ItemRoads", "Roads", "roads_of"]


@dataclass(frozen=True, kw_only=True)
class ItemRoads:
    """Entries are the pairs that could use the item; roads lead from a source to an entry.

    `gain`: units of its own need that one pack brings an entry. `take`: roads on which the entry
    could take one more pack for itself; `crowded`: roads on which it could, were the lane's weight not
    used up; `switch`: roads on which it could take one instead of
    another. `give`: draws that could be one pack smaller.
    """

    item: int
    pair: Positions
    gain: NDArray[Any]
    held: NDArray[Any]
    past_first: Bools
    road_entry: Positions
    road_source: Positions
    road_lane: Positions
    take: Bools
    crowded: Bools
    switch: Bools
    draw_entry: Positions
    draw_source: Positions
    draw_lane: Positions
    draw_packs: Units
    give: Bools

    def chains(self) -> tuple[Positions, Positions]:
        """Return (a, b): a pack freed at source a can free one at b, for an entry switches from b to a."""
        order = np.argsort(self.road_entry, kind="stable")
        order = order[self.switch[order]]
        entry = self.road_entry[order]
        draws = np.flatnonzero(self.give)
        low = np.searchsorted(entry, self.draw_entry[draws], "left")
        count = np.searchsorted(entry, self.draw_entry[draws], "right") - low
        which = np.repeat(np.arange(len(draws)), count)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        freed = self.road_source[order[low[which] + offset]].astype(np.int64)
        reached = self.draw_source[draws[which]].astype(np.int64)
        both = np.unique(freed * 2**31 + reached)
        both = both[both // 2**31 != both % 2**31]
        return both // 2**31, both % 2**31


class Roads:
    """What all items share: loads of trucks, lanes and stops as planned."""

    def __init__(self, facts: Facts, plan: PlanRead, sent: Deliveries) -> None:
        self.facts, self.sent = facts, sent
        self.uses = uses_of(facts)
        policy = facts.case.policy
        self.tolerance = policy.stop_tolerance_packs
        self.min_drop = ceil(policy.min_drop_kg * MICRO)
        lines, n_sites = plan.lines, len(facts.case.sites)
        self.kg = load_micro(lines.depot, lines.packs, facts.pack_kg[lines.item], n_sites)
        self.m3 = load_micro(lines.depot, lines.packs, facts.pack_m3[lines.item], n_sites)
        lane, _ = lane_rows_of(facts, lines.depot, lines.site)
        self.lane_kg = load_micro(lane, lines.packs, facts.pack_kg[lines.item], len(facts.case.lanes))
        self.stops, place = np.unique(stop_key(facts, lines.depot, lines.site), return_inverse=True)
        self.stop_kg = load_micro(place, lines.packs, facts.pack_kg[lines.item], len(self.stops))
        made = np.bincount(self.stops // max(1, n_sites), minlength=n_sites)
        self.may_stop = (facts.stop_limit < 0) | (made < facts.stop_limit)
        order = np.argsort(sent.by, kind="stable")
        self.draws_by_item = order, np.searchsorted(sent.by[order], np.arange(len(facts.case.items) + 1))
        total = (facts.held + sent.own_units).astype(object) if sent.replaced else facts.held + sent.own_units
        for pair, met in sent.replaced.items():
            total[pair] += met
        self.total = total
        self.position = stands(facts, np.arange(len(total)), total)
        self.past_first = first_rung_done(facts, np.arange(len(total)), self.position)

    def has_room(self, item: int) -> Bools:
        """Return the sources whose depot has kg and m3 left for one more pack of an item."""
        facts = self.facts
        fits = np.ones(len(facts.case.sites), dtype=bool)
        for load, limit, pack in ((self.kg, facts.kg_limit, facts.pack_kg), (self.m3, facts.m3_limit, facts.pack_m3)):
            fits &= np.asarray((limit < 0) | (load + int(pack[item]) <= limit), dtype=bool)
        return fits[facts.source_depot]

    def fits_instead(self, depot: int, given: int, taken: int) -> bool:
        """Tell whether a pack of one item leaving a depot's truck makes room for one of another."""
        facts = self.facts
        return all(
            limit[depot] < 0 or int(load[depot]) - int(pack[given]) + int(pack[taken]) <= int(limit[depot])
            for load, limit, pack in (
                (self.kg, facts.kg_limit, facts.pack_kg),
                (self.m3, facts.m3_limit, facts.pack_m3),
            )
        )


def roads_of(roads: Roads, item: int) -> ItemRoads | None:
    """Return the roads of one item, or None where no source holds a pack of it."""
    facts = roads.facts
    if not bool(np.any(facts.packs[:, item] > 0)):
        return None
    pair, gain = _entries(roads, item)
    site = facts.site[pair]
    first, last = facts.first_route[site], facts.first_route[site + 1]
    count = last - first
    entry = np.repeat(np.arange(len(pair)), count)
    route = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    stocked = facts.packs[facts.route_source[route], item] > 0
    entry, route = entry[stocked], route[stocked]
    fits, stops = _passable(roads, item, pair[entry], route)
    switch = fits & stops
    rising = _can_rise(roads, pair, gain)
    draws = _draws(roads, item)
    draw_pair = roads.sent.pair[draws]
    return ItemRoads(
        item=item,
        pair=pair,
        gain=gain,
        held=roads.total[pair],
        past_first=roads.past_first[pair],
        road_entry=entry,
        road_source=facts.route_source[route].astype(np.intp),
        road_lane=facts.route_lane[route].astype(np.intp),
        take=switch & rising[entry],
        crowded=~fits & stops & rising[entry],
        switch=switch,
        draw_entry=find_keys(pair.astype(np.int64), draw_pair.astype(np.int64))[0],
        draw_source=roads.sent.source[draws].astype(np.intp),
        draw_lane=lane_rows_of(facts, facts.source_depot[roads.sent.source[draws]], facts.site[draw_pair])[0],
        draw_packs=roads.sent.packs[draws],
        give=_can_give(roads, item, draws),
    )


def _entries(roads: Roads, item: int) -> tuple[Positions, NDArray[Any]]:
    """Return the pairs that could use an item, sorted, and what one pack of it brings each."""
    facts, pack = roads.facts, int(roads.facts.case.items.pack_units[item])
    gain_of = {
        need: Fraction(pack * MICRO, ratio) for need, ways in enumerate(roads.uses) for by, ratio in ways if by == item
    }
    if len(gain_of) == 1 and roads.total.dtype != object:
        pair = np.flatnonzero(facts.item == item)
        return pair, np.full(len(pair), pack, dtype=np.int64)
    pair = np.flatnonzero(np.isin(facts.item, list(gain_of)))
    table = np.array([gain_of.get(need, Fraction(0)) for need in range(len(facts.case.items))], dtype=object)
    return pair, table[facts.item[pair]]


def _draws(roads: Roads, item: int) -> Positions:
    order, start = roads.draws_by_item
    return order[start[item] : start[item + 1]]


def _can_rise(roads: Roads, pair: Positions, gain: NDArray[Any]) -> Bools:
    """Return the entries short of their ladder's top (and of the packs a stop may cost) and of their cap."""
    facts = roads.facts
    position, total = roads.position[pair], roads.total[pair]
    if roads.tolerance:
        shift = np.where(roads.past_first[pair], roads.tolerance, 0)
        position = stands(facts, pair, total + shift * gain)
    cap = facts.cap[pair]
    received = total - facts.held[pair]
    under = np.asarray((cap < 0) | (received + gain <= cap), dtype=bool)
    return under & (position < COMPLETE)


def _passable(roads: Roads, item: int, pair: Positions, route: Positions) -> tuple[Bools, Bools]:
    """Return the roads that could carry one more pack: by the lane's weight, and by a stop that may be made."""
    facts = roads.facts
    lane, pack = facts.route_lane[route], int(facts.pack_kg[item])
    limit = facts.lane_kg_limit[lane]
    fits = np.asarray((limit < 0) | (roads.lane_kg[lane] + pack <= limit), dtype=bool)
    depot = facts.case.lanes.depot[lane]
    _, visited = find_keys(roads.stops, stop_key(facts, depot, facts.site[pair]))
    heavy = (pack >= roads.min_drop) | ~roads.past_first[pair]
    return fits, visited | (roads.may_stop[depot] & heavy)


def _can_give(roads: Roads, item: int, draws: Positions) -> Bools:
    """Return the draws whose stop may be one pack lighter: heavy enough still, or gone."""
    facts, sent = roads.facts, roads.sent
    if roads.min_drop <= 0:
        return np.ones(len(draws), dtype=bool)
    depot = facts.source_depot[sent.source[draws]]
    stop, _ = find_keys(roads.stops, stop_key(facts, depot, facts.site[sent.pair[draws]]))
    left = roads.stop_kg[stop] - int(facts.pack_kg[item])
    return np.asarray((left >= roads.min_drop) | (left == 0), dtype=bool)
