"""What must hold of every forecast, whatever the history."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from allocator.demand import DemandHistory
from allocator.forecast import LEVELS, forecast

NAN = float("nan")
TABLES = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(0, 24)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 7.0, 50.0, NAN]),
)
P50, P90 = LEVELS.index(0.5), LEVELS.index(0.9)


def history_of(units, *, period_days=7, stockout=None):
    table = np.array(units, dtype=float)
    return DemandHistory(
        sites=tuple(f"S{n}" for n in range(len(table))),
        items=tuple("AB"[n % 2] for n in range(len(table))),
        units=table,
        stockout=np.zeros(table.shape) if stockout is None else np.array(stockout, dtype=float),
        first_day=dt.date(2020, 1, 6),
        period_days=period_days,
    )


def drawn(kind, *, series=60, periods=40, seed=1):
    draw = np.random.default_rng(seed)
    level = draw.lognormal(2.5, 1, series)[:, None]
    time = np.arange(periods)
    mean = {
        "steady": level * np.ones(periods),
        "trending": level * np.exp(draw.normal(0, 0.04, series)[:, None] * time),
        "seasonal": level * (1 + 0.7 * np.sin(2 * np.pi * time / 12)),
        "jump": level
        * np.where(time >= draw.integers(0, periods, (series, 1)), draw.lognormal(0, 1, series)[:, None], 1),
        "intermittent": level * 3 * (draw.random((series, periods)) < 0.3),
        "lumpy": draw.lognormal(2, 1, (series, periods)) * (draw.random((series, periods)) < 0.4),
    }[kind]
    return draw.poisson(mean).astype(float)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(1, 5))
def test_quantiles_rise_and_are_never_negative(units, horizon):
    found = forecast(history_of(units), horizon_periods=horizon)

    known = ~np.isnan(found.daily_units)
    assert known.tolist() == (~np.isnan(units)).any(axis=1).tolist()
    assert (np.diff(found.quantiles[known], axis=1) >= 0).all()
    assert (found.quantiles[known] >= 0).all()
    np.testing.assert_array_equal(found.method == "none", ~known)


@settings(max_examples=30, deadline=None)
@given(TABLES)
def test_another_unit_of_measure_gives_the_same_forecast_in_that_unit(units):
    plain, in_dozens = (forecast(history_of(each), horizon_periods=2) for each in (units, units / 12))

    np.testing.assert_allclose(in_dozens.quantiles * 12, plain.quantiles, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(TABLES, st.randoms())
def test_the_order_of_series_changes_nothing(units, random):
    history = history_of(units)
    order = list(range(len(units)))
    random.shuffle(order)

    plain, shuffled = forecast(history, horizon_periods=2), forecast(history.take(np.array(order)), horizon_periods=2)

    np.testing.assert_allclose(shuffled.quantiles, plain.quantiles[order], atol=1e-9)
    np.testing.assert_allclose(
        shuffled.paths(count=5, seed=3), plain.paths(count=5, seed=3, rows=np.array(order)), atol=1e-9
    )


def test_a_gap_is_not_a_zero():
    zeros = drawn("steady")
    gaps = zeros.copy()
    zeros[:, ::3], gaps[:, ::3] = 0.0, NAN

    assert (
        forecast(history_of(gaps), horizon_periods=3).daily_units
        > forecast(history_of(zeros), horizon_periods=3).daily_units
    ).all()


def test_who_only_ever_used_nothing_is_forecast_nothing():
    units = np.vstack([drawn("steady"), np.zeros((1, 40))])

    found = forecast(history_of(units), horizon_periods=3)

    assert not found.quantiles[-1].any()
    assert not found.paths(count=50)[:, -1].any()


def test_a_stock_out_raises_the_forecast():
    units = drawn("steady")
    out = np.zeros(units.shape)
    out[0, -6:] = 0.5

    plain, hidden = (forecast(history_of(units, stockout=each), horizon_periods=3) for each in (out * 0, out))

    assert hidden.daily_units[0] > 1.15 * plain.daily_units[0]


@pytest.mark.parametrize(
    ("reported_weeks", "method", "daily_units"),
    [(0, "activity", 10), (3, "activity", 10), (8, "blend", 15), (24, "blend", 17.5)],
)
def test_activity_speaks_where_little_was_reported(reported_weeks, method, daily_units):
    # 20 a day were used where activity says 10; n reported weeks weigh n ÷ (n + 8).
    units = np.full((1, 30), NAN)
    units[:, 30 - reported_weeks :] = 140

    found = forecast(history_of(units), horizon_periods=2, activity_daily_units=np.array([10.0]))

    assert found.method[0] == method
    assert found.daily_units[0] == pytest.approx(daily_units, rel=0.1)


def test_nothing_known_is_nothing_said():
    found = forecast(history_of([[NAN] * 5, [7.0] * 5]), horizon_periods=2)

    assert found.method.tolist() == ["none", "median"]
    assert np.isnan(found.quantiles[0]).all()
    assert np.isnan(found.paths(count=3)[:, 0]).all()
    assert not np.isnan(found.paths(count=3)[:, 1]).any()


def test_a_horizon_of_nothing_is_refused():
    with pytest.raises(ValueError, match="one period ahead"):
        forecast(history_of([[1.0]]), horizon_periods=0)


@pytest.mark.parametrize(
    ("kind", "share_of_average_max"),
    [("steady", 0.85), ("trending", 1.0), ("seasonal", 0.75), ("jump", 1.05), ("intermittent", 0.95), ("lumpy", 0.95)],
)
def test_it_errs_less_than_the_three_month_average(kind, share_of_average_max):
    found = [
        forecast(history_of(drawn(kind, seed=seed), period_days=30), horizon_periods=3).backtest.score()
        for seed in (1, 2, 3)
    ]

    assert np.mean([each.wape / each.wape_of_average for each in found]) <= share_of_average_max


@pytest.mark.parametrize("kind", ["steady", "trending", "jump", "lumpy"])
def test_quantiles_cover_what_they_say(kind):
    scores = [forecast(history_of(drawn(kind, series=300, seed=n)), horizon_periods=4).backtest.score() for n in (1, 2)]

    covered = np.mean([each.coverage for each in scores], axis=0)
    assert covered[2:] == pytest.approx(LEVELS[2:], abs=0.035)


def test_paths_follow_the_quantiles_of_each_series():
    found = forecast(history_of(drawn("lumpy")), horizon_periods=4)

    totals = found.paths(count=4000, seed=5).sum(axis=2)
    shares = (totals[:, :, None] <= found.quantiles[None] + 1e-9).mean(axis=0)
    assert shares[(found.quantiles[:, 0] > 0)] == pytest.approx(
        np.broadcast_to(LEVELS, (60, 5))[found.quantiles[:, 0] > 0], abs=0.03
    )


def test_a_shared_shock_makes_a_sum_more_uncertain_and_never_the_sum_of_quantiles():
    found = forecast(history_of(drawn("steady", series=100)), horizon_periods=4)
    apart, together = replace(found, shared=0.0), replace(found, shared=0.5)

    def p90_of_sum(each):
        return np.quantile(each.paths(count=1500, seed=2).sum(axis=(1, 2)), 0.9)

    assert p90_of_sum(apart) < p90_of_sum(together) < found.quantiles[:, P90].sum()


def test_a_shock_that_hits_all_is_seen():
    draw = np.random.default_rng(4)
    common = draw.lognormal(0, 0.5, 40)
    alone = draw.lognormal(0, 0.5, (80, 40))

    shared, own = (forecast(history_of(50 * each), horizon_periods=1).shared for each in (common + 0 * alone, alone))

    assert shared > 0.4
    assert own < 0.1


def test_paths_drawn_in_parts_are_the_same_and_another_seed_gives_others():
    found = forecast(history_of(drawn("intermittent")), horizon_periods=4)
    whole = found.paths(count=7, periods=9, seed=1)

    np.testing.assert_array_equal(found.paths(count=7, periods=9, seed=1, rows=np.array([4, 9])), whole[:, [4, 9]])
    np.testing.assert_array_equal(found.paths(count=3, periods=9, seed=1), whole[:3])
    assert (found.paths(count=7, periods=9, seed=2) != whole).any()
