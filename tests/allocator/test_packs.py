"""Whole packs: who gets the last ones, compared exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def test_the_last_packs_go_to_the_site_that_stands_lowest(engine):
    """Whole packs are dealt so that nobody could give one up and still stand above someone who lacks it."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Gate      20
        Clinic    10
        """,
        stock="""
        site   units
        Clinic     5
        Depot     30
        """,
        items="""
        item pack
        mask   10
        """,
    )

    assert plan.sent == {"Clinic": 10, "Gate": 20}


def test_fifty_units_over_uses_of_ten_twenty_and_fifty(engine):
    """6, 13, 31 and 7, 12, 31 each allow an exchange that lifts; 7, 13, 30 does not."""
    plan = planned(
        engine,
        needs="""
        site  daily
        Small    10
        Mid      20
        Large    50
        """,
        stock="""
        site  units
        Depot    50
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Small": 7, "Mid": 13, "Large": 30}


def test_of_two_sites_that_stand_equal_the_one_a_pack_lifts_highest_comes_first(engine):
    """Both have nothing. One pack of 10 is half a day for Large and a whole one for Small."""
    plan = planned(
        engine,
        needs="""
        site  daily
        Large    20
        Small    10
        """,
        stock="""
        site  units
        Depot    10
        """,
        items="""
        item pack
        mask   10
        """,
    )

    assert plan.sent == {"Large": 0, "Small": 10}


def test_of_equal_sites_the_first_by_code_gets_the_pack_that_is_left(engine):
    """Three equal posts, four packs: one each, and the fourth to A, in whatever order they are listed."""
    plan = planned(
        engine,
        needs="""
        site daily
        C       10
        A       10
        B       10
        """,
        stock="""
        site  units
        Depot    20
        """,
        items="""
        item pack
        mask    5
        """,
    )

    assert plan.sent == {"A": 10, "B": 5, "C": 5}


def test_equal_thirds_are_equal_though_floats_say_otherwise(engine):
    """A holds 1 at 0.3 a day, B 7 at 2.1: both have ten thirds of a day, so A comes first, whom a pack lifts higher.

    In floating point 1 / 0.3 > 7 / 2.1, and B would be taken for the lower one.
    """
    assert 1 / 0.3 > 7 / 2.1
    plan = planned(
        engine,
        needs="""
        site daily
        A      0.3
        B      2.1
        """,
        stock="""
        site  units
        A         1
        B         7
        Depot     1
        """,
        ladder="""
        tiers     cover share
        frontline    10     1
        """,
    )

    assert plan.sent == {"A": 1, "B": 0}


def test_a_use_of_three_tenths_is_three_tenths_however_it_was_added_up(engine):
    """0.1 + 0.1 + 0.1 is 0.30000000000000004 to a machine. To six places it is B's 0.3: a tie, so A by code."""
    plan = planned(
        engine,
        needs="""
        site daily
        A    0.30000000000000004
        B    0.3
        """,
        stock="""
        site  units
        Depot     1
        """,
    )

    assert plan.sent == {"A": 1, "B": 0}


def test_positions_that_differ_in_the_seventeenth_digit_are_told_apart(engine):
    """A holds 10^9 of 3·10^9 - 1, B 10^9 + 1 of 3·10^9 + 2: B stands lower by a ninth of 10^-18."""
    low, high = Fraction(10**9 + 1, 3 * 10**9 + 2), Fraction(10**9, 3 * 10**9 - 1)
    assert low < high
    assert float(low) == float(high)
    plan = planned(
        engine,
        needs="""
        site daily
        A    2999999999
        B    3000000002
        """,
        stock="""
        site  units
        A     1000000000
        B     1000000001
        Depot 1
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"A": 0, "B": 1}


def test_a_site_is_over_filled_by_its_last_pack_only(engine):
    """Gate lacks 12 and a pack is 10: the second pack is needed, a third is not."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    12
        """,
        stock="""
        site  units
        Depot   100
        """,
        items="""
        item pack
        mask   10
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 20}


def test_a_pack_larger_than_the_need_is_sent_whole(engine):
    plan = planned(
        engine,
        needs="""
        site daily
        Gate     1
        """,
        stock="""
        site  units
        Depot   100
        """,
        items="""
        item pack
        mask   50
        """,
    )

    assert plan.sent == {"Gate": 50}


def test_less_than_a_pack_does_not_leave(engine):
    """West's 9 masks are no pack of 10. Only East sends; West is no source at all."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        """,
        stock="""
        site      units
        DepotEast    10
        DepotWest     9
        """,
        items="""
        item pack
        mask   10
        """,
    )

    assert plan.lines == {"DepotEast Gate": 1}
    assert {row.open_sources for row in plan.plan.proof.flow} == {("DepotEast",)}


