"""The engine alone, tables in memory to plan in memory: `engine CASE`.

Says the CPU seconds of `allocate` (without reading or writing a file), those up to the whole packs
(without lots, reasons and the price of fairness), the engine's own stages,
and the level of the first freeze, to set beside the one-level linear programme. Loading the solvers'
libraries does not count, as it does not for what it is compared with.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import highspy  # noqa: F401 - loaded before the clock starts
from ortools.graph.python import max_flow, min_cost_flow  # noqa: F401

from allocator.allocate import allocate
from data.case_files import read_case


def main(folder: str) -> None:
    """Read, then measure the decision only."""
    case = read_case(Path(folder)).case
    before = _cpu_seconds()
    plan = allocate(case)
    cpu_seconds = _cpu_seconds() - before
    stages = plan.timings["cpu_seconds"]
    first = plan.proof.steps[0] if plan.proof.steps else None
    says = {
        "cpu_seconds": cpu_seconds,
        "packs_cpu_seconds": sum(seconds for stage, seconds in stages.items() if stage != "plan"),
        "timings": dict(plan.timings),
        "pairs": len(plan.pairs),
        "steps": len(plan.proof.steps),
        "first_fill": first.fill if first and first.rung == 1 else 1.0,
    }
    print(json.dumps(says, default=str))


def _cpu_seconds() -> float:
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main(*sys.argv[1:])
