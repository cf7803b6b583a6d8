"""What the shortfall report says of small cases whose answer can be worked out by hand (10 February 2020)."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from shortfall_tables import group_of, history_of, planning_of, report_of, row_of

from allocator.shortfall import shortfall
from allocator.shortfall_rules import ShortfallRules

ONE_WEEK = ShortfallRules(horizon_days=7)


def test_days_of_supply_and_the_day_it_runs_out():
    """35 masks at 10 a day last three days and a half, so some of the fourth day is not met."""
    report = report_of(needs="site daily\nGate 10", stock="site units\nGate 35")

    assert row_of(report, "Gate", "mask", "usable_units", "cover_days", "stock_out", "status") == [
        35,
        3.5,
        "02-13",
        "under",
    ]
    assert row_of(report, "Gate", "mask", "cover_days_low") == 2.5  # at P90, 14 a day
    assert row_of(report, "Gate", "mask", "stock_out_early") < "02-13"


def test_a_delivery_under_way_counts_from_its_day_and_a_late_one_not_at_all():
    report = report_of(
        needs="site daily\nGate 10\nLate 10",
        stock="site units\nGate 15\nLate 15",
        transit="site units arrives\nGate 1000 2020-02-11\nLate 1000 2020-02-09",
    )

    assert row_of(report, "Gate", "mask", "stock_out", "moving_units", "next_arrival") == [None, 1000, "02-11"]
    assert row_of(report, "Late", "mask", "stock_out", "overdue_units", "next_arrival") == ["02-11", 1000, None]
    assert row_of(report, "Late", "mask", "why")[:1] == ["overdue"]


def test_what_follows_a_late_delivery_is_doubted_too_for_a_fortnight():
    """A supplier that fails misses one delivery first; the next ones stand in the books for weeks."""
    tables = {"needs": "site daily\nGate 10\nOld 10", "stock": "site units\nGate 15\nOld 15"}
    transit = """
        site units arrives
        Gate    70 2020-02-08
        Gate    70 2020-02-11
        Old     70 2020-01-20
        Old     70 2020-02-11
    """
    report = report_of(transit=transit, **tables)

    columns = ("moving_units", "overdue_units", "next_arrival", "stock_out")
    assert row_of(report, "Gate", "mask", *columns) == [0, 140, None, "02-11"]
    assert row_of(report, "Old", "mask", *columns) == [70, 70, "02-11", "02-18"]


def test_an_order_past_its_date_takes_its_suppliers_other_orders_of_the_item_with_it():
    orders = """
        order supplier units arrives
        O1    A          300 2020-02-05
        O2    A          300 2020-02-15
        O3    B           40 2020-02-15
    """
    report = report_of(needs="site daily\nGate 10", stock="site units\nGate 15", orders=orders)

    assert row_of(report, "Gate", "mask", "ordered_units") == 40


def test_lots_that_lapse_before_they_are_used_are_told_in_units_and_money():
    """Of 100 masks good until the 12th three days use 30; the other 70 are lost, and so are 84 yuan."""
    report = report_of(
        needs="site daily\nGate 10",
        stock="site units lot expires\nGate 100 L1 2020-02-12\nGate 20 L2 2020-12-31",
        offers="supplier price lead\nA 1.20 5",
    )

    assert row_of(report, "Gate", "mask", "expired_units", "expired_fen", "stock_out") == [70, 8400, "02-15"]
    assert "expires" in row_of(report, "Gate", "mask", "why")


def test_central_stock_then_neighbours_then_orders_and_only_the_rest_is_bought():
    """Gate lacks 98 in a bad week: 20 lie at the depot, 30 come from Rich, 20 are on order, and 30 are bought."""
    report = report_of(
        needs="site daily\nGate 10\nRich 1",
        stock="site units\nGate 0\nRich 114\nDepot 20",
        items="item pack\nmask 10",
        orders="order units arrives status\nO1 20 2020-02-14 ordered\nO2 500 2020-02-14 planned",
        rules=dataclasses.replace(ONE_WEEK, over_days=60),
    )

    given = ("lacking_units", "central_units", "lateral_units", "ordered_units", "buy_units")
    assert row_of(report, "Gate", "mask", *given) == [98, 20, 30, 20, 30]
    assert row_of(report, "Rich", "mask", "buy_units", "status") == [0, "over"]
    moves = report.netted.lateral
    codes = report.case.sites.code[report.rows.site]
    assert [(codes[a], codes[b], n) for a, b, n in zip(moves.giver, moves.taker, moves.units, strict=True)] == [
        ("Rich", "Gate", 30)
    ]


def test_the_reserve_stays_at_the_depot_and_an_earmark_with_its_owner():
    report = report_of(
        needs="site daily\nGate 10",
        stock="site units earmark\nGate 0 -\nGate 40 Other\nDepot 60 -\nDepot 15 Other",
        reserve_share=Fraction(1, 5),
        rules=ONE_WEEK,
    )

    assert row_of(report, "Gate", "mask", "usable_units", "reserved_units", "central_units") == [0, 40, 60]
    assert group_of(report, "item", "", "mask", "central_units") == 60


def test_order_by_is_the_early_stock_out_less_lead_time_road_and_safety():
    report = report_of(
        needs="site daily\nGate 10",
        stock="site units\nGate 210",
        offers="supplier price lead\nFast 3 4\nCheap 1 10",
        rules=ShortfallRules(horizon_days=30, safety_days=2),
    )

    early, by = row_of(report, "Gate", "mask", "stock_out_early", "order_by")
    assert int(early[-2:]) - int(by[-2:]) == 10 + 1 + 2
    assert row_of(report, "Gate", "mask", "supplier", "lead_days", "buy_units", "cost_fen") == ["Cheap", 10, 210, 21000]


def test_the_cheapest_that_is_in_time_else_the_fastest():
    offers = "supplier price lead\nFast 3 4\nCheap 1 10\nOver 0.5 1"
    closed = offers.replace("lead", "lead to").replace("4", "4 -").replace("10", "10 -") + " 2020-02-01"
    tables = {"needs": "site daily\nGate 10", "rules": ShortfallRules(safety_days=0)}

    soon = report_of(stock="site units\nGate 60", offers=closed, **tables)
    late = report_of(stock="site units\nGate 20", offers=closed, **tables)
    calm = report_of(stock="site units\nGate 200", offers=closed, **tables)

    assert [row_of(each, "Gate", "mask", "supplier") for each in (soon, late, calm)] == ["Fast", "Fast", "Cheap"]
    assert "long_lead" in row_of(late, "Gate", "mask", "why")


def test_who_sells_nothing_and_what_nobody_counted_is_said():
    report = report_of(needs="site daily\nGate 10\nNew 10", stock="site units\nGate 20")

    assert row_of(report, "New", "mask", "status", "usable_units", "cover_days") == ["no_data", -1, None]
    assert row_of(report, "New", "mask", "flags") == ["never_counted", "assumed_demand", "assumed_lead"]
    assert row_of(report, "New", "mask", "why")[:1] == ["not_counted"]
    assert row_of(report, "Gate", "mask", "supplier", "cost_fen") == [None, -1]


def test_a_policy_may_leave_out_what_nobody_counted():
    report = report_of(needs="site daily\nNew 10", stock="site units\nDepot 5", uncounted="leave_out")

    assert row_of(report, "New", "mask", "lacking_units", "status") == [0, "no_data"]


def test_a_durable_is_held_and_not_used_up():
    report = report_of(
        items="item use\nthermo durable",
        needs="site item daily\nGate thermo 4\nHall thermo 2\nDesk thermo 1",
        stock="site item units\nGate thermo 1\nHall thermo 0\nDesk thermo 1",
    )

    assert row_of(report, "Gate", "thermo", "status", "holding_units", "lacking_units") == ["under", 4, 3]
    assert row_of(report, "Hall", "thermo", "status", "stock_out", "p_horizon") == ["stocked_out", "02-10", 1]
    assert row_of(report, "Desk", "thermo", "status", "stock_out", "p_horizon") == ["to_plan", None, 0]


def test_the_most_urgent_of_the_most_critical_come_first():
    report = report_of(
        sites="site kind\nShop office\nGate clinic\nHall office\nDepot warehouse",
        needs="site daily\nShop 10\nGate 10\nHall 10",
        stock="site units\nShop 0\nGate 0\nHall 5000",
    )

    assert report.case.sites.code[report.rows.site].tolist() == ["Gate", "Shop", "Hall"]
    assert report.rows.criticality.tolist() == [1, 0.5, 0.5]


def test_old_reports_and_gaps_are_flagged():
    quiet = "Gate mask " + "10 " * 30
    report = report_of(
        needs="site daily reported\nOld 10 2020-01-20\nNew 10 2020-02-09",
        stock="site units\nOld 50\nNew 50\nGate 50\nMute 50",
        history=history_of(quiet + "\n" + quiet.replace("Gate", "Mute").replace("10 " * 30, "10 " * 20 + "- " * 10)),
        lanes="depot site\nDepot Old\nDepot New\nDepot Gate\nDepot Mute",
    )

    stale = {site: "stale" in row_of(report, site, "mask", "flags") for site in ("Old", "New", "Gate", "Mute")}
    assert stale == {"Old": True, "New": False, "Gate": False, "Mute": True}


def test_a_count_far_off_the_books_is_a_broken_opening_balance():
    """30 of 120 were missing by count at Gate, 2 of 120 at Hall: the second is everyday business."""
    planning = planning_of(needs="site daily\nGate 10\nHall 10", stock="site units\nGate 90\nHall 118")
    counted = {("Gate", "mask"): 30, ("Hall", "mask"): 2}

    report = shortfall(dataclasses.replace(planning, counted_off=counted))

    broken = {site: "broken_balance" in row_of(report, site, "mask", "flags") for site in ("Gate", "Hall")}
    assert broken == {"Gate": True, "Hall": False}


def test_the_status_at_the_end_of_each_week_if_nothing_more_is_sent():
    report = report_of(
        needs="site daily\nGate 10", stock="site units\nGate 170", ladder="tiers cover share\nfrontline 5 1"
    )

    assert row_of(report, "Gate", "mask", "weekly") == "tus" + "s" * (report.weeks - 3)


def test_groups_add_the_same_futures_and_not_their_quantiles():
    """Ten posts' bad tenths do not fall together, so the sum's P90 lies below the sum of P90s, above its middle."""
    sites = [f"S{n}" for n in range(10)]
    report = report_of(
        needs="site daily\n" + "\n".join(f"{site} 10" for site in sites),
        stock="site units\n" + "\n".join(f"{site} 100" for site in sites) + "\nDepot 400",
    )

    middle, high, held, central = group_of(
        report, "item", "", "mask", "daily_units", "daily_units_high", "held_units", "central_units"
    )
    assert middle == pytest.approx(102, abs=3)
    assert middle < high < 140
    assert (held, central) == (1000, 400)
    unmet, bought, sent = group_of(report, "item", "", "mask", "unmet_units_high", "buy_units", "rows")
    assert unmet < report.rows.unmet_units_high.sum()
    assert bought <= report.rows.buy_units.sum()
    assert sent == 10


def test_a_group_by_depot_has_the_sites_it_is_nearest_to():
    report = report_of(
        needs="site daily\nA 10\nB 10",
        stock="site units\nA 30\nB 40\nDepot1 70\nDepot2 90",
        lanes="depot site hours\nDepot1 A 1\nDepot2 A 2\nDepot2 B 1",
    )

    columns = ("rows", "held_units", "central_units")
    assert group_of(report, "depot", "Depot1", "mask", *columns) == [1, 30, 70]
    assert group_of(report, "depot", "Depot2", "mask", *columns) == [1, 40, 90]


def test_the_fan_of_an_item_has_its_quantiles_in_order_and_its_stock_falls():
    report = report_of(needs="site daily\nA 10\nB 20", stock="site units\nA 100\nB 100\nDepot 40")

    assert (np.diff(report.fans.demand, axis=2) >= 0).all()
    assert report.fans.stock[0, 0] == pytest.approx(240 - 30, abs=6)
    assert (np.diff(report.fans.stock[0]) <= 0).all()
    assert (report.fans.stock_low <= report.fans.stock).all()


def test_a_report_of_nothing_is_a_report():
    planning = planning_of(needs="site daily\nGate 0", stock="site units\nGate 5")

    report = shortfall(planning)

    assert len(report.rows) == 0
    assert all(len(groups) == 0 for groups in report.groups.values())


def test_there_is_no_day_to_order_by_where_there_is_nothing_to_buy():
    report = report_of(
        needs="site daily reported\nGate 10 2020-02-09\nHall 10 2020-02-09",
        stock="site units\nGate 30\nHall 30\nDepot 5000",
        lanes="depot site\nDepot Gate",
        offers="supplier price lead\nSA 1 5",
    )

    assert row_of(report, "Gate", "mask", "buy_units", "order_by") == [0, None]
    assert row_of(report, "Hall", "mask", "order_by") is not None
    for groups in report.groups.values():
        assert np.isnat(groups.order_by[groups.buy_units == 0]).all()
