"""What may leave a depot, and which lot of it: the date, the reserve, the shelf life."""

from __future__ import annotations

from fractions import Fraction

import pytest
from case_tables import planned
from engines import ENGINES

from allocator.plan import NothingToSend

pytestmark = pytest.mark.parametrize("engine", ENGINES)

GATE = """
    site daily
    Gate   100
"""


def test_a_lot_that_expires_on_the_day_is_usable_and_one_of_the_day_before_is_not(engine):
    """Decision 0002, 1. The plan is for 10 February."""
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units lot    expires
        Depot     7 TODAY  2020-02-10
        Depot    90 LATE   2020-02-09
        """,
    )

    assert plan.sent == {"Gate": 7}
    assert plan.lots == {"Depot Gate TODAY": 7}


def test_what_a_site_holds_counts_by_the_same_dates(engine):
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units lot    expires    status
        Gate     10 TODAY  2020-02-10 usable
        Gate     20 LATE   2020-02-09 usable
        Gate     40 BAD    -          quarantine
        Gate     80 WET    -          damaged
        Depot     1 -      -          usable
        """,
    )

    assert plan.held == {"Gate": 10}


@pytest.mark.parametrize("status", ["quarantine", "expired", "damaged"])
def test_stock_that_is_not_usable_does_not_leave(engine, status):
    with pytest.raises(NothingToSend):
        planned(
            engine,
            needs=GATE,
            stock=f"""
            site  units status
            Depot    50 {status}
            """,
        )


def test_a_lot_must_keep_long_enough_to_be_sent(engine):
    """Decision 0002, 1: with three days asked for, the lot of the 13th leaves and the one of the 12th stays."""
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units lot   expires
        Depot     5 THREE 2020-02-13
        Depot    50 TWO   2020-02-12
        """,
        shelf_days_min=3,
    )

    assert plan.lots == {"Depot Gate THREE": 5}


def test_first_expiring_leaves_first_and_undated_last(engine):
    """Of 30 Gate takes 25: five of the undated stay behind."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate     5
        """,
        stock="""
        site  units lot  expires
        Depot    10 NONE -
        Depot    10 JUNE 2020-06-01
        Depot    10 MAY  2020-05-01
        """,
    )

    assert plan.lots == {"Depot Gate JUNE": 10, "Depot Gate MAY": 10, "Depot Gate NONE": 5}


def test_the_reserve_is_what_expires_last(engine):
    """A tenth of 30 stays: 3 of the lot that keeps longest."""
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units lot  expires
        Depot    15 JUNE 2020-06-01
        Depot    15 MAY  2020-05-01
        """,
        reserve_share=Fraction(1, 10),
    )

    assert plan.lots == {"Depot Gate JUNE": 12, "Depot Gate MAY": 15}


@pytest.mark.parametrize(
    ("units", "reserve", "pack", "packs"),
    [
        (30, "0.1", 9, 3),
        (30, "0.1", 28, 0),
        (10, "0.9", 1, 1),
        (100, "0.29", 71, 1),
        (25, "0.1", 1, 22),
        (29, "0.1", 13, 2),
        (7, "0", 7, 1),
    ],
)
def test_the_reserve_is_an_exact_share_taken_before_packs_are_counted(engine, units, reserve, pack, packs):
    """Decision 0002, 2. 10 * (1 - 0.9) is 0.9999999999999998 to a machine, and one mask would stay for nothing.

    A single mask at Depot2 sees to it that something is sent in any case.
    """
    plan = planned(
        engine,
        needs="""
        site daily
        Gate   100
        Post     1
        """,
        stock=f"""
        site   item units
        Depot1 mask {units}
        Depot2 suit 4
        """,
        items=f"""
        item pack
        mask {pack}
        suit 1
        """,
        substitutes="""
        item by
        mask suit
        """,
        lanes="""
        depot  site
        Depot1 Gate
        Depot2 Post
        """,
        reserve_share=Fraction(reserve),
    )

    assert plan.sent["Gate mask"] == packs * pack


def test_an_items_own_reserve_wins_over_the_common_one(engine):
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate glove   100
        Gate mask    100
        """,
        stock="""
        site  item  units
        Depot glove    40
        Depot mask     40
        """,
        items="""
        item
        glove
        mask
        """,
        reserve_share=Fraction(1, 10),
        reserve={"glove": Fraction(1, 4)},
    )

    assert plan.sent == {"Gate glove": 30, "Gate mask": 36}


def test_stock_too_old_to_be_sent_serves_as_reserve(engine):
    """Decision 0002, 2: of 100 a tenth is kept back; the 10 of OLD may not leave and are that tenth."""
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units lot expires
        Depot    90 NEW 2020-06-01
        Depot    10 OLD 2020-02-11
        """,
        reserve_share=Fraction(1, 10),
        shelf_days_min=7,
    )

    assert plan.lots == {"Depot Gate NEW": 90}


def test_quarantined_stock_is_no_reserve(engine):
    """Only usable stock is shared or kept: a tenth of the usable 20, not of 120."""
    plan = planned(
        engine,
        needs=GATE,
        stock="""
        site  units status
        Depot    20 usable
        Depot   100 quarantine
        """,
        reserve_share=Fraction(1, 10),
    )

    assert plan.sent == {"Gate": 18}


def test_a_pair_is_counted_when_stock_has_a_row_for_it_whatever_its_status(engine):
    """Decision 0002, 10: Gate's masks are all damaged, but somebody counted; nobody counted Post's."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        Post    10
        """,
        stock="""
        site  units status
        Gate     60 damaged
        Depot    10 usable
        """,
    )

    assert plan.held == {"Gate": 0, "Post": 0}
    assert plan.plan.pairs.counted.tolist() == [True, False]
    assert [str(note) for note in plan.plan.notes if "nobody has counted" in str(note)] == [
        "Needs that nobody has counted stock for, planned as if nothing were on hand: 1."
    ]


def test_needs_nobody_counted_can_be_left_out(engine):
    """Decision 0002, 10: Post is not in the plan, and the plan says that one need is not."""
    plan = planned(
        engine,
        needs="""
        site daily
        Gate    10
        Post    10
        """,
        stock="""
        site  units
        Gate      0
        Depot    10
        """,
        uncounted="leave_out",
    )

    assert plan.sent == {"Gate": 10}
    assert plan.plan.summary["left_out"] == 1
    assert any("left out" in str(note) for note in plan.plan.notes)
