"""Which pairs share a reason: ten million pairs, put into some thousands of outcomes.

An outcome is everything a reason may depend on: what became of the pair, the freeze that stopped
it, its item and tier, the sources that were open to its site, and how whole packs changed its share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Table, Units
from allocator.need import Problem, depots_of, without_roads
from allocator.shares import FairShares
from allocator.shelf_life import days_needed

__all__ = [
    "Closed",
    "Kind",
    "Outcomes",
    "Rounding",
    "SiteGroups",
    "closed_of",
    "groups_of",
    "lane_groups_of",
    "open_problem",
    "outcomes_of",
]

_DENSE_MOST = 200_000_000  # larger key spaces are sorted instead of looked up
_LONE_MOST = 200  # more sites with full roads of their own share one sentence
_NOTHING = 1e-9  # in days of use; a share below this is nothing
_NOTABLE = 0.2  # whole packs are mentioned where they change what a site holds by more than this


class Kind(IntEnum):
    """What became of a pair."""

    HELD = 0  # it needed nothing for the whole ladder
    FILLED = 1  # its ladder is complete
    NO_SOURCE = 2  # nothing is open to it
    PASSED_OVER = 3  # the plan gave up the roads that were open to it
    CAP = 4  # it has all it may receive
    ROAD = 5  # its own road is full, and too many are for a sentence each
    RAISED = 6  # it gets a share
    NOTHING = 7  # it gets none, for others with as much or more claim took all


class Rounding(IntEnum):
    """What whole packs did to a fair share."""

    AS_IS = 0
    NONE = 1  # less than a pack
    MORE = 2
    LESS = 3
    GIFT = 4  # a pack without a share


@dataclass(frozen=True, kw_only=True)
class SiteGroups:
    """Sites by what they can reach. `site_of_group`: one of its sites; `lone`: it has no other."""

    of_site: Indices
    site_of_group: Indices
    lone: Bools


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Roads the plan gave up: per site a position in `roads`, each a set of (depot, why); 0: none.

    `could_serve[position, item]`: a depot among them has a whole pack for a need of the item.
    """

    of_site: Indices
    roads: tuple[tuple[tuple[int, str], ...], ...]
    could_serve: Bools


@dataclass(frozen=True, kw_only=True)
class Outcomes(Table):
    """What pairs share that have one reason; `pairs` counts them, `daily_units` adds up their use."""

    step: NDArray[np.intp]
    group: NDArray[np.intp]
    item: NDArray[np.intp]
    tier: NDArray[np.intp]
    closed: NDArray[np.intp]
    kind: NDArray[np.intp]
    rounding: NDArray[np.intp]
    counted: NDArray[np.intp]
    pairs: Units
    daily_units: Floats


def closed_of(problem: Problem, shares: FairShares) -> Closed:
    """Return which roads each site lost to a stop limit or a minimum drop."""
    case = problem.case
    by_site: dict[int, list[tuple[int, str]]] = {}
    for depot, site, why in shares.closed:
        by_site.setdefault(case.site_index[site], []).append((case.site_index[depot], why))
    number: dict[tuple[tuple[int, str], ...], int] = {(): 0}
    of_site = np.zeros(len(case.sites), dtype=np.int32)
    for site_at, roads in sorted(by_site.items()):
        of_site[site_at] = number.setdefault(tuple(sorted(roads)), len(number))
    useful = _useful(problem)
    could_serve = np.zeros((len(number), len(case.items)), dtype=bool)
    for roads_lost, at in number.items():
        for depot_at, _ in roads_lost:
            could_serve[at] |= useful[problem.sources.depot == depot_at].any(axis=0)
    return Closed(of_site=of_site, roads=tuple(number), could_serve=could_serve)


def _useful(problem: Problem) -> Bools:
    """Return [source, item]: has a whole pack of the item or of something that may replace it."""
    stocked = problem.packs > 0
    useful = stocked.copy()
    subs = problem.case.substitutes
    for item, by in zip(subs.item, subs.by, strict=True):
        useful[:, item] |= stocked[:, by]
    return useful


