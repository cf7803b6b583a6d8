"""Why a sound case gets no plan: the true reason, whichever engine is asked, and what would change it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from case_tables import ONE_DAY, case_of_tables, planned
from engines import ENGINES
from random_cases import random_case

from allocator.allocate import allocate
from allocator.hindrances import Hindrance, hindrances_of
from allocator.need import needs_of
from allocator.plan import NothingToSend

GATE = """
    site daily
    Gate    10
"""
FULL = """
    site  units
    Depot   100
"""
PACKS_OF_50 = """
    item pack
    mask   50
"""


def refused(engine: str, **tables: Any) -> str:
    with pytest.raises(NothingToSend) as nothing:
        planned(engine, **({"needs": GATE, "stock": FULL} | tables))
    return str(nothing.value)


def stock(row: str) -> str:
    return f"""
    site  units status expires earmark
    {row}
    """


def depot(head: str, row: str) -> str:
    return f"""
    depot {head}
    Depot {row}
    """


ONE_CAUSE = {
    "every need is met": (
        {"stock": "site units\nGate 50\nDepot 100"},
        "Nothing can be sent: what the ladder promises is held already.",
    ),
    "the ladder promises nothing": (
        {"ladder": "tiers cover share\ncommunity 1 1"},
        (
            "Nothing can be sent: the ladder promises the tiers of these sites nothing. "
            "What helps: name these tiers in a rung."
        ),
    ),
    "capped": (
        {"needs": "site daily cap\nGate 10 49", "items": PACKS_OF_50},
        "Nothing can be sent: max_units allows less than one pack of mask. What helps: raise max_units.",
    ),
    "no lane": (
        {"needs": "site daily\nGate 10\nPost 0", "lanes": "depot site\nDepot Post"},
        (
            "Nothing can be sent: no lane leads from a depot to the sites in need. "
            "What helps: add the lanes that there are."
        ),
    ),
    "lane closed": (
        {"lanes": "depot site open\nDepot Gate no"},
        (
            "Nothing can be sent: every lane to the sites in need is closed or takes longer than 24 hours. "
            "What helps: open a lane, or raise max_hours."
        ),
    ),
    "lane too slow": (
        {"lanes": "depot site hours\nDepot Gate 6", "max_hours": Fraction(5)},
        (
            "Nothing can be sent: every lane to the sites in need is closed or takes longer than 5 hours. "
            "What helps: open a lane, or raise max_hours."
        ),
    ),
    "no stock": (
        {"stock": "site units\nDepot 0"},
        (
            "Nothing can be sent: the depots with an open lane to the sites in need hold no stock of mask. "
            "What helps: receive stock, or open a lane from a depot that has some."
        ),
    ),
    "stock behind a closed lane": (
        {
            "stock": "site units\nDepot1 0\nDepot2 100",
            "lanes": "depot site open\nDepot1 Gate yes\nDepot2 Gate no",
        },
        (
            "Nothing can be sent: the depots with an open lane to the sites in need hold no stock of mask. "
            "What helps: receive stock, or open a lane from a depot that has some."
        ),
    ),
    "expired": (
        {"stock": stock("Depot 100 usable 2020-02-09 -\nDepot 100 expired - -")},
        "Nothing can be sent: all mask at the depots that could send it has expired. What helps: receive stock.",
    ),
    "quarantine": (
        {"stock": stock("Depot 100 quarantine - -\nDepot 100 usable 2020-02-09 -")},
        (
            "Nothing can be sent: all mask at the depots that could send it is damaged, in quarantine or expired. "
            "What helps: release what is sound, or receive stock."
        ),
    ),
    "kept for another site": (
        {"needs": "site daily\nGate 10\nPost 0", "stock": stock("Depot 100 usable - Post")},
        (
            "Nothing can be sent: all usable mask at the depots that could send it is kept for other sites. "
            "What helps: lift the earmark, or receive stock."
        ),
    ),
    "too little shelf life": (
        {"stock": stock("Depot 100 usable 2020-02-14 -"), "shelf_days_min": 5},
        (
            "Nothing can be sent: all usable mask at the depots that could send it expires within 5 days. "
            "What helps: lower shelf_days_min, or receive stock."
        ),
    ),
    "the reserve keeps all": (
        {"stock": "site units\nDepot 55", "items": PACKS_OF_50, "reserve_share": Fraction(1, 10)},
        (
            "Nothing can be sent: beyond the reserve less than one pack of mask is left at any depot that could "
            "send it. What helps: lower the reserve, or receive stock."
        ),
    ),
    "less than a pack": (
        {"stock": "site units\nDepot 49", "items": PACKS_OF_50, "reserve_share": Fraction(1, 10)},
        "Nothing can be sent: no depot that could send it has a whole pack of mask. What helps: receive stock.",
    ),
    "lorries too small": (
        {"items": "item kg\nmask 8", "depots": depot("vehicles vehicle_kg", "1 7")},
        (
            "Nothing can be sent: one pack of mask weighs more than the depots' lorries or the lanes may carry today. "
            "What helps: raise max_kg, vehicles or vehicle_kg."
        ),
    ),
    "lane too weak": (
        {"items": "item kg\nmask 8", "lanes": "depot site kg\nDepot Gate 7"},
        (
            "Nothing can be sent: one pack of mask weighs more than the depots' lorries or the lanes may carry today. "
            "What helps: raise max_kg, vehicles or vehicle_kg."
        ),
    ),
    "no room": (
        {"items": "item m3\nmask 2", "depots": depot("m3", "1")},
        (
            "Nothing can be sent: one pack of mask takes more room than the depots may load today. "
            "What helps: raise max_m3."
        ),
    ),
    "no stops": (
        {"depots": depot("stops", "0")},
        "Nothing can be sent: the depots that have mask may make no stop today. What helps: raise max_stops.",
    ),
    "too light a drop": (
        {
            "stock": "site units\nGate 10\nDepot 100",
            "ladder": "tiers cover share\nfrontline 1 1\nfrontline 2 1",
            "min_drop_kg": Fraction(50),
        },
        (
            "Nothing can be sent: what a stop would bring weighs less than the 50 kg it must bring. "
            "What helps: lower min_drop_kg."
        ),
    ),
    "nobody counted, and such needs are left out": (
        {"uncounted": "leave_out"},
        (
            "Nothing can be sent: the policy leaves out needs that nobody has counted, and those are all (1). "
            'Count them, or write uncounted = "zero".'
        ),
    ),
    "no needs": (
        {"needs": "site daily\nGate 0"},
        "Nobody needs anything: no site has a daily use above zero.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cause", ONE_CAUSE)
def test_the_one_thing_that_stands_in_the_way_is_named_with_its_remedy(engine, cause):
    tables, said = ONE_CAUSE[cause]

    assert refused(engine, **tables) == said


def test_several_causes_are_told_apart_and_counted():
    """Two needs are met, Post's masks have expired at the depot that reaches it, and no lane leads to Hall."""
    said = refused(
        "fast",
        needs="""
        site item daily
        Gate mask    10
        Gate suit     1
        Post mask    10
        Hall mask    10
        """,
        stock="""
        site  item units expires
        Gate  mask    50 -
        Gate  suit     5 -
        Depot mask   100 2020-02-09
        Depot suit   100 -
        """,
        items="""
        item
        mask
        suit
        """,
        lanes="""
        depot site
        Depot Gate
        Depot Post
        """,
    )

    assert said == (
        "Nothing can be sent. What stands in the way, and of how many needs: what the ladder promises is held "
        "already (2); all mask at the depots that could send it has expired (1); no lane leads from a depot to the "
        "sites in need (1). What helps: receive stock, or add the lanes that there are."
    )


