"""What the reference engine sends, shown on cases small enough to check by hand."""

from __future__ import annotations

from fractions import Fraction

from text_tables import planned

from allocator.policy import Rung

ONE_RUNG = (Rung(tiers=("frontline", "community"), cover_days=Fraction(1), holding_share=Fraction(1)),)


def test_the_last_packs_go_to_the_site_that_stands_lowest():
    """Whole packs are dealt so that nobody could give one up and still stand above someone who lacks it."""
    plan = planned(
        """
        site   tier       daily  held  pack
        Gate   frontline     20     0    10
        Clinic frontline     10     5    10
        """,
        supply=30,
    )

    assert plan == {"Gate": 20, "Clinic": 10}


def test_fifty_units_over_uses_of_ten_twenty_and_fifty():
    """6, 13, 31 and 7, 12, 31 each allow an exchange that lifts; 7, 13, 30 does not."""
    plan = planned(
        """
        site  tier      daily held pack
        Small frontline    10    0    1
        Mid   frontline    20    0    1
        Large frontline    50    0    1
        """,
        supply=50,
        ladder=ONE_RUNG,
    )

    assert plan == {"Small": 7, "Mid": 13, "Large": 30}


def test_the_second_rung_shares_what_the_first_leaves():
    plan = planned(
        """
        site   tier      daily held pack
        Clinic frontline    10    0    5
        Office community    10    0    5
        """,
        supply=20,
    )

    assert plan == {"Clinic": 15, "Office": 5}


def test_a_site_with_two_depots_leaves_the_near_one_to_the_site_that_has_no_other():
    plan = planned(
        """
        site   tier      daily held pack from
        Both   frontline    10    0    5 East+West
        Lonely frontline    10    0    5 East
        """,
        supply={"East": 10, "West": 10},
    )

    assert plan == {"Both": 10, "Lonely": 10}


def test_a_full_truck_sends_what_lifts_the_lowest():
    plan = planned(
        """
        site   tier      daily held pack
        Full   frontline    10    9    1
        Empty  frontline    10    0    1
        """,
        supply=100,
        depots="""
        depot kg m3 stops
        Depot  5  -     -
        """,
    )

    assert plan == {"Full": 0, "Empty": 5}


def test_a_cap_is_never_passed_and_the_rest_goes_on():
    plan = planned(
        """
        site   tier      daily held pack cap
        Capped frontline    10    0    5   9
        Free   frontline    10    0    5  -1
        """,
        supply=20,
    )

    assert plan == {"Capped": 5, "Free": 15}


def test_one_stop_goes_to_the_site_that_stands_lowest():
    """The depot makes one stop: had it gone to Stocked, Stocked could give it up and still stand above Bare."""
    plan = planned(
        """
        site    tier      daily held pack
        Stocked frontline    10    8    1
        Bare    frontline    10    0    1
        """,
        supply=30,
        depots="""
        depot kg m3 stops
        Depot  -  -     1
        """,
    )

    assert plan == {"Stocked": 0, "Bare": 30}


def test_a_stop_too_light_is_not_made_unless_the_first_rung_is_at_stake():
    """Office has its first day and would get 2 kg: too light. Gate's 1 kg is its first rung."""
    table = """
        site   tier      daily held pack from
        Clinic frontline    10    0    1 East
        Office frontline     1    3    1 East
        Gate   frontline     1    0    1 West
    """

    plan = planned(table, supply={"East": 52, "West": 1}, min_drop_kg=Fraction(5))

    assert plan == {"Clinic": 50, "Office": 0, "Gate": 1}


def test_a_stop_is_saved_by_the_packs_the_policy_lets_a_pair_go_short():
    table = """
        site   tier      daily held pack from
        Clinic frontline    10    0    5 East+West
        Gate   frontline    10    0    5 West
    """
    supply = {"East": 45, "West": 55}

    exact = planned(table, supply=supply, stop_tolerance_packs=0)
    short = planned(table, supply=supply, stop_tolerance_packs=1)

    assert exact == {"Clinic": 50, "Gate": 50}
    assert short == {"Clinic": 45, "Gate": 50}
