"""Trades: one item sent for a need, pair by pair and source by source, in whole packs.

A *trade* is (item needed, item sent); for all but substitutes the two are the same. Its links say
which cell may draw from which source and how many packs flow there; its rows say how many packs
each pair receives.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Indices, Units, micro
from allocator.catchment import Network
from allocator.flows import PackNetwork
from allocator.leximin import Climb, Levels
from allocator.limits import SUPPLY, parts_of
from allocator.packs import Hand, deal, most_packs
from allocator.position import Ladder, ladder_of
from allocator.staircase import pack_classes, staircase_of

__all__ = ["Trade", "deal_trades"]

_ALMOST = 1e-9  # a fractional flow this close below a whole pack is that pack


@dataclass(kw_only=True)
class Trade:
    """Packs of item `by` for needs of `item`. Rows (positions in pairs) are sorted by (cell, site).

    `cells`: the network's cells, `cell_of_row`, `link_cell` positions among them. `link_way`: the
    network's way. `packs`: per row; `flow`: per link. `size`: units of need one pack meets.
    """

    item: int
    by: int
    size: Fraction
    rows: NDArray[np.intp]
    cells: NDArray[np.intp]
    cell_of_row: NDArray[np.intp]
    link_way: NDArray[np.intp]
    link_cell: NDArray[np.intp]
    link_source: Indices
    packs: Units
    flow: Units

    @property
    def bounds(self) -> NDArray[np.intp]:
        """Where each cell's rows begin, with the end."""
        return np.searchsorted(self.cell_of_row, np.arange(len(self.cells) + 1))


def deal_trades(levels: Levels) -> tuple[list[Trade], bool]:
    """Deal every item's packs; return the trades and whether the deal is already final.

    Items that share no truck, lane or substitute are final: their deal is the optimum of a
    matroid. The others get the quota that the fair shares give each source, and exchanges
    (`exchange`) finish them.
    """
    network = levels.network
    by_pair = _rows_by_cell(network)
    way_flow = _pack_flow(levels)
    received: dict[int, NDArray[np.float64]] = {}
    trades, final = [], True
    ways = network.ways
    for item, by in sorted(set(zip(network.cells.item[ways.cell].tolist(), ways.by.tolist(), strict=True))):
        trade = _empty_trade(network, item, by, by_pair)
        quota, shared = _quota(network, way_flow, trade)
        final &= not shared
        _deal_one(network, way_flow, trade, quota, received)
        trades.append(trade)
    return trades, final


def _pack_flow(levels: Levels) -> Floats:
    """Return the flow that sets quotas: where trucks are shared, that of whole packs."""
    network = levels.network
    flow = levels.way_flow.copy()
    classes = pack_classes(network)
    shared = [
        p for p in parts_of(network, classes, levels.limits) if bool(np.any(levels.limits.kind[p.limits] != SUPPLY))
    ]
    if shared:
        stairs = staircase_of(network)
        for part in shared:
            climb = Climb(part=part, classes=classes, curves=stairs)
            climb.run()
            flow[part.ways] = climb.final_flow(network.ways.kg[part.ways] * network.ways.km[part.ways])
    return flow


