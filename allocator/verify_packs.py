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
from allocator.sentence import Sentence, say
from allocator.verify_facts import Facts
from allocator.verify_positions import Position, contenders, exact_keys, exact_position, stands
from allocator.verify_roads import ItemRoads, Roads, roads_of
from allocator.verify_shapes import refuse

__all__ = ["check_packs"]


@dataclass(frozen=True)
class _Giver:
    """A pair that could free a pack: where it would stand without it, and where it stands."""

    pair: int
    without: Position
    now: Position

    @property
    def rank(self) -> tuple[Position, Position]:
        rung, share = self.now
        return self.without, (-rung, -share)


@dataclass(frozen=True)
class _Taker:
    """A pair that could take a pack: where it stands, and where it would stand with it."""

    pair: int
    now: Position
    with_it: Position

    @property
    def rank(self) -> tuple[Position, Position]:
        rung, share = self.with_it
        return self.now, (-rung, -share)


@dataclass(frozen=True, kw_only=True)
class _ItemFindings:
    """For one item: per source, who would give and who would take; and per source, packs unused."""

    item: int
    givers: dict[int, _Giver]
    takers: dict[int, _Taker]
    unused: Bools


def check_packs(roads: Roads) -> None:
    """Refuse a plan in which some exchange of one pack improves."""
    found = []
    for item in range(len(roads.facts.case.items)):
        here = roads_of(roads, item)
        if here is not None:
            findings = _findings(roads, here)
            _check_chains(roads, here, findings)
            found.append(findings)
    _check_other_items(roads, found)


def _findings(roads: Roads, here: ItemRoads) -> _ItemFindings:
    facts = roads.facts
    stands_at = here.held + np.where(here.past_first, roads.tolerance, 0) * here.gain
    takers = {
        source: min((_taker(facts, here, e, Fraction(stands_at[e])) for e in entries), key=lambda t: t.rank)
        for source, entries in _lowest_takers(facts, here, stands_at).items()
    }
    givers = {
        source: max((_giver(facts, here, e) for e in entries), key=lambda g: g.rank)
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


def _giver(facts: Facts, here: ItemRoads, entry: int) -> _Giver:
    pair, held = int(here.pair[entry]), Fraction(here.held[entry])
    ladder, daily = facts.ladders[facts.ladder[pair]], int(facts.daily_micro[pair])
    return _Giver(
        pair,
        exact_position(ladder, daily, held - Fraction(here.gain[entry])),
        exact_position(ladder, daily, held),
    )


def _taker(facts: Facts, here: ItemRoads, entry: int, held: Fraction) -> _Taker:
    pair = int(here.pair[entry])
    ladder, daily = facts.ladders[facts.ladder[pair]], int(facts.daily_micro[pair])
    return _Taker(
        pair,
        exact_position(ladder, daily, held),
        exact_position(ladder, daily, held + Fraction(here.gain[entry])),
    )


def _improves(giver: _Giver, taker: _Taker) -> bool:
    if giver.pair == taker.pair:
        return False
    return giver.without > taker.now or (giver.without == taker.now and taker.with_it > giver.now)


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
            _refuse_unused(facts, found.item, taker)
        if rank[source] >= 0 and _improves(ordered[rank[source]][1], taker):
            _refuse_exchange(facts, found.item, found.item, ordered[rank[source]][1], taker)


def _check_other_items(roads: Roads, found: list[_ItemFindings]) -> None:
    """Kind (3): a pack of another item makes way on the truck for an unused one."""
    facts = roads.facts
    givers: dict[tuple[int, int], _Giver] = {}
    for findings in found:
        for source, giver in findings.givers.items():
            key = (int(facts.source_depot[source]), findings.item)
            if key not in givers or giver.rank > givers[key].rank:
                givers[key] = giver
    by_depot: dict[int, list[tuple[int, _Giver]]] = {}
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
                    and _improves(giver, taker)
                ):
                    _refuse_exchange(facts, given, findings.item, giver, taker)


def _names(facts: Facts, pair: int, prefix: str) -> dict[str, Any]:
    return {prefix: facts.case.sites.code[facts.site[pair]], f"{prefix}_need": facts.case.items.code[facts.item[pair]]}


def _refuse_exchange(facts: Facts, given: int, taken: int, giver: _Giver, taker: _Taker) -> None:
    message: Sentence = say(
        "lines.csv: {giver} (for {giver_need}) could give up a pack of {given} for one of {taken} to {taker} "
        "(for {taker_need}), and stand no lower than it does now; the packs are not fair.",
        **_names(facts, giver.pair, "giver"),
        **_names(facts, taker.pair, "taker"),
        given=facts.case.items.code[given],
        taken=facts.case.items.code[taken],
    )
    refuse(message)


def _refuse_unused(facts: Facts, item: int, taker: _Taker) -> None:
    refuse(
        say(
            "lines.csv: a pack of {item} is left over that {taker} (for {taker_need}) lacks and could be sent.",
            **_names(facts, taker.pair, "taker"),
            item=facts.case.items.code[item],
        )
    )