def test_what_may_replace_an_item_is_what_comes_nearest():
    """There is no mask at all; of hoods, which may be used instead, there is less than a pack."""
    said = refused(
        "fast",
        items="item pack\nhood 50\nmask 1",
        needs="site item daily\nGate mask 10",
        stock="site item units\nDepot hood 49",
        substitutes="item by\nmask hood",
    )

    assert (
        said == "Nothing can be sent: no depot that could send it has a whole pack of hood. What helps: receive stock."
    )


@pytest.mark.parametrize(
    "cause", ["lane closed", "expired", "quarantine", "less than a pack", "no stops", "too light a drop", "capped"]
)
def test_the_remedy_mends_it(cause):
    """What each sentence tells to change, changed, and something is sent."""
    changed: dict[str, dict[str, Any]] = {
        "lane closed": {"lanes": "depot site open\nDepot Gate yes"},
        "expired": {"stock": FULL},
        "quarantine": {"stock": stock("Depot 100 usable - -")},
        "less than a pack": {"stock": "site units\nDepot 56"},
        "no stops": {"depots": depot("stops", "1")},
        "too light a drop": {"min_drop_kg": Fraction(10)},
        "capped": {"needs": "site daily cap\nGate 10 50"},
    }
    tables = {"needs": GATE, "stock": FULL} | ONE_CAUSE[cause][0] | changed[cause]

    assert allocate(case_of_tables(**tables)).lines.packs.sum() > 0


def test_a_giving_site_with_nothing_above_its_cover_gives_nothing():
    said = refused(
        "fast",
        needs="site daily\nGate 10\nPost 10",
        stock="site units\nPost 10",
        lanes="depot site\nPost Gate",
        sites="site kind\nPost clinic\nGate clinic",
        transfer_above_days=Fraction(2),
        ladder=ONE_DAY,
    )

    assert "no lane leads from a depot" in said


def test_no_pair_that_is_sent_something_is_said_to_be_hindered():
    """The facts behind the sentence, asked about cases that have a plan: whatever was sent could be sent."""
    sent = 0
    for seed in range(30):
        problem = needs_of(random_case(seed))
        try:
            plan = allocate(problem.case)
        except NothingToSend:
            continue
        kinds = hindrances_of(problem).kind[plan.pairs.units > 0]
        sent += len(kinds)
        assert set(kinds.tolist()) <= {Hindrance.LIMITS, Hindrance.DROP}, seed

    assert sent > 60
