"""The reference engine: the allocation written out and solved as it is defined, slow and obviously right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pulp

from allocator.need import Problem
from allocator.reference.formulation import Ways, ways_of
from allocator.reference.ladder import ladder_of
from allocator.reference.leximin import fair_shares, first_level
from allocator.reference.solvers import SolverFailed, SolverUnknown, solver_names
from allocator.reference.visits import Dealt, deal_and_load
from allocator.sentence import say
from allocator.shares import FairShares, Shipments

__all__ = ["SolverFailed", "SolverUnknown", "export", "solve", "solver_names"]


def solve(problem: Problem, solver: str = "cbc") -> tuple[FairShares, Shipments]:
    """Return the fair shares with their proof, and the whole packs to ship.

    The shares are fair among the roads that stay open: a stop limit or a minimum drop may give
    roads up (`FairShares.closed`). Raises `SolverUnknown`, `SolverFailed`.
    """
    dealt = deal_and_load(problem, ladder_of(problem), ways_of(problem), solver)
    return fair_shares(problem, solver, dealt.ways, _closed(problem, dealt)), _shipments(
        problem, dealt.ways, dealt.packs
    )


def export(problem: Problem, path: Path) -> None:
    """Write the linear program of the first level as LP or MPS, by the file's ending.

    Raises `ValueError` (with a sentence) for another ending.
    """
    model = first_level(problem)
    if path.suffix == ".lp":
        model.writeLP(str(path), max_length=255)
    elif path.suffix == ".mps":
        # MPS has no word for maximising that every solver reads: so least of minus the level.
        model.writeMPS(str(path), mpsSense=pulp.LpMinimize)
    else:
        raise ValueError(say("{path} ends in neither .lp nor .mps. Name the file one or the other.", path=str(path)))


def _closed(problem: Problem, dealt: Dealt) -> tuple[tuple[str, str, str], ...]:
    code = problem.case.sites.code
    return tuple(sorted((code[depot], code[site], why) for (depot, site), why in dealt.closed.items()))


def _shipments(problem: Problem, ways: Ways, packs: list[int]) -> Shipments:
    count = np.array(packs, dtype=np.int64)
    rows = np.flatnonzero(count > 0)
    item = problem.pairs.item[ways.pair[rows]]
    order = np.lexsort((ways.by[rows], item, ways.site[rows], ways.source[rows]))
    rows = rows[order]
    return Shipments(
        source=ways.source[rows],
        site=ways.site[rows],
        item=item[order],
        by=ways.by[rows],
        packs=count[rows],
    )
