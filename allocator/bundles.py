"""Bundles: sites with the same roads, whose packs are routed together so that few stops are made.

Which depot serves whom is free as long as every source gives what it was dealt to give. A linear
programme over bundles chooses routes that keep all items of a bundle on the same depots; whole
packs follow it by one minimum-cost flow per item.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from allocator.case import Floats, Units
from allocator.catchment import Network
from allocator.lp import Block, cheapest
from allocator.trades import Trade

__all__ = ["Routing", "route"]

_COST_STEPS = 10**5
_LP_ENTRIES_MAX = 60_000  # larger routing programmes are left to the nearest-depot flow


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Packs by (bundle, trade, source): `packs[n]` go from `source[n]` to `bundle[n]`."""

    bundle: NDArray[np.intp]
    trade: NDArray[np.intp]
    source: NDArray[np.intp]
    packs: Units


@dataclass(frozen=True, kw_only=True)
class _Links:
    """Every (bundle, trade, source) that could carry packs (at most `most`), and what each (bundle, trade) needs."""

    bundle: NDArray[np.intp]
    trade: NDArray[np.intp]
    source: NDArray[np.intp]
    km: Floats
    most: Units
    want: NDArray[np.intp]
    want_packs: Units
    quota: Units


def route(network: Network, trades: list[Trade]) -> Routing:
    """Return whole packs by bundle, trade and source, with few stops and short ways."""
    links = _links(network, trades)
    target = _lp_flow(network, links)
    packs = np.zeros(len(links.bundle), dtype=np.int64)
    for number in range(len(trades)):
        mine = np.flatnonzero(links.trade == number)
        if len(mine):
            packs[mine] = _whole_flow(links, mine, target[mine], links.quota[number])
    used = np.flatnonzero(packs)
    return Routing(bundle=links.bundle[used], trade=links.trade[used], source=links.source[used], packs=packs[used])


