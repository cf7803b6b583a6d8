"""Check what a tree of depots sent down, without the engine that decided it.

Everything is derived from the case again by `verify_facts`. For every depot: each line is a road of the tree, nobody
sends more whole packs than there are, and no exchange of one pack between two that the depot supplies would help: who
gives a pack up would then stand no higher than who lacks one stands now. Sites that a depot serves itself count as one
more that it supplies. A standing is found by halving, to a hair; the case of each depot is then checked by `verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.case import MICRO, Case, Floats, Indices, Table, Units
from allocator.sentence import Sentence, say
from allocator.verify_facts import Facts, facts_of

__all__ = ["ReadDown", "verify_down"]

_HALVINGS = 55
_HAIR = 1e-7


@dataclass(frozen=True, kw_only=True)
class ReadDown(Table):
    """Packs from a depot to a depot, positions in sites, and of the item."""

    depot: Indices
    to: Indices
    item: Indices
    packs: Units


def verify_down(case: Case, sent: ReadDown) -> Sentence | None:
    """Return the first thing that does not hold in what was sent down, None where all holds."""
    return next(_faults(case, sent), None)


def _faults(case: Case, by_site: ReadDown) -> Iterator[Sentence]:
    facts = facts_of(case)
    tree = _tree_of(facts)
    number = np.full(len(case.sites), -1, dtype=np.int32)
    number[tree.depot] = np.arange(len(tree.depot), dtype=np.int32)
    sent = ReadDown(depot=number[by_site.depot], to=number[by_site.to], item=by_site.item, packs=by_site.packs)
    code = case.sites.code[tree.depot]
    item = case.items.code
    for depot, to in zip(sent.depot.tolist(), sent.to.tolist(), strict=True):
        if tree.parent[to] != depot:
            yield say("{depot} does not supply {to}.", depot=code[depot], to=code[to])
    if bool(np.any(sent.packs < 1)):
        yield say("A line sends no whole pack.")
    keys = set(zip(sent.to.tolist(), sent.item.tolist(), strict=True))
    if len(keys) != len(sent):
        yield say("A depot is sent an item on two lines.")
    down = _Down(facts, tree, _own(facts, tree), *_moved(tree, sent, len(item)))
    for depot, number in zip(*np.nonzero(down.left < 0), strict=True):
        yield say(
            "{depot} sends {packs} packs more of {item} than it has.",
            depot=code[depot],
            packs=int(-down.left[depot, number]),
            item=item[number],
        )
    yield from _unfair(case, tree, down)


@dataclass(frozen=True, eq=False)
class _Tree:
    """Depots (positions in sites), the depot above each, how deep each stands, and which depot serves each site."""

    depot: Indices
    parent: Indices
    depth: Indices
    serves: Indices

    @property
    def levels(self) -> int:
        return int(self.depth.max(initial=-1)) + 1

    def ancestor(self, level: int) -> Indices:
        """Return for each depot the one of a level above it or itself; -1 for those that stand higher."""
        found = np.arange(len(self.depot), dtype=np.int32)
        for _ in range(self.levels):
            found = np.where(self.depth[found] > level, self.parent[found], found).astype(np.int32)
        return np.where(self.depth[found] == level, found, -1).astype(np.int32)


def _tree_of(facts: Facts) -> _Tree:
    """Return who is above whom: of the depots that reach a place the deepest, then by hours, km and code."""
    case, lanes = facts.case, facts.case.lanes
    depot = np.flatnonzero(facts.is_depot).astype(np.int32)
    number = np.full(len(case.sites), -1, dtype=np.int32)
    number[depot] = np.arange(len(depot), dtype=np.int32)
    rows = np.flatnonzero(facts.lane_counts & (number[lanes.depot] >= 0))
    length = [np.where(np.isnan(column[rows]), np.inf, column[rows]) for column in (lanes.hours, lanes.km)]
    order = rows[np.lexsort((lanes.depot[rows], length[1], length[0]))]
    parent = np.full(len(depot), -1, dtype=np.int32)
    to_depot = order[number[lanes.site[order]] >= 0][::-1]
    parent[number[lanes.site[to_depot]]] = number[lanes.depot[to_depot]]  # the nearest is written last
    depth = np.zeros(len(depot), dtype=np.int32)
    for _ in range(len(depot)):
        deeper = np.where(parent >= 0, depth[parent] + 1, 0).astype(np.int32)
        if bool(np.all(deeper == depth)):
            break
        depth = deeper
    serves = np.full(len(case.sites), -1, dtype=np.int32)
    to_site = order[number[lanes.site[order]] < 0][::-1]
    to_site = to_site[np.argsort(depth[number[lanes.depot[to_site]]], kind="stable")]
    serves[lanes.site[to_site]] = number[lanes.depot[to_site]]
    return _Tree(depot, parent, depth, serves)


def _own(facts: Facts, tree: _Tree) -> Units:
    """Return (depots, items) the whole packs that each depot may send of its own and free stock."""
    own = np.zeros((len(tree.depot), len(facts.case.items)), dtype=np.int64)
    for source in range(len(facts.source_depot)):
        place = int(np.searchsorted(tree.depot, facts.source_depot[source]))
        at_depot = place < len(tree.depot) and tree.depot[place] == facts.source_depot[source]
        if at_depot and facts.source_earmark[source] == "":
            own[place] += facts.packs[source]
    return own


def _moved(tree: _Tree, sent: ReadDown, items: int) -> tuple[Units, Units]:
    """Return (depots, items) what each received, and what each sent."""
    received, gave = (np.zeros((len(tree.depot), items), dtype=np.int64) for _ in range(2))
    np.add.at(received, (sent.to, sent.item), sent.packs)
    np.add.at(gave, (sent.depot, sent.item), sent.packs)
    return received, gave


@dataclass(frozen=True, eq=False)
class _Down:
    """What was sent down: (depots, items) own packs, those received, those sent."""

    facts: Facts
    tree: _Tree
    own: Units
    received: Units
    gave: Units

    @property
    def left(self) -> Units:
        return self.own + self.received - self.gave

    def wanted(self, position: Floats, level: int) -> tuple[Units, Units]:
        """Return what each depot of a level asks of above at its position, and what the sites it serves itself want."""
        tree, facts = self.tree, self.facts
        server = tree.serves[facts.site]
        ancestor = np.append(tree.ancestor(level), -1)[server]
        rows = np.flatnonzero(ancestor >= 0)
        packs = _packs(facts, rows, position[ancestor[rows], facts.item[rows]])
        sites = np.zeros(self.own.shape, dtype=np.int64)
        np.add.at(sites, (server[rows], facts.item[rows]), packs)
        asked = sites.copy()
        for depth in range(tree.levels - 1, level - 1, -1):
            here = np.flatnonzero(tree.depth == depth)
            asked[here] = np.maximum(0, asked[here] - self.own[here])
            if depth > level:
                np.add.at(asked, tree.parent[here], asked[here])
        return asked, sites

    def standing(self, has: Units, level: int, *, sites: bool) -> Floats:
        """Return the highest position that `has` packs from above allow: of all below, or of a depot's own sites."""
        rungs = float(len(self.facts.case.policy.ladder))
        low, high = np.zeros(has.shape), np.full(has.shape, rungs)
        whole = self.wanted(high, level)[sites] <= has
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            fits = self.wanted(middle, level)[sites] <= has
            low, high = np.where(fits, middle, low), np.where(fits, high, middle)
        return np.where(whole, rungs, low)


