"""Stock that is only for some, and sites that give what they hold to spare."""

from __future__ import annotations

from fractions import Fraction

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

pytestmark = pytest.mark.parametrize("engine", ENGINES)

TWO_POSTS = """
    site daily
    Gate    10
    Post    10
"""


def test_earmarked_stock_goes_to_its_site_only(engine):
    """Decision 0002, 4: 8 of the 12 are for Post. Fairness would be 6 and 6; Gate may have 4."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Depot     4 -
        Depot     8 Post
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 4, "Post": 8}


def test_an_earmark_is_a_source_of_its_own_in_the_proof(engine):
    """The free part is Depot, the part for Post is Depot@Post: both run out, each at its own level."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Depot     4 -
        Depot     8 Post
        """,
        ladder=ONE_DAY,
    )

    assert {(row.source, round(row.units, 6)) for row in plan.plan.proof.flow} >= {("Depot", 4), ("Depot@Post", 8)}
    # Post could draw on both, so a price on its own part alone would not hold it.
    assert [sorted(step.supply) for step in plan.plan.proof.steps] == [
        [("Depot", "mask")],
        [("Depot", "mask"), ("Depot@Post", "mask")],
    ]


def test_an_areas_earmark_covers_every_site_whose_area_starts_with_it(engine):
    """Decision 0002, 4: 42 covers Gate (4201) and Post (42), not Hut (4301)."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        Hut     10
        Post    10
        """,
        stock="""
        site  units earmark
        Depot    10 42
        """,
        sites="""
        site kind   area
        Gate clinic 4201
        Hut  clinic 4301
        Post clinic 42
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 5, "Hut": 0, "Post": 5}


def test_an_earmark_is_no_road(engine):
    """The earmark's lot uses the depot's roads: none leads to Post."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Depot     4 -
        Depot     8 Post
        """,
        lanes="""
        depot site
        Depot Gate
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 4, "Post": 0}


def test_earmarked_packs_ride_on_the_same_truck(engine):
    """Decision 0002, 4: 10 kg for the depot's free and earmarked masks together."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Depot    50 -
        Depot    50 Post
        """,
        depots="""
        depot kg
        Depot 10
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate": 5, "Post": 5}


def test_reserve_and_packs_are_counted_in_each_earmark_by_itself(engine):
    """Decision 0002, 2: 15 less a tenth is 13.5, one pack of 10, twice: not 27, two packs and seven over."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Depot    15 -
        Depot    15 Post
        """,
        items="""
        item pack
        mask   10
        """,
        reserve_share=Fraction(1, 10),
    )

    assert plan.sent == {"Gate": 10, "Post": 10}


def test_a_line_is_the_sum_of_free_and_earmarked_packs(engine):
    """Decision 0002, 13: Post's one line has 4 free and 6 earmarked masks; lots.csv tells them apart."""
    plan = planned(
        engine,
        needs="""
        site daily
        Post    10
        """,
        stock="""
        site  units earmark lot
        Depot     4 -       FREE
        Depot     6 Post    GIFT
        """,
        ladder=ONE_DAY,
    )

    assert plan.lines == {"Depot Post": 10}
    assert plan.lots == {"Depot Post FREE": 4, "Depot Post GIFT": 6}


def test_what_lies_at_a_site_for_somebody_else_is_not_held_by_it(engine):
    """Decision 0002, 4: Gate keeps 6 masks for Post, so Gate holds nothing; its own 2 it does hold."""
    plan = planned(
        engine,
        needs=TWO_POSTS,
        stock="""
        site  units earmark
        Gate      6 Post
        Gate      2 Gate
        Depot    10 -
        """,
        ladder=ONE_DAY,
    )

    assert plan.held == {"Gate": 2, "Post": 0}
    assert plan.sent == {"Gate": 4, "Post": 6}


GIVER = """
    site units
    Rich   100
"""
FROM_RICH = """
    depot site
    Rich  Gate
"""
RICH_AND_GATE = """
    site daily
    Gate    50
    Rich    10
"""


