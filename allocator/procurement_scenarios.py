"""Many demand paths to a few that stand for them."""

from __future__ import annotations

import numpy as np

from allocator.case import Floats

__all__ = ["reduced"]


def reduced(demand_units: Floats, probability: Floats, count: int) -> tuple[Floats, Floats]:
    """Return at most `count` of the scenarios (K, I, W), and the probability each stands for.

    Fast forward selection (Heitsch and Römisch 2003, Computational Optimization and Applications 24, algorithm
    2.4): the next one kept is the one that lowers Σ probability × distance to the nearest kept most; then each
    scenario given up adds its probability to the nearest kept. Distance: Euclid's, of the use cumulated by week
    over each item's mean use, for when units are used matters less than how many have been by when.

    >>> demand = np.array([10.0, 11.0, 30.0]).reshape(3, 1, 1)
    >>> kept, probability = reduced(demand, np.array([0.25, 0.25, 0.5]), 2)
    >>> kept.ravel().tolist(), probability.tolist()
    ([11.0, 30.0], [0.5, 0.5])
    """
    scenarios = len(demand_units)
    if scenarios <= count:
        return demand_units, probability
    mean = np.maximum(demand_units.mean(axis=(0, 2)), 1e-12)
    points = (np.cumsum(demand_units, axis=2) / mean[:, None]).reshape(scenarios, -1)
    square = (points**2).sum(axis=1)
    distance = np.sqrt(np.maximum(square[:, None] + square - 2 * points @ points.T, 0.0))
    np.fill_diagonal(distance, 0.0)
    nearest = np.full(scenarios, np.inf)
    kept: list[int] = []
    for _ in range(count):
        total = probability @ np.minimum(nearest[:, None], distance)
        total[kept] = np.inf
        best = int(np.argmin(total))
        kept.append(best)
        nearest = np.minimum(nearest, distance[:, best])
    kept.sort()
    stands_for = np.argmin(distance[:, kept], axis=1)
    share: Floats = np.bincount(stands_for, weights=probability, minlength=count).astype(np.float64)
    return demand_units[kept], share
