"""Both solver packages carry HiGHS; some releases of them cannot share a process (google/or-tools#5246).

Each order of loading is tried in a process of its own, for a crash ends it.
"""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

ORTOOLS = """
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model
glop = pywraplp.Solver.CreateSolver("GLOP")
x = glop.NumVar(0, 3, "x")
glop.Maximize(2 * x)
print("glop", glop.Solve() == pywraplp.Solver.OPTIMAL, x.solution_value())
model = cp_model.CpModel()
y = model.new_int_var(0, 5, "y")
model.maximize(y)
solver = cp_model.CpSolver()
print("cp-sat", solver.solve(model) == cp_model.OPTIMAL, solver.value(y))
"""
HIGHSPY = """
import highspy
highs = highspy.Highs()
highs.silent()
z = highs.addVariable(lb=0, ub=4)
highs.maximize(3 * z)
print("highspy", highs.getModelStatus() == highspy.HighsModelStatus.kOptimal, highs.val(z))
"""
PULP = """
import pulp
"""
SAID = {ORTOOLS: {"glop True 3.0", "cp-sat True 5"}, HIGHSPY: {"highspy True 4.0"}, PULP: set()}


@pytest.mark.parametrize("order", list(itertools.permutations([ORTOOLS, HIGHSPY, PULP])))
def test_the_solvers_load_and_solve_in_one_process_in_any_order(order):
    result = subprocess.run(
        [sys.executable, "-c", "".join(order)], capture_output=True, text=True, check=False, timeout=100
    )

    assert result.returncode == 0, result.stderr
    assert set().union(*(SAID[part] for part in order)) <= set(result.stdout.splitlines())


@pytest.mark.parametrize("order", list(itertools.permutations(["fast", "reference"])))
def test_the_engines_take_turns_in_one_process(order):
    """One plan by each engine, with the solvers each loads by itself, and the other's still there."""
    script = f"""
from allocator.allocate import allocate
from data.samples import make_sample
case = make_sample("county", sites=12)
for engine in {order!r} * 2:
    print(engine, allocate(case, engine=engine).pairs.fair_units.round(6).tolist())
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=100)

    assert result.returncode == 0, result.stderr
    told = [line.split(" ", 1)[1] for line in result.stdout.splitlines() if line.startswith(order)]
    assert len(told) == 4
    assert len(set(told)) == 1
