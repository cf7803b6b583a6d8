"""Stock goes down a tree of depots: what comes out is what the joint problem gives where no depot is shared."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from case_tables import case_of_tables

from allocator.allocate import allocate
from allocator.case import Case
from allocator.depot_tree import NoTree, depot_tree_of
from allocator.level_cases import level_cases, lots_down
from allocator.need import needs_of
from allocator.plan import NothingToSend
from allocator.sentence import Sentence
from allocator.upper_levels import SentDown, own_packs, sent_down
from allocator.verify import verify
from allocator.verify_down import ReadDown, verify_down
from allocator.verify_shapes import plan_read_of

TREE = """
    depot    site
    DepotN   DepotP1
    DepotN   DepotP2
    DepotP1  DepotA
    DepotP1  DepotB
    DepotP2  DepotC
    DepotA   A1
    DepotA   A2
    DepotB   B1
    DepotC   C1
"""


def nation(needs: str, stock: str, lanes: str = TREE, **tables: str) -> Case:
    sites = "site kind\n" + "\n".join(
        f"{code} warehouse" for code in ("DepotN", "DepotP1", "DepotP2", "DepotA", "DepotB", "DepotC")
    )
    return case_of_tables(needs=needs, stock=stock, lanes=lanes, sites=sites, **tables)


def down(case: Case) -> dict[str, int]:
    tree = depot_tree_of(case)
    sent, _ = sent_down(needs_of(case), tree)
    code = case.sites.code[tree.depot]
    return {f"{code[a]} {code[b]}": int(n) for a, b, n in zip(sent.depot, sent.to, sent.packs, strict=True)}


def checked(case: Case, sent: SentDown) -> Sentence | None:
    """Return what the checker finds."""
    depot = depot_tree_of(case).depot
    return verify_down(case, ReadDown(depot=depot[sent.depot], to=depot[sent.to], item=sent.item, packs=sent.packs))


def delivered(case: Case) -> dict[tuple[str, str], int]:
    """Units that each site gets of each item when depots are planned level by level; every plan is verified."""
    tree = depot_tree_of(case)
    problem = needs_of(case)
    sent, _ = sent_down(problem, tree)
    assert checked(case, sent) is None
    _, shelves = lots_down(problem, tree, sent)
    got: dict[tuple[str, str], int] = {}
    for _, part in level_cases(case, tree, shelves):
        try:
            plan = allocate(part)
        except NothingToSend:
            continue
        assert verify(part, plan_read_of(plan, part)) is None
        for site, item, units in zip(plan.pairs.site, plan.pairs.item, plan.pairs.units.tolist(), strict=True):
            got[part.sites.code[site], part.items.code[item]] = int(units)
    return got


def test_who_stands_lowest_is_lifted_first_whichever_county_it_lies_in():
    """50 masks for four sites of 10 a day: each stands at 1.2 days, and A, whose depot has most, gets the two left."""
    case = nation(
        "site item daily\nA1 mask 10\nA2 mask 10\nB1 mask 10\nC1 mask 10",
        "site item units\nDepotA mask 20\nDepotN mask 30",
    )
    assert down(case) == {
        "DepotN DepotP1": 18, "DepotN DepotP2": 12, "DepotP1 DepotA": 6, "DepotP1 DepotB": 12, "DepotP2 DepotC": 12,
    }  # fmt: skip
    assert sorted(delivered(case).values()) == [12, 12, 13, 13]


def test_what_a_province_holds_stays_in_it_and_the_nation_helps_the_other():
    case = nation(
        "site item daily\nA1 mask 10\nB1 mask 10\nC1 mask 20",
        "site item units\nDepotP1 mask 40\nDepotN mask 10",
    )
    assert down(case) == {
        "DepotN DepotP2": 10, "DepotP1 DepotA": 20, "DepotP1 DepotB": 20, "DepotP2 DepotC": 10,
    }  # fmt: skip


def test_more_than_everybody_needs_stays_at_the_top():
    case = nation("site item daily\nC1 mask 10", "site item units\nDepotN mask 1000")
    assert down(case) == {"DepotN DepotP2": 50, "DepotP2 DepotC": 50}  # the ladder ends at five days


def test_packs_go_down_whole_and_reserves_stay():
    case = nation(
        "site item daily\nA1 mask 10\nC1 mask 10",
        "site item units\nDepotN mask 100",
        items="item pack\nmask 20",
        reserve_share=Fraction(1, 10),
    )
    assert down(case) == {
        "DepotN DepotP1": 2, "DepotN DepotP2": 2, "DepotP1 DepotA": 2, "DepotP2 DepotC": 2,
    }  # fmt: skip


def test_the_lots_that_expire_first_go_down_first():
    case = nation(
        "site item daily\nC1 mask 10",
        "site item units lot expires\nDepotN mask 30 late 2021-01-01\nDepotN mask 30 soon 2020-03-01",
    )
    tree = depot_tree_of(case)
    problem = needs_of(case)
    moved, shelves = lots_down(problem, tree, sent_down(problem, tree)[0])

    assert list(zip(moved.lot, moved.units.tolist(), strict=True)) == [("soon", 30), ("late", 20)] * 2
    left = zip(case.sites.code[tree.depot[shelves.depot]], shelves.lot, shelves.units.tolist(), strict=True)
    assert set(left) == {("DepotN", "late", 10), ("DepotC", "soon", 30), ("DepotC", "late", 20)}


@pytest.mark.parametrize(
    ("lanes", "said"),
    [
        ("depot site\nDepotA A1", "No depot supplies another here."),
        (
            "depot site\nDepotA DepotB\nDepotB DepotA\nDepotA A1",
            "These depots supply each other in a circle: ['DepotA', 'DepotB']. Close one of the roads.",
        ),
    ],
)
def test_what_is_no_tree_is_refused(lanes, said):
    with pytest.raises(NoTree) as refused:
        depot_tree_of(nation("site item daily\nA1 mask 10", "site item units\nDepotA mask 20", lanes=lanes))
    assert said in str(refused.value)


@pytest.mark.parametrize(("daily", "pack"), [(10, 10), ("0.1", 1000)])
def test_among_equals_the_nation_s_last_pack_goes_where_it_lifts_highest(daily, pack):
    """Nobody holds anything: the pack lasts C1 longer than A1, whose code comes first; however coarse packs are."""
    case = nation(
        f"site item daily\nA1 mask {10 * pack}\nC1 mask {daily}",
        f"site item units\nDepotN mask {pack}",
        items=f"item pack\nmask {pack}",
    )
    assert down(case) == {"DepotN DepotP2": 1, "DepotP2 DepotC": 1}


@pytest.mark.parametrize("seed", range(40))
def test_level_by_level_is_the_joint_whole_pack_optimum_where_no_depot_is_shared(seed):
    case = drawn(seed)
    got = delivered(case)
    joint = greedy(case)

    assert positions(case, got) == pytest.approx(positions(case, joint), abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_checker_refuses_a_pack_too_many_and_a_pack_that_went_to_the_wrong_child(seed):
    """Two of whom one stands higher: a pack of the lower given to the higher is found out; so is one from nowhere."""
    case = nation(
        "site item daily\nA1 mask 10\nA2 mask 30\nB1 mask 20\nC1 mask 40",
        f"site item units\nDepotN mask {100 + 13 * seed}",
        items="item pack\nmask 5",
    )
    tree = depot_tree_of(case)
    sent, _ = sent_down(needs_of(case), tree)
    rng = random.Random(seed)
    row = rng.randrange(len(sent))
    more = sent.packs.copy()
    more[row] += 1
    siblings = [n for n in range(len(sent)) if sent.depot[n] == sent.depot[row] and n != row]

    assert checked(case, replace(sent, packs=more)) is not None
    if siblings:
        more[rng.choice(siblings)] -= 3
        assert checked(case, replace(sent, packs=np.maximum(1, more))) is not None


def drawn(seed: int) -> Case:
    rng = random.Random(seed)
    codes = ["A1", "A2", "B1", "C1"]
    pack = rng.choice([1, 1, 5, 20])
    needs = "\n".join(f"{code} mask {rng.choice([1, 3, 10, 40, 100])}" for code in codes if rng.random() < 0.9)
    depots = ["DepotN", "DepotP1", "DepotP2", "DepotA", "DepotB", "DepotC"]
    stock = "\n".join(f"{code} mask {rng.choice([0, 7, 20, 60, 150, 400])}" for code in depots)
    stock += "\n" + "\n".join(f"{code} mask {rng.choice([0, 2, 9, 30])}" for code in codes)
    kinds = "\n".join(f"{code} {rng.choice(['clinic', 'office'])}" for code in codes)
    kinds += "\n" + "\n".join(f"{code} warehouse" for code in depots)
    return case_of_tables(
        needs="site item daily\n" + (needs or "A1 mask 5"),
        stock="site item units\n" + stock,
        lanes=TREE,
        sites="site kind\n" + kinds,
        items=f"item pack\nmask {pack}",
    )


def greedy(case: Case) -> dict[tuple[str, str], int]:
    """Give pack after pack from the lowest depot to who stands lowest, among equals to whom it lifts highest."""
    tree = depot_tree_of(case)
    problem = needs_of(case)
    pairs, pack = problem.pairs, int(case.items.pack_units[0])
    holding = own_packs(problem, tree)[:, 0]
    units = np.zeros(len(pairs), dtype=np.int64)
    while True:
        standing = [
            (position_of(case, pairs, row, units[row]), -position_of(case, pairs, row, units[row] + pack), row)
            for row in range(len(pairs))
        ]
        for where, _, row in sorted(standing):
            depot = int(tree.serves[pairs.site[row]])
            while depot >= 0 and holding[depot] == 0:
                depot = int(tree.parent[depot])
            if depot >= 0 and where < len(case.policy.ladder) - 1e-9:
                holding[depot] -= 1
                units[row] += pack
                break
        else:
            break
    return {(case.sites.code[site], "mask"): int(n) for site, n in zip(pairs.site, units, strict=True)}


def position_of(case: Case, pairs, row: int, units: int) -> float:
    """Return where a pair stands with so many units more: rungs completed, and how far into the next."""
    cover = float((pairs.held[row] + units) / pairs.daily_units[row])
    tops = {step.rung: step for step in case.policy.tier_steps(case.policy.tier_names[pairs.tier[row]], durable=False)}
    position = 0.0
    for rung in range(1, len(case.policy.ladder) + 1):
        if rung in tops and cover < float(tops[rung].top) - 1e-12:
            base, top = float(tops[rung].base), float(tops[rung].top)
            return position + max(0.0, (cover - base) / (top - base))
        position += 1
    return position


def positions(case: Case, got: dict[tuple[str, str], int]) -> list[float]:
    pairs = needs_of(case).pairs
    return sorted(
        position_of(case, pairs, row, got.get((case.sites.code[pairs.site[row]], "mask"), 0))
        for row in range(len(pairs))
    )