def open_problem(problem: Problem, shares: FairShares) -> Problem:
    """Return the problem without the roads the plan gave up."""
    if not shares.closed:
        return problem
    index = problem.case.site_index
    return without_roads(problem, [(index[depot], index[site]) for depot, site, _ in shares.closed])


def groups_of(problem: Problem, shares: FairShares) -> tuple[SiteGroups, Bools]:
    """Return sites by the sources open to them, and which sites' full roads get no sentence of their own."""
    n_sites = len(problem.case.sites)
    full_road = np.zeros(n_sites, dtype=bool)
    for step in shares.steps:
        for _, site in step.lane_kg:
            full_road[problem.case.site_index[site]] = True
    few = int(full_road.sum()) <= _LONE_MOST
    lone = full_road if few else np.zeros(n_sites, dtype=bool)
    return _same_sets(problem.routes.site, problem.routes.source, lone), full_road & ~lone


def lane_groups_of(problem: Problem) -> tuple[SiteGroups, Indices, Indices]:
    """Return sites by the depots with a road that counts, and by the shelf life they need; those roads.

    Roads are (site, depot), sorted by site.
    """
    case = problem.case
    lanes, hours_most = case.lanes, float(case.policy.max_hours)
    is_depot = np.zeros(len(case.sites), dtype=bool)
    is_depot[depots_of(case)] = True
    counts = lanes.open & (np.nan_to_num(lanes.hours) <= hours_most) & is_depot[lanes.depot]
    rows = np.flatnonzero(counts)
    rows = rows[np.argsort(lanes.site[rows], kind="stable")]
    site, depot = lanes.site[rows], lanes.depot[rows]
    # Sites with no road at all are another story than sites whose roads are closed.
    shut = np.zeros(len(case.sites), dtype=bool)
    shut[lanes.site[is_depot[lanes.depot]]] = True
    shut[site] = False
    apart = shut.astype(np.int64)
    if case.policy.shelf_days:
        apart += 2 * np.unique(days_needed(case), return_inverse=True)[1]
    return _same_sets(site, depot, np.zeros(len(case.sites), dtype=bool), apart), site, depot


def _same_sets(site: Indices, member: Indices, lone: Bools, apart: Units | None = None) -> SiteGroups:
    """Put sites with the same members together; rows are sorted by site. Lone sites stay alone.

    Sites are put together only with those that have the same number in `apart`.
    """
    # Sets are told apart by the sum of 64-bit random numbers, which differ with certainty for all purposes.
    rng = np.random.default_rng(20200210)
    n_sites = len(lone)
    salt = rng.integers(1, 2**63, size=int(member.max(initial=-1)) + 1, dtype=np.uint64)
    running = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(salt[member], dtype=np.uint64)])
    start = np.searchsorted(site, np.arange(n_sites + 1))
    key = running[start[1:]] - running[start[:-1]]
    key[lone] ^= rng.integers(1, 2**63, size=int(lone.sum()), dtype=np.uint64)
    if apart is not None:
        key ^= rng.integers(1, 2**63, size=int(apart.max(initial=0)) + 1, dtype=np.uint64)[apart]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    first = np.sort(first)
    return SiteGroups(of_site=rank[group].astype(np.int32), site_of_group=first.astype(np.int32), lone=lone[first])


def outcomes_of(
    problem: Problem,
    shares: FairShares,
    units: Floats,
    sets: tuple[SiteGroups, Bools, SiteGroups | None, Closed],
) -> tuple[Outcomes, NDArray[np.intp]]:
    """Return the distinct outcomes and each pair's position among them."""
    groups, nameless, lane_groups, closed = sets
    pairs = problem.pairs
    kind = _kinds(problem, shares, nameless, closed)
    rounding = _roundings(problem, shares, units, kind)
    froze = kind >= Kind.RAISED
    step = np.where(froze, shares.step, 0)
    group = np.where(froze, groups.of_site[pairs.site], 0)
    if lane_groups is not None:
        group = np.where(kind == Kind.NO_SOURCE, lane_groups.of_site[pairs.site], group)
    group = np.where(kind == Kind.CAP, pairs.cap == 0, group)
    lost = np.where(froze | (kind == Kind.PASSED_OVER), closed.of_site[pairs.site], 0)
    columns = (group, pairs.item, pairs.tier, step, lost, kind, rounding, pairs.counted)
    of_pair, values = _distinct(columns)
    names = ("group", "item", "tier", "step", "closed", "kind", "rounding", "counted")
    outcomes = Outcomes(
        **dict(zip(names, values, strict=True)),
        pairs=np.bincount(of_pair, minlength=len(values[0])).astype(np.int64),
        daily_units=np.bincount(of_pair, weights=pairs.daily_units, minlength=len(values[0])).astype(float),
    )
    return outcomes, of_pair


