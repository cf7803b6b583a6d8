"""What the backtest judges: what would have been said at each earlier time, of demand or of use as is asked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from allocator.demand import DemandHistory
from allocator.forecast import forecast

SERIES = 40


def history_of(units, *, held=None, period_days=1):
    return DemandHistory(
        sites=tuple(f"S{n:02}" for n in range(len(units))),
        items=("MASK",) * len(units),
        units=units,
        stockout=np.zeros(units.shape),
        held=held,
        first_day=dt.date(2020, 1, 1),
        period_days=period_days,
    )


def trebled(*, on=30, days=41):
    """Return use that is threefold from a day on, at the first five of forty sites."""
    units = np.random.default_rng(1).poisson(20, (SERIES, days)).astype(float)
    units[:5, on:] *= 3
    return units


def test_at_every_earlier_time_it_says_what_would_have_been_said_then():
    history = history_of(trebled())
    backtest = forecast(history, horizon_periods=3).backtest

    for n, known in enumerate(backtest.known.tolist()):
        then = forecast(history.until(known), horizon_periods=3)
        np.testing.assert_allclose(backtest.quantiles[n], then.quantiles, rtol=1e-9)


def test_a_new_level_is_judged_too():
    history = history_of(trebled())
    found = forecast(history, horizon_periods=3)
    at = found.backtest.known.tolist().index(33)  # three days after it

    assert set(forecast(history.until(33), horizon_periods=3).method[:5]) == {"new level"}
    assert (found.backtest.quantiles[at, :5, 1] > 1.5 * found.backtest.by_method[1, at, :5]).all()


def emptied():
    """Return use of 30 a week, and shelves that stand empty for five weeks now and then, at a third of sites now."""
    draw = np.random.default_rng(4)
    units, weeks = draw.poisson(30, (60, 40)).astype(float), np.arange(40)
    starts = draw.integers(12, 30, 60)
    empty = (weeks >= starts[:, None]) & (weeks < starts[:, None] + 5)
    empty[np.arange(60) % 3 == 0, -5:] = True
    units[empty] = 0.0
    return units, np.where(empty, 0.0, 300.0)


def test_demand_is_forecast_as_though_there_were_stock_and_judged_where_there_was():
    units, held = emptied()
    history = history_of(units, held=held, period_days=7)
    use, demand = (forecast(history, horizon_periods=2, stocked=each) for each in (False, True))

    assert demand.daily_units == pytest.approx(np.full(60, 30 / 7), rel=0.25)
    assert use.daily_units[::3].mean() < 0.8 * 30 / 7
    assert demand.backtest.score().wape < 0.6 * use.backtest.score().wape
    assert demand.backtest.compared.sum() < use.backtest.compared.sum()
    assert not (demand.backtest.actual == 0).any()


def test_where_no_shelf_is_known_to_have_stood_empty_both_are_one():
    units, _ = emptied()
    both = [forecast(history_of(units, period_days=7), horizon_periods=2, stocked=each) for each in (False, True)]

    np.testing.assert_array_equal(both[0].quantiles, both[1].quantiles)


def test_who_is_forecast_by_a_need_is_judged_by_history_alone_whatever_was_learned():
    draw = np.random.default_rng(1)
    level = draw.uniform(20, 60, (60, 1))
    units = draw.poisson(level * np.where(np.arange(30) % 4 < 2, 1.9, 0.1)).astype(float)
    needs = np.where(np.arange(60) < 20, 5.0, np.nan)
    history = history_of(units, period_days=7)
    default, learnt = (
        forecast(history, horizon_periods=2, activity_daily_units=needs, machine_learning=ml) for ml in (False, True)
    )
    assert set(learnt.method[:20]) == {"blend"}
    assert set(learnt.method[20:]) == {"ml"}
    np.testing.assert_array_equal(learnt.backtest.quantiles[:, :20], default.backtest.quantiles[:, :20])
