"""Stops that are not worth making: packs given up, where the policy allows it, to save a visit.

Only where everybody who could use the item has all the ladder promises, and from depots whose
trucks are not limited: then nobody else lacks what stays behind.
"""

from __future__ import annotations

import numpy as np

from allocator.case import Bools
from allocator.catchment import Network
from allocator.need import Problem, least_pack_units
from allocator.shares import Shipments
from allocator.visits import Delivered, delivered

__all__ = ["spare_stops"]

_NOISE = 1e-9  # units


def spare_stops(network: Network, shipments: Shipments) -> Shipments:
    """Return the shipments without the stops that `stop_tolerance_packs` lets go, lightest first."""
    problem = network.problem
    allowed = problem.case.policy.stop_tolerance_packs
    if allowed <= 0 or not len(shipments):
        return shipments
    got = delivered(problem, shipments)
    satisfied = _satisfied(network, got)
    tight = np.isfinite(network.kg_limit) | np.isfinite(network.m3_limit)
    free = satisfied[shipments.by] & ~tight[problem.sources.depot[shipments.source]]
    total = got.total.copy()
    short_units, most_units = np.zeros(len(total)), allowed * least_pack_units(problem.case)[problem.pairs.item]
    keep = np.ones(len(shipments), dtype=bool)
    order = np.argsort(got.stop, kind="stable")
    bounds = np.searchsorted(got.stop[order], np.arange(int(got.stop.max()) + 2))
    sizes = np.add.reduceat(shipments.packs[order], bounds[:-1])
    for stop in np.lexsort((np.arange(len(sizes)), sizes)).tolist():
        rows = order[bounds[stop] : bounds[stop + 1]]
        if not bool(free[rows].all()):
            continue
        pair = got.pair[rows]
        left = total[pair] - got.units[rows]
        within = bool(np.all(short_units[pair] + got.units[rows] <= most_units[pair] + _NOISE))
        within &= len(np.unique(pair)) == len(pair)
        if within and bool(np.all(got.places.of(pair, left) >= got.places.first_done[got.places.ladder[pair]])):
            total[pair] = left
            short_units[pair] += got.units[rows]
            keep[rows] = False
    return shipments.take(np.flatnonzero(keep))


def _satisfied(network: Network, got: Delivered) -> Bools:
    """Return which items nobody lacks who could be sent them: ladders complete, or caps reached."""
    problem = network.problem
    pairs = problem.pairs
    every = np.arange(len(pairs))
    capped = (pairs.cap >= 0) & (got.total - pairs.held >= pairs.cap)
    content = np.isinf(got.places.of(every, got.total)) | capped | (network.cell_of_pair < 0)
    lacking = np.zeros(len(problem.case.items), dtype=bool)
    lacking[pairs.item[~content]] = True
    return ~_wanted_instead(problem, lacking)


def _wanted_instead(problem: Problem, lacking: Bools) -> Bools:
    """Return the items that are lacking or could stand in for one that is."""
    wanted = lacking.copy()
    subs = problem.case.substitutes
    wanted[subs.by[lacking[subs.item]]] = True
    return wanted