def test_a_truck_is_filled_with_what_lifts_the_lowest_whatever_it_weighs(engine):
    """The truck carries 9 kg: 3 gloves of 1 kg and 3 masks of 2 kg, not 9 gloves."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate glove    10
        Gate mask     10
        """,
        stock="""
        site  item  units
        Depot glove   100
        Depot mask    100
        """,
        items="""
        item  kg
        glove  1
        mask   2
        """,
        depots="""
        depot kg
        Depot  9
        """,
    )

    assert plan.sent == {"Gate glove": 3, "Gate mask": 3}


def test_three_packs_of_a_tenth_of_a_kilogram_fit_three_tenths(engine):
    """0.1 · 3 > 0.3 in floating point; weights are added in whole millionths."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        """,
        stock="""
        site  units
        Depot   100
        """,
        items="""
        item  kg
        mask 0.1
        """,
        depots="""
        depot  kg
        Depot 0.3
        """,
    )

    assert plan.sent == {"Gate": 3}


def test_room_in_the_truck_is_a_limit_like_its_weight(engine):
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        """,
        stock="""
        site  units
        Depot   100
        """,
        items="""
        item   m3
        mask 0.07
        """,
        depots="""
        depot  m3
        Depot 0.49
        """,
    )

    assert plan.sent == {"Gate": 7}


@pytest.mark.parametrize(
    ("limits", "sent"),
    [("5 - -", 5), ("- 2 3", 6), ("5 2 3", 5), ("9 2 3", 6), ("- 0 3", 0)],
    ids=["max_kg", "vehicles", "max_kg is less", "vehicles are less", "no vehicle"],
)
def test_a_day_weighs_at_most_what_the_depot_and_its_vehicles_may_carry(engine, limits, sent):
    """The lesser of max_kg and vehicles · vehicle_kg. Depot2's single mask goes in any case."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        Post     1
        """,
        stock="""
        site   units
        Depot1   100
        Depot2     1
        """,
        lanes="""
        depot  site
        Depot1 Gate
        Depot2 Post
        """,
        depots=f"""
        depot  kg vehicles vehicle_kg
        Depot1 {limits}
        """,
    )

    assert plan.sent == {"Gate": sent, "Post": 1}


def test_a_depot_without_a_row_of_limits_has_none(engine):
    """Decision 0002, 12: Depot1 may carry 5 kg; nobody said anything of Depot2."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate   100
        Post   100
        """,
        stock="""
        site   units
        Depot1   500
        Depot2   500
        """,
        lanes="""
        depot  site
        Depot1 Gate
        Depot2 Post
        """,
        depots="""
        depot  kg
        Depot1  5
        """,
    )

    assert plan.sent == {"Gate": 5, "Post": 500}


def test_a_cap_holds_the_share_as_it_stands_and_the_packs_below_it(engine):
    """Decision 0002, 8: the fair share of Capped is its cap of 9; of packs of 5 one stays below it."""
    plan = planned(
        engine,
        needs="""
        site   daily cap
        Capped    10   9
        Free      10   -
        """,
        stock="""
        site  units
        Depot    20
        """,
        items="""
        item pack
        mask    5
        """,
    )

    assert plan.fair == {"Capped": 9, "Free": 11}
    assert plan.sent == {"Capped": 5, "Free": 15}


def test_a_capped_pair_freezes_alone(engine):
    """Capped stops at 0.2 of a day by its own cap; the depot's price stops the other two later, together."""
    plan = planned(
        engine,
        needs="""
        site   daily cap
        Capped    10   2
        Gate      10   -
        Post      10   -
        """,
        stock="""
        site  units
        Depot    12
        """,
    )

    assert plan.fair == {"Capped": 2, "Gate": 5, "Post": 5}
    steps = [(s.fill, s.freezes, sorted(s.cap), sorted(s.supply)) for s in plan.plan.proof.steps]
    assert [(round(fill, 9), *rest) for fill, *rest in steps] == [
        (0.2, 1, [("Capped", "mask")], []),
        (0.5, 2, [], [("Depot", "mask")]),
    ]


def test_a_cap_of_nothing_sends_nothing(engine):
    plan = planned(
        engine,
        needs="""
        site   daily cap
        Closed    10   0
        Open      10   -
        """,
        stock="""
        site  units
        Depot     8
        """,
    )

    assert plan.sent == {"Closed": 0, "Open": 8}


def test_a_weak_road_of_another_item_does_not_cost_the_last_pack(engine):
    """Gate's road from Depot2 carries little, but its masks come from Depot1: 20 needed are 7 packs of 3."""
    plan = planned(
        engine,
        needs="""
        site item daily
        Gate mask    20
        Post suit    50
        """,
        stock="""
        site   item units
        Depot1 mask    60
        Depot2 suit    40
        """,
        items="""
        item pack kg
        mask    3  1
        suit    1  1
        """,
        lanes="""
        depot  site kg
        Depot1 Gate -
        Depot2 Gate 5
        Depot2 Post -
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate mask": 21, "Post suit": 40}
