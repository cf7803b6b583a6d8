"""Stops: among the plans with these packs, the one with the fewest visits, then the fewest kg · km on those roads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pulp

from allocator.need import Problem
from allocator.reference.formulation import Ways
from allocator.reference.loading import Loading
from allocator.reference.solvers import Effort, SolverFailed, optimise

__all__ = ["Road", "Spare", "fewest_stops"]

K = TypeVar("K")
M = TypeVar("M")

Road = tuple[int, int]
Spare = dict[tuple[int, int], int]
"""Packs that a pair (pair, item sent) may go short to save a stop."""


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Whole packs `carry[w]` on each way, and whether each road (depot, site) is driven."""

    carry: Mapping[int, pulp.LpVariable]
    drive: Mapping[Road, pulp.LpVariable]


def fewest_stops(
    problem: Problem, ways: Ways, load: Loading, least_kg: Mapping[Road, int], spare: Spare, solver: str
) -> list[int]:
    """Return packs per way with the fewest stops, then the most packs, then, on those roads, the fewest kg · km.

    Each pair's packs stay, but for what it may spare. `least_kg`: roads that are driven with so
    many millionths of a kg, or not at all. Where no plan keeps to them, or the search ends before
    finding one, the packs stay on the ways they are on.
    """
    visits = _visits(load)
    if not visits.carry:
        return list(load.packs)
    rows = [
        *packs_of_pair(load, visits, spare),
        *supply_of_source(problem, load, visits),
        *weight_of_depot(load, visits),
        *room_of_depot(load, visits),
        *weight_of_lane(load, visits),
        *drive_to_carry(load, visits),
        *stops_of_depot(problem, visits),
        *least_drop(load, visits, least_kg),
    ]
    number, carried = pulp.lpSum(visits.drive.values()), pulp.lpSum(visits.carry.values())
    km = np.nan_to_num(ways.km)
    cost = pulp.LpAffineExpression(
        [(carry, float(km[w]) * load.roads.kg[w] / 1e6) for w, carry in visits.carry.items()]
    )
    # All that could ever be driven weighs less than half a stop, so it decides between equals only.
    most = sum(float(km[w]) * load.roads.kg[w] / 1e6 * carry.upBound for w, carry in visits.carry.items())
    try:
        _minimise("stops", number + cost * (0.4 / max(most, 1.0)), rows, solver)
        rows += [drive == round(drive.value()) for drive in visits.drive.values()]
        if spare:
            _minimise("packs", -carried, rows, solver)
            rows.append(carried >= round(sum(carry.value() for carry in visits.carry.values())))
        _minimise("distance", cost, rows, solver)
    except SolverFailed:
        return list(load.packs)
    packs = [0] * len(load.packs)
    for way, carry in visits.carry.items():
        packs[way] = round(carry.value() or 0)
    return packs


def packs_of_pair(load: Loading, visits: Visits, spare: Spare) -> list[pulp.LpConstraint]:
    """packs[s,i,j] - spare[s,i,j] ≤ Σ_k carry[k,s,i,j] ≤ packs[s,i,j]: nobody else gains or loses a pack."""
    rows = []
    for key, ways in load.roads.ways_of.items():
        carried = [visits.carry[w] for w in ways if w in visits.carry]
        if carried:
            packs = sum(load.packs[w] for w in ways)
            rows.append(pulp.lpSum(carried) <= packs)
            rows.append(pulp.lpSum(carried) >= packs - spare.get(key, 0))
    return rows


def supply_of_source(problem: Problem, load: Loading, visits: Visits) -> list[pulp.LpConstraint]:
    """Σ_{s,i} carry[k,s,i,j] ≤ packs[k,j]."""
    roads = load.roads
    groups = _grouped({w: (roads.source[w], roads.by[w]) for w in visits.carry})
    return [
        pulp.lpSum(visits.carry[w] for w in ways) <= int(problem.packs[source, item])
        for (source, item), ways in groups.items()
    ]


def weight_of_depot(load: Loading, visits: Visits) -> list[pulp.LpConstraint]:
    """Σ pack_kg[j] · carry ≤ kg of the depot."""
    return _within(load, visits, load.kg_left, load.roads.kg)


def room_of_depot(load: Loading, visits: Visits) -> list[pulp.LpConstraint]:
    """Σ pack_m3[j] · carry ≤ m3 of the depot."""
    return _within(load, visits, load.m3_left, load.roads.m3)


