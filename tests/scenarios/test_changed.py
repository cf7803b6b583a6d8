"""What each change does to a case, and that it does nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest
from worlds import TWICE_BUT_SEVEN_SUITS, told, world

from allocator.activity import Coefficients
from allocator.case import Case

SITES = """
    site    kind        area
    Gate    checkpoint  4211
    Post    checkpoint  4212
    Ward    clinic      4211
    Depot1  warehouse   4211
    Depot2  warehouse   4212
"""
NEEDS = """
    site  item  daily  cap
    Gate  MASK     60    -
    Post  MASK     30   90
    Ward  MASK     90    -
    Ward  SUIT      9    -
"""
STOCK = """
    site    item  units  lot  expires
    Depot1  MASK    901   L1  2020-03-01
    Depot1  MASK    100   L2  2021-03-01
    Depot2  SUIT     50   S1  -
    Ward    MASK     10   L1  2020-03-01
"""
DRIVERS = """
    site  driver    value
    Gate  vehicles   1000
    Gate  staff        10
    Post  vehicles    500
"""


MASKS = Coefficients(
    item=np.array(["MASK", "MASK"], dtype=object),
    driver=np.array(["staff", "vehicles"], dtype=object),
    kind=np.array(["", ""], dtype=object),
    posture=np.array(["standard", "standard"], dtype=object),
    value=np.array([2, 0.04]),
    low=np.array([2, 0.04]),
    high=np.array([2, 0.04]),
    wear_hours_max=np.full(2, np.nan),
    reuse=np.ones(2),
    source=np.array(["invented", "invented"], dtype=object),
    confidence=np.array(["C", "C"], dtype=object),
)
"""Two masks a person on duty, four for a hundred vehicles."""


def county(**tables: str):
    named = {"items": "item\nMASK\nSUIT", "sites": SITES, "needs": NEEDS, "stock": STOCK, "drivers": DRIVERS}
    return world(**(named | tables))


def daily(case: Case) -> dict[str, float]:
    return {
        f"{case.sites.code[site]} {case.items.code[item]}": units
        for site, item, units in zip(case.needs.site, case.needs.item, case.needs.daily_units.tolist(), strict=True)
    }


def stock(case: Case) -> dict[str, int]:
    return {
        f"{case.sites.code[site]} {lot}": units
        for site, lot, units in zip(case.stock.site, case.stock.lot, case.stock.units.tolist(), strict=True)
    }


def roads(case: Case) -> list[str]:
    return [
        f"{case.sites.code[depot]} {case.sites.code[site]}"
        for depot, site, is_open in zip(case.lanes.depot, case.lanes.site, case.lanes.open, strict=True)
        if is_open
    ]


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("", {"Gate MASK": 120, "Post MASK": 60, "Ward MASK": 180, "Ward SUIT": 18}),
        ('where = { site = "Gate" }', {"Gate MASK": 120}),
        ('where = { kind = "check*", area = "4212" }', {"Post MASK": 60}),
        ('where = { tier = "frontline", item = "SUIT" }', {"Ward SUIT": 18}),
        ('where = { site = ["Gate", "W*"], item = "MASK" }', {"Gate MASK": 120, "Ward MASK": 180}),
    ],
)
def test_needs_are_scaled_where_every_key_fits(where, changed):
    before = county()
    after = told(before, f'[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 2\n{where}')

    assert daily(after.planning.case) == daily(before.case) | changed
    assert stock(after.planning.case) == stock(before.case)


def test_the_later_change_wins():
    after = told(county(), TWICE_BUT_SEVEN_SUITS)
    assert daily(after.planning.case) == {"Gate MASK": 120, "Post MASK": 60, "Ward MASK": 180, "Ward SUIT": 7}


def test_needs_follow_what_is_counted_by_the_ratio_of_norms():
    """Gate's norm is 10 × 2 + 1000 × 0.04 = 60, with twice the vehicles 100; Post's doubles; Ward counts nothing."""
    twice = '[[change]]\ntable = "drivers"\ndo = "scale"\ncolumn = "value"\nby = 2\nwhere = { driver = "vehicles" }'
    after = told(county(), twice, coefficients=MASKS)

    assert daily(after.planning.case) == {"Gate MASK": 100, "Post MASK": 60, "Ward MASK": 90, "Ward SUIT": 9}


def test_new_activity_of_an_item_nobody_needed_makes_a_need_of_it():
    after = told(
        county(needs="site item daily\nWard MASK 90", drivers="site driver value\nGate vehicles 1000"),
        """
        [[change]]
        table = "drivers"
        do = "set"
        column = "value"
        by = 20
        where = { driver = "staff", site = "Post" }
        """,
        coefficients=MASKS,
    )
    assert daily(after.planning.case) == {"Post MASK": 40, "Ward MASK": 90}


def test_a_rise_that_takes_three_days_is_told_day_by_day_to_forecasts():
    after = told(
        county(),
        """
        [[change]]
        table = "needs"
        do = "scale"
        column = "daily_units"
        by = 4
        where = { item = "SUIT" }
        from = 1
        ramp_days = 3
        """,
        days=6,
    )
    assert daily(after.planning.case)["Ward SUIT"] == 9  # it begins tomorrow
    assert after.demand_ratio[3].tolist() == [1, 2, 3, 4, 4, 4]
    assert after.demand_ratio[:3].tolist() == [[1] * 6] * 3


def test_forecasts_alone_are_scaled_without_touching_needs():
    before = county()
    after = told(before, '[[change]]\ntable = "forecast"\ndo = "scale"\ncolumn = "daily_units"\nby = 3', days=2)
    assert daily(after.planning.case) == daily(before.case)
    assert after.demand_ratio.tolist() == [[3, 3]] * 4


def test_a_lot_withdrawn_lies_in_quarantine_wherever_it_is():
    after = told(
        county(),
        '[[change]]\ntable = "stock"\ndo = "set"\ncolumn = "status"\nby = "quarantine"\nwhere = { lot = "L1" }',
    )
    case = after.planning.case
    assert [lot for lot, status in zip(case.stock.lot, case.stock.status, strict=True) if status == 1] == ["L1", "L1"]
    assert case.stock.units.sum() == 1061


def test_half_of_odd_stock_is_rounded_down_and_added_stock_added():
    halved = told(
        county(), '[[change]]\ntable = "stock"\ndo = "scale"\ncolumn = "units"\nby = 0.5\nwhere = { lot = "L1" }'
    )
    assert stock(halved.planning.case)["Depot1 L1"] == 450


def test_a_depot_that_closes_sends_nothing_and_a_road_that_closes_is_one_road():
    before = county()
    lost = told(before, '[[change]]\ntable = "depots"\ndo = "close"\nwhere = { depot = "Depot1" }')
    shut = told(before, '[[change]]\ntable = "lanes"\ndo = "close"\nwhere = { depot = "Depot1", site = "Gate" }')

    assert roads(lost.planning.case) == ["Depot2 Gate", "Depot2 Post", "Depot2 Ward"]
    assert sorted(set(roads(before.case)) - set(roads(shut.planning.case))) == ["Depot1 Gate"]


def test_new_checkpoints_are_like_those_there_with_roads_and_needs_and_empty_shelves():
    after = told(
        county(),
        """
        [[change]]
        table = "sites"
        do = "add"
        where = { kind = "checkpoint" }
        count = 3
        [[change]]
        table = "needs"
        do = "scale"
        column = "daily_units"
        by = 2
        where = { site = "NEW-1" }
        """,
        days=1,
    )
    case = after.planning.case
    assert daily(case) == {
        "Gate MASK": 60, "Post MASK": 30, "Ward MASK": 90, "Ward SUIT": 9,
        "NEW-1 MASK": 120, "NEW-2 MASK": 30, "NEW-3 MASK": 60,
    }  # fmt: skip
    assert "Depot2 NEW-3" in roads(case)
    assert not any(code.startswith("NEW") for code in case.sites.code[case.stock.site])
    standing = dict(
        zip(
            zip(after.planning.drivers.site, after.planning.drivers.driver, strict=True),
            after.planning.drivers.value,
            strict=True,
        )
    )
    assert standing[case.site_index["NEW-2"], "vehicles"] == 500


def test_what_new_sites_count_changes_like_what_is_counted_elsewhere():
    after = told(
        county(needs="site item daily\nPost MASK 30\nWard MASK 90"),
        """
        [[change]]
        table = "sites"
        do = "add"
        where = { site = "Post" }
        count = 1
        [[change]]
        table = "drivers"
        do = "scale"
        column = "value"
        by = 3
        where = { site = "NEW-*" }
        """,
        days=2,
        coefficients=MASKS,
    )
    assert daily(after.planning.case) == {"Post MASK": 30, "Ward MASK": 90, "NEW-1 MASK": 90}


def test_rules_change_as_exact_fractions():
    after = told(
        county(),
        """
        [[change]]
        table = "policy"
        do = "set"
        column = "reserve_share"
        by = 0.1
        [[change]]
        table = "policy"
        do = "scale"
        column = "cover_days"
        by = 0.3
        where = { rung = "2" }
        """,
    )
    policy = after.planning.case.policy
    assert str(policy.reserve_share) == "1/10"
    assert [str(rung.cover_days) for rung in policy.ladder] == ["1", "3/2"]


def test_a_supplier_out_for_four_weeks_offers_before_and_after():
    before = county(
        offers="supplier item price lead weekly\nA MASK 1.2 7 900\nB MASK 1.5 7 -",
        orders="order supplier item units arrives\n7 A MASK 500 2020-02-12",
        budgets="bucket amount\nmarch 1000.01",
    )
    after = told(
        before,
        """
        [[change]]
        table = "offers"
        do = "close"
        where = { supplier = "A" }
        from = 0
        to = 27
        [[change]]
        table = "orders"
        do = "add"
        column = "arrives"
        by = 28
        [[change]]
        table = "budgets"
        do = "scale"
        column = "amount"
        by = 0.5
        [[change]]
        table = "offers"
        do = "scale"
        column = "price"
        by = 2
        where = { supplier = "B" }
        """,
    ).planning
    assert [(each.supplier, each.from_day, each.to_day, str(each.price)) for each in after.offers] == [
        ("A", None, dt.date(2020, 2, 9), "1.2"),
        ("A", dt.date(2020, 3, 9), None, "1.2"),
        ("B", None, None, "3.0"),
    ]
    assert [each.arrives for each in after.orders] == [dt.date(2020, 3, 11)]
    assert [str(each.amount) for each in after.budgets] == ["500.00"]


ORDERS = """
    order supplier item units arrives
    1     A        MASK   100 2020-02-11
    2     A        MASK   200 2020-02-13
    3     A        MASK   300 2020-02-20
