"""What a scenario makes of the coming days: in forecasts, shortfalls and purchases, from records and needs alike."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from case_tables import DAY
from worlds import TWICE_BUT_SEVEN_SUITS, world

from allocator.activity import Coefficients
from allocator.demand import DemandHistory
from allocator.drivers import Drivers
from allocator.forecast_case import forecast_of
from allocator.planning import PlanningCase
from allocator.procurement_demand import Wished, procurement_case_of
from allocator.shortfall_forecast import forecast_shortfall
from allocator.shortfall_rules import ShortfallRules
from scenarios.known import library
from scenarios.reading import scenario_of
from scenarios.supposed import Supposed, supposed

DAYS = 14
SITES = """
    site    kind        area
    Gate    checkpoint  4211
    Post    checkpoint  4212
    Ward    clinic      4211
    Depot1  warehouse   4211
"""
NEEDS = """
    site  item  daily
    Gate  MASK     60
    Post  MASK     30
    Ward  MASK     90
    Ward  SUIT      9
"""
VEHICLES = """
    site  driver    value
    Gate  vehicles   1000
    Post  vehicles    500
"""
MASKS = Coefficients(
    item=np.array(["MASK"], dtype=object),
    driver=np.array(["vehicles"], dtype=object),
    kind=np.array([""], dtype=object),
    posture=np.array(["standard"], dtype=object),
    value=np.array([0.04]),
    low=np.array([0.04]),
    high=np.array([0.04]),
    wear_hours_max=np.full(1, np.nan),
    reuse=np.ones(1),
    source=np.array(["invented"], dtype=object),
    confidence=np.array(["C"], dtype=object),
)
"""Four masks for a hundred vehicles."""
TRAFFIC = """
[[change]]
table = "drivers"
do = "scale"
column = "value"
by = 2.8
where = { driver = "vehicles", kind = "checkpoint" }
"""


def county(**tables: str) -> PlanningCase:
    named = {"items": "item\nMASK\nSUIT", "sites": SITES, "needs": NEEDS, "drivers": VEHICLES}
    return world(**(named | {"stock": "site item units lot\nDepot1 MASK 900 L1\nWard MASK 10 L1"} | tables))


def with_history(planning: PlanningCase, **units_a_day: int) -> PlanningCase:
    """Return the case with eight weeks of masks used, so many a day at each site."""
    first_day = DAY - dt.timedelta(days=56)
    units = np.array([[units] * 56 for units in units_a_day.values()], dtype=float)
    return dataclasses.replace(
        planning,
        history=DemandHistory(
            sites=tuple(units_a_day), items=("MASK",) * len(units), units=units, stockout=np.zeros(units.shape),
            first_day=first_day, period_days=1,
        ),
    )  # fmt: skip


def under(planning: PlanningCase, toml: str, days: int = DAYS) -> Supposed:
    scenario = scenario_of('title = "t"\n' + toml, name="drawn")
    return supposed(planning, scenario, MASKS, days_of=lambda _: days)


def sums(planning: PlanningCase, days: int = DAYS) -> dict[str, float]:
    found = forecast_of(planning, horizon_days=days, coefficients=MASKS)
    names = (f"{site} {item}" for site, item in zip(found.sites, found.items, strict=True))
    return dict(zip(names, found.quantiles[:, 1].tolist(), strict=True))


def test_holiday_traffic_raises_forecasts_at_checkpoints_alone_from_records_and_from_needs():
    before = with_history(county(), Gate=50, Ward=80)
    holiday = supposed(before, library()["holiday-return"], MASKS, days_of=lambda _: DAYS)
    was, then = sums(before), sums(holiday.planning)

    assert {name: pytest.approx(then[name] / was[name]) for name in was} == {
        "Gate MASK": 2.8, "Post MASK": 2.8, "Ward MASK": 1, "Ward SUIT": 1,
    }  # fmt: skip


def test_what_was_used_and_is_not_needed_responds_too():
    before = with_history(county(needs="site item daily\nWard MASK 90"), Gate=50)

    assert sums(under(before, TRAFFIC).planning)["Gate MASK"] == pytest.approx(2.8 * sums(before)["Gate MASK"])


def test_a_rise_of_some_days_counts_on_these_days_only():
    before = with_history(county(), Gate=50)
    some = under(before, TRAFFIC + "from = 4\nto = 6")

    assert sums(some.planning)["Gate MASK"] / sums(before)["Gate MASK"] == pytest.approx(1 + 1.8 * 3 / DAYS)
    assert some.ahead.times[0].tolist() == [1] * 4 + [2.8] * 3 + [1] * 7
    assert sums(some.planning, days=4) == pytest.approx(sums(before, days=4))


def test_needs_stay_what_they_would_have_been_and_are_not_raised_twice():
    before = county()
    then = under(before, TRAFFIC).planning

    assert then.case.needs.daily_units.tolist() == before.case.needs.daily_units.tolist()
    assert sums(then)["Gate MASK"] == pytest.approx(2.8 * 60 * DAYS)


def test_what_was_announced_is_kept_beside_what_is_supposed():
    """Vehicles double on the fifth day anyhow: with the supposition they are 5.6 times as many from then on."""
    begun = np.array(["NaT", "2020-02-14"], dtype="datetime64[D]")
    drivers = Drivers(
        site=np.array([1, 1], dtype=np.int32),
        driver=np.array(["vehicles"] * 2, dtype=object),
        value=np.array([1000.0, 2000]),
        since=begun,
        until=np.full(2, np.datetime64("NaT", "D")),
    )
    sites = county().case.sites.code
    before = dataclasses.replace(
        county(), drivers=dataclasses.replace(drivers, site=np.full(2, sites.tolist().index("Gate"), dtype=np.int32))
    )
    rules = ShortfallRules(horizon_days=10)
    cases = before, under(before, TRAFFIC).planning
    was, then = (forecast_shortfall(each, rules, coefficients=MASKS) for each in cases)
    assert then.rows.unmet_units[_row(then, "Gate MASK")] > was.rows.unmet_units[_row(was, "Gate MASK")]
    assert then.rows.daily_units[_row(then, "Gate MASK")] == pytest.approx(
        2.8 * was.rows.daily_units[_row(was, "Gate MASK")]
    )


def _row(report, name: str) -> int:
    case, rows = report.case, report.rows
    names = [f"{case.sites.code[s]} {case.items.code[i]}" for s, i in zip(rows.site, rows.item, strict=True)]
    return names.index(name)


def test_new_checkpoints_use_what_those_like_them_need():
    more = '[[change]]\ntable = "sites"\ndo = "add"\nwhere = { site = "Gate" }\ncount = 2\n'
    then = sums(under(county(), more).planning)

    assert then["NEW-1 MASK"] == then["NEW-2 MASK"] == pytest.approx(60 * DAYS)


def test_new_checkpoints_that_are_busier_use_more():
    more = (
        '[[change]]\ntable = "sites"\ndo = "add"\nwhere = { site = "Gate" }\ncount = 1\n'
        '[[change]]\ntable = "drivers"\ndo = "scale"\ncolumn = "value"\nby = 3\n'
        'where = { site = "NEW-*", driver = "vehicles" }\n'
    )
    needed, counted = county(), county(needs="site item daily\nWard MASK 90")

    assert sums(under(needed, more).planning)["NEW-1 MASK"] == pytest.approx(3 * 60 * DAYS)
    assert sums(under(counted, more).planning)["NEW-1 MASK"] == pytest.approx(3 * 40 * DAYS)  # by what is counted


def test_activity_that_stops_today_and_begins_again_is_known_behind_the_pause():
    paused = under(
        county(),
        '[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 0\nwhere = { site = "Gate" }\nto = 6',
    )
    assert sums(paused.planning)["Gate MASK"] == pytest.approx(60 * 7)


def test_a_need_that_is_set_is_the_need_whatever_was_scaled_before():
    then = under(county(), TWICE_BUT_SEVEN_SUITS)
    assert sums(then.planning)["Ward SUIT"] == pytest.approx(7 * DAYS)
    assert sums(then.planning)["Ward MASK"] == pytest.approx(2 * 90 * DAYS)


def offered() -> PlanningCase:
    return with_history(
        county(
            offers="supplier item price lead weekly\nA MASK 1.2 7 900\nB MASK 1.5 14 -",
            orders="order supplier item units arrives\n7 A MASK 900 2020-02-12",
            budgets="bucket amount\nspring 3000",
        ),
        Gate=50,
        Ward=80,
    )


def bought(planning: PlanningCase) -> dict[str, float]:
    prepared = procurement_case_of(planning, Wished(weeks=8, paths=20, outside=10))
    return {
        "yuan": float(sum(budget.amount for budget in prepared.case.budgets)),
        "masks": float(prepared.case.expected_units[0].sum()),
    }


def test_half_the_budget_changes_what_can_be_bought_and_nothing_else():
    before = offered()
    then = supposed(before, library()["budget-halved"], MASKS, days_of=lambda _: 56).planning

    assert sums(then) == sums(before)
    for name in ("p_before_delivery", "buy_units", "order_by"):
        was, now = (
            getattr(forecast_shortfall(planning, ShortfallRules(), coefficients=MASKS).rows, name)
            for planning in (before, then)
        )
        np.testing.assert_array_equal(was, now)
    assert bought(then) == bought(before) | {"yuan": 1500}


def test_purchases_are_for_the_weeks_in_which_demand_is_supposed():
    before = offered()
    threefold = '[[change]]\ntable = "forecast"\ndo = "scale"\ncolumn = "daily_units"\nby = 3\nfrom = 14\nto = 27'
    then = under(before, threefold, days=56).planning
    was, now = (
        procurement_case_of(planning, Wished(weeks=8, paths=20, outside=10)).case.expected_units[0]
        for planning in (before, then)
    )
    assert (now / was).tolist() == pytest.approx([1, 1, 3, 3, 1, 1, 1, 1])


def test_where_no_supplier_takes_orders_the_order_is_late_and_what_is_under_way_comes_later():
    before = offered()
    then = supposed(before, library()["supplier-fails"], MASKS, days_of=lambda _: 56).planning
    was, now = (forecast_shortfall(each, ShortfallRules(), coefficients=MASKS) for each in (before, then))

    gate = [_row(report, "Gate MASK") for report in (was, now)]
    assert was.rows.order_by[gate[0]] != now.rows.order_by[gate[1]]
    assert [each.arrives for each in then.orders] == [dt.date(2020, 3, 11)]
    assert sums(then) == sums(before)


def test_the_empty_scenario_supposes_nothing():
    before = offered()

    assert sums(under(before, "").planning) == sums(before)


def test_a_case_without_anything_is_no_fault():
    empty = world(items="item\nMASK", sites="site kind\nGate checkpoint\nDepot1 warehouse", needs="", stock="")

    assert sums(under(empty, TRAFFIC).planning) == {}
