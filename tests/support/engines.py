"""The engines by name, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from allocator import reference
from allocator.need import Problem
from allocator.shares import FairShares, Shipments


def fast(problem: Problem) -> tuple[FairShares, Shipments]:
    """Solve with the fast engine."""
    from allocator import fast as engine

    return engine.solve(problem)


def by_highs(problem: Problem) -> tuple[FairShares, Shipments]:
    """Solve with the reference and HiGHS."""
    return reference.solve(problem, "highs")


ENGINES: dict[str, Callable[[Problem], tuple[FairShares, Shipments]]] = {"fast": fast, "reference": by_highs}
