"""The checker accepts what the engines plan, and refuses every corruption of it."""

from __future__ import annotations

import dataclasses
import os
from fractions import Fraction
from functools import cache

import corruptions
import numpy as np
import pytest
from random_cases import random_case

from allocator.allocate import allocate
from allocator.case import Case, Depots
from allocator.plan import NothingToSend
from allocator.verify import PlanRead, plan_read_of, verify

# `ALLOCATOR_CASES=2000 pytest tests/allocator/test_verify_corrupted.py` looks further.
CASES = int(os.environ.get("ALLOCATOR_CASES", "25"))


@cache
def planned(seed: int, engine: str) -> tuple[Case, PlanRead | None]:
    case = random_case(seed, shelf_kinds=seed % 3 == 2)
    try:
        return case, plan_read_of(allocate(case, engine=engine), case)
    except NothingToSend:
        return case, None


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_every_plan_of_an_engine_holds(engine: str) -> None:
    """Random small cases of all families: limits, shares, proof, packs and stops hold."""
    for seed in range(CASES):
        case, plan = planned(seed, engine)
        assert plan is None or verify(case, plan) is None, f"seed {seed}: {verify(case, plan)}"


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("name", corruptions.ALL)
def test_every_corruption_is_refused(name: str, engine: str) -> None:
    """Each breaks a stated property, on every random case that offers it."""
    tried = 0
    for seed in range(CASES):
        case, plan = planned(seed, engine)
        corrupted = None if plan is None else corruptions.ALL[name](plan, case, np.random.default_rng(seed))
        if corrupted is not None:
            tried += 1
            assert verify(case, corrupted) is not None, f"seed {seed}: {name} was accepted"
    assert tried > 0


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_lane_closed_after_planning_is_found(engine: str) -> None:
    """Every lane a plan drives, closed one at a time: the plan holds no longer."""
    tried = 0
    for seed in range(CASES):
        case, plan = planned(seed, engine)
        driven = set() if plan is None else set(zip(plan.stops.depot.tolist(), plan.stops.site.tolist(), strict=True))
        for lane, road in enumerate(zip(case.lanes.depot.tolist(), case.lanes.site.tolist(), strict=True)):
            if plan is not None and road in driven:
                tried += 1
                closed = dataclasses.replace(case, lanes=corruptions.changed(case.lanes, "open", lane, value=False))
                assert verify(closed, plan) is not None, f"seed {seed}, lane {lane}"
    assert tried > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_gap_is_allowed_where_the_plan_admits_it(seed: int) -> None:
    """A step that misses by a thousandth of a fill holds if it says so and the summary says `exact: false`."""
    case, plan = planned(seed, "reference")
    if plan is None or not plan.proof.steps:
        pytest.skip("this seed has no step")
    steps = tuple(dataclasses.replace(step, gap=1e-3) for step in plan.proof.steps)
    admitted = dataclasses.replace(plan, proof=dataclasses.replace(plan.proof, steps=steps))
    assert verify(case, dataclasses.replace(admitted, summary={"exact": False})) is None
    assert verify(case, dataclasses.replace(admitted, summary={"exact": True})) is not None


def limited(seed: int) -> Case:
    """A random case whose depots make few stops, or whose stops must weigh something."""
    rng = np.random.default_rng(seed)
    case = random_case(seed, sites=4, items=2, depots=2)
    depot = np.unique(case.lanes.depot[case.sites.kind[case.lanes.depot] == "warehouse"])
    blank, few = np.full(len(depot), np.nan), rng.integers(0, 4, len(depot))
    none = np.full(len(depot), -1, dtype=np.int64)
    depots = Depots(
        depot=depot,
        max_kg=blank,
        max_m3=blank,
        max_stops=few if seed % 2 else none,
        vehicles=none,
        vehicle_kg=blank,
        shift_hours=blank,
        stop_minutes=blank,
    )
    drop = Fraction(0) if seed % 2 else Fraction(int(rng.integers(0, 100)), 10)
    return dataclasses.replace(case, depots=depots, policy=dataclasses.replace(case.policy, min_drop_kg=drop))


def test_stops_are_few_heavy_enough_and_fairly_given() -> None:
    """The reference's plans hold under stop limits and minimum drops; one stop fewer allowed, and they do not."""
    refused = 0
    for seed in range(CASES):
        case = limited(seed)
        try:
            plan = plan_read_of(allocate(case, engine="reference"), case)
        except NothingToSend:
            continue
        assert verify(case, plan) is None, f"seed {seed}: {verify(case, plan)}"
        made = np.bincount(plan.stops.depot, minlength=len(case.sites))[case.depots.depot]
        stricter = dataclasses.replace(case.depots, max_stops=np.maximum(made - 1, 0))
        if made.any():
            refused += 1
            assert verify(dataclasses.replace(case, depots=stricter), plan) is not None
    assert refused > 0
