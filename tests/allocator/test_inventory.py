"""Textbook and logistics rules give the published answers; laws hold beyond them."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import inventory, inventory_lmis

SHARED = Path(os.environ.get("ALLOCATOR_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
KNOWN = SHARED / "known_answers"

with_known_answers = pytest.mark.skipif(
    not KNOWN.is_dir(),
    reason=f"the known answers are not at {KNOWN}; set ALLOCATOR_SHARED_DATA to their folder's parent",
)


def textbook(name):
    known = json.loads((KNOWN / "inventory_textbook.json").read_text(encoding="utf-8"))[name]
    return known["inputs"], known["answer"]


def formula(name):
    return json.loads((KNOWN / "formulas.json").read_text(encoding="utf-8"))[name]


@with_known_answers
@pytest.mark.parametrize("name", ["newsvendor_normal", "newsvendor_normal_2", "newsvendor_normal_L4"])
def test_newsvendor_where_demand_is_normal(name):
    given, answer = textbook(name)
    found = inventory.newsvendor_normal(
        holding=given["h"], stockout=given["p"], mean=given["mu"], deviation=given["sd"], lead_periods=given.get("L", 0)
    )

    assert found.units == pytest.approx(answer["S"], abs=1e-6)
    assert found.cost == pytest.approx(answer["cost"], abs=1e-6)


@with_known_answers
def test_newsvendor_where_demand_is_poisson():
    given, answer = textbook("newsvendor_poisson")
    found = inventory.newsvendor_poisson(holding=given["h"], stockout=given["p"], mean=given["mean"])

    assert (found.units, found.cost) == (answer["S"], pytest.approx(answer["cost"], abs=1e-6))


@with_known_answers
def test_economic_order_quantities():
    given, answer = textbook("eoq")
    found = inventory.economic_order_quantity(fixed=given["K"], holding=given["h"], demand=given["lam"])
    assert (found.units, found.cost) == pytest.approx((answer["Q"], answer["cost"]), abs=1e-6)

    given, answer = textbook("eoqd")
    found = inventory.economic_order_quantity_disrupted(
        fixed=given["fixed_cost"],
        holding=given["holding_cost"],
        stockout=given["stockout_cost"],
        demand=given["demand_rate"],
        disruption_rate=given["disruption_rate"],
        recovery_rate=given["recovery_rate"],
    )
    assert found.cost == pytest.approx(answer["cost"], abs=1e-6)
    # The cost is flat there: the source stopped within a ten-thousandth of a unit.
    assert found.units == pytest.approx(answer["Q"], rel=1e-6)


@with_known_answers
@pytest.mark.parametrize("name", ["wagner_whitin", "ww_problem_3_27", "ww_problem_3_29", "ww_scmo_ww_hw_c"])
def test_wagner_whitin(name):
    given, answer = textbook(name)
    orders, cost = inventory.wagner_whitin(
        fixed=given["fixed_cost"],
        holding=given["holding_cost"],
        demand=given["demand"],
        purchase=given.get("purchase_cost"),
    )

    assert [0.0, *orders] == answer["Q"]
    assert cost == pytest.approx(answer["cost"], abs=1e-6)


@with_known_answers
def test_order_points():
    given, answer = textbook("sS_poisson")
    found = inventory.s_and_s_poisson(
        holding=given["holding_cost"],
        stockout=given["stockout_cost"],
        fixed=given["fixed_cost"],
        mean=given["demand_mean"],
    )
    assert (found.point, found.up_to) == (answer["s"], answer["S"])
    assert found.cost == pytest.approx(answer["g"], abs=1e-6)

    given, answer = textbook("rQ_eil")
    found = inventory.order_point_and_quantity(
        holding=given["holding_cost"],
        stockout=given["stockout_cost"],
        fixed=given["fixed_cost"],
        demand=given["demand_mean"],
        deviation=given["demand_sd"],
        lead_periods=given["lead_time"],
    )
    assert (found.point, found.up_to - found.point, found.cost) == pytest.approx(
        (answer["r"], answer["Q"], answer["g"]), abs=1e-6
    )


@with_known_answers
def test_openlmis_adjusts_exactly():
    for row in formula("openlmis_adjusted_consumption")["examples"]:
        found = inventory_lmis.openlmis_adjusted_consumption(
            consumed_units=row["C"], months=row["M"], days_out=row["X"]
        )
        assert found == row["N"], row


@with_known_answers
def test_qat_turns_exactly():
    known = formula("qat_planned_inventory_turns")
    for reorder, cycle in known["cycle_totals_by_reorder_interval"].items():
        assert inventory_lmis.qat_turns(months_min=3, reorder_months=int(reorder)) == 12 / (3 + cycle / 12)
    example = known["worked_example"]
    turns = inventory_lmis.qat_turns(months_min=example["min_mos"], reorder_months=example["reorder_interval"])

    assert round(turns, 1) == example["turns"]
    assert 12 / turns == pytest.approx(example["avg_mos"], abs=1e-12)


@with_known_answers
def test_people_and_burn_rates_exactly():
    example = formula("pakistan_lmis_ppe_set_A")["worked_example"]
    total, with_buffer = inventory_lmis.people_units(
        staff=example["staff"],
        sites=example["sites"],
        per_day=example["per_day"],
        days=example["days"],
        buffer_share=0.4,
    )
    assert (total, with_buffer - total, with_buffer) == (example["total"], example["buffer"], example["with_buffer"])

    example = formula("burn_rate")["worked_example"]
    days = inventory_lmis.days_of_supply(stock_units=example["stock"], daily_units=example["per_day"])
    assert round(days, 1) == example["days"]

    defaults = formula("esft_noncovid")["defaults"]
    assert inventory_lmis.esft_units(workers=1, per_day=1) == defaults["days_week"] * defaults["weeks"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 100), st.integers(0, 4), st.data())
def test_no_other_choice_of_periods_beats_wagner_whitin(demand, fixed, holding, data):
    purchase = data.draw(st.lists(st.integers(0, 5), min_size=len(demand), max_size=len(demand)))
    orders, cost = inventory.wagner_whitin(fixed=fixed, holding=holding, demand=demand, purchase=purchase)

    def paid(periods):
        total = 0
        for first, past in itertools.pairwise([*periods, len(demand)]):
            total += fixed + sum(demand[u] * (purchase[first] + holding * (u - first)) for u in range(first, past))
        return total

    others = [
        paid((0, *rest)) for size in range(len(demand)) for rest in itertools.combinations(range(1, len(demand)), size)
    ]
    assert cost == min(others)
    assert sum(orders) == sum(demand)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(2, 9), st.integers(1, 9), st.integers(1, 6))
def test_no_neighbouring_order_point_is_cheaper(holding, stockout, fixed, mean):
    """Exact by simulation of the chain of levels: the long-run cost of (s, S) from its stationary chances."""
    found = inventory.s_and_s_poisson(holding=holding, stockout=stockout, fixed=fixed, mean=mean)

    assert found.cost == pytest.approx(_long_run(found.point, found.up_to, holding, stockout, fixed, mean), rel=1e-6)
    for low, up_to in itertools.product(range(-2, 3), repeat=2):
        point, level = found.point + low, found.up_to + up_to
        if point < level:
            assert _long_run(point, level, holding, stockout, fixed, mean) >= found.cost - 1e-9


def _long_run(point, up_to, holding, stockout, fixed, mean):
    import math

    import numpy as np

    chances = np.array([math.exp(-mean) * mean**k / math.factorial(k) for k in range(60)])
    states = list(range(point + 1, up_to + 1))  # level after ordering
    move = np.zeros((len(states), len(states)))
    order = np.zeros(len(states))
    for row, level in enumerate(states):
        for units, chance in enumerate(chances):
            after = level - units
            move[row, states.index(up_to if after <= point else after)] += chance
            order[row] += chance * (after <= point)
    system = np.vstack([move.T - np.eye(len(states)), np.ones(len(states))])
    share = np.linalg.lstsq(system, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    cost = [
        sum(c * (holding * max(0, y - d) + stockout * max(0, d - y)) for d, c in enumerate(chances)) for y in states
    ]
    return float(share @ (np.array(cost) + fixed * order))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: inventory.newsvendor_normal(holding=0, stockout=1, mean=1, deviation=1),
        lambda: inventory.wagner_whitin(fixed=1, holding=1, demand=[1, 2], purchase=[1]),
        lambda: inventory.order_point_and_quantity(
            holding=9, stockout=0.1, fixed=8, demand=10, deviation=1, lead_periods=1
        ),
        lambda: inventory_lmis.openlmis_adjusted_consumption(consumed_units=1, months=1, days_out=31),
        lambda: inventory_lmis.openlmis_order(adjusted_units=[], periods_max=1, stock_units=0),
        lambda: inventory_lmis.qat_turns(months_min=1, reorder_months=13),
        lambda: inventory_lmis.qat_unmet_demand(consumed_units=1, days_out=30, month_days=30),
        lambda: inventory_lmis.qat_adjusted_consumption(consumed_units=1, reporting_share=0, days_out=0, month_days=30),
    ],
)
def test_what_no_formula_can_take_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong()
