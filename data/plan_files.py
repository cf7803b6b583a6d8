"""The door out for a plan: its folder of CSV, JSON and a workbook for people.

Everything but timings.json is byte-identical on every re-run: rows stand in the order of their
keys' codes, numbers have one spelling, JSON keys are sorted, and the workbook carries the plan's
date instead of the clock's.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.proof import Proof
from data.case_digest import with_case_digest
from data.plan_tables import PlanTables
from data.reasons import NoNeedsThere, NotInPlan, WhyAnswer, why

__all__ = ["NoNeedsThere", "NotInPlan", "WhyAnswer", "proof_lines", "why", "write_plan"]

_SECONDS_PLACES = 3


def write_plan(plan: Plan, case: Case, folder: Path, *, xlsx: bool = True) -> None:
    """Write every file of a plan into a folder, which is made where it is missing.

    A file that this plan does not have (lots, substitutes, the workbook without `xlsx`) is removed
    where a former plan left it. Raises OSError where the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    plan = with_case_digest(plan, case)
    tables = PlanTables(plan, case)
    seconds: dict[str, float] = {}
    peak_mb = {"before writing": _peak_mb()}
    for name in PlanTables.NAMES:
        file = f"{name}.csv"
        if tables.has(name):
            seconds[file] = _timed(tables.write, name, folder)
        else:
            (folder / file).unlink(missing_ok=True)
    seconds["proof.json"] = _timed(_write_lines, folder / "proof.json", proof_lines(plan.proof))
    _write_json(folder / "summary.json", plan.summary)
    if xlsx:
        from data.plan_workbook import write_workbook

        seconds["plan.xlsx"] = _timed(write_workbook, plan, case, folder / "plan.xlsx")
    else:
        (folder / "plan.xlsx").unlink(missing_ok=True)
    peak_mb["after writing"] = _peak_mb()
    _write_json(folder / "timings.json", {**plan.timings, "writing_seconds": seconds, "peak_mb": peak_mb})


def _peak_mb() -> int | None:
    """Return the most memory this process has held so far, in MB; None on systems that do not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1_000_000 if sys.platform == "darwin" else 1_000)


def _timed(write: Callable[..., None], *arguments: Any) -> float:
    begun = time.perf_counter()
    write(*arguments)
    return round(time.perf_counter() - begun, _SECONDS_PLACES)


def _write_json(path: Path, content: Any) -> None:
    text = json.dumps(dict(content), ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


def proof_lines(proof: Proof) -> Iterator[str]:
    r"""Return proof.json line by line: one row of the flow, one step, one closed lane to a line.

    >>> print("".join(proof_lines(Proof((), ()))), end="")
    {"flow":[],
    "steps":[]}
    """
    content = proof.as_json()
    for number, (name, rows) in enumerate(content.items()):
        yield "{" if number == 0 else ",\n"
        yield f"{json.dumps(name)}:["
        for row_number, row in enumerate(rows):
            yield "\n" if row_number == 0 else ",\n"
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        yield "\n]" if rows else "]"
    yield "}\n"
