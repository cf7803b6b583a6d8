"""A linear program that grows: rows are added and bounds changed between solves, and the basis is kept.

Columns and rows are scaled here, so that a mask and a ventilator, a yuan and a million of them are numbers of
one size to the solver and its absolute tolerances mean the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.lp import Block, LpFailed, must, quiet_solver

__all__ = ["GrowingLp", "Solved", "block_of"]

_DUAL_SIMPLEX = 1
_PRIMAL_SIMPLEX = 4
_WHOLE = 1e-7  # what a yes or no may be off
_SETTLED = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)


@dataclass(frozen=True, kw_only=True)
class Solved:
    """The least cost and the value of each column; where asked for, the price of each row and column.

    A price is what one more of the bound adds to the cost.
    """

    cost: float
    values: Floats
    row_price: Floats
    column_price: Floats


class GrowingLp:
    """min cost · x within column bounds and rows."""

    def __init__(self, *, lower: Floats, upper: Floats, scale: Floats) -> None:
        """Take column bounds in people's units; `scale`: the size of one solver unit of each column."""
        self._scale = scale
        self._row_scale = np.zeros(0)
        self._every = np.arange(len(lower), dtype=np.int32)
        self._cost = np.zeros(len(lower))
        self.solves = 0
        self._solver = quiet_solver()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(lower), 0
        lp.col_cost_ = np.zeros(len(lower))
        lp.col_lower_, lp.col_upper_ = lower / scale, upper / scale
        lp.row_lower_ = lp.row_upper_ = np.zeros(0)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.zeros(len(lower) + 1, dtype=np.int32)
        must(self._solver.passModel(lp), "the model was not accepted")

    def add(self, block: Block) -> NDArray[np.intp]:
        """Add rows and return their numbers."""
        rows = len(block.lower)
        first = len(self._row_scale)
        if not rows:
            return np.arange(first, first)
        value = block.value * self._scale[block.column]
        largest = np.zeros(rows)
        np.maximum.at(largest, block.row, np.abs(value))
        largest[largest == 0] = 1.0
        order = np.lexsort((block.column, block.row))
        starts = np.searchsorted(block.row[order], np.arange(rows))
        must(
            self._solver.addRows(
                rows,
                block.lower / largest,
                block.upper / largest,
                len(order),
                starts.astype(np.int32),
                block.column[order].astype(np.int32),
                (value / largest[block.row])[order],
            ),
            "the rows were not accepted",
        )
        self._row_scale = np.concatenate([self._row_scale, largest])
        return np.arange(first, first + rows)

    def drop_slack(self, first: int) -> None:
        """Drop rows from `first` on that do not bind at the last solution; the basis stays, later solves are smaller.

        Rows dropped may come back; those before `first` keep their numbers.
        """
        status = self._solver.getBasis().row_status
        basic = highspy.HighsBasisStatus.kBasic
        slack = [row for row in range(first, len(status)) if status[row] == basic]
        if slack:
            must(self._solver.deleteRows(len(slack), np.array(slack, dtype=np.int32)), "the rows were not dropped")
            self._row_scale = np.delete(self._row_scale, slack)

    def bound(self, columns: NDArray[np.intp], lower: Floats, upper: Floats) -> None:
        """Change the bounds of columns."""
        if len(columns):
            scale = self._scale[columns]
            status = self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower / scale, upper / scale)
            must(status, "the bounds were not accepted")

    def limit(self, row: int, *, upper: float) -> None:
        """Change the upper bound of a row that has no lower one."""
        status = self._solver.changeRowBounds(row, -highspy.kHighsInf, upper / float(self._row_scale[row]))
        must(status, "the bound was not accepted")

    def least(self, cost: Floats, *, primal: bool = False, priced: bool = False) -> Solved:
        """Return the least cost, `priced`: with prices.

        `primal`: only the cost changed since the last solve, so its point still fits. The primal simplex works
        without perturbed bounds: the point is near the least already, and taking the perturbation back can leave a
        row broken that no further step mends.

        Raises:
            LpFailed: where there is none.

        """
        solver = self._solver
        scaled = cost * self._scale
        size = max(float(np.abs(scaled).max(initial=0.0)), 1e-300)
        if not np.array_equal(scaled, self._cost):
            must(solver.changeColsCost(len(scaled), self._every, scaled / size), "the cost was not accepted")
            self._cost = scaled
        self.solves += 1
        self._run(primal=primal, perturbed=not primal)
        if solver.getModelStatus() not in _SETTLED:
            self._run(primal=not primal, perturbed=False)
        if solver.getModelStatus() not in _SETTLED:
            # A stale basis is the usual cause: once more from nothing.
            solver.clearSolver()
            self._run(primal=False, perturbed=False)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise LpFailed(str(solver.modelStatusToString(solver.getModelStatus())))
        solution = solver.getSolution()
        values = np.array(solution.col_value) * self._scale
        price = reduced = np.zeros(0)
        if priced:
            price = np.array(solution.row_dual) * size / self._row_scale
            reduced = np.array(solution.col_dual) * size / self._scale
        return Solved(cost=float(cost @ values), values=values, row_price=price, column_price=reduced)

    def switch(self, columns: NDArray[np.intp], least: Floats, most: Floats) -> None:
        """Let each of these columns be 0 or from its least to its most, in people's units; solve by `branch` then."""
        yes = self._whole(np.ones(len(columns)))
        free = highspy.kHighsInf
        self._pairs(columns, yes, -most, lower=-free, upper=0.0)
        self._pairs(columns, yes, -least, lower=0.0, upper=free)

    def step(self, columns: NDArray[np.intp], units: Floats) -> None:
        """Let each of these columns be a whole number of times so many units; solve by `branch` then."""
        times = self._whole(np.full(len(columns), highspy.kHighsInf))
        self._pairs(columns, times, -units, lower=0.0, upper=0.0)

    def _whole(self, most: Floats) -> NDArray[np.int32]:
        """Add columns that are whole numbers, and return which they are."""
        number, first, none = len(most), len(self._scale), np.zeros(0, dtype=np.int32)
        added = self._solver.addCols(number, np.zeros(number), np.zeros(number), most, 0, none, none, np.zeros(0))
        must(added, "the columns were not accepted")
        new = np.arange(first, first + number, dtype=np.int32)
        kind = np.full(number, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        must(self._solver.changeColsIntegrality(number, new, kind), "whole numbers were not accepted")
        self._scale = np.append(self._scale, np.ones(number))
        self._every = np.arange(first + number, dtype=np.int32)
        self._cost = np.append(self._cost, np.zeros(number))
        return new

    def _pairs(
        self, columns: NDArray[np.intp], whole: NDArray[np.int32], units: Floats, *, lower: float, upper: float
    ) -> None:
        """Add a row for each column and whole number: lower ≤ column + units × number ≤ upper."""
        number = len(columns)
        pair = np.stack([columns.astype(np.int32), whole], axis=1).ravel()
        value = np.stack([np.ones(number), units / self._scale[columns]], axis=1).ravel()
        starts = np.arange(0, len(pair), 2, dtype=np.int32)
        bounds = (np.full(number, lower), np.full(number, upper))
        must(self._solver.addRows(number, *bounds, len(pair), starts, pair, value), "the rows were not accepted")
        self._row_scale = np.append(self._row_scale, np.ones(number))

    def branch(self, cost: Floats, *, nodes: int, gap: float) -> tuple[float, Solved | None]:
        """Return what is proven of the least cost, and the best found (without prices), after so many nodes.

        `cost`: of the columns without those that `switch` added, which cost nothing.
        """
        solver = self._solver
        padded = np.append(cost, np.zeros(len(self._scale) - len(cost)))
        scaled = padded * self._scale
        size = max(float(np.abs(scaled).max(initial=0.0)), 1e-300)
        must(solver.changeColsCost(len(scaled), self._every, scaled / size), "the cost was not accepted")
        self._cost = scaled
        for option, value in (
            ("presolve", "on"),
            ("mip_max_nodes", nodes),
            ("mip_rel_gap", gap),
            ("mip_feasibility_tolerance", _WHOLE),
            ("primal_feasibility_tolerance", _WHOLE),
            ("dual_feasibility_tolerance", _WHOLE),
        ):
            must(solver.setOptionValue(option, value), f"option {option} was not accepted")
        self.solves += 1
        solver.run()
        info = solver.getInfo()
        bound = info.mip_dual_bound * size
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return bound, None
        values = np.array(solver.getSolution().col_value) * self._scale
        nothing = np.zeros(0)
        cost_found = float(padded @ values)
        return bound, Solved(cost=cost_found, values=values, row_price=nothing, column_price=nothing)

    def _run(self, *, primal: bool, perturbed: bool) -> None:
        for option, value in (
            ("simplex_strategy", _PRIMAL_SIMPLEX if primal else _DUAL_SIMPLEX),
            ("primal_simplex_bound_perturbation_multiplier", float(perturbed)),
            ("dual_simplex_cost_perturbation_multiplier", float(perturbed)),
        ):
            must(self._solver.setOptionValue(option, value), f"option {option} was not accepted")
        self._solver.run()


def block_of(
    entries: Sequence[tuple[NDArray[np.intp], NDArray[np.intp], Floats]],
    *,
    lower: Floats | float,
    upper: Floats | float,
    rows: int,
) -> Block:
    """Join entries (row, column, value) into a block of rows with these bounds."""
    empty = np.zeros(0, dtype=np.intp)
    row, column, value = (np.concatenate([entry[part] for entry in entries]) if entries else empty for part in range(3))
    return Block(
        row=row.astype(np.intp),
        column=column.astype(np.intp),
        value=value.astype(np.float64),
        lower=np.broadcast_to(np.asarray(lower, dtype=np.float64), (rows,)),
        upper=np.broadcast_to(np.asarray(upper, dtype=np.float64), (rows,)),
    )