"""
LATE = '[[change]]\ntable = "orders"\ndo = "add"\ncolumn = "arrives"\nby = 5\n'


@pytest.mark.parametrize(
    ("days", "arrive"),
    [
        ("", [16, 18, 25]),
        ("from = 2", [11, 18, 25]),
        ("to = 2020-02-13", [16, 18, 20]),
        ("from = 3\nto = 2020-02-13", [11, 18, 20]),  # the first day counts, and the last
        ("from = 4\nto = 9", [11, 13, 20]),
    ],
)
def test_the_days_of_a_change_of_orders_are_those_on_which_they_are_due(days, arrive):
    after = told(county(orders=ORDERS), LATE + days)

    assert [each.arrives for each in after.planning.orders] == [dt.date(2020, 2, day) for day in arrive]
    assert len(after.idle) == (arrive == [11, 13, 20])  # nothing is due then, and that is told
    assert after.asleep == ()


def test_an_order_due_on_nobody_knows_which_day_is_due_on_none_that_a_change_names():
    before = county(orders=ORDERS)
    unsaid = dataclasses.replace(before, orders=tuple(dataclasses.replace(o, arrives=None) for o in before.orders))
    lost = '[[change]]\ntable = "orders"\ndo = "drop"\n'

    assert told(unsaid, lost).planning.orders == ()
    assert told(unsaid, lost + "from = 0").planning.orders == unsaid.orders


def test_a_change_that_chooses_nothing_is_told():
    after = told(county(), '[[change]]\ntable = "needs"\ndo = "drop"\nwhere = { site = "Nowhere" }')
    assert [each.table for each in after.idle] == ["needs"]


def test_the_empty_scenario_changes_nothing():
    before = county()
    after = told(before, "")
    for name in ("needs", "stock", "lanes", "sites"):
        for field in vars(getattr(before.case, name)):
            np.testing.assert_array_equal(
                getattr(getattr(after.planning.case, name), field), getattr(getattr(before.case, name), field)
            )
    assert after.planning.case.policy == before.case.policy


@pytest.mark.parametrize(
    ("when", "days", "asleep"),
    [
        ("to = 2020-02-09", 30, True),
        ("from = 2020-02-20\nto = 2020-02-29", 10, True),
        ("from = 2020-02-20\nto = 2020-02-29", 11, False),
        ("from = 1", 1, True),
        ("from = 1", 2, False),
        ("from = -2\nramp_days = 3", 1, False),
        ("", 1, False),
    ],
)
@pytest.mark.parametrize(
    "what", ['"drivers"\ndo = "scale"\ncolumn = "value"', '"needs"\ndo = "scale"\ncolumn = "daily_units"']
)
def test_a_factor_that_holds_on_none_of_the_days_is_told_as_one_that_does_nothing(what, when, days, asleep):
    after = told(county(), f"[[change]]\ntable = {what}\nby = 2\n{when}", days=days, coefficients=MASKS)
    assert (after.idle, len(after.asleep)) == ((), asleep)
    assert (after.demand_ratio == 1.0).all() == asleep


def test_what_is_no_factor_holds_on_the_day_itself_or_does_nothing():
    closed = '[[change]]\ntable = "lanes"\ndo = "close"\nfrom = 1'
    opened = '[[change]]\ntable = "sites"\ndo = "add"\ncount = 2\nwhere = { kind = "checkpoint" }\nfrom = 1'
    for each in (closed, opened):
        assert len(told(county(), each, days=30).asleep) == 1
        assert told(county(), each.replace("from = 1", "from = 0"), days=30).asleep == ()
