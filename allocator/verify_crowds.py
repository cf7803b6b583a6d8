"""Lanes whose weight is used up, and whether another item there should give way to an unused pack."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from allocator.case import Bools
from allocator.verify_exchange import giver_of, improves, refuse_exchange, taker_of
from allocator.verify_facts import Positions
from allocator.verify_positions import NEAR, stands
from allocator.verify_roads import ItemRoads, Roads

__all__ = ["Crowds"]


class Crowds:
    """Collects, item by item, who would take on a crowded lane and who could give way there."""

    def __init__(self, roads: Roads) -> None:
        self.roads, self.facts = roads, roads.facts
        self.limited = self.facts.lane_kg_limit >= 0
        self.items: list[tuple[ItemRoads, Bools]] = []
        self.draws: list[Positions] = []  # of each item, sorted by lane
        self.highest = np.full(len(self.limited), -np.inf)

    def look(self, here: ItemRoads, unused: Bools) -> None:
        """Note an item, and how high each limited lane's receivers would stand without a pack of it."""
        if not bool(self.limited.any()):
            return
        self.items.append((here, unused))
        self.draws.append(np.argsort(here.draw_lane, kind="stable"))
        lane = here.draw_lane
        draws = np.flatnonzero(here.give & self.limited[lane])
        entry = here.draw_entry[draws]
        without = stands(self.facts, here.pair[entry], here.held[entry] - here.gain[entry])
        np.maximum.at(self.highest, lane[draws], without)

    def check(self) -> None:
        """Refuse a plan in which a pack on a crowded lane could better be another."""
        for here, unused in self.items:
            shift = np.where(here.past_first, self.roads.tolerance, 0) * here.gain
            now = stands(self.facts, here.pair, here.held + shift)
            rows = np.flatnonzero(here.crowded & unused[here.road_source])
            # Only where somebody on the lane would stand as high is it worth comparing exactly.
            rows = rows[self.highest[here.road_lane[rows]] >= now[here.road_entry[rows]] - NEAR]
            for row in rows.tolist():
                entry = int(here.road_entry[row])
                held = Fraction(here.held[entry]) + Fraction(shift[entry])
                self._compare(here, row, entry, held)

    def _compare(self, here: ItemRoads, row: int, entry: int, held: Fraction) -> None:
        facts, lane = self.facts, int(here.road_lane[row])
        depot = int(facts.case.lanes.depot[lane])
        taker = taker_of(facts, here, entry, held)
        for (other, _), order in zip(self.items, self.draws, strict=True):
            if other.item == here.item or not self._makes_room(lane, depot, other.item, here.item):
                continue
            low, high = np.searchsorted(other.draw_lane, [lane, lane + 1], sorter=order)
            here_too = order[low:high]
            for draw in here_too[other.give[here_too]].tolist():
                giver = giver_of(facts, other, int(other.draw_entry[draw]))
                if improves(giver, taker):
                    refuse_exchange(facts, other.item, here.item, giver, taker)

    def _makes_room(self, lane: int, depot: int, given: int, taken: int) -> bool:
        facts = self.facts
        load = int(self.roads.lane_kg[lane]) - int(facts.pack_kg[given]) + int(facts.pack_kg[taken])
        return load <= int(facts.lane_kg_limit[lane]) and self.roads.fits_instead(depot, given, taken)
