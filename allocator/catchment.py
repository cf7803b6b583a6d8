"""Catchments: sites that reach the same open sources rise together, so a nation is a small network.

A *cell* is a catchment and an item. Under leximin all pairs of a cell share one price, so the
optimiser needs a variable per cell and source (a *way*), never one per lane. A site whose lane
limit can bind is a catchment of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats, Indices, Table, micro
from allocator.need import Problem, promised_cover

__all__ = ["Cells", "Network", "Ways", "network_of"]


@dataclass(frozen=True, kw_only=True)
class Cells(Table):
    """A catchment and an item. `site`: the one site of a lane-limited catchment, else -1."""

    item: Indices
    site: Indices


@dataclass(frozen=True, kw_only=True)
class Ways(Table):
    """One way to serve a cell, sorted by (cell, source, by).

    `ratio`: units of `by` for one unit needed; `kg`, `m3`: of one unit needed; `lane_limit`: row
    of `Network.lane_max_kg`, -1 where no lane limit can bind; `km`: mean distance of its sites.
    """

    cell: Indices
    source: Indices
    by: Indices
    ratio: Floats
    kg: Floats
    m3: Floats
    lane_limit: Indices
    km: Floats


@dataclass(frozen=True, kw_only=True)
class Network:
    """Cells, ways and the limits that can bind.

    `cell_of_pair`: -1 where no source is open. `group_of_site`: sites with the same lanes.
    `kg_limit`, `m3_limit`: per site position, inf where none can bind.
    `lane_depot`, `lane_site`, `lane_max_kg`: the lane limits that can bind.
    """

    problem: Problem
    cells: Cells
    open_sources: tuple[tuple[int, ...], ...]
    ways: Ways
    cell_of_pair: Indices
    group_of_site: Indices
    kg_limit: Floats
    m3_limit: Floats
    lane_depot: Indices
    lane_site: Indices
    lane_max_kg: Floats

    @cached_property
    def way_depot(self) -> Indices:
        """The site each way leaves from."""
        return self.problem.sources.depot[self.ways.source]

    @cached_property
    def first_way(self) -> NDArray[np.intp]:
        """Where each cell's ways begin, with one more entry for the end."""
        return np.searchsorted(self.ways.cell, np.arange(len(self.cells) + 1))


def network_of(problem: Problem) -> Network:
    """Collapse a problem to its catchments."""
    kg_limit, m3_limit = _depot_limits(problem)
    lane_rows, lane_max_kg = _lane_limits(problem)
    lone = np.zeros(len(problem.case.sites), dtype=bool)
    lone[problem.case.lanes.site[lane_rows]] = True
    group_of_site, members = _groups(problem, lone)
    cells, open_sources, cell_of_pair, groups_of_cell = _cells(problem, group_of_site, members, lone)
    lane_depot, lane_site = problem.case.lanes.depot[lane_rows], problem.case.lanes.site[lane_rows]
    ways = _ways(problem, cells, open_sources, groups_of_cell, group_of_site, (lane_depot, lane_site))
    return Network(
        problem=problem,
        cells=cells,
        open_sources=open_sources,
        ways=ways,
        cell_of_pair=cell_of_pair,
        group_of_site=group_of_site,
        kg_limit=kg_limit,
        m3_limit=m3_limit,
        lane_depot=lane_depot,
        lane_site=lane_site,
        lane_max_kg=lane_max_kg,
    )


def day_limits(problem: Problem) -> tuple[Floats, Floats]:
    """Return each site's limit as a depot, kg and m3 for the day; inf where there is none."""
    depots = problem.case.depots
    kg = np.full(len(problem.case.sites), np.inf)
    m3 = np.full(len(problem.case.sites), np.inf)
    kg[depots.depot] = np.fmin(depots.day_kg, np.inf)
    m3[depots.depot] = np.fmin(depots.max_m3, np.inf)
    return kg, m3


