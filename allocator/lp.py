"""The one door to the linear-programming solver of the fast engine: HiGHS, hot-started.

Every LP of the engine has one shape: send along ways, at most the limits, at least the
requirements, and one more column, the common level. Only requirements and that column change from
one solve to the next, so the simplex basis is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats

__all__ = ["Block", "LevelLp", "LpFailed", "LpRows", "Optimum", "cheapest", "must", "quiet_solver"]

_TIME_LIMIT_SECONDS = 3600.0
_PRIMAL_SIMPLEX = 4
_SCALED_BY_SOLVER = 2
_FEASIBLE = 1e-9  # in solver units
_UNIT_FALL_MAX = 64.0  # the level is measured anew when its steepest slope fell below this part


class LpFailed(RuntimeError):
    """The solver gave no optimum where there must be one."""


@dataclass(frozen=True, kw_only=True)
class LpRows:
    """Rows of the constraint matrix in compressed form, one block for requirements, one for limits.

    `cell_of_way`: the requirement row each way feeds (coefficient 1). `limit_row`, `limit_way`,
    `limit_use`: how much of limit row `limit_row` one unit on way `limit_way` uses. `cell_scale`,
    `limit_scale`: the size of one solver unit of each row, so that right-hand sides stay below
    about 10⁴ and the solver's absolute tolerances mean the same in a county and in a nation.
    """

    cell_of_way: NDArray[np.intp]
    limit_row: NDArray[np.intp]
    limit_way: NDArray[np.intp]
    limit_use: Floats
    limits: Floats
    cells: int
    cell_scale: Floats
    limit_scale: Floats


@dataclass(frozen=True)
class Optimum:
    """Level, flows per way, and the prices of requirements (cells) and limits, all >= 0."""

    level: float
    flow: Floats
    cell_price: Floats
    limit_price: Floats


class LevelLp:
    """max level subject to: Σ ways of a cell − slope·level >= intercept; limits kept; flows >= 0."""

    def __init__(self, rows: LpRows) -> None:
        self._rows = rows
        self._way_scale = rows.cell_scale[rows.cell_of_way]
        self._every_cell = np.arange(rows.cells, dtype=np.int32), np.full(rows.cells, highspy.kHighsInf)
        # From one level to the next the old flows stay nearly feasible: primal simplex needs a
        # third of dual simplex' time (measured at 1,716 cells).
        self._solver = quiet_solver()
        must(self._solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX), "primal simplex was not accepted")
        self._slope, self._unit = np.zeros(rows.cells), 1e-300
        self._pass_model()
        self._begin_with_one_way_each()

    def _pass_model(self) -> None:
        rows = self._rows
        n_ways = len(rows.cell_of_way)
        lp = highspy.HighsLp()
        lp.num_col_ = n_ways + 1
        lp.num_row_ = rows.cells + len(rows.limits)
        lp.col_cost_ = np.append(np.zeros(n_ways), float(rows.cells))
        lp.col_lower_ = np.append(np.zeros(n_ways), -highspy.kHighsInf)
        lp.col_upper_ = np.full(n_ways + 1, highspy.kHighsInf)
        lp.row_lower_ = np.append(np.zeros(rows.cells), np.full(len(rows.limits), -highspy.kHighsInf))
        lp.row_upper_ = np.append(np.full(rows.cells, highspy.kHighsInf), rows.limits / rows.limit_scale)
        way = np.concatenate([np.arange(n_ways), rows.limit_way])
        row = np.concatenate([rows.cell_of_way, rows.cells + rows.limit_row])
        value = np.concatenate(
            [np.ones(n_ways), rows.limit_use * self._way_scale[rows.limit_way] / rows.limit_scale[rows.limit_row]]
        )
        order = np.lexsort((row, way))
        counts = np.bincount(way, minlength=n_ways)
        # The level column starts with every cell so that its pattern never changes.
        starts = np.concatenate([[0], np.cumsum(counts)])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.append(starts, starts[-1] + rows.cells).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate([row[order], np.arange(rows.cells)]).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate([value[order], np.full(rows.cells, -1.0)])
        lp.sense_ = highspy.ObjSense.kMaximize
        self._slope[:] = 1.0
        must(self._solver.passModel(lp), "the model was not accepted")

    def _begin_with_one_way_each(self) -> None:
        """Begin where every cell draws on one way only, the one whose tightest limit is widest.

        From there a tenth of the pivots lead to the first level that a start from nothing takes.
        """
        rows, ways = self._rows, len(self._rows.cell_of_way)
        room = np.full(ways, np.inf)
        np.minimum.at(room, rows.limit_way, (rows.limits / rows.limit_scale)[rows.limit_row])
        by_cell = np.lexsort((-room, rows.cell_of_way))
        widest = by_cell[np.searchsorted(rows.cell_of_way[by_cell], np.arange(rows.cells))]
        basic, lower = highspy.HighsBasisStatus.kBasic, highspy.HighsBasisStatus.kLower
        columns = [lower] * ways + [highspy.HighsBasisStatus.kZero]
        for way in widest.tolist():
            columns[way] = basic
        basis = highspy.HighsBasis()
        basis.col_status, basis.row_status = columns, [lower] * rows.cells + [basic] * len(rows.limits)
        basis.valid = True
        must(self._solver.setBasis(basis), "the first basis was not accepted")

    def highest_level(self, *, slope: Floats, intercept: Floats) -> Optimum:
        """Return the highest level at which every requirement can still be met, with its prices.

        `slope`, `intercept`: per cell, the requirement as a line in the level. The objective is
        scaled by Σ slope, so that Σ price × slope = Σ slope and prices stay far above the
        solver's tolerances.
        """
        slope = slope / self._rows.cell_scale
        # The level is measured in a steep slope, so that no coefficient is beyond the solver.
        steepest = max(float(slope.max(initial=0.0)), 1e-300)
        if not self._unit / _UNIT_FALL_MAX < steepest <= self._unit:
            self._unit = steepest
        self._set_slope(slope / self._unit)
        self._set_requirements(intercept)
        best = self._solve()
        return replace(best, level=best.level / self._unit)

    def still_serves(self, requirement: Floats) -> bool:
        """Tell whether the ways used last, and what else the basis leaves free, meet other requirements too.

        Then no further solve is needed to know that they can be met.
        """
        rows, ways = self._rows, len(self._rows.cell_of_way)
        found, basic = self._solver.getBasicVariables()
        if found != highspy.HighsStatus.kOk:
            return False
        bound = np.concatenate([requirement / rows.cell_scale, rows.limits / rows.limit_scale])
        free = -1 - basic[basic < 0]
        right = bound.copy()
        right[free] = 0.0
        found, value = self._solver.getBasisSolve(right)
        if found != highspy.HighsStatus.kOk:
            return False
        # The solver counts a row's own column as minus what the row adds up to.
        room = bound[free] + value[basic < 0]
        room[free < rows.cells] *= -1
        columns = basic >= 0
        least = min(float(value[columns].min(initial=0.0)), float(room.min(initial=0.0)))
        return bool(least >= -_FEASIBLE and (basic == ways).any())

    def cheapest_flow(self, *, requirement: Floats, way_cost: Floats) -> Floats:
        """Return flows that meet fixed requirements within the limits at least cost."""
        solver, n_ways = self._solver, len(self._rows.cell_of_way)
        self._set_requirements(requirement)
        self._set_slope(np.zeros(self._rows.cells))
        solver.changeColBounds(n_ways, 0.0, 0.0)
        every = np.arange(n_ways + 1, dtype=np.int32)
        solver.changeColsCost(n_ways + 1, every, np.append(-way_cost * self._way_scale, 0.0))
        flow = self._solve().flow
        solver.changeColsCost(n_ways + 1, every, np.zeros(n_ways + 1))
        solver.changeColBounds(n_ways, -highspy.kHighsInf, highspy.kHighsInf)
        return flow

    def _set_slope(self, slope: Floats) -> None:
        """Change the level's column where it changed: a new coefficient costs a new factorisation."""
        level = len(self._rows.cell_of_way)
        changed = np.flatnonzero(slope != self._slope)
        change = self._solver.changeCoeff
        for cell, value in zip(changed.tolist(), (-slope[changed]).tolist(), strict=True):
            change(cell, level, value)
        if len(changed):
            self._slope = slope
            self._solver.changeColCost(level, float(slope.sum()))

    def _set_requirements(self, lower: Floats) -> None:
        rows, unlimited = self._every_cell
        self._solver.changeRowsBounds(self._rows.cells, rows, lower / self._rows.cell_scale, unlimited)

    def _solve(self) -> Optimum:
        solver = self._solver
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            # A stale basis is the usual cause: once more from nothing.
            solver.clearSolver()
            solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise LpFailed(str(solver.modelStatusToString(solver.getModelStatus())))
        solution = solver.getSolution()
        rows = self._rows
        values = np.fromiter(solution.col_value, np.float64, count=len(rows.cell_of_way) + 1)
        duals = np.abs(np.fromiter(solution.row_dual, np.float64, count=rows.cells + len(rows.limits)))
        return Optimum(
            level=float(values[-1]),
            flow=np.maximum(values[:-1], 0.0) * self._way_scale,
            cell_price=duals[: rows.cells] / rows.cell_scale,
            limit_price=duals[rows.cells :] / rows.limit_scale,
        )


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of rows: entries (row, column, value) and each row's bounds."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    value: Floats
    lower: Floats
    upper: Floats


