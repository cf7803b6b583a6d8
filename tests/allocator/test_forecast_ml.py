"""Machine learning in forecasts: only where it was better, the same each time, and never because the shelf is empty."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest

from allocator.demand import DemandHistory
from allocator.forecast import forecast
from allocator.forecast_ml import LearnerMissing

SERIES, PERIODS = 60, 30


def history_of(units, *, held=None):
    return DemandHistory(
        sites=tuple(f"S{n:02}" for n in range(len(units))),
        items=tuple("AB"[n % 2] for n in range(len(units))),
        units=units,
        stockout=np.zeros(units.shape),
        first_day=dt.date(2020, 1, 6),
        period_days=7,
        held=held,
    )


def alternating(seed=1):
    """Return demand that comes in every other fortnight, at odds with the level: a pattern no level can follow."""
    draw = np.random.default_rng(seed)
    level = draw.uniform(20, 60, (SERIES, 1))
    return draw.poisson(level * np.where(np.arange(PERIODS) % 4 < 2, 1.9, 0.1)).astype(float)


@pytest.fixture(scope="module")
def learnt():
    return forecast(history_of(alternating()), horizon_periods=2, machine_learning=True)


def test_it_is_used_where_it_was_better(learnt):
    default = forecast(history_of(alternating()), horizon_periods=2)

    assert set(learnt.method) == {"ml"}
    assert learnt.backtest.score().wape < 0.6 * default.backtest.score().wape
    assert learnt.backtest.score().coverage[3] == pytest.approx(0.9, abs=0.06)
    assert (np.diff(learnt.quantiles, axis=1) >= 0).all()
    assert (learnt.quantiles >= 0).all()


def test_it_is_left_where_it_was_not():
    draw = np.random.default_rng(2)
    noise = draw.poisson(draw.uniform(10, 200, (SERIES, 1)), (SERIES, PERIODS)).astype(float)

    default, both = (forecast(history_of(noise), horizon_periods=2, machine_learning=ml) for ml in (False, True))

    kept = both.method == "median"
    assert kept.any()
    np.testing.assert_array_equal(both.quantiles[kept], default.quantiles[kept])


def test_the_same_history_in_any_order_gives_the_same_forecast(learnt):
    order = np.random.default_rng(3).permutation(SERIES)

    again = forecast(history_of(alternating()).take(order), horizon_periods=2, machine_learning=True)

    np.testing.assert_allclose(again.quantiles, learnt.quantiles[order])


def test_who_ran_out_is_not_forecast_to_need_nothing():
    # Sites run out now and then for five weeks, in which they use nothing; a third of them stand empty now.
    draw = np.random.default_rng(4)
    units = draw.poisson(30, (SERIES, PERIODS)).astype(float)
    held = np.full(units.shape, 300.0)
    out = np.arange(SERIES) % 3 == 0
    starts = draw.integers(12, 24, SERIES)
    time = np.arange(PERIODS)
    empty = (time >= starts[:, None]) & (time < starts[:, None] + 5)
    empty[out, -4:] = True
    held[empty] = 0.0
    used_last = empty & np.hstack([np.zeros((SERIES, 1), dtype=bool), ~empty[:, :-1]])
    units[empty & ~used_last] = 0.0

    found = forecast(history_of(units, held=held), horizon_periods=2, machine_learning=True, stocked=True)

    assert "ml" in found.method[~out]
    assert set(found.method[out]) == {"median"}
    assert found.daily_units[out] == pytest.approx(30 / 7, rel=0.25)


def test_a_missing_extra_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)

    with pytest.raises(LearnerMissing) as missing:
        forecast(history_of(alternating()), horizon_periods=2, machine_learning=True)

    assert "supplies-allocator[ml]" in str(missing.value.sentence)


@pytest.mark.parametrize("periods", [1, 3, 6])
def test_too_short_a_history_keeps_the_default(periods):
    found = forecast(history_of(alternating()[:, :periods]), horizon_periods=2, machine_learning=True)

    assert set(found.method) == {"median"}
