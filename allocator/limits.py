"""The limits of a network as rows of an LP, and the independent parts it falls into.

Items with no shared limit, and regions with no shared source, do not see each other: each is
climbed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices
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
    blocks = [_supply_rows(network), _kg_rows(network), _m3_rows(network), _lane_kg_rows(network)]
    at = np.cumsum([0, *(len(block.limit) for block in blocks[:-1])])
    kind = np.concatenate([np.full(len(block.limit), block.kind, dtype=np.int8) for block in blocks])
    second = np.concatenate([block.second for block in blocks])
    limit = np.concatenate([block.limit for block in blocks])
    return LimitRows(
        kind=kind,
        first=np.concatenate([block.first for block in blocks]),
        second=second,
        limit=limit,
        scale=_scales(kind, second, limit, item_scales(network)),
        row=np.concatenate([block.row + start for block, start in zip(blocks, at, strict=True)]),
        way=np.concatenate([block.way for block in blocks]),
        use=np.concatenate([block.use for block in blocks]),
    )


@dataclass(frozen=True, kw_only=True)
class _Block:
    """The rows of one kind of limit; `row` counts from 0 within the block."""

    kind: int
    first: Indices
    second: Indices
    limit: Floats
    row: NDArray[np.intp]
    way: NDArray[np.intp]
    use: Floats


def _supply_rows(network: Network) -> _Block:
    """Σ ways drawing on a source's item: ratio × units <= the source's units of it."""
    ways, packs = network.ways, network.problem.packs
    units = packs * network.problem.case.items.pack_units
    n_items = len(network.problem.case.items)
    present, row = np.unique(ways.source.astype(np.int64) * n_items + ways.by, return_inverse=True)
    source, item = present // n_items, present % n_items
    return _Block(
        kind=SUPPLY,
        first=source.astype(np.int32),
        second=item.astype(np.int32),
        limit=units[source, item].astype(np.float64),
        row=row,
        way=np.arange(len(ways)),
        use=ways.ratio,
    )


def _kg_rows(network: Network) -> _Block:
    """Σ ways of a depot: kg × units <= the depot's kg."""
    limited = np.isfinite(network.kg_limit[network.way_depot]) & (network.ways.kg > 0)
    return _shared_rows(KG, network.way_depot, network.kg_limit, network.ways.kg, np.flatnonzero(limited))


def _m3_rows(network: Network) -> _Block:
    """Σ ways of a depot: m3 × units <= the depot's m3."""
    limited = np.isfinite(network.m3_limit[network.way_depot]) & (network.ways.m3 > 0)
    return _shared_rows(M3, network.way_depot, network.m3_limit, network.ways.m3, np.flatnonzero(limited))


def _lane_kg_rows(network: Network) -> _Block:
    """Σ ways on a lane: kg × units <= the lane's kg."""
    ways = network.ways
    limited = (ways.lane_limit >= 0) & (ways.kg > 0)
    return _shared_rows(LANE_KG, ways.lane_limit, network.lane_max_kg, ways.kg, np.flatnonzero(limited))


def _shared_rows(kind: int, owner: Indices, limits: Floats, use: Floats, ways: NDArray[np.intp]) -> _Block:
    """Write one row for each owner of a limit that some of these ways share."""
    present, row = np.unique(owner[ways], return_inverse=True)
    return _Block(
        kind=kind,
        first=present.astype(np.int32),
        second=np.full(len(present), -1, dtype=np.int32),
        limit=limits[present],
        row=row,
        way=ways,
        use=use[ways],
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
    """One independent part: its ways, limits and classes (positions in the whole), and its LP rows.

    `is_supply`: which of the limits are packs at a source.
    """

    ways: NDArray[np.intp]
    cells: NDArray[np.intp]
    limits: NDArray[np.intp]
    classes: NDArray[np.intp]
    cell_of_class: NDArray[np.intp]
    is_supply: Bools
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
                is_supply=limits.kind[rows] == SUPPLY,
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