def _depot_limits(problem: Problem) -> tuple[Floats, Floats]:
    """Drop the limits that could not bind even if everything left the depot."""
    kg, m3 = day_limits(problem)
    items, sources = problem.case.items, problem.sources
    for limit, per_pack in ((kg, items.pack_kg), (m3, items.pack_m3)):
        whole = (problem.packs * micro(np.nan_to_num(per_pack))).sum(axis=1)
        load = np.bincount(sources.depot, weights=whole, minlength=len(limit)) / MICRO
        limit[load <= limit] = np.inf
    return kg, m3


def _lane_limits(problem: Problem) -> tuple[NDArray[np.intp], Floats]:
    """Return the lanes (rows of `case.lanes`) whose weight limit could bind, with the limits."""
    lanes = problem.case.lanes
    limited = np.isfinite(lanes.max_kg)
    if not bool(limited.any()):
        return np.empty(0, dtype=np.intp), np.empty(0)
    used = np.zeros(len(lanes), dtype=bool)
    used[problem.routes.lane] = True
    most = _most_kg_wanted(problem)
    rows = np.flatnonzero(limited & used & (lanes.max_kg < most[lanes.site]))
    return rows, lanes.max_kg[rows]


def _most_kg_wanted(problem: Problem) -> Floats:
    """Return for each site a weight that its deliveries cannot pass: every pair filled to the top."""
    pairs, items, subs = problem.pairs, problem.case.items, problem.case.substitutes
    kg = np.nan_to_num(items.pack_kg)
    per_unit = kg / items.pack_units
    own = per_unit.copy()
    last_pack = kg.copy()
    for item, by, ratio in zip(subs.item, subs.by, subs.units_per_unit, strict=True):
        per_unit[item] = max(per_unit[item], own[by] * ratio)
        last_pack[item] = max(last_pack[item], kg[by])
    top = promised_cover(problem.case, pairs.tier, pairs.item)
    lacking = np.maximum(0.0, pairs.daily_units * top - pairs.held)
    wanted = lacking * per_unit[pairs.item] + np.where(lacking > 0, last_pack[pairs.item], 0.0)
    return np.asarray(np.bincount(pairs.site, weights=wanted, minlength=len(problem.case.sites)), dtype=np.float64)


def _groups(problem: Problem, lone: Bools) -> tuple[Indices, list[NDArray[np.int32]]]:
    """Put sites with the same open sources together; return each site's group and its sources.

    Sets are told apart by a 64-bit hash, then compared source by source, so a collision cannot
    join two catchments.
    """
    routes, n_sites = problem.routes, len(lone)
    starts = np.searchsorted(routes.site, np.arange(n_sites + 1))
    lengths = np.diff(starts)
    for seed in range(8):
        salt = np.random.default_rng(seed).integers(1, 2**63, size=len(problem.sources) + 1, dtype=np.uint64)
        running = np.concatenate([[np.uint64(0)], np.cumsum(salt[routes.source], dtype=np.uint64)])
        key = running[starts[1:]] - running[starts[:-1]]
        alone = np.flatnonzero(lone)
        key[alone] ^= np.random.default_rng(seed + 99).integers(1, 2**63, size=len(alone), dtype=np.uint64)
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
        group_of_site, first = rank[group].astype(np.int32), np.sort(first)
        if _same_sets(routes.source, routes.site, starts, lengths, first[group_of_site]):
            return group_of_site, [routes.source[starts[f] : starts[f + 1]] for f in first]
    raise AssertionError("eight hash functions collided")  # probability below 1e-100


def _same_sets(
    source: Indices, site: Indices, starts: NDArray[np.intp], lengths: NDArray[np.intp], like: NDArray[np.intp]
) -> bool:
    if not bool(np.all(lengths == lengths[like])):
        return False
    offset = np.arange(len(source)) - starts[site]
    return bool(np.all(source == source[starts[like[site]] + offset]))


