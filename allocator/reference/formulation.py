"""The allocation written out: one variable per open way, one named function per constraint.

docs/formulation.md shows the same formulas in words, symbols and a worked example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pulp

from allocator.case import Bools, Floats, Indices, Table
from allocator.need import Problem
from allocator.shelf_life import days_needed

K = TypeVar("K")

__all__ = ["Formulation", "Limits", "Ways", "formulate", "limits_of", "ways_of"]


@dataclass(frozen=True, kw_only=True)
class Ways(Table):
    """Ways a pair can be served, sorted by (pair, source, by): row w is variable send[w].

    `pair`: position in the problem's pairs. `by`: the item physically sent. `ratio`: its units for
    one unit of the need. `kg`, `m3`: of one unit of the need. `depot`, `site`, `lane`: the road.
    """

    pair: Indices
    source: Indices
    by: Indices
    lane: Indices
    depot: Indices
    site: Indices
    ratio: Floats
    kg: Floats
    m3: Floats
    km: Floats


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Every finite limit, by the position it belongs to. Units, kg and m3 of the day."""

    supply_units: Mapping[tuple[int, int], float]  # (source, item)
    depot_kg: Mapping[int, float]
    depot_m3: Mapping[int, float]
    lane_kg: Mapping[tuple[int, int], float]  # (depot, site)
    cap_units: Mapping[int, float]  # pair


@dataclass(frozen=True, kw_only=True)
class Formulation:
    """Variables and limit rows of one problem; the requirement rows change from level to level."""

    problem: Problem
    ways: Ways
    limits: Limits
    send: tuple[pulp.LpVariable, ...]
    fill: pulp.LpVariable
    supply: Mapping[tuple[int, int], pulp.LpConstraint]
    kg: Mapping[int, pulp.LpConstraint]
    m3: Mapping[int, pulp.LpConstraint]
    lane_kg: Mapping[tuple[int, int], pulp.LpConstraint]
    cap: Mapping[int, pulp.LpConstraint]

    def limit_rows(self) -> list[pulp.LpConstraint]:
        """Return every limit; with the requirements, this list is the formulation."""
        return [
            *self.supply.values(),
            *self.kg.values(),
            *self.m3.values(),
            *self.lane_kg.values(),
            *self.cap.values(),
        ]


def formulate(problem: Problem, ways: Ways) -> Formulation:
    """Write the problem out in PuLP: the variables and all limits."""
    limits = limits_of(problem, ways)
    labels = problem.sources.label
    codes, items = problem.case.sites.code, problem.case.items.code
    send = tuple(
        pulp.LpVariable(_name("send", w, labels[k], codes[s], items[j]), lowBound=0)
        for w, (k, s, j) in enumerate(zip(ways.source, ways.site, ways.by, strict=True))
    )
    return Formulation(
        problem=problem,
        ways=ways,
        limits=limits,
        send=send,
        fill=pulp.LpVariable("fill"),
        supply=supply_of_source(limits, ways, send),
        kg=kg_of_depot(limits, ways, send),
        m3=m3_of_depot(limits, ways, send),
        lane_kg=kg_of_lane(limits, ways, send),
        cap=cap_of_pair(limits, ways, send),
    )


def supply_of_source(
    limits: Limits, ways: Ways, send: tuple[pulp.LpVariable, ...]
) -> dict[tuple[int, int], pulp.LpConstraint]:
    """Σ_{s,i} ratio[i,j] · send[k,s,i,j] ≤ packs[k,j] · pack_units[j], for every source k and item j."""
    members = _members(zip(ways.source.tolist(), ways.by.tolist(), strict=True))
    return _at_most("supply", members, ways.ratio, send, limits.supply_units)


def kg_of_depot(limits: Limits, ways: Ways, send: tuple[pulp.LpVariable, ...]) -> dict[int, pulp.LpConstraint]:
    """Σ kg[i,j] · send[k,s,i,j] ≤ min(max_kg, vehicles · vehicle_kg), for every depot d and its sources k."""
    return _at_most("kg", _members(ways.depot.tolist()), ways.kg, send, limits.depot_kg)


def m3_of_depot(limits: Limits, ways: Ways, send: tuple[pulp.LpVariable, ...]) -> dict[int, pulp.LpConstraint]:
    """Σ m3[i,j] · send[k,s,i,j] ≤ max_m3, for every depot d and its sources k."""
    return _at_most("m3", _members(ways.depot.tolist()), ways.m3, send, limits.depot_m3)


def kg_of_lane(
    limits: Limits, ways: Ways, send: tuple[pulp.LpVariable, ...]
) -> dict[tuple[int, int], pulp.LpConstraint]:
    """Σ_{i,j} kg[i,j] · send[k,s,i,j] ≤ lane_kg[d,s], for every lane from depot d to site s."""
    members = _members(zip(ways.depot.tolist(), ways.site.tolist(), strict=True))
    return _at_most("lane_kg", members, ways.kg, send, limits.lane_kg)


def cap_of_pair(limits: Limits, ways: Ways, send: tuple[pulp.LpVariable, ...]) -> dict[int, pulp.LpConstraint]:
    """Σ_{k,j} send[k,s,i,j] ≤ max_units[s,i], for every pair with a cap."""
    return _at_most("cap", _members(ways.pair.tolist()), np.ones(len(ways)), send, limits.cap_units)


