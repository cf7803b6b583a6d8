"""Fair shares equal an independent textbook leximin (GLOP, no duals) on random cases of every family.

`ORACLE_CASES=5000 pytest tests/allocator/test_fair_against_oracle.py` tries thousands.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from engines import fast
from random_cases import random_case
from textbook_leximin import textbook_shares

from allocator.need import Problem, needs_of
from allocator.reference.leximin import fair_shares

CASES = int(os.environ.get("ORACLE_CASES", "200"))
BLOCK = 50


def apart(problem: Problem, fair_units: np.ndarray) -> float:
    """Return how far fair shares are from the textbook's, in days of use where the use is above 1."""
    expected = textbook_shares(problem)
    return float(np.max(np.abs(expected - fair_units) / np.maximum(1, problem.pairs.daily_units), initial=0))


@pytest.mark.parametrize("first", range(0, CASES, BLOCK))
def test_the_fast_engine_shares_as_the_textbook_does(first):
    for seed in range(first, min(first + BLOCK, CASES)):
        problem = needs_of(random_case(seed))
        shares, _ = fast(problem)
        if shares.exact:
            assert apart(problem, shares.fair_units) < 1e-5, f"seed {seed}"


@pytest.mark.parametrize(("solver", "first", "count"), [("highs", 10_000, CASES), ("cbc", 20_000, CASES // 8)])
def test_the_reference_shares_as_the_textbook_does(solver, first, count):
    for seed in range(first, first + count):
        problem = needs_of(random_case(seed))
        shares = fair_shares(problem, solver)
        assert shares.exact, f"seed {seed}"
        assert apart(problem, shares.fair_units) < 1e-5, f"seed {seed}"
