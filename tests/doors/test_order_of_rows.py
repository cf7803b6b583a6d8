"""The rows of a case's files may stand in any order: every byte of the written plan is the same."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from case_strategy import cases
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from allocator.allocate import allocate
from allocator.case import Case
from allocator.plan import NothingToSend
from data.case_files import read_case
from data.case_writing import write_case
from data.plan_files import write_plan


@given(cases(stop_rules=True, items=3), st.randoms(use_true_random=False))
@settings(max_examples=20, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_files_with_their_rows_in_any_order_give_the_same_plan_to_the_byte(case, random):
    assume(len(case.needs) and len(case.lanes))
    case = as_files_hold_it(case)
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        write_case(case, folder / "case")
        write_case(case, folder / "mixed")
        for path in sorted((folder / "mixed").glob("*.csv")):
            header, *rows = path.read_text(encoding="utf-8").splitlines()
            random.shuffle(rows)
            path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")

        plan, mixed = (files_of_plan(folder / name) for name in ("case", "mixed"))

        assume(plan)
        assert mixed == plan


def as_files_hold_it(case: Case) -> Case:
    """Return the case with what its files must have: a ladder that rises, and a day for whatever is on the way."""
    rungs = [replace(rung, cover_days=Fraction(2 * n + 1, 2)) for n, rung in enumerate(case.policy.ladder)]
    moving, today = case.in_transit, np.datetime64(case.policy.date, "D")
    arrives = np.where(np.isnat(moving.arrives), today, moving.arrives)
    policy = replace(case.policy, ladder=tuple(rungs))
    return replace(case, policy=policy, in_transit=replace(moving, arrives=arrives))


def files_of_plan(folder: Path) -> dict[str, bytes]:
    """Return the files of the case's plan by name, without the one that tells seconds; none where nothing is sent."""
    case, out = read_case(folder).case, folder / "plan"
    try:
        write_plan(allocate(case), case, out, xlsx=False)
    except NothingToSend:
        return {}
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name != "timings.json"}
