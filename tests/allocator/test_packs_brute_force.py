"""Whole packs against brute force and against the definition, on tiny random cases.

`PACK_CASES=2000 pytest tests/allocator/test_packs_brute_force.py` tries thousands.
"""

from __future__ import annotations

import os

import pytest
from engines import ENGINES
from pack_checks import Rules, all_pack_vectors, improving_exchange, pack_fair_vectors, sends_of
from random_cases import random_case

from allocator.need import needs_of

CASES = int(os.environ.get("PACK_CASES", "40"))
PLAIN = {"kg", "m3", "lane_kg", "substitutes", "giving"}


@pytest.mark.parametrize("engine", ENGINES)
def test_of_one_item_the_plan_is_among_all_pack_fair_plans(engine):
    """Every feasible number of packs per site is listed; the plan is one that no exchange improves."""
    checked = 0
    for seed in range(4 * CASES):
        problem = needs_of(random_case(seed, sites=3, items=1, depots=2, without=PLAIN))
        rules = Rules(problem)
        vectors = all_pack_vectors(rules)
        if vectors is None:
            continue
        checked += 1
        _, shipments = ENGINES[engine](problem)
        packs = dict.fromkeys(rules.pair_of, 0)
        for (_, site, item, _), n in sends_of(shipments).items():
            packs[site, item] += n
        assert packs in pack_fair_vectors(rules, vectors), f"seed {seed}"
    assert checked >= CASES


@pytest.mark.parametrize("engine", ENGINES)
def test_no_exchange_of_one_pack_improves_a_plan_and_limits_hold(engine):
    """All kinds of exchange, with up to two sites switching sources, across items and substitutes."""
    for seed in range(CASES):
        problem = needs_of(random_case(seed, sites=4))
        _, shipments = ENGINES[engine](problem)
        rules, send = Rules(problem), sends_of(shipments)
        assert rules.faults(send) == [], f"seed {seed}"
        assert improving_exchange(rules, send) is None, f"seed {seed}"
