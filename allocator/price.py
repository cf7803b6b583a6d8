"""The price of fairness: what the rationing rule gives up against the unfair maximum.

Two small programmes on the collapsed network: the most units of each item that could be sent if
nobody cared who gets them (no pair above its ladder's top), and the least kg·km at which the
plan's own units of each item could have been sent to anyone. For the second, the sites of a
catchment are put into a few bands by their distance from each source, the nearest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.catchment import Network, network_of
from allocator.limits import limit_rows
from allocator.lp import Block, cheapest
from allocator.need import Problem, promised_cover
from allocator.plan import Lines
from allocator.summary import plain

__all__ = ["price_of_fairness"]

_ITERATIONS_MAX = 100_000
_BANDS_MOST = 16
_COLUMNS_MOST = 30_000
_PAIRS_LOOKED_AT_MOST = 100_000

Positions = NDArray[np.integer[Any]]


def price_of_fairness(problem: Problem, lines: Lines, units: Floats) -> dict[str, Any]:
    """Return units and kg·km given up against the unfair maximum, as plain values.

    The units are exact but for whole packs; the least kg·km is an estimate from below: a site near
    two depots is counted as near for both.
    """
    network = network_of(problem)
    lack = _lack(problem)
    most = _most_units(network, lack)
    kg_km = _kg_km(problem, lines)
    # Last packs may fill pairs above the ladder's top; the plan's own amounts are always possible.
    least = None if kg_km is None else _least_kg_km(network, np.maximum(lack, units), units)
    return {
        "units_sent": plain(units.sum()),
        "units_unfair_maximum": None if most is None else plain(max(most, units.sum())),
        "kg_km": None if kg_km is None else plain(round(kg_km, 3)),
        "kg_km_unfair_minimum": None if least is None or kg_km is None else plain(round(min(least, kg_km), 3)),
    }


def _lack(problem: Problem) -> Floats:
    """Return the units each pair lacks to the top of its ladder, or may receive at most."""
    pairs = problem.pairs
    lack = np.maximum(0.0, pairs.daily_units * promised_cover(problem.case, pairs.tier, pairs.item) - pairs.held)
    return np.where(pairs.cap >= 0, np.minimum(lack, pairs.cap), lack)


def _sums(group: Positions, amount: Floats, groups: int) -> Floats:
    """Return the sum of the amounts of each group; the group -1 is left out."""
    kept = group >= 0
    return np.asarray(np.bincount(group[kept], weights=amount[kept], minlength=groups), dtype=np.float64)


def _at_most(row: Positions, upper: Floats) -> Block:
    """Return rows that add up the columns, each to no more than its bound."""
    columns = np.arange(len(row))
    lower = np.zeros(len(upper))
    return Block(row=row.astype(np.intp), column=columns, value=np.ones(len(row)), lower=lower, upper=upper)


def _limits(network: Network, columns_of_way: list[NDArray[np.intp]] | None = None) -> Block:
    """Return the limits of depots and lanes, on the columns each way has (one, if nothing is said)."""
    limits = limit_rows(network)
    row, column, use = limits.row, limits.way, limits.use
    if columns_of_way is not None:
        parts = [columns_of_way[way] for way in limits.way.tolist()]
        counts = [len(part) for part in parts]
        row, use = np.repeat(row, counts), np.repeat(use, counts)
        column = np.concatenate(parts) if parts else column
    lower = np.full(len(limits.limit), -np.inf)
    return Block(row=row, column=column, value=use, lower=lower, upper=limits.limit)


def _most_units(network: Network, lack: Floats) -> float | None:
    """Return the most units that could be sent if nobody cared to whom."""
    ways = network.ways
    tops = _sums(network.cell_of_pair, lack, len(network.cells))
    blocks = [_at_most(ways.cell, tops), _limits(network)]
    best = cheapest(-np.ones(len(ways)), blocks, iterations=_ITERATIONS_MAX)
    return None if best is None else float(best.sum())


def _least_kg_km(network: Network, room: Floats, units: Floats) -> float | None:
    """Return the least kg·km at which as many units of each item could be sent, `room` to each pair at most."""
    ways, items = network.ways, network.problem.case.items
    bands = _bands(network, room)
    way, band = _columns(network, bands)
    tops = _sums(network.cell_of_pair, room, len(network.cells))
    item = network.cells.item[ways.cell[way]].astype(np.intp)
    sent = _sums(network.problem.pairs.item, units, len(items))
    # A hair less than was sent: rounding must not make the plan's own amounts impossible.
    enough = Block(
        row=item,
        column=np.arange(len(way)),
        value=np.ones(len(way)),
        lower=np.maximum(0.0, sent * (1 - 1e-9) - 1e-6),
        upper=np.full(len(items), np.inf),
    )
    columns_of_way = np.split(np.arange(len(way)), np.searchsorted(way, np.arange(1, len(ways))))
    blocks = [
        _at_most(ways.cell[way], tops),
        _at_most(band, bands.share * tops[bands.cell]),
        _limits(network, columns_of_way),
        enough,
    ]
    cost = ways.kg[way] * bands.km[band]
    best = cheapest(cost, blocks, iterations=_ITERATIONS_MAX)
    return None if best is None else float(cost @ best)


@dataclass(frozen=True, kw_only=True)
class _Bands:
    """Parts of cells by distance from a source: sorted by (cell, source), the nearest first.

    `share`: of what the cell can take; `km`: mean distance of the part.
    """

    cell: Positions
    source: Positions
    share: Floats
    km: Floats


def _bands(network: Network, room: Floats) -> _Bands:
    """Put what each cell can take into bands by its distance from each of its sources."""
    routes = network.problem.routes
    pair = np.flatnonzero((network.cell_of_pair >= 0) & (room > 0))
    # Of very many pairs every second, third, … tells the distances well enough.
    pair = pair[:: max(1, -(-len(pair) // _PAIRS_LOOKED_AT_MOST))]
    site = network.problem.pairs.site[pair]
    first = np.searchsorted(routes.site, site, side="left")
    count = np.searchsorted(routes.site, site, side="right") - first
    which = np.repeat(np.arange(len(pair)), count)
    route = np.arange(len(which)) + np.repeat(first - np.cumsum(count) + count, count)
    km = np.nan_to_num(network.problem.case.lanes.km[routes.lane[route]])
    key = network.cell_of_pair[pair[which]].astype(np.int64) * len(network.problem.sources) + routes.source[route]
    order = np.lexsort((km, key))
    key, km, weight = key[order], km[order], room[pair[which]][order]
    _, start, part = np.unique(key, return_index=True, return_inverse=True)
    total = np.bincount(part, weights=weight)
    before = np.cumsum(weight) - weight
    share = (before - before[start][part] + weight / 2) / total[part]
    number = max(1, min(_BANDS_MOST, _COLUMNS_MOST // max(1, len(network.ways))))
    rank, few = np.arange(len(part)) - start[part], np.bincount(part) <= number
    # Few pairs are a band each; many are put together.
    band = part * number + np.where(few[part], rank, np.minimum(number - 1, (share * number).astype(np.intp)))
    present, band = np.unique(band, return_inverse=True)
    weights = np.bincount(band, weights=weight)
    cell, source = np.divmod(key[start][present // number], len(network.problem.sources))
    return _Bands(
        cell=cell,
        source=source,
        share=weights / total[present // number],
        km=np.bincount(band, weights=weight * km) / weights,
    )


def _columns(network: Network, bands: _Bands) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a column for each band of each way: its way and its band, sorted by way."""
    ways, n_sources = network.ways, len(network.problem.sources)
    key = bands.cell.astype(np.int64) * n_sources + bands.source
    wanted = ways.cell.astype(np.int64) * n_sources + ways.source
    first = np.searchsorted(key, wanted, side="left")
    count = np.searchsorted(key, wanted, side="right") - first
    way = np.repeat(np.arange(len(ways)), count)
    band = np.arange(len(way)) + np.repeat(first - np.cumsum(count) + count, count)
    return way, band


def _kg_km(problem: Problem, lines: Lines) -> float | None:
    """Return the plan's weight × distance; None where no lane says how far it is."""
    lanes = problem.case.lanes
    if not bool(np.isfinite(lanes.km).any()):
        return None
    n_sites = len(problem.case.sites)
    place = np.searchsorted(
        lanes.depot.astype(np.int64) * n_sites + lanes.site, lines.depot.astype(np.int64) * n_sites + lines.site
    )
    return float(np.sum(lines.kg * np.nan_to_num(lanes.km[place])))
