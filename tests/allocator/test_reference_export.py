"""The exported programme is one that other solvers read, and they find the level the plan claims."""

from __future__ import annotations

import subprocess
from pathlib import Path

import highspy
import pulp
import pytest
from case_tables import case_of_tables
from ortools.linear_solver.python import model_builder

from allocator import fast, reference
from allocator.need import needs_of
from data.samples import make_sample

# Codes as people have them: in Chinese, with blanks, and with every sign that LP files use themselves.
CODES = ("东门 卡口", "a+b<=c", "3 <= x:", "[free]", "End")


def case_with_codes():
    needs = "\n".join(f"S{n} {10 * (n + 1)}" for n in range(len(CODES)))
    case = case_of_tables(needs=f"site daily\n{needs}", stock="site units\nDepot 60")
    at = {f"S{n}": code for n, code in enumerate(CODES)}
    case.sites.code[:] = [at.get(code, code) for code in case.sites.code]
    return case


CASES = {
    "codes of every kind": case_with_codes,
    "lorries and room": lambda: make_sample("truck-limits", sites=12, items=3),
    "caps": lambda: make_sample("caps", sites=12, items=2, seed=3),
}


def by_highs(path: Path) -> float:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - as highspy has it
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver.getInfo().objective_function_value


def by_cbc(path: Path) -> float:
    """CBC reads the file itself, as an auditor would make it."""
    answer = path.with_suffix(".sol")
    sense = ["-max"] if path.suffix == ".lp" else []
    command = [pulp.PULP_CBC_CMD().path, str(path), *sense, "-solve", "-solution", str(answer)]
    subprocess.run(command, capture_output=True, check=True)
    status = answer.read_text(encoding="utf-8").splitlines()[0]
    assert status.startswith("Optimal"), status
    return float(status.rpartition(" ")[2])


def by_glop(path: Path) -> float:
    model = model_builder.Model()
    assert model.import_from_mps_file(str(path)) if path.suffix == ".mps" else model.import_from_lp_file(str(path))
    solver = model_builder.Solver("GLOP")
    assert solver.solve(model) == model_builder.SolveStatus.OPTIMAL
    return float(solver.objective_value)


@pytest.mark.parametrize("named", CASES)
@pytest.mark.parametrize(
    ("ending", "solve"), [("lp", by_highs), ("mps", by_highs), ("lp", by_cbc), ("mps", by_cbc), ("mps", by_glop)]
)
def test_another_solver_finds_the_first_level(tmp_path, named, ending, solve):
    problem = needs_of(CASES[named]())
    path = tmp_path / f"first.{ending}"
    reference.export(problem, path)
    shares, _ = fast.solve(problem)
    lowest = min(step.fill for step in shares.steps if step.rung == 1)

    level = abs(solve(path))

    assert level / scale_of(path) == pytest.approx(lowest, rel=1e-6)


def scale_of(path: Path) -> float:
    """Return what a whole fill is worth in the objective, from the file itself."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".lp":
        return float(text.split("OBJ: ")[1].split(" fill")[0])
    row = next(line for line in text.splitlines() if line.split()[:2] == ["fill", "OBJ"])
    return abs(float(row.split()[2]))
