"""The limits of a network as rows of an LP, and the independent parts it falls into.

Items with no shared limit, and regions with no shared source, do not see each other: each is
climbed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Indices
from allocator.catchment import Network
from allocator.ladder import Classes
from allocator.lp import LpRows

__all__ = ["KG", "LANE_KG", "M3", "SUPPLY", "LimitRows", "Part", "limit_rows", "parts_of"]

SUPPLY, KG, M3, LANE_KG = range(4)
_SOLVER_UNITS = 1e4


@dataclass(frozen=True, kw_only=True)
class LimitRows:
    """Every limit as a row: its kind, what it limits (`first`, `second`), and how much.

    `first`: a source (SUPPLY), a site position (KG, M3) or a lane limit (LANE_KG); `second`: an
    item (SUPPLY) or -1. `row`, `way`, `use`: what one unit of need on a way uses of a row.
    """

    kind: NDArray[np.int8]
    first: Indices
    second: Indices
    limit: Floats
    scale: Floats
    row: NDArray[np.intp]
    way: NDArray[np.intp]
    use: Floats


def limit_rows(network: Network) -> LimitRows:
    """Write every limit of a network as a row."""
    ways, packs = network.ways, network.problem.packs
    units = packs * network.problem.case.items.pack_units
    item_scale = item_scales(network)
    every = np.arange(len(ways))
    n_items = len(network.problem.case.items)
    supply_key = ways.source.astype(np.int64) * n_items + ways.by
    kg_ways = np.flatnonzero(np.isfinite(network.kg_limit[network.way_depot]) & (ways.kg > 0))
    m3_ways = np.flatnonzero(np.isfinite(network.m3_limit[network.way_depot]) & (ways.m3 > 0))
    lane_ways = np.flatnonzero((ways.lane_limit >= 0) & (ways.kg > 0))
    blocks = [
        (SUPPLY, supply_key, every, ways.ratio),
        (KG, network.way_depot[kg_ways].astype(np.int64), kg_ways, ways.kg[kg_ways]),
        (M3, network.way_depot[m3_ways].astype(np.int64), m3_ways, ways.m3[m3_ways]),
        (LANE_KG, ways.lane_limit[lane_ways].astype(np.int64), lane_ways, ways.kg[lane_ways]),
    ]
    kinds, firsts, seconds, limits, rows, way_of, uses = [], [], [], [], [], [], []
    at = 0
    for kind, keys, which, use in blocks:
        present, place = np.unique(keys, return_inverse=True)
        first, second = (present // n_items, present % n_items) if kind == SUPPLY else (present, present * 0 - 1)
        limit = {
            SUPPLY: lambda f=first, s=second: units[f, s].astype(np.float64),
            KG: lambda f=first: network.kg_limit[f],
            M3: lambda f=first: network.m3_limit[f],
            LANE_KG: lambda f=first: network.lane_max_kg[f],
        }[kind]()
        kinds.append(np.full(len(present), kind, dtype=np.int8))
        firsts.append(first.astype(np.int32))
        seconds.append(second.astype(np.int32))
        limits.append(limit)
        rows.append(place + at)
        way_of.append(which)
        uses.append(use)
        at += len(present)
    return LimitRows(
        kind=np.concatenate(kinds),
        first=np.concatenate(firsts),
        second=np.concatenate(seconds),
        limit=np.concatenate(limits),
        scale=_scales(np.concatenate(kinds), np.concatenate(seconds), np.concatenate(limits), item_scale),
        row=np.concatenate(rows),
        way=np.concatenate(way_of),
        use=np.concatenate(uses),
    )


def item_scales(network: Network) -> Floats:
    """Return the size of one solver unit of each item."""
    units = network.problem.packs * network.problem.case.items.pack_units
    return np.maximum(1.0, units.max(axis=0, initial=0)) / _SOLVER_UNITS


def _scales(kind: NDArray[np.int8], item: Indices, limit: Floats, item_scale: Floats) -> Floats:
    scale = item_scale[np.maximum(item, 0)]
    for other in (KG, M3, LANE_KG):
        rows = kind == other
        scale[rows] = max(float(limit[rows].max(initial=0.0)), 1e-3) / _SOLVER_UNITS
    return scale


@dataclass(frozen=True, kw_only=True)
class Part:
    """One independent part: its ways, limits and classes (positions in the whole), and its LP rows."""

    ways: NDArray[np.intp]
    cells: NDArray[np.intp]
    limits: NDArray[np.intp]
    classes: NDArray[np.intp]
    cell_of_class: NDArray[np.intp]
    rows: LpRows

    @cached_property
    def heaviest_use(self) -> Floats:
        """Return for each limit the most that one unit of any need uses of it."""
        most = np.zeros(len(self.limits))
        np.maximum.at(most, self.rows.limit_row, self.rows.limit_use)
        return most

    def cell_prices(self, limit_price: Floats) -> Floats:
        """Return each cell's price: the least, over its ways, of what one unit uses."""
        rows = self.rows
        spent = limit_price[rows.limit_row] * rows.limit_use
        way_price = np.bincount(rows.limit_way, weights=spent, minlength=len(rows.cell_of_way))
        starts = np.searchsorted(rows.cell_of_way, np.arange(rows.cells))
        return np.minimum.reduceat(way_price, starts)


def parts_of(network: Network, classes: Classes, limits: LimitRows) -> list[Part]:
    """Return the independent parts, in the order of their first cell."""
    part_of_cell = _components(network, limits)
    part_of_way = part_of_cell[network.ways.cell]
    part_of_limit = np.zeros(len(limits.kind), dtype=np.intp)
    part_of_limit[limits.row] = part_of_way[limits.way]
    item_scale = item_scales(network)
    parts = []
    for number in range(int(part_of_cell.max(initial=-1)) + 1):
        cells = np.flatnonzero(part_of_cell == number)
        ways = np.flatnonzero(part_of_way == number)
        rows = np.flatnonzero(part_of_limit == number)
        members = np.flatnonzero(part_of_cell[classes.cell] == number)
        entries = np.flatnonzero(part_of_way[limits.way] == number)
        parts.append(
            Part(
                ways=ways,
                cells=cells,
                limits=rows,
                classes=members,
                cell_of_class=np.searchsorted(cells, classes.cell[members]),
                rows=LpRows(
                    cell_of_way=np.searchsorted(cells, network.ways.cell[ways]),
                    limit_row=np.searchsorted(rows, limits.row[entries]),
                    limit_way=np.searchsorted(ways, limits.way[entries]),
                    limit_use=limits.use[entries],
                    limits=limits.limit[rows],
                    cells=len(cells),
                    cell_scale=item_scale[network.cells.item[cells]],
                    limit_scale=limits.scale[rows],
                ),
            )
        )
    return parts


def _components(network: Network, limits: LimitRows) -> NDArray[np.intp]:
    """Number the connected components of cells that share a limit, by their first cell."""
    n_cells = len(network.cells)
    label = np.arange(n_cells)
    cell_of_entry = network.ways.cell[limits.way]
    while True:
        lowest = np.full(len(limits.kind), n_cells)
        np.minimum.at(lowest, limits.row, label[cell_of_entry])
        nearer = label.copy()
        np.minimum.at(nearer, cell_of_entry, lowest[limits.row])
        nearer = nearer[nearer]
        if bool(np.all(nearer == label)):
            break
        label = nearer
    return np.unique(label, return_inverse=True)[1]