def cheapest(
    cost: Floats, blocks: list[Block], *, seconds: float = 60.0, iterations: int | None = None
) -> Floats | None:
    """Return values >= 0 of least cost within the blocks' bounds, or None when time or iterations ran out.

    Where the answer is written down, limit `iterations`: they are the same on every machine, seconds are not.
    """
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), sum(len(block.lower) for block in blocks)
    lp.col_cost_, lp.col_lower_ = cost, np.zeros(len(cost))
    lp.col_upper_ = np.full(len(cost), highspy.kHighsInf)
    lp.row_lower_ = np.concatenate([block.lower for block in blocks])
    lp.row_upper_ = np.concatenate([block.upper for block in blocks])
    offsets = np.cumsum([0] + [len(block.lower) for block in blocks])
    row = np.concatenate([block.row + at for block, at in zip(blocks, offsets[:-1], strict=True)])
    column = np.concatenate([block.column for block in blocks])
    order = np.lexsort((row, column))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(len(cost) + 1)).astype(np.int32)
    lp.a_matrix_.index_ = row[order].astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([block.value for block in blocks])[order]
    time = seconds if iterations is None else _TIME_LIMIT_SECONDS
    solver = quiet_solver(presolve="on", scale=_SCALED_BY_SOLVER, seconds=time)
    if iterations is not None:
        must(solver.setOptionValue("simplex_iteration_limit", iterations), "the limit was not accepted")
    must(solver.passModel(lp), "the model was not accepted")
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.maximum(np.array(solver.getSolution().col_value), 0.0)


def quiet_solver(*, presolve: str = "off", scale: int = 0, seconds: float = _TIME_LIMIT_SECONDS) -> highspy.Highs:
    """Return a solver that says nothing, takes one thread and gives the same answer every time."""
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("solver", "simplex"),
        ("presolve", presolve),
        ("simplex_scale_strategy", scale),
        ("random_seed", 0),
        ("time_limit", seconds),
        ("primal_feasibility_tolerance", _FEASIBLE),
        ("dual_feasibility_tolerance", 1e-9),
        ("small_matrix_value", 1e-12),
    ):
        must(solver.setOptionValue(option, value), f"option {option} was not accepted")
    return solver


def must(status: highspy.HighsStatus, what: str) -> None:
    """Stop where the solver did not take what it was given.

    Raises:
        LpFailed: with what it did not take.

    """
    if status == highspy.HighsStatus.kError:
        raise LpFailed(what)
