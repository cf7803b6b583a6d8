"""Forecasts of real monthly stock reports: 1,235 products at sites, 2016 to 2018, rolling sums of three months.

No licence is stated for these reports, so nothing of them is kept here: only what is promised of their forecast.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from allocator.forecast import LEVELS, forecast
from benchmarks.forecast_series import reported_months

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ALLOCATOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
REPORTS = SHARED / "real" / "cote_divoire" / "stock_reports_2016_2018.csv"

pytestmark = pytest.mark.skipif(
    not REPORTS.is_file(),
    reason=f"the shared real data is not at {SHARED}; set ALLOCATOR_SHARED_DATA to its folder",
)


@pytest.fixture(scope="module")
def default():
    return forecast(reported_months(REPORTS), horizon_periods=3).backtest.score()


@pytest.mark.parametrize(("months", "share_of_average_max"), [(24, 0.96), (30, 0.94), (36, 0.94)])
def test_it_errs_less_than_the_three_month_average_whenever_it_is_asked(months, share_of_average_max):
    # After 24 months the first origins judged knew ten months, half of which many sites did not report.
    score = forecast(reported_months(REPORTS).until(months), horizon_periods=3).backtest.score()

    assert score.wape <= share_of_average_max * score.wape_of_average
    assert score.pinball <= 1.00 * score.pinball_of_normal


def test_quantiles_cover_what_they_say(default):
    assert default.coverage[2:] == pytest.approx(LEVELS[2:], abs=0.02)


def test_with_machine_learning_and_stock_on_hand_it_errs_less_still(default):
    score = forecast(
        reported_months(REPORTS, with_stock=True), horizon_periods=3, machine_learning=True
    ).backtest.score()

    assert score.wape <= 0.87 * score.wape_of_average
    assert score.pinball <= 0.86 * score.pinball_of_normal
    assert score.coverage[2:] == pytest.approx(LEVELS[2:], abs=0.02)
    assert score.wape < default.wape


def test_what_the_reports_are_known_to_be():
    history = reported_months(REPORTS)

    assert len(history) == 1_235
    assert history.periods == 36
    assert 0.3 < 1 - history.reported.mean() < 0.35  # months are missing, and that is not no use
