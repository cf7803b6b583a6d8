"""A synthetic test of regimes (invented, drawn apart from the rules): is what will run out named before it does?

`make bench-shortfall` runs hundreds of cases and publishes docs/benchmarks-shortfall.md; these are a few dozen.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.shortfall_regimes import REGIMES, Judged, World, invented, judged, planning_on


@pytest.fixture(scope="module")
def world() -> World:
    return invented(36, seed=2020)


@pytest.fixture(scope="module")
def verdict(world: World) -> Judged:
    return judged(world)


def test_what_runs_out_is_named_with_its_day_before_it_does(verdict):
    assert verdict.ran_out.sum() > 150
    assert verdict.share(verdict.named, verdict.ran_out) >= 0.95
    assert np.nanmedian(verdict.width_days[verdict.named]) <= 2


@pytest.mark.parametrize("regime", REGIMES[1:])
def test_each_regime_is_seen_coming(verdict, regime):
    assert verdict.share(verdict.named, verdict.ran_out, regime) >= 0.9


def test_few_alarms_are_false(world, verdict):
    stayed = world.out >= world.days

    assert verdict.share(verdict.false, stayed) <= 0.10
    assert verdict.share(verdict.false, stayed, "calm") <= 0.05
    assert verdict.share(verdict.false, np.ones_like(stayed)) <= 0.10


def test_the_office_sees_nothing_of_the_days_to_come(world):
    """Use after the morning of the report may be anything: the same tables stand before the office."""
    other = invented(36, seed=2020)
    other.demand[:, 60 + 9 :] *= 7
    one, two = planning_on(world, 9), planning_on(other, 9)

    assert np.array_equal(one.history.units, two.history.units)
    assert np.array_equal(one.case.stock.units, two.case.stock.units)
    assert one.case.in_transit.arrives.tolist() == two.case.in_transit.arrives.tolist()
