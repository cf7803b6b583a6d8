"""Send stock down a tree of depots, top first, so that in the end whoever stands lowest stands as high as can be.

A position λ on the ladder is a rung and how far one is into it. To stand at λ a site needs

    packs(λ) = ⌈max(0, daily × cover(λ) − held) ÷ pack⌉   (never above what it may be sent)

and a depot, for all below it, the sum over its sites and depots less the packs it holds itself. Each depot lifts what
is below it to the highest λ that its packs allow; packs left over then go to those who stand at λ, first to whom one
pack lifts highest, as every plan deals them, then in the order of codes. Where every site is reached through one depot
of each level and trucks do not bind, this is the whole-pack leximin of all sites at once: a pack always goes to who
stands lowest among those that it can still reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Floats, Indices, Table, Units
from allocator.depot_tree import DepotTree
from allocator.need import Pairs, Problem

__all__ = ["SentDown", "covers_at", "own_packs", "packs_wanted", "sent_down"]

_HALVINGS = 60
_ROUNDING = 1e-12  # relative: what sums and products of doubles may be off
_NEAR = 1e-9  # who stands nearer than this stands equal


@dataclass(frozen=True, kw_only=True)
class SentDown(Table):
    """Packs from a depot to a depot below it: positions in the tree's depots, and of the item; sorted by them."""

    depot: Indices
    to: Indices
    item: Indices
    packs: Units


def covers_at(case: Case, tier: NDArray[np.integer], durable: NDArray[np.bool_], position: Floats) -> Floats:
    """Return the cover of each pair at a position: `position` 2.25 is a quarter into the third rung."""
    policy = case.policy
    rungs = len(policy.ladder)
    reached = np.zeros((rungs + 1, max(1, len(policy.tier_names)), 2))
    for at, name in enumerate(policy.tier_names):
        for kind in (0, 1):
            for step in policy.tier_steps(name, durable=bool(kind)):
                reached[step.rung :, at, kind] = float(step.top)
    rung = np.minimum(position.astype(np.int64), rungs - 1)
    low, high = reached[rung, tier, durable.astype(np.int8)], reached[rung + 1, tier, durable.astype(np.int8)]
    return np.asarray(low + (position - rung) * (high - low))


