"""What is written for forecasts and purchases reads back as the same, in folders and in workbooks of both languages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from allocator.demand import DemandHistory
from allocator.forecast import forecast
from allocator.planning import PlanningCase
from data.case_writing import write_case
from data.planning_files import read_planning
from data.sample_planning import planning_sample
from data.samples import make_sample


@pytest.fixture(scope="module")
def planning() -> PlanningCase:
    return planning_sample(make_sample("county", sites=30, items=6))


def assert_same(left: PlanningCase, right: PlanningCase) -> None:
    for name in ("suppliers", "offers", "orders", "budgets"):
        assert getattr(left, name) == getattr(right, name)
    for field in dataclasses.fields(DemandHistory):
        one, other = getattr(left.history, field.name), getattr(right.history, field.name)
        assert np.array_equal(one, other, equal_nan=True) if isinstance(one, np.ndarray) else one == other
    for field in dataclasses.fields(left.drivers):
        one, other = getattr(left.drivers, field.name), getattr(right.drivers, field.name)
        assert one.astype(str).tolist() == other.astype(str).tolist()


def test_a_folder_reads_back_as_the_same(planning, tmp_path):
    write_case(planning.case, tmp_path / "case", planning=planning)

    assert_same(read_planning(tmp_path / "case").planning, planning)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_workbook_reads_back_as_the_same(planning, tmp_path, lang):
    write_case(planning.case, tmp_path / "case.xlsx", lang=lang, planning=planning)

    assert_same(read_planning(tmp_path / "case.xlsx").planning, planning)


@pytest.mark.parametrize("period_days", [7, 30])
def test_weeks_and_months_read_back_as_the_same(planning, tmp_path, period_days):
    last = dt.date(2020, 1, 31) if period_days == 30 else dt.date(2020, 2, 9)
    history = DemandHistory(
        sites=planning.history.sites[:2],
        items=planning.history.items[:2],
        units=np.array([[1.5, np.nan, 3], [0, 5, 6]]),
        stockout=np.array([[0, 0.25, 0], [0, 0, 1]]),
        first_day=last - dt.timedelta(days=3 * period_days - 1),
        period_days=period_days,
    )
    write_case(planning.case, tmp_path / "case", planning=dataclasses.replace(planning, history=history))

    assert_same(read_planning(tmp_path / "case").planning, dataclasses.replace(planning, history=history))


def test_names_with_commas_and_prices_of_any_length_survive(planning, tmp_path):
    offer = dataclasses.replace(planning.offers[0], price=Decimal("0.000125"), to_day=None, units_per_week=None)
    supplier = dataclasses.replace(planning.suppliers[0], name='Buyers, "abroad"')
    odd = dataclasses.replace(planning, offers=(offer,), suppliers=(supplier,), orders=())
    write_case(odd.case, tmp_path / "case", planning=odd)

    assert_same(read_planning(tmp_path / "case").planning, odd)


def test_the_sample_is_the_same_for_the_same_seed_and_says_what_a_county_would(planning):
    case = planning.case
    assert_same(planning_sample(case), planning)
    assert planning_sample(case, seed=1).history.units.tolist() != planning.history.units.tolist()

    history = planning.history
    assert history.last_day == case.policy.date - dt.timedelta(days=1)
    assert 0.02 < 1 - history.reported.mean() < 0.2
    assert {order.status for order in planning.orders} == {"shipped", "ordered", "planned"}
    assert {offer.item for offer in planning.offers} == set(case.items.code)


def test_a_samples_use_is_level_around_its_needs_and_that_of_suits_rises():
    case = make_sample("county", sites=200)
    history = planning_sample(case).history
    sites = {code: n for n, code in enumerate(case.sites.code)}
    needs = {
        (site, case.item_index[item]): daily
        for site, item, daily in zip(
            case.needs.site.tolist(),
            case.items.code[case.needs.item],
            case.needs.daily_units.tolist(),
            strict=True,
        )
    }
    daily = np.array(
        [needs[sites[site], case.item_index[item]] for site, item in zip(history.sites, history.items, strict=True)]
    )
    rises = np.array(history.items) == "SUIT"

    def share(rows: np.ndarray, days: slice) -> float:
        """Return use as a share of need, of days that were reported and on which there was stock."""
        told = np.where(history.stockout > 0, np.nan, history.units)[rows, days]
        return float(np.nansum(told) / (daily[rows][:, None] * ~np.isnan(told)).sum())

    assert share(~rises, slice(0, 28)) == pytest.approx(1, abs=0.05)
    assert share(~rises, slice(-28, None)) == pytest.approx(1, abs=0.05)
    assert share(rises, slice(0, 28)) == pytest.approx(0.6, abs=0.05)
    assert share(rises, slice(-14, None)) == pytest.approx(1, abs=0.08)


def test_a_forecast_of_the_sample_keeps_what_it_says():
    """Of the sums that came, about as many are within P80 and P95 as their names say."""
    planning = planning_sample(make_sample("county"))
    record = forecast(planning.history, horizon_periods=13).backtest
    came = ~np.isnan(record.actual)
    within = [(record.actual <= record.quantiles[..., level])[came].mean() for level in range(5)]

    assert within[2] == pytest.approx(0.8, abs=0.05)
    assert within[4] == pytest.approx(0.95, abs=0.03)
