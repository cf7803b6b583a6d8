"""Roads: which count, what they carry, and how sites that share depots share what is there."""

from __future__ import annotations

from fractions import Fraction

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

from allocator.plan import NothingToSend

pytestmark = pytest.mark.parametrize("engine", ENGINES)

TWO_POSTS = """
    site daily
    Gate    10
    Post    10
"""


def test_a_site_with_two_depots_leaves_the_near_one_to_the_site_that_has_no_other(engine):
    plan = planned(
        engine,
        needs="""
        site   daily
        Both      10
        Lonely    10
        """,
        stock="""
        site      units
        DepotEast    10
        DepotWest    10
        """,
        lanes="""
        depot     site
        DepotEast Both
        DepotEast Lonely
        DepotWest Both
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Both": 10, "Lonely": 10}
    assert plan.lines == {"DepotEast Lonely": 10, "DepotWest Both": 10}


def test_a_chain_of_sites_passes_on_what_the_last_one_lacks(engine):
    """Only East has more than its own site needs. A moves to East, B to Mid, so that West serves C alone."""
    plan = planned(
        engine,
        needs="""
        site daily
        A       10
        B       10
        C       10
        """,
        stock="""
        site      units
        DepotEast    16
        DepotMid      7
        DepotWest     7
        """,
        lanes="""
        depot     site
        DepotEast A
        DepotMid  A
        DepotMid  B
        DepotWest B
        DepotWest C
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"A": 10, "B": 7, "C": 7}


def test_a_depot_of_plenty_does_not_lift_those_it_does_not_reach(engine):
    """Two catchments: Gate's depot has a day for each of ten posts, Post's has half a day for one."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site   units
        Depot1   100
        Depot2     5
        """,
        lanes="""
        depot  site
        Depot1 Gate
        Depot2 Post
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 10, "Post": 5}


def test_a_closed_road_carries_nothing(engine):
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units
        Depot   100
        """,
        lanes="""
        depot site open
        Depot Gate yes
        Depot Post no
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 10, "Post": 0}


@pytest.mark.parametrize(("hours", "sent"), [("24", 10), ("-", 10), ("0", 10), ("24.000001", 0), ("48", 0)])
def test_a_road_counts_up_to_the_hours_of_the_policy_or_where_nobody_said(engine, hours, sent):
    """Decision 0002, 6: blank hours are no hours too many; 24 of 24 are in time, a millionth more is not."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units
        Depot   100
        """,
        lanes=f"""
        depot site hours
        Depot Gate 1
        Depot Post {hours}
        """,
        ladder=ONE_DAY,
        max_hours=Fraction(24),
    )

    assert plan.sent == {"Gate": 10, "Post": sent}


def test_where_every_road_is_closed_the_answer_is_a_sentence(engine):
    with pytest.raises(NothingToSend, match="every lane to the sites in need is closed"):
        planned(
            engine,
            needs=TWO_POSTS,
            stock="""
            site  units
            Depot   100
            """,
            lanes="""
            depot site open
            Depot Gate no
            Depot Post no
            """,
        )


def test_a_road_carries_no_more_than_its_weight(engine):
    """The bridge to Post bears 3 kg; what Post cannot have goes on to Gate."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units
        Depot    12
        """,
        lanes="""
        depot site kg
        Depot Gate  -
        Depot Post  3
        """,
        ladder=ONE_DAY,
    )

    assert plan.fair == {"Gate": 9, "Post": 3}
    assert plan.sent == {"Gate": 9, "Post": 3}
    assert [sorted(s.lane_kg) for s in plan.plan.proof.steps if s.lane_kg] == [[("Depot", "Post")]]


def test_a_road_with_a_weight_of_its_own_is_a_catchment_of_its_own(engine):
    """The proof routes Post's share by itself, naming the site."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units
        Depot    12
        """,
        lanes="""
        depot site kg
        Depot Gate  -
        Depot Post  3
        """,
        ladder=ONE_DAY,
    )

    assert {(row.site, round(row.units, 6)) for row in plan.plan.proof.flow if row.site} >= {("Post", 3.0)}


def test_a_weight_limit_is_shared_by_all_that_travels_the_road(engine):
    """3 kg of bridge: a mask and a glove of 0.5 kg each, three times."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Post glove    10
        Post mask     10
        """,
        stock="""
        site  item  units
        Depot glove    50
        Depot mask     50
        """,
        items="""
        item   kg
        glove 0.5
        mask  0.5
        """,
        lanes="""
        depot site kg
        Depot Post  3
        """,
    )

    assert plan.sent == {"Post glove": 3, "Post mask": 3}


def test_two_roads_to_one_site_add_up(engine):
    plan = planned(
        engine,
        needs="""
        site daily
        Post    10
        """,
        stock="""
        site      units
        DepotEast    50
        DepotWest    50
        """,
        lanes="""
        depot     site kg
        DepotEast Post  3
        DepotWest Post  4
        """,
    )

    assert plan.lines == {"DepotEast Post": 3, "DepotWest Post": 4}


def test_a_depots_own_need_is_planned_like_any_and_counts_nothing_that_lies_there(engine):
    """Decision 0002, 3: West's 100 masks and the 50 on the way are there to be shared, not held by West itself."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        West    10
        """,
        sites="""
        site kind      tier
        West warehouse frontline
        """,
        stock="""
        site units
        East    15
        West     1
        """,
        transit="""
        site units arrives
        West    50 2020-02-10
        """,
        lanes="""
        depot site
        East  Gate
        East  West
        West  Gate
        """,
        ladder=ONE_DAY,
    )

    assert plan.held == {"Gate": 0, "West": 0}
    assert plan.fair == {"Gate": 8, "West": 8}


def test_a_need_of_nothing_is_no_pair(engine):
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        Shut     0
        """,
        stock="""
        site  units
        Depot     9
        """,
    )

    assert plan.sent == {"Gate": 9}


@pytest.mark.parametrize(
    ("hours", "arrives", "counts"),
    [
        (24, "2020-02-10", True),
        (24, "2020-02-11", True),
        (24, "2020-02-12", False),
        (25, "2020-02-12", True),
        (25, "2020-02-13", False),
        (12, "2020-02-11", True),
        (24, "2020-02-01", True),
        (24, "-", False),
    ],
)
def test_what_is_on_the_way_counts_if_it_arrives_in_the_hours_of_the_policy(engine, hours, arrives, counts):
    """Decision 0002, 5: by the date + max_hours in whole days, rounded up; a blank date does not count."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units
        Depot     6
        """,
        transit=f"""
        site units arrives
        Post     4 {arrives}
        """,
        ladder=ONE_DAY,
        max_hours=Fraction(hours),
    )

    assert plan.sent == ({"Gate": 5, "Post": 1} if counts else {"Gate": 3, "Post": 3})
