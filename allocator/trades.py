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
from allocator.packs import Hand, deal
from allocator.position import Ladder, Ladders, ladder_of
from allocator.staircase import pack_classes, staircase_of

__all__ = ["Trade", "deal_trades"]

_ALMOST = 1e-9  # a fractional flow this close below a whole pack is that pack


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Pairs of one item, rows (positions in pairs) sorted by (cell, site).

    `cells`: the network's cells; `cell_of_row`: positions among them.
    """

    cells: NDArray[np.intp]
    rows: NDArray[np.intp]
    cell_of_row: NDArray[np.intp]


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
    hands: dict[int, tuple[Crowd, Hand]] = {}
    way_flow = _pack_flow(levels, by_pair, hands)
    received: dict[int, NDArray[np.float64]] = {}
    trades, final = [], True
    ways = network.ways
    for item, by in sorted(set(zip(network.cells.item[ways.cell].tolist(), ways.by.tolist(), strict=True))):
        trade = _empty_trade(network, item, by, by_pair)
        quota, shared = _quota(network, way_flow, trade)
        final &= not shared
        crowd, hand = hands.pop(item, (None, None)) if item == by else (None, None)
        if hand is None or crowd is None or item in received or not np.array_equal(crowd.cells, trade.cells):
            hand = _hand(network, trade, item, trade.size, received.get(item))
        _deal_one(network, way_flow, trade, quota, hand)
        _note_received(network, trade, received)
        trades.append(trade)
    return trades, final


def _pack_flow(
    levels: Levels, by_pair: tuple[NDArray[np.intp], NDArray[np.intp]], hands: dict[int, tuple[Crowd, Hand]]
) -> Floats:
    """Return the flow that sets quotas: where trucks are shared, that of whole packs.

    The hands that are looked at for that are left in `hands`, by item, with their pairs.
    """
    network = levels.network
    flow = levels.way_flow.copy()
    classes = pack_classes(network)
    shared = [
        p for p in parts_of(network, classes, levels.limits) if bool(np.any(levels.limits.kind[p.limits] != SUPPLY))
    ]
    if shared:
        for item in np.unique(network.cells.item[np.concatenate([part.cells for part in shared])]).tolist():
            crowd = _crowd(np.flatnonzero(network.cells.item == item), by_pair)
            size = Fraction(int(network.problem.case.items.pack_units[item]))
            hands[item] = crowd, _hand(network, crowd, item, size, None)
        stairs = staircase_of(network, [(crowd.cells, hand) for crowd, hand in hands.values()])
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
    ways = network.ways
    links = np.flatnonzero((network.cells.item[ways.cell] == item) & (ways.by == by))
    crowd = _crowd(np.unique(ways.cell[links]).astype(np.intp), by_pair)
    items = network.problem.case.items
    ratio = Fraction(int(micro(np.array([ways.ratio[links[0]]]))[0]), MICRO)
    return Trade(
        item=item,
        by=by,
        size=Fraction(int(items.pack_units[by])) / ratio,
        rows=crowd.rows,
        cells=crowd.cells,
        cell_of_row=crowd.cell_of_row,
        link_way=links,
        link_cell=np.searchsorted(crowd.cells, ways.cell[links]),
        link_source=ways.source[links],
        packs=np.zeros(len(crowd.rows), dtype=np.int64),
        flow=np.zeros(len(links), dtype=np.int64),
    )


def _crowd(cells: NDArray[np.intp], by_pair: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Crowd:
    """Return the pairs of some cells."""
    order, start = by_pair
    pieces = [order[start[c] : start[c + 1]] for c in cells]
    return Crowd(
        cells=cells,
        rows=np.concatenate(pieces),
        cell_of_row=np.repeat(np.arange(len(cells)), [len(piece) for piece in pieces]),
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


def _deal_one(network: Network, way_flow: Floats, trade: Trade, quota: Units, hand: Hand) -> None:
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
    trade.packs = deal(hand, pack_network)
    per_cell = np.rint(np.bincount(trade.cell_of_row, weights=trade.packs, minlength=len(trade.cells)))
    trade.flow = pack_network.nearest(per_cell.astype(np.int64))


def _note_received(network: Network, trade: Trade, received: dict[int, NDArray[np.float64]]) -> None:
    """Add what the pairs of a trade received, where a later trade of the same need must know it."""
    if trade.size.denominator == 1 and not np.any(network.problem.case.substitutes.item == trade.item):
        return
    so_far = received.setdefault(trade.item, np.zeros(len(network.problem.pairs)))
    so_far[trade.rows] += trade.packs * float(trade.size)


def _hand(network: Network, crowd: Crowd | Trade, item: int, size: Fraction, received: Floats | None) -> Hand:
    """Return the pairs of a crowd, in whole units of which both stock and packs are multiples.

    `size`: units of need one pack meets. `received`: units by pair, dealt before in other packs.
    """
    pairs, rows = network.problem.pairs, crowd.rows
    ladders, ladder = ladders_of(network, item, rows)
    held, daily, got = pairs.held[rows], pairs.daily_micro[rows], None
    scale = 1
    if received is not None or size.denominator > 1:
        # Packs of a substitute need not be whole units of the need: count in its fractions.
        scale = size.denominator
        got = np.zeros(len(rows)) if received is None else received[rows]
        held, daily = np.rint((held + got) * scale).astype(np.int64), daily * scale
    cap = _cap_left(pairs.cap[rows], scale, got)
    pack = int(size * scale)
    return Hand(
        cell=crowd.cell_of_row,
        ladder=ladder,
        ladders=ladders,
        daily_micro=daily,
        held=held,
        pack=pack,
        most=Ladders.of(ladders).most_packs(daily_micro=daily, held=held, cap=cap, pack=pack, ladder=ladder),
        cells=len(crowd.cells),
    )


def _cap_left(cap: Units, scale: int, got: Floats | None) -> Units | None:
    """Return what each pair may still receive in parts of a unit, -1 for no cap; None where nobody has one."""
    if not bool(np.any(cap >= 0)):
        return None
    left = cap * scale
    if got is not None:
        left = np.maximum(0, left - np.ceil(got * scale - 1e-9).astype(np.int64))
    return np.where(cap < 0, -1, left)


def ladders_of(network: Network, item: int, rows: NDArray[np.intp]) -> tuple[tuple[Ladder, ...], NDArray[np.intp]]:
    """Return the ladders of some pairs of an item and which of them each climbs."""
    problem = network.problem
    tiers = problem.pairs.tier[rows]
    durable = bool(problem.case.items.durable[item])
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