def _kinds(problem: Problem, shares: FairShares, nameless: Bools, closed: Closed) -> NDArray[np.int8]:
    pairs = problem.pairs
    shared = shares.fair_units > _NOTHING * pairs.daily_units
    complete = (shares.rung == 0) | (shares.step == -1)
    kind = np.where(shared, Kind.RAISED, Kind.NOTHING).astype(np.int8)
    if bool(nameless.any()):
        priced = np.array([bool(step.lane_kg) for step in shares.steps])
        kind[nameless[pairs.site] & (shares.step >= 0) & priced[np.maximum(shares.step, 0)]] = Kind.ROAD
    kind[(pairs.cap >= 0) & (shares.fair_units >= pairs.cap * (1 - _NOTHING))] = Kind.CAP
    nowhere = shares.step == -2  # noqa: PLR2004 - as FairShares says
    kind[nowhere] = Kind.NO_SOURCE
    kind[nowhere & closed.could_serve[closed.of_site[pairs.site], pairs.item]] = Kind.PASSED_OVER
    return np.where(complete, np.where(shared, Kind.FILLED, Kind.HELD), kind).astype(np.int8)


def _roundings(problem: Problem, shares: FairShares, units: Floats, kind: NDArray[np.int8]) -> NDArray[np.int8]:
    pairs = problem.pairs
    fair = shares.fair_units
    shared = fair > _NOTHING * pairs.daily_units
    notable = _NOTABLE * (pairs.held + fair)
    rounding = np.zeros(len(pairs), dtype=np.int8)
    rounding[units > fair + notable] = Rounding.MORE
    rounding[units < fair - notable] = Rounding.LESS
    pack = problem.case.items.pack_units[pairs.item]
    rounding[shared & (units <= 0)] = Rounding.LESS
    rounding[shared & (units <= 0) & (fair < pack)] = Rounding.NONE
    rounding[~shared] = np.where(units[~shared] > 0, Rounding.GIFT, Rounding.AS_IS)
    # Where no road or room is, packs have nothing to say.
    rounding[(kind == Kind.NO_SOURCE) | (kind == Kind.PASSED_OVER)] = Rounding.AS_IS
    return rounding


def _distinct(columns: tuple[NDArray[Any], ...]) -> tuple[NDArray[np.intp], list[NDArray[np.intp]]]:
    """Return each row's position among the distinct rows, and the distinct rows' columns, sorted."""
    of_row = np.zeros(len(columns[0]), dtype=np.int64)
    values: list[NDArray[np.intp]] = []
    for column in columns:
        size = int(column.max(initial=0)) + 1
        keys, of_row = _ranked(of_row * size + column, (int(of_row.max(initial=0)) + 1) * size)
        values = [value[keys // size] for value in values] + [(keys % size).astype(np.intp)]
    return of_row.astype(np.intp), values


def _ranked(key: NDArray[np.int64], space: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the sorted distinct keys and each key's position among them."""
    if space > _DENSE_MOST or space > 1000 * max(1000, len(key)):
        present, place = np.unique(key, return_inverse=True)
        return present, place.astype(np.int64)
    there = np.zeros(space, dtype=bool)
    there[key] = True
    rank = np.cumsum(there, dtype=np.int32) - 1
    return np.flatnonzero(there).astype(np.int64), rank[key].astype(np.int64)
