"""Stops passed from one site to another until the plan is stop-fair.

Reviews (`visits`) settle many roads at once and may pass over a site that stands lower than one
that is visited. Here one stop is passed on at a time, and kept only if the positions of all pairs,
sorted, rise: there are finitely many plans, so this ends; and the plan of highest sorted positions
within the limits is stop-fair, for passing a stop on would raise them (docs/laws.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats, micro
from allocator.need import Problem
from allocator.shares import Shipments
from allocator.shelf_life import days_needed
from allocator.visits import MAX_STOPS, Road, StopsMade, delivered, stops_made

__all__ = ["pass_stops_on"]

_NEAR = 1e-12
_RISES = 1e-9
_TRIES_MAX = 60  # plans made anew

_S = TypeVar("_S")


@dataclass(frozen=True)
class _Swap:
    """A depot's stop that one site could give up to another and still stand above it."""

    depot: int
    gives: int
    takes: int


def pass_stops_on(
    problem: Problem,
    plan: _S,
    *,
    shipments_of: Callable[[_S], Shipments],
    closed_of: Callable[[_S], Mapping[Road, str]],
    again: Callable[[dict[Road, str], set[Road]], _S],
) -> _S:
    """Return the plan, or a better one in which no stop is left that somebody could fairly pass on.

    `again`: plans anew from closed roads, and roads that reviews must not open. A swap that did not
    raise the sorted positions is not tried twice from the same plan.
    """
    if not bool(np.any(problem.case.depots.max_stops >= 0)):
        return plan
    tried: set[_Swap] = set()
    for _ in range(_TRIES_MAX):
        swap = _unfair(problem, shipments_of(plan), tried)
        if swap is None:
            break
        tried.add(swap)
        closed = _swapped(problem, shipments_of(plan), closed_of(plan), swap)
        other = again(closed, {(swap.depot, swap.gives)})
        if _rises(_standing(problem, shipments_of(plan)), _standing(problem, shipments_of(other))):
            plan, tried = other, set()
    return plan


def _standing(problem: Problem, shipments: Shipments) -> Floats:
    """Return the positions of all pairs, sorted."""
    got = delivered(problem, shipments)
    return np.sort(got.places.of(np.arange(len(problem.pairs)), got.total))


def _rises(before: Floats, after: Floats) -> bool:
    """Tell whether sorted positions rose: at the first that changed, upwards."""
    apart = np.flatnonzero(~np.isclose(before, after, rtol=0.0, atol=_RISES))
    return bool(len(apart)) and bool(after[apart[0]] > before[apart[0]])


def _swapped(problem: Problem, shipments: Shipments, closed: Mapping[Road, str], swap: _Swap) -> dict[Road, str]:
    """Return the roads closed when the stop is passed on: at its depot only those that are driven stay open."""
    n_sites = len(problem.case.sites)
    made = stops_made(problem, shipments)
    kept = set(made.site[made.depot == swap.depot].tolist()) - {swap.gives} | {swap.takes}
    roads = problem.sources.depot[problem.routes.source].astype(np.int64) * n_sites + problem.routes.site
    mine = np.unique(roads[roads // n_sites == swap.depot]) % n_sites
    shut = {(swap.depot, site): MAX_STOPS for site in mine.tolist() if site not in kept}
    return {road: why for road, why in closed.items() if road != (swap.depot, swap.takes)} | shut


def _unfair(problem: Problem, shipments: Shipments, tried: set[_Swap]) -> _Swap | None:
    """Return a swap not tried yet at a depot whose stops are all used, of the lowest who waits."""
    case = problem.case
    made = stops_made(problem, shipments)
    found: list[tuple[float, float, _Swap]] = []
    for depot, limit in zip(case.depots.depot.tolist(), case.depots.max_stops.tolist(), strict=True):
        stops = np.flatnonzero(made.depot == depot)
        if 0 < len(stops) == limit:
            found += _unfair_at(problem, shipments, made, depot)
    found = [one for one in found if one[2] not in tried]
    return min(found, key=lambda one: (one[0], -one[1], one[2].depot, one[2].takes, one[2].gives))[2] if found else None


def _unfair_at(problem: Problem, shipments: Shipments, made: StopsMade, depot: int) -> list[tuple[float, float, _Swap]]:
    """Return by item (where the lowest who waits stands, where who gives would stand, the swap)."""
    sources = np.flatnonzero((problem.sources.depot == depot) & (problem.sources.earmark == ""))
    of_depot = np.flatnonzero(problem.sources.depot[shipments.source] == depot)
    stops = np.flatnonzero(made.depot == depot)
    waits = np.zeros(len(problem.case.sites), dtype=bool)
    waits[problem.routes.site[np.isin(problem.routes.source, sources)]] = True
    waits[made.site[stops]] = False
    found, needed = [], days_needed(problem.case)
    for item in np.flatnonzero(problem.packs[sources].any(axis=0)).tolist():
        sites = shipments.site[of_depot[shipments.by[of_depot] == item]]
        longest = problem.sources.lasts_days[sources[problem.packs[sources, item] > 0]].max()
        could = _who_could_take(problem, made, depot, item, waits & (needed <= longest))
        days = needed[problem.pairs.site[could]]
        for each in np.unique(days).tolist():
            # What a site is sent lasts long enough for every site that needs no more.
            givers = stops[np.isin(made.site[stops], sites[needed[sites] >= each])]
            pairs = could[days == each]
            lowest = pairs[np.argmin(made.stands[pairs])]
            for giver in givers[made.without[givers] > made.stands[lowest] + _NEAR].tolist():
                swap = _Swap(depot, int(made.site[giver]), int(problem.pairs.site[lowest]))
                found.append((float(made.stands[lowest]), float(made.without[giver]), swap))
    return found


def _who_could_take(problem: Problem, made: StopsMade, depot: int, item: int, waits: Bools) -> NDArray[np.intp]:
    """Return the pairs at waiting sites whose ladder, cap and lane take a pack of an item, heavy enough for a stop."""
    case, pairs = problem.case, problem.pairs
    ratio = np.full(len(case.items), np.nan)
    ratio[item] = 1.0
    subs = case.substitutes
    ratio[subs.item[subs.by == item]] = subs.units_per_unit[subs.by == item]
    rows = np.flatnonzero(waits[pairs.site] & np.isfinite(ratio[pairs.item]) & np.isfinite(made.stands))
    gain = int(case.items.pack_units[item]) / ratio[pairs.item[rows]]
    room = (pairs.cap[rows] < 0) | (made.total[rows] - pairs.held[rows] + gain <= pairs.cap[rows] + _RISES)
    kg = int(micro(np.nan_to_num(case.items.pack_kg[item : item + 1]))[0])
    lane_kg = np.full(len(case.sites), np.inf)
    mine = np.flatnonzero(case.lanes.depot == depot)
    lane_kg[case.lanes.site[mine]] = np.where(np.isnan(case.lanes.max_kg[mine]), np.inf, case.lanes.max_kg[mine])
    carries = np.rint(lane_kg[pairs.site[rows]] * MICRO) >= kg
    heavy = (kg >= float(case.policy.min_drop_kg) * MICRO) | made.first_lacking[rows]
    return rows[room & carries & heavy]
