"""The price of fairness: what the rationing rule gives up against the unfair maximum.

Two small programmes on the collapsed network: the most units of each item that could be sent if
nobody cared who gets them (no pair above its ladder's top), and the least kg·km at which the
plan's own units of each item could have been sent to anyone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.catchment import Network, network_of
from allocator.curves import curves_of
from allocator.ladder import classes_of
from allocator.limits import limit_rows
from allocator.lp import Block, cheapest
from allocator.need import Problem
from allocator.plan import Lines

__all__ = ["price_of_fairness"]


def price_of_fairness(problem: Problem, lines: Lines, units: Floats) -> dict[str, Any]:
    """Return units and kg·km given up against the unfair maximum, as plain values."""
    network = network_of(problem)
    sent = _sums(problem.pairs.item, units, len(problem.case.items))
    most = _most_units(network)
    kg_km = _kg_km(problem, lines)
    least = _least_kg_km(network, sent)
    return {
        "units_sent": round(float(sent.sum()), 6),
        "units_unfair_maximum": None if most is None else round(max(float(most.sum()), float(sent.sum())), 6),
        "kg_km": None if kg_km is None else round(kg_km, 3),
        "kg_km_unfair_minimum": None if least is None or kg_km is None else round(min(least, kg_km), 3),
    }


def _sums(group: NDArray[np.integer[Any]], amount: Floats, groups: int) -> Floats:
    """Return the sum of the amounts of each group."""
    return np.asarray(np.bincount(group, weights=amount, minlength=groups), dtype=np.float64)


def _tops(network: Network) -> Floats:
    """Return the units each cell would take if every pair were filled to its ladder's top."""
    classes, class_of_pair = classes_of(network)
    curves = curves_of(network.problem.pairs, class_of_pair, len(classes.cell))
    every = np.arange(len(classes.cell))
    per_class = curves.requirement(every, classes.top.max(axis=0, initial=0.0))
    return _sums(classes.cell, per_class, len(network.cells))


def _blocks(network: Network) -> list[Block]:
    limits, ways = limit_rows(network), network.ways
    every = np.arange(len(ways))
    tops = _tops(network)
    return [
        Block(
            row=ways.cell.astype(np.intp), column=every, value=np.ones(len(ways)), lower=np.zeros(len(tops)), upper=tops
        ),
        Block(
            row=limits.row,
            column=limits.way,
            value=limits.use,
            lower=np.full(len(limits.limit), -np.inf),
            upper=limits.limit,
        ),
    ]


def _most_units(network: Network) -> Floats | None:
    best = cheapest(-np.ones(len(network.ways)), _blocks(network), seconds=30)
    if best is None:
        return None
    item = network.cells.item[network.ways.cell]
    return _sums(item, best, len(network.problem.case.items))


def _least_kg_km(network: Network, sent: Floats) -> float | None:
    ways = network.ways
    item = network.cells.item[ways.cell].astype(np.intp)
    cost = ways.kg * ways.km
    # A hair less than was sent: rounding must not make the plan's own amounts impossible.
    enough = Block(
        row=item,
        column=np.arange(len(ways)),
        value=np.ones(len(ways)),
        lower=np.maximum(0.0, sent * (1 - 1e-9) - 1e-6),
        upper=np.full(len(sent), np.inf),
    )
    best = cheapest(cost, [*_blocks(network), enough], seconds=30)
    return None if best is None else float(cost @ best)


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
