"""The ladder, rung by rung: who rises together, who stays, what the proof says of each level."""

from __future__ import annotations

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def test_all_sites_of_a_rung_rise_together(engine):
    """50 masks over 80 masks a day: everybody stands at 0.625 of a day, whatever his size."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Small     10
        Mid       20
        Large     50
        """,
        stock="""
        site  units
        Depot    50
        """,
        ladder=ONE_DAY,
    )

    assert plan.fair == {"Small": 6.25, "Mid": 12.5, "Large": 31.25}
    assert set(plan.places.values()) == {(1, 0.625)}


def test_what_a_site_holds_counts_before_anything_is_sent(engine):
    """Full holds 2 days; 15 masks lift the others to 0.75 of a day, and nothing is taken from Full."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Full      10
        Half      10
        Empty     10
        """,
        stock="""
        site  units
        Full     20
        Half      0
        Depot    15
        """,
        ladder=ONE_DAY,
    )

    assert plan.fair == {"Full": 0, "Half": 7.5, "Empty": 7.5}
    assert plan.places["Full"] == (0, 1)


def test_a_rung_waits_for_the_one_before_it(engine):
    """Clinic's first day takes all 8; Office, whom only the second rung names, gets nothing."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Clinic    10
        Office    10
        """,
        stock="""
        site  units
        Depot     8
        """,
        sites="""
        site   kind
        Office office
        """,
    )

    assert plan.sent == {"Clinic": 8, "Office": 0}
    assert plan.places == {"Clinic": (1, 0.8), "Office": (2, 0)}


def test_each_tier_climbs_a_rung_from_where_its_last_one_ended(engine):
    """After Clinic's first day 27 are left. Of rung 2 Clinic lacks 4 days and Office 5: both get 0.3 of theirs."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Clinic    10
        Office    10
        """,
        stock="""
        site  units
        Depot    37
        """,
        sites="""
        site   kind
        Office office
        """,
    )

    assert plan.fair == {"Clinic": 22, "Office": 15}
    assert plan.places == {"Clinic": (2, 0.3), "Office": (2, 0.3)}


def test_a_ladder_whose_first_rung_serves_nobody_starts_at_the_second(engine):
    """The case has no frontline site: the first rung is empty and holds nobody up."""
    plan = planned(
        engine,
        needs="""
        site    daily
        Office1    10
        Office2    30
        """,
        stock="""
        site  units
        Depot    20
        """,
        sites="""
        site    kind
        Office1 office
        Office2 office
        """,
    )

    assert plan.fair == {"Office1": 5, "Office2": 15}
    assert plan.places == {"Office1": (2, 0.1), "Office2": (2, 0.1)}


def test_a_rung_that_would_not_raise_a_tier_does_not_apply_to_it(engine):
    """Clinic has 3 days by rung 1; rung 2 promises both 2 days, so it lifts Office alone."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Clinic    10
        Office    10
        """,
        stock="""
        site  units
        Depot    44
        """,
        sites="""
        site   kind
        Office office
        """,
        ladder="""
        tiers               cover share
        frontline               3     1
        frontline+community     2     1
        frontline               4     1
        """,
    )

    assert plan.sent == {"Clinic": 30, "Office": 14}
    assert plan.places == {"Clinic": (3, 0), "Office": (2, 0.7)}


def test_a_site_frozen_on_the_first_rung_stays_there_while_others_go_on(engine):
    """Poor's only depot is empty after half a day. The masks of Depot2 cannot reach it; Rich goes on to 3 days."""
    plan = planned(
        engine,
        needs="""
        site daily
        Poor    10
        Rich    10
        """,
        stock="""
        site   units
        Depot1     5
        Depot2    30
        """,
        lanes="""
        depot  site
        Depot1 Poor
        Depot1 Rich
        Depot2 Rich
        """,
    )

    assert plan.fair == {"Poor": 5, "Rich": 30}
    assert plan.places == {"Poor": (1, 0.5), "Rich": (2, 0.5)}


