"""The door to the solvers: whatever PuLP knows, judged by what it found and not by what it says."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pulp

from allocator.sentence import Sentence, say

__all__ = ["SolverFailed", "SolverUnknown", "optimise", "solver_names"]

_NAMES = {"cbc": "PULP_CBC_CMD", "highs": "HiGHS"}


class SolverUnknown(Exception):
    """No solver of that name is installed."""

    def __init__(self, name: str) -> None:
        self.sentence: Sentence = say(
            "There is no solver {name} here. Choose one of: {known}.",
            name=name,
            known=", ".join(solver_names()),
        )
        super().__init__(str(self.sentence))


class SolverFailed(Exception):
    """A solver gave no optimum where there must be one."""

    def __init__(self, name: str, problem: str, status: str) -> None:
        self.sentence: Sentence = say(
            "The solver {name} found no optimum of {problem} ({status}). Try --solver highs or --engine fast.",
            name=name,
            problem=problem,
            status=status,
        )
        super().__init__(str(self.sentence))


@dataclass(frozen=True)
class Effort:
    """When a search over whole numbers may stop: counted in nodes, never seconds, so that runs agree."""

    nodes: int = 500


def solver_names() -> tuple[str, ...]:
    """Return the solvers that work here, by the names `--solver` takes.

    >>> "highs" in solver_names()
    True
    """
    short = {theirs: ours for ours, theirs in _NAMES.items()}
    return tuple(short.get(name, name) for name in pulp.listSolvers(onlyAvailable=True))


def optimise(model: pulp.LpProblem, solver: str, effort: Effort | None = None) -> None:
    """Solve in place. Raises `SolverUnknown`, or `SolverFailed` where nothing optimal was found.

    `effort` bounds a search over whole numbers; then the best plan found is enough.
    """
    engine = _engine(solver, effort)
    if engine is None or not engine.available():
        raise SolverUnknown(solver)
    try:
        model.solve(engine)
    except pulp.PulpSolverError as error:
        raise SolverFailed(solver, model.name, str(error)) from error
    # PuLP reports "Optimal" after a time limit too (coin-or/pulp#649): the solution's status tells.
    accepted = {pulp.LpSolutionOptimal}
    if effort is not None:
        accepted.add(pulp.LpSolutionIntegerFeasible)
    if model.sol_status not in accepted:
        raise SolverFailed(solver, model.name, pulp.LpSolution[model.sol_status])


def _engine(solver: str, effort: Effort | None) -> pulp.LpSolver | None:
    if solver == "cbc":
        nodes = {} if effort is None else {"maxNodes": effort.nodes}
        return pulp.PULP_CBC_CMD(msg=False, threads=1, timeMode="cpu", **nodes)
    if solver == "highs":
        options = {} if effort is None else {"mip_max_nodes": effort.nodes}
        # highspy, not the HiGHS inside ortools: once highspy is loaded, ortools' copy answers "unknown".
        return pulp.HiGHS(msg=False, threads=1, **options)
    if solver not in pulp.listSolvers():
        return None
    keep_quiet = {"msg": False} if os.environ.get("ALLOCATOR_SOLVER_LOG", "") == "" else {}
    return pulp.getSolver(solver, **keep_quiet)
