"""Whether the whole packs are fair: there is no exchange of one pack that improves.

An exchange (p gives a pack, q takes one) improves if pos(p − 1) > pos(q), or they are equal and
pos(q + 1) > pos(p). Three kinds are looked for: (1) of one item, through any chain of sites that
switch sources; (2) where q takes an unused pack, through such a chain; (3) where p gives another
item and its kg or m3 makes room for q's unused pack at the same depot.

Only extremes matter. Of the pairs that could free a pack at a source, the one that would stand
highest without it; of the pairs that could take one there, the one that stands lowest: if those two
do not improve, no two do. What a source frees reaches every source that a chain leads to, so the
highest giver is passed along the chains until nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools
from allocator.verify_crowds import Crowds
from allocator.verify_exchange import Giver, Taker, giver_of, improves, refuse_exchange, refuse_unused, taker_of
from allocator.verify_facts import Facts
from allocator.verify_positions import contenders, exact_keys, stands
from allocator.verify_roads import ItemRoads, Roads, roads_of

__all__ = ["check_packs"]


@dataclass(frozen=True, kw_only=True)
class _ItemFindings:
    """For one item: per source, who would give and who would take; and per source, packs unused."""

    item: int
    givers: dict[int, Giver]
    takers: dict[int, Taker]
    unused: Bools


def check_packs(roads: Roads) -> None:
    """Refuse a plan in which some exchange of one pack improves."""
    found = []
    crowds = Crowds(roads)
    for item in range(len(roads.facts.case.items)):
        here = roads_of(roads, item)
        if here is not None:
            findings = _findings(roads, here)
            _check_chains(roads, here, findings)
            found.append(findings)
            crowds.look(here, findings.unused)
    _check_other_items(roads, found)
    crowds.check()


def _findings(roads: Roads, here: ItemRoads) -> _ItemFindings:
    facts = roads.facts
    stands_at = here.held + np.where(here.past_first, roads.tolerance, 0) * here.gain
    takers = {
        source: min((taker_of(facts, here, e, Fraction(stands_at[e])) for e in entries), key=lambda t: t.rank)
        for source, entries in _lowest_takers(facts, here, stands_at).items()
    }
    givers = {
        source: max((giver_of(facts, here, e) for e in entries), key=lambda g: g.rank)
        for source, entries in _highest_givers(facts, here).items()
    }
    drawn = np.zeros(len(facts.packs), dtype=np.int64)
    np.add.at(drawn, here.draw_source, here.draw_packs)
    return _ItemFindings(item=here.item, givers=givers, takers=takers, unused=facts.packs[:, here.item] > drawn)


def _lowest_takers(facts: Facts, here: ItemRoads, stands_at: NDArray[Any]) -> dict[int, list[int]]:
    now = stands(facts, here.pair, stands_at)
    with_it = stands(facts, here.pair, stands_at + here.gain)
    exact = exact_keys(facts, here.pair, stands_at), exact_keys(facts, here.pair, stands_at + here.gain)
    return contenders(now, -with_it, exact, (here.road_entry[here.take], here.road_source[here.take]))


def _highest_givers(facts: Facts, here: ItemRoads) -> dict[int, list[int]]:
    entries = here.draw_entry[here.give]
    left = here.held - here.gain
    without = stands(facts, here.pair, left)
    now = stands(facts, here.pair, here.held)
    exact = exact_keys(facts, here.pair, left), exact_keys(facts, here.pair, here.held)
    return contenders(-without, now, exact, (entries, here.draw_source[here.give]))


def _check_chains(roads: Roads, here: ItemRoads, found: _ItemFindings) -> None:
    """Kinds (1) and (2): pass the highest giver, and the unused packs, along the chains."""
    facts = roads.facts
    freed, reached = here.chains()
    room = found.unused & roads.has_room(found.item)
    free_at = room.copy()
    ordered = sorted(found.givers.items(), key=lambda entry: entry[1].rank)
    rank = np.full(len(facts.packs), -1, dtype=np.int64)
    for n, (source, _) in enumerate(ordered):
        rank[source] = n
    while True:
        before = rank.copy(), free_at.copy()
        np.maximum.at(rank, reached, rank[freed])
        np.logical_or.at(free_at, reached, free_at[freed])
        if bool(np.all(rank == before[0])) and bool(np.all(free_at == before[1])):
            break
    for source, taker in sorted(found.takers.items()):
        if free_at[source]:
            refuse_unused(facts, found.item, taker)
        if rank[source] >= 0 and improves(ordered[rank[source]][1], taker):
            refuse_exchange(facts, found.item, found.item, ordered[rank[source]][1], taker)


def _check_other_items(roads: Roads, found: list[_ItemFindings]) -> None:
    """Kind (3): a pack of another item makes way on the truck for an unused one."""
    facts = roads.facts
    givers: dict[tuple[int, int], Giver] = {}
    for findings in found:
        for source, giver in findings.givers.items():
            key = (int(facts.source_depot[source]), findings.item)
            if key not in givers or giver.rank > givers[key].rank:
                givers[key] = giver
    by_depot: dict[int, list[tuple[int, Giver]]] = {}
    for (depot, item), giver in givers.items():
        by_depot.setdefault(depot, []).append((item, giver))
    for findings in found:
        for source, taker in findings.takers.items():
            if not findings.unused[source]:
                continue
            depot = int(facts.source_depot[source])
            for given, giver in by_depot.get(depot, []):
                if (
                    given != findings.item
                    and roads.fits_instead(depot, given, findings.item)
                    and improves(giver, taker)
                ):
                    refuse_exchange(facts, given, findings.item, giver, taker)