def _links(network: Network, trades: list[Trade]) -> _Links:
    pairs = network.problem.pairs
    n_sources = len(network.problem.sources)
    columns: list[tuple[NDArray[np.intp], ...]] = []
    quota = np.zeros((len(trades), n_sources), dtype=np.int64)
    kms, wants, mosts, at = [], [], [], 0
    lone = network.cells.site >= 0
    for number, trade in enumerate(trades):
        given = np.flatnonzero(trade.packs)
        group = network.group_of_site[pairs.site[trade.rows[given]]].astype(np.int64)
        key = group * len(trade.cells) + trade.cell_of_row[given]
        present, place = np.unique(key, return_inverse=True)
        packs = np.rint(np.bincount(place, weights=trade.packs[given])).astype(np.int64)
        first = np.searchsorted(trade.link_cell, np.arange(len(trade.cells) + 1))
        cell = (present % len(trade.cells)).astype(np.intp)
        count = first[cell + 1] - first[cell]
        want = np.repeat(np.arange(len(present)), count)
        link = np.arange(len(want)) - np.repeat(np.cumsum(count) - count, count) + first[cell][want]
        bundle = (present // len(trade.cells)).astype(np.intp)[want]
        source = trade.link_source[link].astype(np.intp)
        columns.append((bundle, np.full(len(want), number, dtype=np.intp), source, want + at))
        kms.append(network.ways.km[trade.link_way[link]])
        # A catchment of one site has limits of its own, so its flows stay as they were dealt.
        fixed = lone[trade.cells[trade.link_cell[link]]]
        mosts.append(np.where(fixed, trade.flow[link], packs[want]))
        wants.append(packs)
        at += len(present)
        quota[number] = _quota(network, trade)
    joined = [np.concatenate([c[k] for c in columns]) for k in range(4)] if columns else [np.empty(0, np.intp)] * 4
    return _Links(
        bundle=joined[0],
        trade=joined[1],
        source=joined[2],
        km=np.concatenate(kms) if kms else np.empty(0),
        most=np.concatenate(mosts) if mosts else np.empty(0, np.int64),
        want=joined[3],
        want_packs=np.concatenate(wants) if wants else np.empty(0, np.int64),
        quota=quota,
    )


def _quota(network: Network, trade: Trade) -> Units:
    """Return what each source may give in a trade: all it has, or what it was dealt where shared."""
    problem = network.problem
    dealt = np.bincount(trade.link_source, weights=trade.flow, minlength=len(problem.sources))
    subs = problem.case.substitutes
    contested = bool(np.any(subs.by == trade.by) or np.any(subs.item == trade.item))
    depot = problem.sources.depot
    limited = np.isfinite(network.kg_limit[depot]) | np.isfinite(network.m3_limit[depot]) | contested
    if bool(np.any(network.ways.lane_limit[trade.link_way] >= 0)):
        limited = np.ones(len(depot), dtype=bool)
    return np.where(limited, np.rint(dealt).astype(np.int64), problem.packs[:, trade.by])


def _lp_flow(network: Network, links: _Links) -> Floats:
    """Return packs per link (not whole) from the programme that makes the fewest stops."""
    n, n_sources = len(links.bundle), len(network.problem.sources)
    if n == 0 or 4 * n > _LP_ENTRIES_MAX:
        return np.zeros(n)
    sites = np.bincount(network.group_of_site)
    visit_key = links.bundle * n_sources + links.source
    visits, visit = np.unique(visit_key, return_inverse=True)
    supply_key = links.trade * n_sources + links.source
    supplies, supply = np.unique(supply_key, return_inverse=True)
    quota = links.quota[supplies // n_sources, supplies % n_sources].astype(np.float64)
    share = links.want_packs.astype(np.float64)
    every, n_wants = np.arange(n), len(share)
    # Flows are shares of what a bundle wants of an item, so that every row is of the size of 1.
    blocks = [
        Block(row=links.want, column=every, value=np.ones(n), lower=np.ones(n_wants), upper=np.ones(n_wants)),
        Block(
            row=supply,
            column=every,
            value=share[links.want] / np.maximum(1.0, quota[supply]),
            lower=np.full(len(supplies), -np.inf),
            upper=np.where(quota > 0, 1.0, 0.0),
        ),
        Block(
            row=every,
            column=every,
            value=np.ones(n),
            lower=np.full(n, -np.inf),
            upper=links.most / np.maximum(1.0, share[links.want]),
        ),
        Block(
            row=np.concatenate([every, every]),
            column=np.concatenate([every, n + visit]),
            value=np.concatenate([np.ones(n), -np.ones(n)]),
            lower=np.full(n, -np.inf),
            upper=np.zeros(n),
        ),
    ]
    far = links.km / max(1e-9, float(links.km.max(initial=0.0)))
    cost = np.concatenate([1e-4 * far, sites[visits // n_sources].astype(np.float64)])
    values = cheapest(cost, blocks)
    return values[:n] * share[links.want] if values is not None else np.zeros(n)


def _whole_flow(links: _Links, mine: NDArray[np.intp], target: Floats, quota: Units) -> Units:
    """Return whole packs per link of one trade: as the programme says, rounded at least cost."""
    wants, want = np.unique(links.want[mine], return_inverse=True)
    sources, source = np.unique(links.source[mine], return_inverse=True)
    need = links.want_packs[wants]
    sure = np.floor(target + 1e-6).astype(np.int64)
    far = np.rint(links.km[mine] / max(1e-9, float(links.km.max(initial=0.0))) * _COST_STEPS)
    sink = len(wants) + len(sources)
    solver = min_cost_flow.SimpleMinCostFlow()
    tail = np.concatenate([want, want, len(wants) + np.arange(len(sources))])
    head = np.concatenate([len(wants) + source, len(wants) + source, np.full(len(sources), sink)])
    sure = np.minimum(sure, links.most[mine])
    capacity = np.concatenate([sure, links.most[mine] - sure, quota[sources]])
    cost = np.concatenate([np.zeros(len(mine)), _COST_STEPS + far, np.zeros(len(sources))])
    solver.add_arcs_with_capacity_and_unit_cost(
        tail.astype(np.int32), head.astype(np.int32), capacity.astype(np.int64), cost.astype(np.int64)
    )
    nodes = np.append(np.arange(len(wants)), sink).astype(np.int32)
    solver.set_nodes_supplies(nodes, np.append(need, -int(need.sum())).astype(np.int64))
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("whole packs that were dealt cannot be routed")
    arcs = np.arange(2 * len(mine), dtype=np.int32)
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    return flow[: len(mine)] + flow[len(mine) :]
