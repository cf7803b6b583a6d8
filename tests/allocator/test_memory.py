"""Memory of fairness: who was short for days goes first among equals, and only among equals."""

from __future__ import annotations

import dataclasses
import os
from fractions import Fraction

import numpy as np
import pytest
from case_tables import case_of_tables
from random_cases import random_case

from allocator.allocate import allocate
from allocator.case import Case, Lanes
from allocator.memory import first_among_equals
from allocator.need import needs_of
from allocator.plan import NothingToSend, Plan
from allocator.verify import plan_read_of, verify

CASES = int(os.environ.get("ALLOCATOR_CASES", "30"))

EQUALS = {
    "items": "item pack kg\nmask 10 1",
    "sites": "site kind\nGate clinic\nPost clinic\nWard clinic\nDepot warehouse",
    "needs": "site item daily\nGate mask 10\nPost mask 10\nWard mask 10",
    "stock": "site item units\nDepot mask 20\nGate mask 0\nPost mask 0\nWard mask 0",
}


def remembered(case: Case, memory_days: int = 2, **short: int) -> Case:
    """Return a case in which sites were short of their first item for so many days, with a policy that remembers."""
    days = np.array([short.get(case.sites.code[site], -1) for site in case.needs.site], dtype=np.int64)
    return dataclasses.replace(
        case,
        needs=dataclasses.replace(case.needs, days_short=days),
        policy=dataclasses.replace(case.policy, memory_days=memory_days),
    )


def units(case: Case, plan: Plan) -> dict[str, int]:
    return {case.sites.code[s]: int(u) for s, u in zip(plan.pairs.site, plan.pairs.units, strict=True)}


def planned(case: Case) -> dict[str, int]:
    plan = allocate(case)
    assert verify(case, plan_read_of(plan, case)) is None
    return units(case, plan)


def test_the_last_pack_goes_to_the_equal_that_was_short_for_days():
    """Two packs for three posts that stand alike: by code Ward would wait for a third day."""
    case = case_of_tables(**EQUALS)

    assert planned(case) == {"Gate": 10, "Post": 10, "Ward": 0}
    assert planned(remembered(case, Ward=2)) == {"Gate": 10, "Post": 0, "Ward": 10}
    assert planned(remembered(case, Ward=3, Post=2)) == {"Gate": 0, "Post": 10, "Ward": 10}


@pytest.mark.parametrize(
    ("memory_days", "short"),
    [(0, {"Ward": 9}), (3, {"Ward": 2}), (2, {}), (2, {"Gate": 2, "Post": 2, "Ward": 2})],
    ids=["off", "too few days", "nobody was short", "all alike"],
)
def test_it_decides_nothing_where_the_policy_does_not_remember_or_all_waited_alike(memory_days, short):
    case = case_of_tables(**EQUALS)

    assert planned(remembered(case, memory_days, **short)) == {"Gate": 10, "Post": 10, "Ward": 0}


@pytest.mark.parametrize(
    "tables",
    [
        {"stock": "site item units\nDepot mask 20\nGate mask 0\nPost mask 0\nWard mask 5"},
        {"needs": "site item daily\nGate mask 9\nPost mask 9\nWard mask 10"},
        {
            "sites": "site kind tier\nGate clinic -\nPost clinic -\nWard clinic community\nDepot warehouse -",
        },
        {"needs": "site item daily cap\nGate mask 10 -\nPost mask 10 -\nWard mask 10 5"},
        {"lanes": "depot site kg\nDepot Gate -\nDepot Post -\nDepot Ward 0.5"},
    ],
    ids=[
        "holds more",
        "a pack lifts it less",
        "a later tier",
        "may receive less than a pack",
        "its road carries no pack",
    ],
)
def test_who_stands_otherwise_is_not_lifted_by_having_waited(tables):
    """Ward waited for nine days, and is no equal of the two that get the packs."""
    case = case_of_tables(**{**EQUALS, **tables})

    assert planned(remembered(case, Ward=9)) == planned(case) == {"Gate": 10, "Post": 10, "Ward": 0}


def test_where_stops_are_counted_no_visit_is_taken_away():
    """Two stops: Gate and Post are visited, and Ward, who waited, is not; a visit is no last pack."""
    case = case_of_tables(**EQUALS, depots="depot stops\nDepot 2")

    assert planned(remembered(case, Ward=9)) == {"Gate": 10, "Post": 10, "Ward": 0}


def test_it_is_said_how_many_packs_went_first_and_what_keeps_a_policy_from_remembering():
    case = remembered(case_of_tables(**EQUALS), Ward=2)
    light = dataclasses.replace(case, policy=dataclasses.replace(case.policy, stop_tolerance_packs=1))

    assert [str(note) for note in allocate(case).notes] == [
        "Packs that went first to who was short on 2 or more days in a row, among those who stand alike: 1."
    ]
    assert "memory_days does nothing beside" in " ".join(map(str, allocate(light).notes))


def levelled(seed: int) -> Case:
    """Return a drawn case in which most needs are alike and every depot reaches all sites, some short for days."""
    case, rng = random_case(seed), np.random.default_rng(seed)
    depots = np.unique(case.lanes.depot)
    sites = np.setdiff1d(np.arange(len(case.sites)), depots)
    count = len(depots) * len(sites)
    lanes = Lanes(
        depot=np.repeat(depots, len(sites)).astype(np.int32),
        site=np.tile(sites, len(depots)).astype(np.int32),
        open=np.ones(count, dtype=bool),
        km=np.ones(count),
        hours=np.ones(count),
        max_kg=np.full(count, np.nan),
    )
    needs = dataclasses.replace(
        case.needs,
        daily_units=np.where(rng.random(len(case.needs)) < 0.9, 2.0, case.needs.daily_units),
        days_short=rng.integers(-1, 5, len(case.needs)),
    )
    policy = dataclasses.replace(case.policy, memory_days=2, min_drop_kg=Fraction(0), stop_tolerance_packs=0)
    stock = case.stock.take(np.flatnonzero(np.isin(case.stock.site, depots)))
    return dataclasses.replace(case, lanes=lanes, needs=needs, stock=stock, policy=policy)


def test_drawn_plans_that_remember_hold_and_leave_as_many_packs_with_everybody_alike():
    """The checker finds no exchange that improves, and who passed a pack on stands as who got it stood before."""
    passed_on = 0
    for seed in range(CASES):
        case = levelled(seed)
        forgetful = dataclasses.replace(case, policy=dataclasses.replace(case.policy, memory_days=0))
        try:
            plan, before = allocate(case), allocate(forgetful)
        except NothingToSend:
            continue
        assert verify(case, plan_read_of(plan, case)) is None, f"seed {seed}"
        assert plan.lines.packs.sum() == before.lines.packs.sum()
        keys = [(p.item, p.tier, p.daily_units, p.on_hand + p.in_transit + p.units) for p in (plan.pairs, before.pairs)]
        one, other = (sorted(zip(*(each.tolist() for each in key), strict=True)) for key in keys)
        assert one == other, f"seed {seed}"
        passed_on += int((plan.pairs.units != before.pairs.units).sum())
    assert passed_on > 0


def test_the_reference_engine_remembers_too():
    case = remembered(case_of_tables(**EQUALS), Ward=2)
    plan = allocate(case, engine="reference")

    assert units(case, plan) == {"Gate": 10, "Post": 0, "Ward": 10}
    assert first_among_equals(needs_of(case), allocate_shipments(case))[1] == 0


def allocate_shipments(case: Case):
    from allocator import fast

    return first_among_equals(needs_of(case), fast.solve(needs_of(case))[1])[0]