def test_tiers_a_rung_does_not_name_keep_what_they_have(engine):
    """Rung 2 is Office's alone. Clinic keeps its first day; it is not taken to lift Office."""
    plan = planned(
        engine,
        needs="""
        site   daily
        Clinic    10
        Office    10
        """,
        stock="""
        site  units
        Depot    15
        """,
        sites="""
        site   kind
        Office office
        """,
        ladder="""
        tiers     cover share
        frontline     1     1
        community     5     1
        """,
    )

    assert plan.sent == {"Clinic": 10, "Office": 5}


def test_a_pair_no_depot_reaches_is_left_out_of_every_sum(engine):
    """Far has no road. Near is lifted to its full 5 days; the level is not held down to Far's 0."""
    plan = planned(
        engine,
        needs="""
        site daily
        Near    10
        Far     10
        """,
        stock="""
        site  units
        Depot    80
        """,
        lanes="""
        depot site
        Depot Near
        """,
    )

    assert plan.sent == {"Near": 50, "Far": 0}
    assert plan.places == {"Near": (0, 1), "Far": (1, 0)}


def test_the_tier_written_at_a_site_wins_over_its_kind(engine):
    """Both are offices; Call is named frontline, so the first day is its own alone."""
    plan = planned(
        engine,
        needs="""
        site  daily
        Call     10
        Desk     10
        """,
        stock="""
        site  units
        Depot    10
        """,
        sites="""
        site kind   tier
        Call office frontline
        Desk office -
        """,
    )

    assert plan.sent == {"Call": 10, "Desk": 0}


def test_a_durable_item_is_shared_by_the_holding_it_must_reach(engine):
    """Rung 1 promises half the holding: 4 of 8 and 2 of 4. Then 3 are left for the other 6: half of it."""
    plan = planned(
        engine,
        needs="""
        site  daily
        Ward      8
        Gate      4
        """,
        stock="""
        site  units
        Depot     9
        """,
        items="""
        item        use
        thermometer durable
        """,
    )

    assert plan.fair == {"Ward": 6, "Gate": 3}
    assert plan.places == {"Ward": (2, 0.5), "Gate": (2, 0.5)}


def test_a_durable_item_is_never_asked_for_beyond_the_required_holding(engine):
    """8 are required and 3 are there: 5 go, though 100 lie at the depot and the ladder promises 5 days."""
    plan = planned(
        engine,
        needs="""
        site  daily
        Ward      8
        """,
        stock="""
        site  units
        Ward      3
        Depot   100
        """,
        items="""
        item        use
        thermometer durable
        """,
    )

    assert plan.sent == {"Ward": 5}


def test_items_do_not_wait_for_each_other(engine):
    """Gloves run out at half a day; masks go on to the fifth."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate glove    10
        Gate mask     10
        """,
        stock="""
        site  item  units
        Depot glove     5
        Depot mask     50
        """,
        items="""
        item
        glove
        mask
        """,
    )

    assert plan.sent == {"Gate glove": 5, "Gate mask": 50}
    assert plan.places == {"Gate glove": (1, 0.5), "Gate mask": (0, 1)}


def test_every_freeze_is_one_step_of_the_proof(engine):
    """Depot1 holds Poor at 0.5 of a day, Depot2 holds Rich at 0.8: two steps, each priced at its own depot."""
    plan = planned(
        engine,
        needs="""
        site daily
        Poor    10
        Rich    10
        """,
        stock="""
        site   units
        Depot1     5
        Depot2     8
        """,
        lanes="""
        depot  site
        Depot1 Poor
        Depot2 Rich
        """,
    )

    steps = [(s.rung, round(s.fill, 9), s.freezes, sorted(s.supply)) for s in plan.plan.proof.steps]
    assert steps == [(1, 0.5, 1, [("Depot1", "mask")]), (1, 0.8, 1, [("Depot2", "mask")])]