def requirement_of_pair(form: Formulation, least_units: Floats, slope_units: Floats) -> list[pulp.LpConstraint]:
    """Σ_{k,j} send[k,s,i,j] ≥ least[s,i] + slope[s,i] · fill, for every pair asked for something.

    A pair that the rung does not lift, or that is frozen, has slope 0 and least = its guarantee.
    """
    rows = []
    for pair, members in _members(form.ways.pair.tolist()).items():
        least, slope = float(least_units[pair]), float(slope_units[pair])
        if slope > 0 or least > 0:
            received = pulp.LpAffineExpression([(form.send[w], 1.0) for w in members])
            asked = pulp.LpAffineExpression([(form.fill, slope)]) if slope > 0 else 0
            name = _name("lift" if slope > 0 else "keep", pair)
            rows.append(pulp.LpConstraint(received - asked, pulp.LpConstraintGE, name, least))
    return rows


def lasts_for_site(problem: Problem, source: Indices, site: Indices) -> Bools:
    """life[k] ≥ need[s], for every way from source k to site s; what is too short for one stays open to others."""
    return np.asarray(problem.sources.lasts_days[source] >= days_needed(problem.case)[site])


def ways_of(problem: Problem) -> Ways:
    """Return every open way of every pair: a route of its site and an item that route can carry.

    A source is open to a pair only where it has a whole pack of what would be sent, and lasts for its site.
    """
    routes, pairs, case = problem.routes, problem.pairs, problem.case
    pair, by, ratio = _wanted_and_accepted(problem)
    first = np.searchsorted(routes.site, pairs.site[pair], side="left")
    count = np.searchsorted(routes.site, pairs.site[pair], side="right") - first
    wish = np.repeat(np.arange(len(pair)), count)
    route = np.arange(len(wish)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    stocked = problem.packs[routes.source[route], by[wish]] > 0 if len(wish) else np.zeros(0, dtype=bool)
    stocked &= lasts_for_site(problem, routes.source[route], routes.site[route])
    wish, route = wish[stocked], route[stocked]
    order = np.lexsort((by[wish], routes.source[route], pair[wish]))
    wish, route = wish[order], route[order]
    per_pack = ratio[wish] / case.items.pack_units[by[wish]]
    lane, source = routes.lane[route], routes.source[route]
    return Ways(
        pair=pair[wish].astype(np.int32),
        source=source,
        by=by[wish].astype(np.int32),
        lane=lane,
        depot=problem.sources.depot[source],
        site=pairs.site[pair[wish]],
        ratio=ratio[wish],
        kg=np.nan_to_num(case.items.pack_kg[by[wish]]) * per_pack,
        m3=np.nan_to_num(case.items.pack_m3[by[wish]]) * per_pack,
        km=np.nan_to_num(case.lanes.km[lane]),
    )


def limits_of(problem: Problem, ways: Ways) -> Limits:
    """Return every finite limit that some way can meet."""
    case, pairs = problem.case, problem.pairs
    units = problem.packs * case.items.pack_units if len(problem.packs) else problem.packs
    supply = {(k, j): float(units[k, j]) for k, j in zip(ways.source.tolist(), ways.by.tolist(), strict=True)}
    day = case.depots
    fleet_kg = np.where(day.vehicles < 0, np.nan, day.vehicles * day.vehicle_kg)
    day_kg = np.fmin(day.max_kg, fleet_kg)
    used = set(ways.depot.tolist())
    lane_kg = case.lanes.max_kg[ways.lane]
    roads = zip(ways.depot.tolist(), ways.site.tolist(), lane_kg.tolist(), strict=True)
    return Limits(
        supply_units=supply,
        depot_kg=_finite(zip(day.depot.tolist(), day_kg.tolist(), strict=True), used),
        depot_m3=_finite(zip(day.depot.tolist(), day.max_m3.tolist(), strict=True), used),
        lane_kg={(d, s): most for d, s, most in roads if not np.isnan(most)},
        cap_units={p: float(pairs.cap[p]) for p in np.unique(ways.pair).tolist() if pairs.cap[p] >= 0},
    )


def _wanted_and_accepted(problem: Problem) -> tuple[Indices, Indices, Floats]:
    """Return (pair, item that may be sent for it, its units for one unit needed): itself first."""
    wanted = problem.pairs.item
    subs = problem.case.substitutes
    first = np.searchsorted(subs.item, wanted, side="left")
    count = np.searchsorted(subs.item, wanted, side="right") - first
    pair = np.repeat(np.arange(len(wanted)), count)
    row = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return (
        np.concatenate([np.arange(len(wanted)), pair]).astype(np.int32),
        np.concatenate([wanted, subs.by[row]]).astype(np.int32),
        np.concatenate([np.ones(len(wanted)), subs.units_per_unit[row]]),
    )


def _finite(limits: Iterable[tuple[int, float]], used: set[int]) -> dict[int, float]:
    return {depot: most for depot, most in limits if depot in used and not np.isnan(most)}


def _members(keys: Iterable[K]) -> dict[K, list[int]]:
    """Return the ways of each key, in order."""
    members: dict[K, list[int]] = {}
    for way, key in enumerate(keys):
        members.setdefault(key, []).append(way)
    return members


def _name(kind: str, *parts: object) -> str:
    """Return a name that LP and MPS files can hold: letters, digits and underscores, not too long."""
    return "_".join([kind, *(re.sub(r"[^A-Za-z0-9]", "_", str(part))[:20] for part in parts)])


def _at_most(
    kind: str,
    members: Mapping[K, list[int]],
    use: Floats,
    send: tuple[pulp.LpVariable, ...],
    limits: Mapping[K, float],
) -> dict[K, pulp.LpConstraint]:
    rows: dict[K, pulp.LpConstraint] = {}
    for key, most in limits.items():
        used = [(send[w], float(use[w])) for w in members.get(key, []) if use[w] > 0]
        if used:
            rows[key] = pulp.LpConstraint(
                pulp.LpAffineExpression(used), pulp.LpConstraintLE, _name(kind, len(rows)), most
            )
    return rows
