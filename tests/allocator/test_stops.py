"""Few stops: a site is served from one depot where that can be, and the nearest one that can."""

from __future__ import annotations

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def test_each_site_is_served_from_one_depot_where_that_can_be(engine):
    """40 masks for four equal posts from two depots of 20: two posts each, none from both."""
    plan = planned(
        engine,
        needs="""
        site daily
        A       10
        B       10
        C       10
        D       10
        """,
        stock="""
        site   units
        Depot1    20
        Depot2    20
        """,
        ladder=ONE_DAY,
    )

    assert sorted(plan.lines.values()) == [10, 10, 10, 10]
    assert len(plan.plan.stops) == 4


def test_all_items_of_a_site_travel_together(engine):
    """Depot1 has both items for everybody, Depot2 only gloves: one stop, from Depot1."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate glove    10
        Gate mask     10
        """,
        stock="""
        site   item  units
        Depot1 glove    50
        Depot1 mask     50
        Depot2 glove    50
        """,
        items="""
        item
        glove
        mask
        """,
        ladder=ONE_DAY,
    )

    assert plan.lines == {"Depot1 Gate glove": 10, "Depot1 Gate mask": 10}


def test_only_what_must_be_split_is_split(engine):
    """15 and 15 for three posts of 10: two posts whole, one from both depots."""
    plan = planned(
        engine,
        needs="""
        site daily
        A       10
        B       10
        C       10
        """,
        stock="""
        site   units
        Depot1    15
        Depot2    15
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"A": 10, "B": 10, "C": 10}
    assert len(plan.plan.stops) == 4


def test_of_equally_few_stops_the_nearer_road_is_taken(engine):
    """Kilogram-kilometres come after stops: each post from the depot next to it."""
    plan = planned(
        engine,
        needs="""
        site daily
        East    10
        West    10
        """,
        stock="""
        site   units
        Depot1    50
        Depot2    50
        """,
        lanes="""
        depot  site km
        Depot1 East  40
        Depot1 West   5
        Depot2 East   5
        Depot2 West  40
        """,
        ladder=ONE_DAY,
    )

    assert plan.lines == {"Depot1 West": 10, "Depot2 East": 10}


def test_one_far_stop_is_better_than_a_near_and_a_far_one(engine):
    """The near depot has 4 of the 10 masks: all come from the far one, in one stop."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        """,
        stock="""
        site      units
        DepotFar     10
        DepotNear     4
        """,
        lanes="""
        depot     site km
        DepotFar  Gate 90
        DepotNear Gate  1
        """,
        ladder=ONE_DAY,
    )

    assert plan.lines == {"DepotFar Gate": 10}


def test_a_stop_says_what_it_weighs_and_how_much_room_it_takes(engine):
    """7 packs of 0.3 kg and 0.07 m3: 2.1 kg and 0.49 m3, not 2.0999999999999996."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate     7
        """,
        stock="""
        site  units
        Depot    50
        """,
        items="""
        item  kg   m3
        mask 0.3 0.07
        """,
        ladder=ONE_DAY,
    )

    assert (plan.plan.stops.kg.tolist(), plan.plan.stops.m3.tolist()) == ([2.1], [0.49])
    assert plan.plan.lines.kg.tolist() == [2.1]
