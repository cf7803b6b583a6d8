"""What expires before anybody can use it, once a plan is carried out; worked out by hand, and by laws."""

from __future__ import annotations

import dataclasses
import itertools
import os
from typing import Any

import numpy as np
import pytest
from case_strategy import cases
from case_tables import DAY, case_of_tables
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from allocator.allocate import allocate
from allocator.case import Case
from allocator.expiry import expiring_units
from allocator.expiry_depots import Leftover, Room, fitting_units
from allocator.lots import rows_picked
from allocator.plan import NothingToSend, Plan
from allocator.shelf_life import life_days
from allocator.shortfall_rundown import Supply, run_down

NEEDS = "site item daily\nGate mask 10\nWard mask 20\nPost mask 5"
LANES = "depot site open\nDepot Gate yes\nDepot Ward yes\nDepot Post no"
STOCK = """
    site   item  units  lot  expires
    Depot  mask    200  A    2020-02-14
    Depot  mask    300  B    -
    Gate   mask     30  -    2020-02-11
    Post   mask     40  -    2020-02-14
"""

CASES = int(os.environ.get("LAW_CASES", "20"))
SLOW_TO_DRAW = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Whole cases are drawn, and on a busy machine that takes longer than Hypothesis likes."""


def planned_or_not(case: Case) -> Plan | None:
    try:
        return allocate(case, explained=False)
    except NothingToSend:
        return None


def expiring(*, plan: bool = True, **tables: Any) -> int:
    case = case_of_tables(**tables)
    return int(expiring_units(case, planned_or_not(case) if plan else None)[0])


def test_three_sites_worked_by_hand():
    """The day is the 10th, and counts; what ends on the 14th can be used on five days, on the 11th on two.

    Gate holds 30, uses 20 of them, and 10 expire. Post is cut off: of 40 it uses 25, and 15 expire. Of lot A Gate uses
    what its own does not cover, 10 a day on three days, and Ward 20 a day on five: 130 of 200, and 70 expire.
    """
    tables = {"needs": NEEDS, "lanes": LANES, "stock": STOCK}

    assert expiring(plan=False, **tables) == 10 + 15 + 70
    # Sent to Gate are 20 and to Ward 100, five days of use: what was left at the depot is now at their sites.
    assert expiring(**tables) == 10 + 15 + 70


def test_what_is_sent_to_a_site_that_cannot_use_it_in_time_expires_there():
    """Five days of use are promised, 50; on the two days of its life 20 are used. Nobody else is there."""
    assert (
        expiring(needs="site item daily\nGate mask 10", stock="site item units expires\nDepot mask 50 2020-02-11") == 30
    )


def test_what_is_not_used_up_expires_nowhere_though_a_pack_holds_more_than_is_needed():
    tables = {"needs": "site item daily\nGate mask 10", "stock": "site item units expires\nDepot mask 50 2020-02-10"}

    assert expiring(items="item use pack\nmask durable 20", **tables) == 0
    assert expiring(items="item use pack\nmask consumable 20", **tables) > 0


@pytest.mark.parametrize(("needs", "expires"), [("Gate mask 10\nPost mask 4", 30), ("Gate mask 10\nPost mask 9", 5)])
def test_depots_that_share_a_site_share_its_use_as_well_as_can_be(needs, expires):
    """East reaches both, West only Gate: West's 50 go to Gate, and East's to Post, which uses 4 or 9 on five days."""
    lots = "site item units expires\nDepotW mask 50 2020-02-14\nDepotE mask 50 2020-02-14"
    lanes = "depot site\nDepotW Gate\nDepotE Gate\nDepotE Post"

    assert expiring(plan=False, needs="site item daily\n" + needs, stock=lots, lanes=lanes) == expires


@pytest.mark.parametrize(
    ("change", "expires"),
    [
        ({}, 0),
        ({"lanes": "depot site open\nDepot Gate no"}, 50),  # no road is open
        ({"lanes": "depot site hours\nDepot Gate 99"}, 50),  # nor near enough for the policy
        ({"stock": "site item units expires earmark\nDepot mask 50 2020-02-14 Ward"}, 50),  # for nobody who is there
        ({"stock": "site item units expires earmark\nDepot mask 50 2020-02-14 Gate"}, 0),
        ({"shelf_days_min": 5}, 50),  # it keeps for four more days, and may not be sent
        ({"shelf_days_min": 4}, 0),
        ({"items": "item use\nmask durable"}, 0),  # durables are not used up
        ({"stock": "site item units expires status\nDepot mask 50 2020-02-14 quarantine"}, 0),  # set aside already
        ({"stock": "site item units\nDepot mask 5000"}, 0),
        ({"stock": "site item units expires\nDepot mask 5000 9999-12-31"}, 0),
        ({"needs": "site item daily\nGate mask 0", "stock": "site item units expires\nGate mask 9 2020-02-14"}, 9),
        ({"stock": "site item units expires earmark\nGate mask 9 2020-02-14 Ward"}, 9),  # kept there for others
    ],
)
def test_only_who_can_be_reached_and_may_use_it_uses_it(change, expires):
    tables = {"needs": "site item daily\nGate mask 10", "stock": "site item units expires\nDepot mask 50 2020-02-14"}
    sites = "site kind\nGate clinic\nDepot warehouse"

    assert expiring(plan=False, **{"sites": sites, **tables, **change}) == expires


def test_a_depot_above_reaches_the_sites_of_the_depots_below():
    lanes = "depot site\nDepotTop DepotLow\nDepotLow Gate"
    stock = "site item units expires\nDepotTop mask 60 2020-02-14"

    assert expiring(plan=False, needs="site item daily\nGate mask 10", stock=stock, lanes=lanes) == 10


def test_what_replaces_another_item_counts_as_used():
    """Ward needs suits and gets gowns, two for one, which it has no use of its own for."""
    case = case_of_tables(
        items="item\nGOWN\nSUIT",
        needs="site item daily\nWard SUIT 2",
        stock="site item units lot expires\nDepot GOWN 20 G 2020-02-12",
        substitutes="item by ratio\nSUIT GOWN 2",
    )

    assert expiring_units(case, allocate(case)).tolist() == [0, 0]
    assert expiring_units(case, None).tolist() == [20, 0]


@SLOW_TO_DRAW
@given(case=cases())
def test_without_last_days_nothing_expires(case):
    never = np.full(len(case.stock), np.datetime64("NaT", "D"))
    undated = dataclasses.replace(case, stock=dataclasses.replace(case.stock, expires=never))

    assert not expiring_units(undated, planned_or_not(undated)).any()


@SLOW_TO_DRAW
@given(case=cases(), times=st.sampled_from([1.01, 1.5, 4.0]), row=st.integers(0, 9))
def test_under_the_same_plan_more_use_never_expires_more(case, times, row):
    assume(len(case.needs) > 0)
    plan = planned_or_not(case)
    daily = case.needs.daily_units.copy()
    daily[row % len(daily)] *= times
    more = dataclasses.replace(case, needs=dataclasses.replace(case.needs, daily_units=daily))

    assert (expiring_units(more, plan) <= expiring_units(case, plan)).all()


@SLOW_TO_DRAW
@given(case=cases())
def test_no_more_expires_than_has_a_last_day(case):
    plan, stock = planned_or_not(case), case.stock
    dated = np.bincount(stock.item, weights=stock.units * ~np.isnat(stock.expires), minlength=len(case.items))

    for each in (plan, None):
        found = expiring_units(case, each)
        assert ((found >= 0) & (found <= dated)).all()


@SLOW_TO_DRAW
@given(case=cases())
def test_the_rows_that_lots_are_picked_from_hold_what_is_picked_and_keep_long_enough(case):
    plan = planned_or_not(case)
    if plan is None or not len(plan.lots):
        return
    row, pick, units = rows_picked(case, plan.lots)

    assert np.bincount(pick, weights=units, minlength=len(plan.lots)).tolist() == plan.lots.units.tolist()
    assert (np.bincount(row, weights=units, minlength=len(case.stock)) <= case.stock.units).all()
    for column in ("item", "lot"):
        assert (getattr(case.stock, column)[row] == getattr(plan.lots, column)[pick]).all()
    assert (case.stock.site[row] == plan.lots.depot[pick]).all()
    assert (life_days(case.stock.expires[row], DAY) >= 0).all()


lots_held = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 8)), min_size=1, max_size=4)


@given(daily=st.integers(0, 20), lots=lots_held, undated=st.integers(0, 50))
def test_a_site_alone_wastes_what_the_shortfall_report_sees_thrown_away_day_by_day(daily, lots, undated):
    rows = [f"Gate mask {units} {DAY + np.timedelta64(life, 'D').astype(object)}" for units, life in lots]
    rows.append(f"Gate mask {undated} -")
    case = case_of_tables(
        sites="site kind\nGate clinic", needs=f"site item daily\nGate mask {daily}",
        stock="\n".join(["site item units expires", *rows]),
    )  # fmt: skip
    days = 10
    lapsed = np.array([[sum(units for units, life in lots if life < day) for day in range(days)]], dtype=float)
    supply = Supply(
        usable_units=np.array([float(sum(units for units, _ in lots) + undated)]),
        lapsed_units=lapsed,
        arriving_units=np.zeros((1, days)),
    )
    demand = np.cumsum(np.full((days, 1, 1), daily, dtype=np.float32), axis=0)

    assert expiring_units(case, None)[0] == run_down(demand, supply, horizon_days=days).expired_units[0, 0]


@given(data=st.data())
def test_the_most_that_fits_is_what_the_tightest_cut_lets_through(data):
    """What cannot be used is the most that some lots, up to a last day at each depot, exceed all use until then."""
    depots, sites = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    roads = [(d, s) for d in range(depots) for s in range(sites) if data.draw(st.booleans())]
    daily = [data.draw(st.integers(1, 9)) for _ in range(sites)]
    covered = [data.draw(st.integers(0, 20)) for _ in range(sites)]
    lots = [(d, data.draw(st.integers(1, 40)), data.draw(st.integers(1, 5))) for d in range(depots) for _ in range(2)]
    case = case_of_tables(
        needs="\n".join(["site item daily", *(f"S{s} mask {daily[s]}" for s in range(sites))]),
        stock="\n".join(["site item units", *(f"Depot{d} mask 1" for d in range(depots))]),
        lanes="\n".join(["depot site open", *(f"Depot{d} S{s} {'yes' if (d, s) in roads else 'no'}"
                                              for d in range(depots) for s in range(sites))]),
    )  # fmt: skip
    at = case.site_index
    fits = fitting_units(
        case,
        Leftover(
            depot=np.array([at[f"Depot{d}"] for d, *_ in lots], dtype=np.int32),
            earmark=np.array([""] * len(lots), dtype=object),
            item=np.zeros(len(lots), dtype=np.int32),
            units=np.array([units for _, units, _ in lots]),
            days=np.array([days for *_, days in lots]),
        ),
        Room(
            site=np.array([at[f"S{s}"] for s in range(sites)], dtype=np.int32),
            item=np.zeros(sites, dtype=np.int32),
            daily_micro=np.array(daily) * 1_000_000,
            covered_units=np.array(covered),
        ),
    )[0]
    worst = 0
    for until in itertools.product(range(6), repeat=depots):
        ending = sum(units for d, units, days in lots if days <= until[d])
        used = sum(
            max(0, daily[s] * max((until[d] for d, e in roads if e == s), default=0) - covered[s]) for s in range(sites)
        )
        worst = max(worst, ending - used)

    assert sum(units for _, units, _ in lots) - fits == worst
