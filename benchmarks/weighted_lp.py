"""The straightforward way: one weighted sum of what is unmet, written in PuLP, solved by CBC.

    minimise   Σ weight of the tier × unmet need of the pair
    such that  Σ over ways + unmet = lacking   for every pair
               Σ over pairs ≤ units            for every depot and item
               Σ kg ≤ what the lorries carry   for every depot

`weighted_lp CASE SECONDS`: says what building and solving took and how fair the answer is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pulp

from benchmarks.lane_table import LaneTable, fills, lane_table, tops

WEIGHTS = {"frontline": 1000.0, "community": 100.0, "recovery": 10.0}


def main(folder: str, seconds: str) -> None:
    """Build, solve with a time limit, say what came out."""
    table = lane_table(Path(folder))
    began, started = os.times(), time.monotonic()
    model, sent = build(table)
    built = time.monotonic()
    model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=float(seconds), threads=1))
    ended, solved = os.times(), time.monotonic()
    says = {
        # CBC is a program of its own, so its seconds are those of a child.
        "cpu_seconds": sum(ended[:4]) - sum(began[:4]),
        "build_seconds": built - started,
        "solve_seconds": solved - built,
        # "Optimal" is also what PuLP says after a time limit, so the solution's own status counts.
        "optimal": model.sol_status == pulp.LpSolutionOptimal and solved - built < float(seconds),
    }
    values = np.array([max(0.0, variable.value() or 0.0) for variable in sent])
    units = np.bincount(table.pair, weights=values, minlength=len(table.problem.pairs))
    print(json.dumps(says | fairness(table, units)))


def build(table: LaneTable) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """Return the model and its shipment variables, one for each way."""
    pairs, policy = table.problem.pairs, table.problem.case.policy
    lacking = np.maximum(0.0, tops(table.problem) - pairs.held)
    model = pulp.LpProblem("weighted", pulp.LpMinimize)
    sent = [pulp.LpVariable(f"x{n}", 0) for n in range(len(table.pair))]
    unmet = [pulp.LpVariable(f"u{n}", 0, float(most)) for n, most in enumerate(lacking)]
    weight = [WEIGHTS.get(tier, 1.0) for tier in policy.tier_names]
    model += pulp.lpSum(weight[pairs.tier[n]] * variable for n, variable in enumerate(unmet))
    ways: list[list[pulp.LpVariable]] = [[] for _ in unmet]
    for n, pair in enumerate(table.pair):
        ways[pair].append(sent[n])
    for n, variable in enumerate(unmet):
        model += pulp.lpSum(ways[n]) + variable == float(lacking[n])
    add_limits(model, table, sent)
    return model, sent


def add_limits(model: pulp.LpProblem, table: LaneTable, sent: list[pulp.LpVariable]) -> None:
    """No depot sends more units of an item, or more weight, than it has or can carry."""
    supply, carried, kg = table.supply_units, table.source_kg(), table.kg_per_unit
    by_cell: dict[tuple[int, int], list[pulp.LpVariable]] = {}
    by_source: dict[int, list[pulp.LpAffineExpression]] = {}
    for n, (source, item) in enumerate(zip(table.source.tolist(), table.item.tolist(), strict=True)):
        by_cell.setdefault((source, item), []).append(sent[n])
        if np.isfinite(carried[source]):
            by_source.setdefault(source, []).append(kg[item] * sent[n])
    for (source, item), variables in by_cell.items():
        model += pulp.lpSum(variables) <= float(supply[source, item])
    for source, terms in by_source.items():
        model += pulp.lpSum(terms) <= float(carried[source])


def fairness(table: LaneTable, units: np.ndarray) -> dict[str, float]:
    """Return the worst-off and 5th percentile fill of the first tier's pairs that a depot can serve."""
    reachable = np.zeros(len(table.problem.pairs), dtype=bool)
    reachable[table.pair] = True
    first = fills(table.problem, units)[reachable & (table.problem.pairs.tier == 0)]
    if not len(first):
        return {}
    return {"worst": float(first.min()), "p5": float(np.percentile(first, 5))}


if __name__ == "__main__":
    main(*sys.argv[1:])
