"""Demand history: a gap is not a zero, a stock-out hides demand, and how demand comes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from allocator.demand import PATTERNS, DemandHistory, adjusted_units, demand_patterns, in_longer_periods, summed_over

NAN = float("nan")
TABLES = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 20)),
    elements=st.sampled_from([0.0, 0.0, 1.0, 3.0, 40.0, NAN]),
)


def history_of(units, stockout=None, period_days=1):
    table = np.atleast_2d(np.array(units, dtype=float))
    out = np.zeros(table.shape) if stockout is None else np.atleast_2d(np.array(stockout, dtype=float))
    names = tuple(f"S{n}" for n in range(len(table)))
    return DemandHistory(
        sites=names, items=names, units=table, stockout=out, first_day=dt.date(2020, 1, 6), period_days=period_days
    )


@pytest.mark.parametrize(
    ("units", "pattern"),
    [
        ([10, 11, 9, 10, 10, 12], "smooth"),
        ([1, 30, 2, 1, 45, 2], "erratic"),
        ([0, 10, 0, 0, 11, 0], "intermittent"),
        ([0, 1, 0, 0, 60, 0], "lumpy"),
        ([0, 0, 0, 0, 0, 0], "none"),
        ([NAN, NAN, NAN, NAN, NAN, NAN], "none"),
        ([0, 0, 0, 0, 0, 10], "smooth"),  # what came before the first demand says nothing of how often it comes
        ([10, NAN, NAN, NAN, NAN, 10], "smooth"),  # nobody said that there was none
    ],
)
def test_how_demand_comes(units, pattern):
    assert PATTERNS[demand_patterns(history_of(units).units).pattern[0]] == pattern


def test_a_stock_out_hides_demand_up_to_three_times():
    shown = adjusted_units(history_of([[20, 20, 20]], [[0, 0.2, 0.8]]))

    assert shown[0] == pytest.approx([20, 25, 60])


def test_no_use_without_any_stock_is_no_knowledge():
    shown = adjusted_units(history_of([[0, 0, 7]], [[0, 1, 1]]))

    np.testing.assert_array_equal(shown, [[0, NAN, 7]])


@given(TABLES, st.integers(1, 7))
def test_whole_longer_periods_keep_every_unit(units, periods):
    known = np.nan_to_num(units)
    longer = in_longer_periods(history_of(known), periods)
    left_out = known.shape[1] % periods

    assert longer.units.sum() == pytest.approx(known[:, left_out:].sum())
    assert longer.periods == known.shape[1] // periods
    if longer.periods:
        assert longer.last_day == history_of(known).last_day


@given(TABLES)
def test_patterns_do_not_depend_on_the_unit_or_on_the_order_of_series(units):
    plain, scaled, turned = (demand_patterns(each) for each in (units, units * 8, units[::-1]))

    assert plain.pattern.tolist() == scaled.pattern.tolist() == turned.pattern[::-1].tolist()
    np.testing.assert_allclose(plain.adi, scaled.adi)


@given(TABLES)
def test_a_sum_over_one_period_is_the_period(units):
    np.testing.assert_array_equal(summed_over(units, 1), units)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"units": [[-1.0]]}, "0 or more"),
        ({"stockout": [[1.5]]}, "between 0 and 1"),
        ({"stockout": [[NAN]]}, "between 0 and 1"),
        ({"period_days": 0}, "one day or more"),
        ({"stockout": [[0.0, 0.0]]}, "one shape"),
    ],
)
def test_what_cannot_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        history_of(**({"units": [[1.0]]} | changed))