def weight_of_lane(load: Loading, visits: Visits) -> list[pulp.LpConstraint]:
    """Σ pack_kg[j] · carry ≤ kg of the lane."""
    roads = load.roads
    groups = _grouped({w: (roads.depot[w], roads.site[w]) for w in visits.carry})
    loaded = {road: sum(roads.kg[w] * load.packs[w] for w in ways) for road, ways in groups.items()}
    return [
        pulp.lpSum(roads.kg[w] / 1e6 * visits.carry[w] for w in ways) <= (load.lane_left[road] + loaded[road]) / 1e6
        for road, ways in groups.items()
        if road in load.lane_left
    ]


def drive_to_carry(load: Loading, visits: Visits) -> list[pulp.LpConstraint]:
    """carry[k,s,i,j] ≤ packs[s,i,j] · drive[d,s]: nothing travels on a road that is not driven."""
    roads = load.roads
    total = {key: sum(load.packs[w] for w in ways) for key, ways in roads.ways_of.items()}
    return [
        carry <= total[roads.pair[w], roads.by[w]] * visits.drive[roads.depot[w], roads.site[w]]
        for w, carry in visits.carry.items()
    ]


def stops_of_depot(problem: Problem, visits: Visits) -> list[pulp.LpConstraint]:
    """Σ_s drive[d,s] ≤ max_stops[d]."""
    day = problem.case.depots
    most = {d: n for d, n in zip(day.depot.tolist(), day.max_stops.tolist(), strict=True) if n >= 0}
    groups = _grouped({road: road[0] for road in visits.drive})
    return [
        pulp.lpSum(visits.drive[road] for road in roads) <= most[depot]
        for depot, roads in groups.items()
        if depot in most
    ]


def least_drop(load: Loading, visits: Visits, least_kg: Mapping[Road, int]) -> list[pulp.LpConstraint]:
    """Σ pack_kg[j] · carry ≥ min_drop_kg · drive[d,s], except where the first rung is at stake."""
    roads = load.roads
    groups = _grouped({w: (roads.depot[w], roads.site[w]) for w in visits.carry})
    return [
        pulp.lpSum(roads.kg[w] / 1e6 * visits.carry[w] for w in ways) >= least_kg[road] / 1e6 * visits.drive[road]
        for road, ways in groups.items()
        if least_kg.get(road, 0) > 0
    ]


def _visits(load: Loading) -> Visits:
    roads = load.roads
    sent = [key for key, ways in roads.ways_of.items() if any(load.packs[w] for w in ways)]
    open_ways = sorted(w for key in sent for w in roads.ways_of[key])
    driven = sorted({(roads.depot[w], roads.site[w]) for w in open_ways})
    total = {key: sum(load.packs[w] for w in roads.ways_of[key]) for key in sent}
    return Visits(
        carry={
            w: pulp.LpVariable(f"carry_{w}", 0, total[roads.pair[w], roads.by[w]], pulp.LpInteger) for w in open_ways
        },
        drive={(d, s): pulp.LpVariable(f"drive_{d}_{s}", cat=pulp.LpBinary) for d, s in driven},
    )


def _within(load: Loading, visits: Visits, left: Mapping[int, int], weight: list[int]) -> list[pulp.LpConstraint]:
    groups = _grouped({w: load.roads.depot[w] for w in visits.carry})
    loaded = {depot: sum(weight[w] * load.packs[w] for w in ways) for depot, ways in groups.items()}
    return [
        pulp.lpSum(weight[w] / 1e6 * visits.carry[w] for w in ways) <= (left[depot] + loaded[depot]) / 1e6
        for depot, ways in groups.items()
        if depot in left
    ]


def _grouped(key_of: Mapping[M, K]) -> dict[K, list[M]]:
    groups: dict[K, list[M]] = {}
    for member, key in key_of.items():
        groups.setdefault(key, []).append(member)
    return groups


def _minimise(
    name: str,
    objective: pulp.LpAffineExpression,
    rows: list[pulp.LpConstraint],
    solver: str,
) -> None:
    model = pulp.LpProblem(name, pulp.LpMinimize)
    model += objective
    for number, row in enumerate(rows):
        model.addConstraint(row, f"row_{number}")
    optimise(model, solver, Effort())