def packs_wanted(case: Case, pairs: Pairs, position: Floats) -> Units:
    """Return the packs each pair needs to stand at a position."""
    cover = covers_at(case, pairs.tier, case.items.durable[pairs.item], position)
    pack = case.items.pack_units[pairs.item]
    asked = pairs.daily_units * cover
    lacks = np.maximum(0.0, asked - pairs.held - _ROUNDING * (asked + pairs.held))
    wanted = np.ceil(lacks / pack).astype(np.int64)
    return np.where(pairs.cap >= 0, np.minimum(wanted, pairs.cap // pack), wanted)


def own_packs(problem: Problem, tree: DepotTree) -> Units:
    """Return (depots, items) the whole packs that each depot may send of its own, earmarked stock left aside."""
    sources = problem.sources
    place = np.searchsorted(tree.depot, sources.depot)
    free = np.flatnonzero(~sources.giving & (sources.earmark == ""))
    found = np.zeros((len(tree.depot), len(problem.case.items)), dtype=np.int64)
    np.add.at(found, place[free], problem.packs[free])
    return found


def sent_down(problem: Problem, tree: DepotTree) -> tuple[SentDown, Units]:
    """Return what each depot sends to the depots below it, and (depots, items) the packs each is left with."""
    holding = own_packs(problem, tree)
    parts: list[tuple[Indices, Units]] = []
    for level in range(tree.levels - 1):
        gets = _level(problem, tree, holding, level)
        below = np.flatnonzero(tree.depth == level + 1)
        np.add.at(holding, tree.parent[below], -gets[below])
        holding[below] += gets[below]
        parts.append((below.astype(np.int32), gets[below]))
    to = np.concatenate([depots for depots, _ in parts] or [np.zeros(0, dtype=np.int32)])
    packs = np.concatenate([units for _, units in parts] or [np.zeros((0, len(problem.case.items)), dtype=np.int64)])
    row, item = np.nonzero(packs)
    rows = SentDown(depot=tree.parent[to[row]], to=to[row], item=item.astype(np.int32), packs=packs[row, item])
    return rows.take(np.lexsort((rows.item, rows.to, rows.depot))), holding


@dataclass(frozen=True, eq=False)
class _Tied:
    """Those who stand at a position and whom one pack lifts at least so high; both (depots, items).

    `above`: the next position, at which they would want a pack more. `lifted`: above the ladder's end it is nobody.
    """

    above: Floats
    lifted: Floats

    def gets_one(self, case: Case, pairs: Pairs, packs: Units, where: tuple[Indices, Indices]) -> NDArray[np.bool_]:
        end = float(len(case.policy.ladder))
        lifted = self.lifted[where]
        wants_more = packs_wanted(case, pairs, self.above[where]) > packs
        return wants_more & (lifted <= end) & (packs_wanted(case, pairs, np.minimum(lifted, end)) <= packs + 1)


@dataclass(frozen=True, eq=False)
class _Below:
    """What the depots of one level see below them."""

    problem: Problem
    tree: DepotTree
    holding: Units
    level: int

    def wants(self, position: Floats, tied: _Tied | None = None) -> tuple[Units, Units]:
        """Return by (depot, item) the packs asked of the depot above, and those of the sites a depot serves itself.

        `position`: (depots, items), read at each pair's ancestor of this level. `tied`: who of those that stand at
        the position gets a pack more.
        """
        case, pairs, tree = self.problem.case, self.problem.pairs, self.tree
        server = tree.serves[pairs.site]
        ancestor = np.append(tree.ancestor(self.level), -1)[server]
        mine = np.flatnonzero(ancestor >= 0)
        shape = self.holding.shape
        where = (ancestor[mine], pairs.item[mine])
        packs = packs_wanted(case, pairs.take(mine), position[where])
        if tied is not None:
            packs += tied.gets_one(case, pairs.take(mine), packs, where)
        served = np.zeros(shape, dtype=np.int64)
        np.add.at(served, (server[mine], pairs.item[mine]), packs)
        total = served.copy()
        for depth in range(tree.levels - 1, self.level, -1):
            here = np.flatnonzero(tree.depth == depth)
            total[here] = np.maximum(0, total[here] - self.holding[here])
            np.add.at(total, tree.parent[here], total[here])
        return total, served


def _level(problem: Problem, tree: DepotTree, holding: Units, level: int) -> Units:
    """Return (depots, items) what the depots of the next level get from those of one level."""
    below = _Below(problem, tree, holding, level)
    rungs = float(len(problem.case.policy.ladder))
    top = np.flatnonzero(tree.depth == level)
    low, high = np.zeros(holding.shape), np.full(holding.shape, rungs)
    met = below.wants(high)[0][top] <= holding[top]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = below.wants(middle)[0] <= holding
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    low[top] = np.where(met, rungs + _NEAR, low[top])
    high[top] = np.where(met, rungs, high[top])
    low, high = np.maximum(0.0, low - _NEAR), np.minimum(rungs, high + _NEAR)
    return _with_the_rest(tree, holding, level, *_lifted_highest(below, low, high))


def _lifted_highest(below: _Below, position: Floats, above: Floats) -> tuple[tuple[Units, Units], tuple[Units, Units]]:
    """Return what is wanted when all of the tied whom a pack lifts highest get one as far as packs go, and the next.

    `position`, `above`: the highest that packs allow and the next, (depots, items).
    """
    most = float(len(below.problem.case.policy.ladder)) + 1
    low, high = position.copy(), np.full(position.shape, most)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = below.wants(position, _Tied(above, middle))[0] <= below.holding
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
    return below.wants(position, _Tied(above, high)), below.wants(position, _Tied(above, low))


def _with_the_rest(
    tree: DepotTree, holding: Units, level: int, lower: tuple[Units, Units], upper: tuple[Units, Units]
) -> Units:
    """Give the packs that are left over to those who stand equal and whom a pack lifts equally, in the order of codes.

    The sites a depot serves itself come before the depots below it, as the case of its own plan will have it.
    """
    gets = np.zeros_like(holding)
    children = np.flatnonzero(tree.depth == level + 1)
    gets[children] = lower[0][children]
    parent = tree.parent[children]
    left = holding.copy()
    np.add.at(left, parent, -gets[children])
    left -= np.where((tree.depth == level)[:, None], np.minimum(left, upper[1]), 0)
    order = np.argsort(parent, kind="stable")
    children, parent = children[order], parent[order]
    extra = upper[0][children] - lower[0][children]
    before = np.cumsum(extra, axis=0) - extra
    first = np.searchsorted(parent, parent, side="left")
    before -= before[first]
    gets[children] += np.clip(left[parent] - before, 0, extra)
    return gets
