"""What is written for forecasts and purchases reads back as the same, in folders and in workbooks of both languages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from allocator.demand import DemandHistory
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