def test_sites_give_nothing_unless_the_policy_lets_them(engine):
    """Decision 0002, 7: with transfer_above_days = 0 the road from Rich is ignored."""
    stock = GIVER + "    Depot    5\n"
    roads = FROM_RICH + "    Depot Gate\n"

    plan = planned(engine, needs=RICH_AND_GATE, stock=stock, lanes=roads)

    assert plan.sent == {"Gate": 5, "Rich": 0}


def test_a_site_gives_what_it_holds_above_the_policys_cover(engine):
    """Decision 0002, 7: Rich holds 10 days and keeps 6 of them; the 40 masks above go to Gate."""
    plan = planned(
        engine, needs=RICH_AND_GATE, stock=GIVER, lanes=FROM_RICH, transfer_above_days=Fraction(6), sites="site\nRich"
    )

    assert plan.lines == {"Rich Gate": 40}


def test_a_site_that_gives_keeps_all_its_own_ladder_promises(engine):
    """Decision 0002, 7: the policy says 2 days, but Rich's ladder promises it 5: it keeps 50, and is not lowered."""
    plan = planned(
        engine, needs=RICH_AND_GATE, stock=GIVER, lanes=FROM_RICH, transfer_above_days=Fraction(2), sites="site\nRich"
    )

    assert plan.lines == {"Rich Gate": 50}
    assert plan.places["Rich"] == (0, 1)


def test_a_site_whose_need_is_nothing_gives_all_and_one_without_a_statement_gives_nothing(engine):
    """Decision 0002, 7: a need of 0 is a statement. Idle says it needs none; nobody said anything of Mute."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    50
        Idle     0
        """,
        stock="""
        site units
        Idle    30
        Mute    30
        """,
        lanes="""
        depot site
        Idle  Gate
        Mute  Gate
        """,
        sites="""
        site
        Idle
        Mute
        """,
        transfer_above_days=Fraction(6),
    )

    assert plan.lines == {"Idle Gate": 30}


def test_what_is_on_the_way_to_a_giver_is_kept_first_but_cannot_be_sent_on(engine):
    """Rich will have 110 and keeps 60. Of the 50 above, only the 20 on hand can leave today."""
    plan = planned(
        engine,
        needs=RICH_AND_GATE,
        stock="""
        site units
        Rich    20
        """,
        transit="""
        site units arrives
        Rich    90 2020-02-10
        """,
        lanes=FROM_RICH,
        sites="site\nRich",
        transfer_above_days=Fraction(6),
    )

    assert plan.lines == {"Rich Gate": 20}


def test_a_giver_of_durables_keeps_the_holding_it_is_required_to_have(engine):
    """Rich must hold 10 thermometers and holds 14: 4 may go, whatever the days of the policy."""
    plan = planned(
        engine,
        needs=RICH_AND_GATE,
        stock="""
        site units
        Rich    14
        """,
        items="""
        item        use
        thermometer durable
        """,
        lanes=FROM_RICH,
        sites="site\nRich",
        transfer_above_days=Fraction(1, 2),
    )

    assert plan.lines == {"Rich Gate": 4}


def test_a_giver_gives_whole_packs(engine):
    """40 to spare, packs of 15: two."""
    plan = planned(
        engine,
        needs=RICH_AND_GATE,
        stock=GIVER,
        items="""
        item pack
        mask   15
        """,
        lanes=FROM_RICH,
        sites="site\nRich",
        transfer_above_days=Fraction(6),
    )

    assert plan.lines == {"Rich Gate": 2}


def test_no_reserve_is_kept_at_a_giver(engine):
    """The reserve is a depot's; a giver keeps its cover."""
    plan = planned(
        engine,
        needs=RICH_AND_GATE,
        stock=GIVER,
        lanes=FROM_RICH,
        sites="site\nRich",
        transfer_above_days=Fraction(6),
        reserve_share=Fraction(1, 2),
    )

    assert plan.lines == {"Rich Gate": 40}
