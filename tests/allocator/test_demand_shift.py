"""A jump of demand is seen within days, and neither one wild day, a gap nor plain chance is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.demand_shift import level_shifts

QUIET = "10 12 8 11 9 10 12 " * 6


def found(days: str) -> tuple[int, float]:
    units = np.array([[np.nan if day == "-" else float(day) for day in days.split()]])
    shifts = level_shifts(units)
    return int(shifts.found[0]), round(float(shifts.factor[0]), 1)


@pytest.mark.parametrize(
    ("last_days", "became"),
    [
        ("10 11 9", (0, 1.0)),
        ("20 30", (1, 3.0)),  # three times as much in two days
        ("20 31 29 30", (1, 3.0)),
        ("95", (0, 1.0)),  # one wild day: a delivery handed out at once
        ("95 10 10 11", (0, 1.0)),
        ("30 - 31", (1, 3.1)),  # a gap between is no quiet day
        ("- - - -", (0, 1.0)),
        ("13 12 14 13 12 13 14", (0, 1.0)),  # less than half more
        ("2 1 2 1 2 2 1 2", (-1, 0.2)),
        ("2 1", (0, 1.0)),  # a fall is believed later than a rise
    ],
)
def test_what_the_last_days_say(last_days, became):
    assert found(QUIET + last_days) == became


def test_a_new_site_has_no_level_to_shift_from():
    assert found("5 50 60 50") == (0, 1.0)
    assert found("- " * 40 + "5 50 60") == (0, 1.0)


def test_chance_alone_seldom_looks_like_a_jump():
    rng = np.random.default_rng(20)
    even = rng.poisson(20, (4000, 60)).astype(float)
    uneven = rng.poisson(20 * rng.gamma(4, 0.25, (4000, 60))).astype(float)

    assert np.mean(level_shifts(even).found != 0) < 0.01
    assert np.mean(level_shifts(uneven).found != 0) < 0.06


def test_series_do_not_touch_one_another():
    rng = np.random.default_rng(3)
    units = rng.poisson(9, (50, 45)).astype(float)
    units[7:20, -3:] *= 4
    units[rng.random(units.shape) < 0.2] = np.nan
    order = rng.permutation(50)

    assert level_shifts(units[order]).level.tolist() == pytest.approx(level_shifts(units).level[order].tolist())