def _cells(
    problem: Problem, group_of_site: Indices, members: list[NDArray[np.int32]], lone: Bools
) -> tuple[Cells, tuple[tuple[int, ...], ...], Indices, list[list[int]]]:
    pairs, n_items = problem.pairs, len(problem.case.items)
    reachable = _reachable(problem)
    group_item = group_of_site[pairs.site].astype(np.int64) * n_items + pairs.item
    present = np.unique(group_item)
    site_of_group = np.full(len(members), -1, dtype=np.int64)
    site_of_group[group_of_site[lone]] = np.flatnonzero(lone)
    number: dict[tuple[int, int, tuple[int, ...]], int] = {}
    table = np.full(len(members) * n_items, -1, dtype=np.int32)
    groups: list[list[int]] = []
    for key in present:
        group, item = divmod(int(key), n_items)
        sources = members[group]
        open_here = tuple(sources[reachable[sources, item]].tolist())
        if not open_here:
            continue
        cell = number.setdefault((item, int(site_of_group[group]), open_here), len(number))
        table[key] = cell
        if cell == len(groups):
            groups.append([])
        groups[cell].append(group)
    cells = Cells(
        item=np.array([item for item, _, _ in number], dtype=np.int32),
        site=np.array([site for _, site, _ in number], dtype=np.int32),
    )
    return cells, tuple(sources for _, _, sources in number), table[group_item], groups


def _reachable(problem: Problem) -> Bools:
    """Return [source, item]: could this source serve a need of this item, itself or by substitute."""
    stocked = problem.packs > 0
    reachable = stocked.copy()
    subs = problem.case.substitutes
    for item, by in zip(subs.item, subs.by, strict=True):
        reachable[:, item] |= stocked[:, by]
    return reachable


def _ways(
    problem: Problem,
    cells: Cells,
    open_sources: tuple[tuple[int, ...], ...],
    groups_of_cell: list[list[int]],
    group_of_site: Indices,
    lane_keys: tuple[Indices, Indices],
) -> Ways:
    uses = _uses(problem)
    km = _mean_km(problem, group_of_site)
    lane_row = {(int(d), int(s)): n for n, (d, s) in enumerate(zip(*lane_keys, strict=True))}
    depot_of = problem.sources.depot
    rows = []
    for cell, sources in enumerate(open_sources):
        site = int(cells.site[cell])
        for source in sources:
            distance = [km.get((group, source), 0.0) for group in groups_of_cell[cell]]
            lane = lane_row.get((int(depot_of[source]), site), -1) if site >= 0 else -1
            rows += [
                (cell, source, by, ratio, lane, sum(distance) / len(distance))
                for by, ratio in uses[int(cells.item[cell])]
                if problem.packs[source, by] > 0
            ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    items = problem.case.items
    by = np.array(columns[2], dtype=np.int32)
    ratio = np.array(columns[3], dtype=np.float64)
    return Ways(
        cell=np.array(columns[0], dtype=np.int32),
        source=np.array(columns[1], dtype=np.int32),
        by=by,
        ratio=ratio,
        kg=ratio * np.nan_to_num(items.pack_kg)[by] / items.pack_units[by],
        m3=ratio * np.nan_to_num(items.pack_m3)[by] / items.pack_units[by],
        lane_limit=np.array(columns[4], dtype=np.int32),
        km=np.array(columns[5], dtype=np.float64),
    )


def _uses(problem: Problem) -> list[list[tuple[int, float]]]:
    """Return for each item what can meet a need of it: itself at 1, then its substitutes."""
    uses: list[list[tuple[int, float]]] = [[(item, 1.0)] for item in range(len(problem.case.items))]
    subs = problem.case.substitutes
    for item, by, ratio in zip(subs.item, subs.by, subs.units_per_unit, strict=True):
        uses[item].append((int(by), float(ratio)))
    return uses


def _mean_km(problem: Problem, group_of_site: Indices) -> dict[tuple[int, int], float]:
    routes = problem.routes
    n_sources = max(1, len(problem.sources))
    key = group_of_site[routes.site].astype(np.int64) * n_sources + routes.source
    present, place = np.unique(key, return_inverse=True)
    km = np.nan_to_num(problem.case.lanes.km[routes.lane])
    mean = np.bincount(place, weights=km) / np.maximum(1, np.bincount(place))
    return {divmod(int(k), n_sources): float(m) for k, m in zip(present, mean, strict=True)}
