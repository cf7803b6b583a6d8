"""One max-min linear programme on lane variables, solved by HiGHS from a prebuilt matrix.

    maximise   θ ≤ 1
    such that  held + Σ over ways ≥ θ × target              for every pair
               Σ over pairs ≤ units, Σ kg ≤ what lorries carry  for every depot

`all`: the target is the top of the pair's own ladder, so every pair is lifted at once and the ladder
is ignored. `first`: only the pairs of the first rung, to its top; this is where our own ladder
begins, so its level can be compared. Both are one level of many, and fractional. The matrix is
built with numpy and not counted: `lane_lp CASE SECONDS all|first` says the CPU seconds of passing
it on and solving.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import highspy
import numpy as np
from numpy.typing import NDArray

from benchmarks.lane_table import LaneTable, lane_table, tops


def main(folder: str, seconds: str, pairs: str = "all") -> None:
    """Build the matrix, then measure HiGHS alone."""
    table = lane_table(Path(folder))
    model = matrix(table, first_rung(table) if pairs == "first" else tops(table.problem))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", "off")
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("threads", 1)
    started = time.process_time()
    solver.passModel(model)
    solver.run()
    says = {
        "cpu_seconds": time.process_time() - started,
        "optimal": solver.getModelStatus() == highspy.HighsModelStatus.kOptimal,
        "level": -solver.getInfo().objective_function_value,
        "rows": model.num_row_,
        "columns": model.num_col_,
    }
    print(json.dumps(says))


def matrix(table: LaneTable, target: NDArray[np.float64]) -> highspy.HighsLp:
    """Return the programme: one column for each way of the pairs with a target, and θ last."""
    pairs = table.problem.pairs
    in_rung = np.flatnonzero(target > 0)
    row_of_pair = np.full(len(pairs), -1)
    # A pair that no depot can serve would hold everybody at what it has.
    served = np.zeros(len(pairs), dtype=bool)
    served[table.pair] = True
    in_rung = in_rung[served[in_rung]]
    row_of_pair[in_rung] = np.arange(len(in_rung))
    ways = np.flatnonzero(row_of_pair[table.pair] >= 0)
    source, item = table.source[ways], table.item[ways]
    cells, cell = np.unique(source * len(table.problem.case.items) + item, return_inverse=True)
    carried = table.source_kg()
    limited = np.flatnonzero(np.isfinite(carried))
    row_of_source = np.full(len(carried), -1)
    row_of_source[limited] = np.arange(len(limited)) + len(in_rung) + len(cells)
    weighed = np.flatnonzero(row_of_source[source] >= 0)
    theta = len(ways)
    rows = np.concatenate(
        [row_of_pair[table.pair[ways]], len(in_rung) + cell, row_of_source[source[weighed]], np.arange(len(in_rung))]
    )
    columns = np.concatenate([np.arange(theta), np.arange(theta), weighed, np.full(len(in_rung), theta)])
    ones = np.ones(theta)
    values = np.concatenate([ones, ones, table.kg_per_unit[item[weighed]], -target[in_rung]])
    supply = table.supply_units.ravel()[cells]
    infinite = highspy.kHighsInf
    low = np.concatenate([-pairs.held[in_rung].astype(float), np.full(len(cells) + len(limited), -infinite)])
    high = np.concatenate([np.full(len(in_rung), infinite), supply, carried[limited]])
    return as_highs(rows, columns, values, low, high, theta)


def first_rung(table: LaneTable) -> NDArray[np.float64]:
    """Return the units each pair should hold at the top of the first rung; 0 outside of it."""
    problem, policy = table.problem, table.problem.case.policy
    rung = policy.ladder[0]
    named = np.array([tier in rung.tiers for tier in policy.tier_names])[problem.pairs.tier]
    durable = problem.case.items.durable[problem.pairs.item]
    cover = np.where(durable, float(rung.holding_share), float(rung.cover_days))
    return np.asarray(np.where(named, problem.pairs.daily_units * cover, 0.0), dtype=np.float64)


def as_highs(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    theta: int,
) -> highspy.HighsLp:
    """Return HiGHS' own programme, row by row (CSR)."""
    order = np.lexsort((columns, rows))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = theta + 1, len(low)
    model.col_cost_ = np.r_[np.zeros(theta), -1.0]
    model.col_lower_ = np.zeros(theta + 1)
    model.col_upper_ = np.r_[np.full(theta, highspy.kHighsInf), 1.0]
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(low)))].astype(np.int32)
    model.a_matrix_.index_ = columns[order].astype(np.int32)
    model.a_matrix_.value_ = values[order]
    return model


if __name__ == "__main__":
    main(*sys.argv[1:])