def _packs(facts: Facts, rows: np.ndarray[tuple[int, ...], np.dtype[np.intp]], position: Floats) -> Units:
    """Return the whole packs with which pairs stand at their positions."""
    rungs = len(facts.case.policy.ladder)
    reached = np.zeros((rungs + 1, len(facts.ladders)))
    for number, ladder in enumerate(facts.ladders):
        for step in ladder.steps:
            reached[step.rung :, number] = float(step.top)
    rung = np.minimum(np.floor(position).astype(np.int64), rungs - 1)
    ladder_of = facts.ladder[rows]
    low, high = reached[rung, ladder_of], reached[rung + 1, ladder_of]
    units = facts.daily_micro[rows] / MICRO * (low + (position - rung) * (high - low))
    units -= facts.on_hand[rows] + facts.in_transit[rows]
    pack = facts.case.items.pack_units[facts.item[rows]]
    packs = np.ceil(np.maximum(units, 0.0) / pack - 1e-9).astype(np.int64)
    most = np.where(facts.cap[rows] < 0, np.iinfo(np.int64).max, facts.cap[rows] // pack)
    return np.minimum(packs, most)


def _unfair(case: Case, tree: _Tree, down: _Down) -> Iterator[Sentence]:
    rungs = float(len(case.policy.ladder))
    for level in range(tree.levels - 1):
        parents, children = (np.flatnonzero(tree.depth == each) for each in (level, level + 1))
        stands = down.standing(down.received, level + 1, sites=False)[children]
        given = down.standing(down.received - 1, level + 1, sites=False)[children]
        given = np.where(down.received[children] > 0, given, -1.0)
        own_stands = down.standing(down.left, level, sites=True)[parents]
        own_given = np.where(down.left[parents] > 0, down.standing(down.left - 1, level, sites=True)[parents], -1.0)
        parent = np.searchsorted(parents, tree.parent[children])
        lowest, highest = own_stands.copy(), own_given.copy()
        np.minimum.at(lowest, parent, stands)
        np.maximum.at(highest, parent, given)
        wrong = (highest > lowest + _HAIR) & (lowest < rungs)
        for depot, item in zip(*np.nonzero(wrong), strict=True):
            yield say(
                "{depot}: a pack of {item} more for who stands lowest below it, and one less for who stands highest, "
                "would leave the latter higher still.",
                depot=case.sites.code[tree.depot[parents[depot]]],
                item=case.items.code[item],
            )
