"""Fair shares equal an independent textbook leximin (GLOP, no duals) on random cases of every family.

`make laws` tries thousands (ORACLE_CASES).
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from engines import fast
from random_cases import random_case
from textbook_leximin import textbook_shares

from allocator.need import Problem, needs_of, without_roads
from allocator.reference.leximin import fair_shares
from data.samples import SAMPLES, make_sample

CASES = int(os.environ.get("ORACLE_CASES", "120"))
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


@pytest.mark.parametrize("first", range(30_000, 30_000 + CASES // 4, BLOCK))
def test_it_shares_as_the_textbook_does_on_the_roads_that_stop_rules_leave(first):
    """Stop limits and minimum drops close roads; on those that are left, the shares are the textbook's."""
    closed = 0
    for seed in range(first, min(first + BLOCK, 30_000 + CASES // 4)):
        problem = needs_of(random_case(seed, stop_rules=True))
        shares, _ = fast(problem)
        index = problem.case.site_index
        roads = [(index[depot], index[site]) for depot, site, _ in shares.closed]
        closed += len(roads)
        if shares.exact:
            assert apart(without_roads(problem, roads), shares.fair_units) < 1e-5, f"seed {seed}"
    assert closed > 0


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "nothing"])
def test_it_shares_as_the_textbook_does_on_small_samples(name):
    for seed in range(max(2, CASES // 100)):
        problem = needs_of(make_sample(name, sites=9, items=2, depots=3, lanes=2, seed=seed))
        shares, _ = fast(problem)
        index = problem.case.site_index
        roads = [(index[depot], index[site]) for depot, site, _ in shares.closed]
        assert shares.exact
        assert apart(without_roads(problem, roads), shares.fair_units) < 1e-5, f"seed {seed}"


@pytest.mark.parametrize(("solver", "first", "count"), [("highs", 10_000, CASES), ("cbc", 20_000, CASES // 8)])
def test_the_reference_shares_as_the_textbook_does(solver, first, count):
    for seed in range(first, first + count):
        problem = needs_of(random_case(seed))
        shares = fair_shares(problem, solver)
        assert shares.exact, f"seed {seed}"
        assert apart(problem, shares.fair_units) < 1e-5, f"seed {seed}"