def _rows_by_cell(network: Network) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs sorted by (cell, site) and where each cell begins among them."""
    cells = network.cell_of_pair
    small = (cells + 1).astype(np.uint16 if len(network.cells) < np.iinfo(np.uint16).max else np.int64)
    order = np.argsort(small, kind="stable")
    counts = np.bincount(cells + 1, minlength=len(network.cells) + 1)
    return order, np.cumsum(counts)


def _empty_trade(network: Network, item: int, by: int, by_pair: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Trade:
    order, start = by_pair
    ways = network.ways
    links = np.flatnonzero((network.cells.item[ways.cell] == item) & (ways.by == by))
    cells = np.unique(ways.cell[links]).astype(np.intp)
    pieces = [order[start[c] : start[c + 1]] for c in cells]
    rows = np.concatenate(pieces)
    items = network.problem.case.items
    ratio = Fraction(int(micro(np.array([ways.ratio[links[0]]]))[0]), MICRO)
    return Trade(
        item=item,
        by=by,
        size=Fraction(int(items.pack_units[by])) / ratio,
        rows=rows,
        cells=cells,
        cell_of_row=np.repeat(np.arange(len(cells)), [len(p) for p in pieces]),
        link_way=links,
        link_cell=np.searchsorted(cells, ways.cell[links]),
        link_source=ways.source[links],
        packs=np.zeros(len(rows), dtype=np.int64),
        flow=np.zeros(len(links), dtype=np.int64),
    )


def _quota(network: Network, way_flow: Floats, trade: Trade) -> tuple[Units, bool]:
    """Return packs per link-source the trade may deal, and whether others share its limits."""
    problem = network.problem
    subs = problem.case.substitutes
    contested = bool(np.any(subs.by == trade.by) or np.any(subs.item == trade.item))
    tight = np.isfinite(network.kg_limit) | np.isfinite(network.m3_limit)
    lanes = network.ways.lane_limit[trade.link_way] >= 0
    per_source = problem.packs[:, trade.by].copy()
    trucked = tight[problem.sources.depot]
    limited = np.ones(len(per_source), dtype=bool) if contested or bool(lanes.any()) else trucked
    fair = way_flow[trade.link_way] / float(trade.size)
    drawn = np.bincount(trade.link_source, weights=fair, minlength=len(per_source))
    shares = np.floor(drawn + _ALMOST).astype(np.int64)
    used = np.zeros(len(per_source), dtype=bool)
    used[trade.link_source] = True
    quota = np.where(limited, np.minimum(shares, per_source), per_source)
    return quota, bool(np.any(limited & used))


def _deal_one(
    network: Network, way_flow: Floats, trade: Trade, quota: Units, received: dict[int, NDArray[np.float64]]
) -> None:
    lone = network.cells.site[trade.cells] >= 0
    # Where no road of this item is limited, a catchment of one site draws like any other.
    links_alone = lone[trade.link_cell] & bool(np.any(network.ways.lane_limit[trade.link_way] >= 0))
    fair = way_flow[trade.link_way] / float(trade.size)
    alone = np.where(links_alone, np.floor(fair + _ALMOST), 0).astype(np.int64)
    # A catchment of one site has limits of its own: each of its links is a source by itself.
    solo = np.flatnonzero(links_alone)
    shared_quota = quota - np.bincount(trade.link_source, weights=alone, minlength=len(quota)).astype(np.int64)
    source = trade.link_source.astype(np.intp).copy()
    source[solo] = len(quota) + np.arange(len(solo))
    pack_network = PackNetwork(
        link_cell=trade.link_cell,
        link_source=source,
        link_km=network.ways.km[trade.link_way],
        quota=np.append(np.maximum(0, shared_quota), alone[solo]),
        cells=len(trade.cells),
    )
    hand = _hand(network, trade, received)
    trade.packs = deal(hand, pack_network)
    per_cell = np.rint(np.bincount(trade.cell_of_row, weights=trade.packs, minlength=len(trade.cells)))
    trade.flow = pack_network.nearest(per_cell.astype(np.int64))
    if trade.size.denominator == 1 and not np.any(network.problem.case.substitutes.item == trade.item):
        return
    so_far = received.setdefault(trade.item, np.zeros(len(network.problem.pairs)))
    so_far[trade.rows] += trade.packs * float(trade.size)


def _hand(network: Network, trade: Trade, received: dict[int, NDArray[np.float64]]) -> Hand:
    """Return the pairs of a trade, in whole units of which both stock and packs are multiples."""
    pairs, rows = network.problem.pairs, trade.rows
    ladders, ladder = ladders_of(network, trade)
    got = received.get(trade.item)
    scale = 1
    held = pairs.held[rows]
    if got is not None or trade.size.denominator > 1:
        # Packs of a substitute need not be whole units of the need: count in its fractions.
        scale = trade.size.denominator
        extra = np.zeros(len(rows)) if got is None else got[rows]
        held = np.rint((held + extra) * scale).astype(np.int64)
    daily = pairs.daily_micro[rows] * scale
    cap = np.where(pairs.cap[rows] < 0, -1, pairs.cap[rows] * scale)
    if got is not None:
        cap = np.where(cap < 0, -1, np.maximum(0, cap - np.ceil(got[rows] * scale - 1e-9).astype(np.int64)))
    pack = int(trade.size * scale)
    most = np.zeros(len(rows), dtype=np.int64)
    for number, one in enumerate(ladders):
        mine = np.flatnonzero(ladder == number)
        most[mine] = most_packs(one, daily_micro=daily[mine], held=held[mine], cap=cap[mine], pack=pack)
    return Hand(
        cell=trade.cell_of_row,
        ladder=ladder,
        ladders=ladders,
        daily_micro=daily,
        held=held,
        pack=pack,
        most=most,
        cells=len(trade.cells),
    )


def ladders_of(network: Network, trade: Trade) -> tuple[tuple[Ladder, ...], NDArray[np.intp]]:
    """Return the ladders of a trade's pairs and which of them each row climbs."""
    problem = network.problem
    tiers = problem.pairs.tier[trade.rows]
    durable = bool(problem.case.items.durable[trade.item])
    every = tuple(ladder_of(problem, t, durable=durable) for t in range(len(problem.case.policy.tier_names)))
    return every, tiers.astype(np.intp)


def common_scale(sizes: list[Fraction]) -> int:
    """Return the least number that makes every size whole."""
    scale = 1
    for size in sizes:
        scale = scale * size.denominator // gcd(scale, size.denominator)
    return scale


def total_received(trades: list[Trade], n_pairs: int) -> Floats:
    """Return units of need that each pair receives over all trades."""
    total = np.zeros(n_pairs)
    for trade in trades:
        total[trade.rows] += trade.packs * float(trade.size)
    return total
