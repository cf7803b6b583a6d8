"""What a plan costs, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import world

from data.coefficients import read_coefficients
from scenarios.comparing import compared, grouped
from scenarios.judging import regrets, spreads, tornado
from scenarios.reading import scenario_of
from scenarios.running import Run, run_scenario
from scenarios.scenario import BASELINE, Scenario
from scenarios.stress import trials
from scenarios.stress_reading import stress_of

SITES = "site kind area\nGate checkpoint 42\nWard clinic 43\nDepot warehouse 42"
NEEDS = "site item daily\nGate MASK 20\nWard MASK 30\nWard SUIT 2"
STOCK = "site item units\nDepot MASK 100\nDepot SUIT 90"
OFFERS = """
    supplier  item  price
    Near      MASK   1.50
    Far       MASK   1.20
"""


def county(**tables: str):
    given = {"items": "item\nMASK\nSUIT", "sites": SITES, "needs": NEEDS, "stock": STOCK, "offers": OFFERS}
    return world(**(given | tables))


def ran(planning, toml: str = "") -> Run:
    scenario: Scenario = scenario_of('title = "t"\n' + toml, name="drawn") if toml else BASELINE
    return run_scenario(planning, scenario, read_coefficients())


def test_what_is_sent_is_worth_its_lowest_price_today():
    costs = ran(county()).outcomes.costs

    assert costs.sent_units.tolist() == [100, 10]
    assert costs.sent_yuan[0] == pytest.approx(120.0)  # 100 masks at 1.20, the lower of two prices
    assert np.isnan(costs.sent_yuan[1])  # nobody sells suits: no price is not a price of nothing
    assert costs.sent == pytest.approx(120.0)


def test_what_is_lacking_is_bought_in_whole_packs_and_only_beyond_what_depots_hold():
    """Five days of use for 50 masks a day are 250: 100 are sent, 150 lack. Of suits 80 lie idle and none lacks."""
    run = ran(county(items="item pack\nMASK 20\nSUIT 1"))

    assert run.outcomes.costs.lacking_units.tolist() == [150, 0]
    assert run.outcomes.costs.buy_units.tolist() == [160, 0]
    assert run.outcomes.buy_yuan == pytest.approx(192.0)
    assert run.outcomes.unsold_items == 0


def test_what_trucks_leave_at_the_depot_is_not_bought_again():
    planning = county(
        depots="depot kg\nDepot 40", items="item kg\nMASK 1\nSUIT 1", needs="site item daily\nGate MASK 20"
    )
    costs = ran(planning).outcomes.costs

    assert (costs.sent_units[0], costs.lacking_units[0], costs.buy_units[0]) == (40, 60, 0)


def test_a_scenario_of_prices_changes_what_must_be_bought_and_not_what_is_sent():
    dearer = '[[change]]\ntable = "offers"\ndo = "scale"\ncolumn = "price"\nby = 2'
    closed = '[[change]]\ntable = "offers"\ndo = "close"'
    now, then, gone = (ran(county(), toml).outcomes for toml in ("", dearer, closed))

    assert (then.sent_yuan, gone.sent_yuan) == (now.sent_yuan, now.sent_yuan)
    assert then.buy_yuan == pytest.approx(2 * now.buy_yuan)
    assert np.isnan(gone.buy_yuan)
    assert gone.unsold_items == 1


def test_a_budget_that_is_halved_leaves_the_plan_and_halves_the_money():
    halved = '[[change]]\ntable = "budgets"\ndo = "scale"\ncolumn = "amount"\nby = 0.5'
    money = county(budgets="bucket amount\nmasks 900\nrest 100")
    now, then = ran(money).outcomes, ran(money, halved).outcomes

    assert (now.money_yuan, then.money_yuan) == (1000.0, 500.0)
    assert (now.sent_yuan, now.buy_yuan) == (then.sent_yuan, then.buy_yuan)
    assert np.isnan(ran(county()).outcomes.money_yuan)


DATED = "site item units expires\nDepot MASK 400 2020-02-14\nDepot SUIT 90 2020-02-14"
"""Of each until the 14th five days of use go: 250 masks, 10 suits; 150 masks and 80 suits expire."""


def test_what_expires_unused_is_worth_its_lowest_price_in_the_scenario_and_is_named_where_nobody_sells_it():
    dearer = '[[change]]\ntable = "offers"\ndo = "scale"\ncolumn = "price"\nby = 2'
    closed = '[[change]]\ntable = "offers"\ndo = "close"'
    now, then, gone = (ran(county(stock=DATED), toml).outcomes for toml in ("", dearer, closed))

    assert now.costs.expired_units.tolist() == [150, 80]
    assert now.expired_units == 230
    assert now.expired_yuan == pytest.approx(150 * 1.20)  # suits have no price, and are in no sum
    assert np.isnan(now.costs.expired_yuan).tolist() == [False, True]
    assert then.expired_yuan == pytest.approx(2 * now.expired_yuan)
    assert np.isnan(gone.expired_yuan)
    assert ran(county(offers="")).outcomes.expired_yuan == 0  # nothing has a last day


def test_a_scenario_that_halves_use_lets_more_expire_and_one_that_closes_roads_all():
    halved = '[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 0.5'
    closed = '[[change]]\ntable = "lanes"\ndo = "close"'
    outcomes = [ran(county(stock=DATED), toml).outcomes for toml in ("", halved, closed)]

    assert [each.costs.expired_units.tolist() for each in outcomes] == [[150, 80], [275, 85], [400, 90]]


def test_without_any_price_nothing_has_one():
    outcomes = ran(county(offers="")).outcomes

    assert np.isnan([outcomes.sent_yuan, outcomes.buy_yuan, outcomes.unsold_items]).all()


@pytest.mark.parametrize(("carries", "loads"), [("30", 4.0), ("1000", 1.0), ("-", np.nan)])
def test_loads_are_whole_vehicles_and_unknown_where_nobody_said_what_one_carries(carries, loads):
    planning = county(items="item kg\nMASK 1\nSUIT 1", depots=f"depot vehicle_kg\nDepot {carries}")
    outcomes = ran(planning).outcomes

    assert outcomes.kg == 110
    np.testing.assert_equal(outcomes.loads, loads)


def test_what_an_area_gains_and_what_it_loses_add_up_to_its_change():
    halved = '[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 0.5\nwhere = { site = "Gate" }'
    runs = [ran(county()), ran(county(), halved)]
    areas = grouped(compared(runs), "area")

    assert areas.key.tolist() == ["42", "43"]
    assert (areas.gained[:, 1] > 0).all()
    np.testing.assert_allclose(areas.gained + areas.lost, areas.unmet_share[:, :1] - areas.unmet_share)


STRESS = """
title = "Small"
[[uncertain]]
name = "use"
table = "needs"
do = "scale"
column = "daily_units"
draw = { uniform = [0.5, 3.0] }
"""


def test_a_cost_that_nobody_knows_in_any_draw_is_judged_by_nobody():
    stress = stress_of(STRESS, name="small")
    drawn = list(trials(stress, draws=4, seed=1))
    results = [{"buy_yuan": None, "expired_yuan": None, "worst_cover": 1.0} | dict.fromkeys(OTHERS, 2.0) for _ in drawn]

    assert {each.measure for each in spreads(stress, drawn, results)} == {"worst_cover", *OTHERS}
    assert {each.measure for each in regrets(stress, results)} == {"worst_cover", *OTHERS}
    assert tornado(stress, drawn, results, "buy_yuan") == []


OTHERS = ("low_cover", "sites_out", "unmet_share", "first_unmet_share", "kg_km", "idle_units", "expired_units")
