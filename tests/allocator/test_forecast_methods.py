"""The methods of forecasting: the record library's answers, and what must hold of every one of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from allocator.forecast_methods import mean_levels, recent_mean_levels, sba_levels, ses_levels, smoothed, tsb_levels
from allocator.forecast_season import seasonal_levels

KNOWN = json.loads(Path(__file__).with_name("known_forecasts.json").read_text(encoding="utf-8"))["answers"]
NAN = float("nan")
METHODS = {
    "mean": mean_levels,
    "recent mean": lambda units: recent_mean_levels(units, 3),
    "ses": ses_levels,
    "sba": sba_levels,
    "tsb": tsb_levels,
    "seasonal": lambda units: seasonal_levels(units, season=4, horizon=3, groups=np.zeros(len(units), dtype=np.int32)),
}
TABLES = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 16)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 7.0, 50.0, NAN]),
)
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["series"])
def test_sba_and_tsb_are_those_of_the_library_of_record(known):
    units = np.array([known["units"]], dtype=float)

    assert sba_levels(units)[0, -1] == pytest.approx(known["sba"], abs=1e-8)
    for rates, answer in known["tsb"].items():
        alpha, beta = map(float, rates.split(","))
        assert tsb_levels(units, alpha, beta)[0, -1] == pytest.approx(answer, abs=1e-8)


def test_fitted_smoothing_takes_the_rate_that_missed_least_so_far():
    jumps = np.array([[10.0] * 10 + [50.0] * 10])
    noise = np.array([[10.0, 30.0] * 10])

    assert ses_levels(jumps)[0, -1] == ses_levels(jumps, alphas=(0.8,))[0, -1]
    assert ses_levels(noise)[0, -1] == ses_levels(noise, alphas=(0.05,))[0, -1]


def test_plain_smoothing_is_told_from_the_first_report_on():
    assert smoothed(np.array([[100.0, 110, 120]]), 0.5)[0].tolist() == [100, 105, 112.5]


@each_method
@given(units=TABLES)
def test_a_gap_changes_no_level(method, units):
    gap = np.full((len(units), 1), NAN)

    with_gap, without = method(np.hstack([units, gap])), method(units)

    # A season moves on through a gap, so only its earlier levels stay.
    np.testing.assert_array_equal(with_gap[:, :-1], without)
    if method is not METHODS["seasonal"]:
        np.testing.assert_array_equal(with_gap[:, -1], without[:, -1])


@each_method
@given(units=TABLES)
def test_the_future_changes_no_level(method, units):
    changed = units.copy()
    changed[:, -1] = 999.0

    np.testing.assert_allclose(method(units)[:, :-1], method(changed)[:, :-1])


@each_method
@given(units=TABLES)
def test_levels_are_in_the_unit_of_demand_and_never_negative(method, units):
    levels = method(units)

    np.testing.assert_allclose(method(units * 12), levels * 12)
    assert (levels[~np.isnan(levels)] >= 0).all()


@each_method
@given(units=TABLES)
def test_the_order_of_series_changes_nothing(method, units):
    np.testing.assert_allclose(method(units[::-1]), method(units)[::-1])


@each_method
def test_nothing_reported_is_nothing_known_and_no_use_is_no_demand(method):
    levels = method(np.array([[NAN] * 12, [0.0] * 12]))

    assert np.isnan(levels[0]).all()
    assert not levels[1][~np.isnan(levels[1])].any()


def test_a_season_is_foreseen():
    year = np.array([0, 0, 4, 8] * 5, dtype=float)
    units = np.vstack([year, year * 10])

    levels = seasonal_levels(units, season=4, horizon=2, groups=np.zeros(2, dtype=np.int32))

    # Shrunk towards no season, but the coming half-year is known to be the low one, and the next the high one.
    assert (levels[:, -1] < 0.35 * mean_levels(units)[:, -1]).all()
    assert (levels[:, -3] > 1.6 * mean_levels(units)[:, -3]).all()
