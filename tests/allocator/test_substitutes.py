"""What may be sent instead of something else."""

from __future__ import annotations

import pytest
from case_tables import ONE_DAY, planned
from engines import ENGINES

pytestmark = pytest.mark.parametrize("engine", ENGINES)

TWO_ITEMS = """
    item
    cloth
    mask
"""
MASKS_WANTED = """
    site item daily
    Gate mask    10
"""
CLOTH_FOR_MASKS = """
    item by    ratio
    mask cloth     2
"""


def test_a_substitute_counts_in_units_of_the_need(engine):
    """Decision 0002, 9: two cloths do for one mask, so 20 cloths are 10 masks delivered."""
    plan = planned(
        engine,
        needs=MASKS_WANTED,
        stock="""
        site  item  units
        Depot cloth   100
        """,
        items=TWO_ITEMS,
        substitutes=CLOTH_FOR_MASKS,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate mask": 10}
    assert plan.lines == {"Depot Gate cloth": 20}


def test_what_is_sent_instead_is_told_apart(engine):
    """Decision 0002, 14: 4 real masks, and 12 cloths that substitutes.csv says are for masks."""
    plan = planned(
        engine,
        needs=MASKS_WANTED,
        stock="""
        site  item  units
        Depot cloth   100
        Depot mask      4
        """,
        items=TWO_ITEMS,
        substitutes=CLOTH_FOR_MASKS,
        ladder=ONE_DAY,
        depots="""
        depot kg
        Depot 16
        """,
    )

    told = plan.plan.substituted
    assert plan.lines == {"Depot Gate cloth": 12, "Depot Gate mask": 4}
    assert (told.packs.tolist(), told.units.tolist()) == ([12], [12])
    assert {row.by for row in plan.plan.proof.flow} == {"", "cloth"}


def test_a_substitute_is_not_used_the_other_way_round(engine):
    """Decision 0002, 9: cloth may stand in for masks, masks not for cloth."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate cloth    10
        Gate mask      1
        """,
        stock="""
        site  item units
        Depot mask   100
        """,
        items=TWO_ITEMS,
        substitutes=CLOTH_FOR_MASKS,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate cloth": 0, "Gate mask": 1}


def test_substitutes_are_not_chained(engine):
    """Decision 0002, 9: scarf for cloth and cloth for mask do not make scarf for mask."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate cloth    10
        Gate mask     10
        """,
        stock="""
        site  item  units
        Depot scarf   100
        """,
        items="""
        item
        cloth
        mask
        scarf
        """,
        substitutes="""
        item  by
        mask  cloth
        cloth scarf
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate cloth": 10, "Gate mask": 0}


def test_a_substitute_is_shared_with_those_who_need_it_for_itself(engine):
    """15 cloths: Post's own need of 10 and Gate's of 10 masks (2 cloths each) stand at half a day both."""
    plan = planned(
        engine,
        needs="""
        site item  daily
        Gate mask     10
        Post cloth    10
        """,
        stock="""
        site  item  units
        Depot cloth    15
        """,
        items=TWO_ITEMS,
        substitutes=CLOTH_FOR_MASKS,
        ladder=ONE_DAY,
    )

    assert plan.fair == {"Gate mask": 5, "Post cloth": 5}
    assert plan.sent == {"Gate mask": 5, "Post cloth": 5}


def test_a_ratio_below_one_stretches_the_stock(engine):
    """One washable mask does for two: 5 of them are 10."""
    plan = planned(
        engine,
        needs=MASKS_WANTED,
        stock="""
        site  item  units
        Depot cloth    50
        """,
        items=TWO_ITEMS,
        substitutes="""
        item by    ratio
        mask cloth   0.5
        """,
        ladder=ONE_DAY,
    )

    assert plan.lines == {"Depot Gate cloth": 5}
    assert plan.sent == {"Gate mask": 10}


def test_what_a_site_holds_of_a_substitute_does_not_count_as_held(engine):
    """Gate has 50 cloths and no mask: the need is for masks."""
    plan = planned(
        engine,
        needs=MASKS_WANTED,
        stock="""
        site  item  units
        Gate  cloth    50
        Depot mask      8
        """,
        items=TWO_ITEMS,
        substitutes=CLOTH_FOR_MASKS,
        ladder=ONE_DAY,
    )

    assert plan.sent == {"Gate mask": 8}


def test_packs_of_a_substitute_that_meet_no_whole_unit(engine):
    """A pack of 5 cloths is 5/3 masks. Four packs meet 6.67, five 8.33; the sixth completes the day."""
    plan = planned(
        engine,
        needs=MASKS_WANTED,
        stock="""
        site  item  units
        Depot cloth    25
        """,
        items="""
        item  pack
        cloth    5
        mask     1
        """,
        substitutes="""
        item by    ratio
        mask cloth     3
        """,
        ladder=ONE_DAY,
    )

    assert plan.sent["Gate mask"] == pytest.approx(25 / 3, abs=1e-9)
    assert plan.lines == {"Depot Gate cloth": 5}
