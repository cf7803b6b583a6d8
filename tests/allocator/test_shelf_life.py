"""How long stock must last for a kind of site: who is sent which lot, what is fair then, and what is refused."""

from __future__ import annotations

import dataclasses
import itertools
import os
from fractions import Fraction

import numpy as np
import pytest
from case_strategy import cases
from case_tables import ONE_DAY, case_of_tables, outcome_of, planned
from engines import ENGINES, by_highs, fast
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_cases import random_case
from textbook_leximin import textbook_shares

from allocator.allocate import allocate, allocate_with
from allocator.case import Case
from allocator.need import Problem, Routes, Sources, needs_of, usable_rows
from allocator.overrides import Override
from allocator.plan import NothingToSend, Plan
from allocator.shelf_life import packs_by_class
from allocator.verify import PlanRead, plan_read_of, verify

CASES = int(os.environ.get("LAW_CASES", "20"))
LAW = settings(
    max_examples=CASES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
TIERS = {"frontline": ("clinic", "school", "office"), "community": ("warehouse",)}
SITES = """
    site   kind
    Clinic clinic
    School school
"""
NEEDS = """
    site   daily
    Clinic   100
    School   100
"""
SOON_AND_LATE = """
    site  units lot  expires
    Depot    60 SOON 2020-02-20
    Depot    30 LATE 2020-06-01
"""


def shared(engine="fast", *, sites=SITES, needs=NEEDS, stock=SOON_AND_LATE, days=60, **more):  # noqa: ANN003
    """Return the plan for a clinic and a school that needs what lasts so many days; the plan is for 10 February."""
    return planned(
        engine, sites=sites, needs=needs, stock=stock, ladder=ONE_DAY, tiers=TIERS, shelf_days={"school": days}, **more
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_kind_of_site_is_sent_only_what_lasts_long_enough_for_it(engine):
    """Of 90 masks each could have 45; but 30 last for the school, so the clinic gets what expires soon."""
    plan = shared(engine)

    assert plan.lots == {"Depot Clinic SOON": 60, "Depot School LATE": 30}
    assert plan.fair == {"Clinic": 60, "School": 30}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_lasts_longer_goes_to_everybody_where_that_is_fair(engine):
    """Of 10 that expire soon and 80 that last, each gets 45; the clinic takes the 10 first."""
    plan = shared(engine, stock=SOON_AND_LATE.replace("60 SOON", "10 SOON").replace("30 LATE", "80 LATE"))

    assert plan.sent == {"Clinic": 45, "School": 45}
    assert plan.lots == {"Depot Clinic SOON": 10, "Depot Clinic LATE": 35, "Depot School LATE": 45}


@pytest.mark.parametrize(("days", "sent"), [(112, 30), (113, 0)])
def test_the_last_day_counts(days, sent):
    """From 10 February to 1 June are 112 days."""
    assert shared(days=days).sent["School"] == sent


def test_a_kinds_days_win_over_shelf_days_min_both_ways():
    """SOON has 10 days left: too few for everybody else, and enough for clinics, for which 10 are asked."""
    plan = planned(
        "fast",
        sites=SITES + "    Office office\n",
        needs=NEEDS + "    Office   100\n",
        stock=SOON_AND_LATE,
        ladder=ONE_DAY,
        tiers=TIERS,
        shelf_days_min=20,
        shelf_days={"school": 200, "clinic": 10},
    )

    assert plan.lots == {"Depot Clinic SOON": 60, "Depot Office LATE": 30}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pack_is_filled_up_from_what_lasts_longer(engine):
    """15 and 15 in packs of 10: one pack lasts for the school, and of the 20 left there are two for the clinic."""
    plan = shared(
        engine,
        items="item pack\nmask 10",
        stock=SOON_AND_LATE.replace("60 SOON", "15 SOON").replace("30 LATE", "15 LATE"),
    )

    assert plan.lots == {"Depot Clinic SOON": 15, "Depot Clinic LATE": 5, "Depot School LATE": 10}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_reserve_is_a_share_of_all_and_takes_nothing_from_what_lasts(engine):
    """A third of 90 stays behind: of the 60 that leave up to 30 may be what lasts."""
    plan = shared(engine, reserve_share=Fraction(1, 3))

    assert plan.lots == {"Depot Clinic SOON": 30, "Depot School LATE": 30}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_kept_for_an_area_and_what_lasts_are_weighed_together(engine):
    """The clinic of area 11 must not take its area's lasting masks: only they are for the school of area 11."""
    plan = shared(
        engine,
        sites="site kind area\nClinic clinic 11\nSchool school 11",
        stock="""
        site  units lot  expires    earmark
        Depot    40 FREE 2020-02-20 -
        Depot    40 KEPT 2020-06-01 11
        """,
    )

    assert plan.lots == {"Depot Clinic FREE": 40, "Depot School KEPT": 40}


def test_what_a_site_gives_is_not_asked_how_long_it_lasts():
    case = case_of_tables(
        sites=SITES,
        needs="site daily\nClinic 1\nSchool 100",
        stock="site units lot expires\nClinic 60 OWN 2020-02-12",
        lanes="depot site\nClinic School",
        ladder=ONE_DAY,
        tiers=TIERS,
        shelf_days={"school": 60},
        transfer_above_days=Fraction(10),
    )

    assert outcome_of("fast", case).lots == {"Clinic School OWN": 50}


@pytest.mark.parametrize(
    ("stock", "school"),
    [
        (SOON_AND_LATE.replace("2020-06-01", "2020-03-01"),
         "Short: no lot of mask at Depot lasts the 60 days that this kind of site needs."),
        (SOON_AND_LATE.replace("30 LATE", "9 LATE"),
         "What lasts 60 days of mask at Depot, as this kind of site needs, is less than one pack."),
    ],
)  # fmt: skip
def test_who_is_sent_nothing_for_it_is_told_so(stock, school):
    plan = shared(stock=stock, items="item pack\nmask 10")

    assert reasons(plan.plan)["School"].startswith(school)


def test_who_gets_some_is_told_what_ran_out():
    told = reasons(shared().plan)

    assert told["School"].startswith(
        "All stock of mask at Depot (what lasts 60 days or more) is sent; the one frontline site that only it reaches "
        "now holds 0.3 days; 5 more that last 60 days would lift it to about 0.35 days."
    )
    assert told["Clinic"].startswith("All stock of mask at Depot is sent;")


def reasons(plan: Plan) -> dict[str, str]:
    sites = ["Clinic", "School"]
    return {site: str(plan.reasons[n].sentence) for site, n in zip(sites, plan.pairs.reason.tolist(), strict=True)}


def test_where_nothing_lasts_for_anybody_the_answer_says_so():
    with pytest.raises(NothingToSend) as found:
        shared(sites="site kind\nClinic school\nSchool school", days=300)

    assert str(found.value.sentence) == (
        "Nothing can be sent: no lot of mask at the depots that could send it lasts the 300 days that these kinds of "
        "site need. What helps: lower shelf_days for these kinds of site, or receive stock."
    )


def test_an_override_is_met_from_what_lasts_and_refused_beyond_it():
    case, proposed = shared().case, shared().plan

    final, conflicts = allocate_with(
        case, [Override("School", "mask", 31), Override("Clinic", "mask", 70)], proposed=proposed
    )
    [conflict] = conflicts
    assert str(conflict.sentence).startswith("Depots that reach School (School) can still send 20 units")
    assert verify(case, plan_read_of(final, case)) is None

    both = [Override("Clinic", "mask", 60), Override("School", "mask", 30)]
    final, conflicts = allocate_with(case, both, proposed=proposed)
    assert conflicts == ()
    assert verify(case, plan_read_of(final, case)) is None
    assert dict(zip(final.lots.lot.tolist(), final.lots.units.tolist(), strict=True)) == {"LATE": 30, "SOON": 60}


def test_the_checker_refuses_a_plan_that_sends_what_does_not_last():
    """A plan made while the policy did not ask is none once it does."""
    loose = planned("fast", sites=SITES, needs=NEEDS, stock=SOON_AND_LATE, ladder=ONE_DAY, tiers=TIERS)
    strict = dataclasses.replace(loose.case, policy=dataclasses.replace(loose.case.policy, shelf_days={"school": 60}))

    assert str(verify(strict, plan_read_of(loose.plan, strict))) == (
        "lines.csv: Depot sends 45 packs of mask to sites that need 60 days of shelf life left or more; 15 of them are "
        "not there for these sites."
    )


def test_the_checker_refuses_lots_that_do_not_last_though_the_lines_are_right():
    plan = shared()
    read = plan_read_of(plan.plan, plan.case)
    assert read.lots is not None
    swapped = dataclasses.replace(read.lots, lot=read.lots.lot[::-1], units=np.array([30, 30]))
    lots = dataclasses.replace(read, lots=swapped)
    assert "lots add up to 30 units" in str(verify(plan.case, lots))

    half = shared(stock=SOON_AND_LATE.replace("60 SOON", "30 SOON"))
    read = plan_read_of(half.plan, half.case)
    assert read.lots is not None
    lots = dataclasses.replace(read, lots=dataclasses.replace(read.lots, lot=read.lots.lot[::-1]))
    assert str(verify(half.case, lots)) == (
        "lots.csv, Depot to School, item mask: lot SOON does not last the 60 days that are asked for this kind of "
        "site, or not enough of it."
    )


def test_the_checker_refuses_that_what_lasts_leaves_before_what_expires_first():
    plan = shared(stock=SOON_AND_LATE.replace("60 SOON", "100 SOON").replace("30 LATE", "150 LATE"))
    read = plan_read_of(plan.plan, plan.case)
    assert read.lots is not None
    assert plan.lots == {"Depot Clinic SOON": 100, "Depot School LATE": 100}

    wasted = dataclasses.replace(
        read, lots=dataclasses.replace(
            read.lots,
            depot=np.repeat(read.lots.depot[:1], 3),
            site=read.lots.site[[0, 0, 1]],
            item=np.repeat(read.lots.item[:1], 3),
            lot=np.array(["LATE", "SOON", "LATE"], dtype=object),
            units=np.array([40, 60, 100]),
        )
    )  # fmt: skip
    assert "sends 140 units of mask from lot LATE; at most 100 may leave" in str(verify(plan.case, wasted))


@given(
    units=st.lists(st.integers(0, 12), min_size=1, max_size=3),
    most=st.integers(0, 30),
    pack=st.integers(1, 5),
    asked=st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
def test_classes_can_send_exactly_what_the_stock_can(units, most, pack, asked):
    """Hall: packs for sites of each need go out of the classes if and only if lots suffice, less the reserve."""
    classes = packs_by_class(units, most_units=Fraction(most), pack_units=pack)
    wanted = asked[: len(units)]

    left = list(classes)
    for need in reversed(range(len(units))):
        for level in range(need, len(units)):
            taken = min(wanted[need], left[level])
            left[level] -= taken
            wanted[need] -= taken
    by_classes = not any(wanted)

    wanted = asked[: len(units)]
    tails = [pack * sum(wanted[n:]) <= sum(units[n:]) for n in range(len(units))]
    assert by_classes == (all(tails) and pack * sum(wanted) <= most)


def lot_by_lot(case: Case) -> Problem:
    """Return the problem with every row of stock as a source of its own, which reaches whom it lasts for."""
    problem, stock = needs_of(case), case.stock
    rows = np.flatnonzero(usable_rows(case) & (case.sites.kind[stock.site] == "warehouse") & (stock.units > 0))
    packs = np.zeros((len(rows), len(case.items)), dtype=np.int64)
    packs[np.arange(len(rows)), stock.item[rows]] = stock.units[rows]
    left = (stock.expires[rows] - np.datetime64(case.policy.date, "D")).astype(float)
    life = np.where(np.isnat(stock.expires[rows]), np.inf, left)
    roads = [
        (int(case.lanes.site[lane]), n, lane)
        for n, row in enumerate(rows.tolist())
        for lane in np.flatnonzero(case.lanes.depot == stock.site[row]).tolist()
        if case.lanes.open[lane] and not case.lanes.hours[lane] > 24
        if case.policy.shelf_days_of(case.sites.kind[case.lanes.site[lane]]) <= life[n]
        if not (mark := stock.earmark[row])
        or case.sites.code[case.lanes.site[lane]] == mark
        or case.sites.area[case.lanes.site[lane]].startswith(mark)
    ]
    site, source, lane = np.array(sorted(roads), dtype=np.int32).reshape(len(roads), 3).T
    return dataclasses.replace(
        problem,
        packs=packs,
        routes=Routes(site=site, source=source, lane=lane),
        sources=Sources(
            depot=stock.site[rows],
            earmark=stock.earmark[rows],
            label=np.array([f"row {n}" for n in range(len(rows))], dtype=object),
            giving=np.zeros(len(rows), dtype=bool),
            lasts_days=np.zeros(len(rows), dtype=np.int64),
        ),
    )


def test_shares_are_those_of_a_textbook_that_knows_every_lot():
    """Packs of one and no reserve, where whole packs hide nothing: the fair shares of all lots told apart."""
    several = 0
    for seed in range(CASES):
        drawn = random_case(seed, shelf_kinds=True, without=("giving", "reserve"))
        items = dataclasses.replace(drawn.items, pack_units=np.ones(len(drawn.items), dtype=np.int64))
        problem = needs_of(case := dataclasses.replace(drawn, items=items))
        several += len(np.unique(problem.sources.lasts_days)) > 1
        apart = np.abs(textbook_shares(lot_by_lot(case)) - fast(problem)[0].fair_units)
        assert float(np.max(apart / np.maximum(1, problem.pairs.daily_units), initial=0)) < 1e-5, f"seed {seed}"
    assert several > CASES // 4


def lasting(case: Case) -> bool:
    return len(np.unique(needs_of(case).sources.lasts_days)) > 1


@given(cases(items=3, stop_rules=True))
@LAW
def test_no_site_is_sent_a_lot_that_does_not_last_for_it(case):
    """Of lots whose numbers tell the rows of stock apart."""
    numbered = np.array([f"R{n}" for n in range(len(case.stock))], dtype=object)
    case = dataclasses.replace(case, stock=dataclasses.replace(case.stock, lot=numbered))
    assume(lasting(case))
    try:
        plan = allocate(case, explained=False)
    except NothingToSend:
        return
    of_lot = dict(zip(numbered.tolist(), case.stock.expires, strict=True))
    for depot, site, lot in zip(plan.lots.depot, plan.lots.site, plan.lots.lot, strict=True):
        if case.sites.kind[depot] == "warehouse" and not np.isnat(of_lot[lot]):
            days = (of_lot[lot] - np.datetime64(case.policy.date, "D")).astype(int)
            assert days >= case.policy.shelf_days_of(case.sites.kind[site]), lot


def test_plans_of_every_family_hold_with_overrides_too():
    several = 0
    for seed, stop_rules in itertools.product(range(CASES), (False, True)):
        case = random_case(seed, shelf_kinds=True, stop_rules=stop_rules)
        several += lasting(case)
        try:
            plan = allocate(case)
        except NothingToSend:
            continue
        read = plan_read_of(plan, case)
        assert verify(case, read) is None, f"seed {seed}: {verify(case, read)}"
        final, _ = allocate_with(case, overrides_of(case, seed), proposed=plan)
        with_them = plan_read_of(final, case)
        assert verify(case, with_them, proposed=read) is None, f"seed {seed}: {verify(case, with_them)}"
    assert several > CASES // 2


def overrides_of(case: Case, seed: int) -> list[Override]:
    rng, pairs = np.random.default_rng(seed), needs_of(case).pairs
    chosen = {(int(pairs.site[row]), int(pairs.item[row])) for row in rng.integers(len(pairs), size=3)}
    pack = case.items.pack_units
    return [
        Override(case.sites.code[site], case.items.code[item], int(rng.integers(0, 5)) * int(pack[item]))
        for site, item in sorted(chosen)
    ]


def test_the_reference_shares_and_deals_as_the_fast_engine_does():
    for seed in range(CASES // 2):
        case = random_case(seed, shelf_kinds=True)
        problem = needs_of(case)
        if not len(problem.pairs):
            continue
        (quick, _), (slow, _) = fast(problem), by_highs(problem)
        apart = np.abs(quick.fair_units - slow.fair_units) / np.maximum(1, problem.pairs.daily_units)
        assert float(apart.max()) < 1e-5, f"seed {seed}"
        try:
            read = plan_read_of(allocate(case, "reference", "highs"), case)
        except NothingToSend:
            continue
        assert verify(case, read) is None, f"seed {seed}: {verify(case, read)}"


def unfit_swapped(read: PlanRead, case: Case) -> PlanRead | None:
    """Return the plan with a lot that does not last in place of one that does, units and totals unchanged."""
    lots = read.lots
    if lots is None:
        return None
    expires = dict(zip(case.stock.lot.tolist(), case.stock.expires, strict=True))
    date = np.datetime64(case.policy.date, "D")
    for one, other in itertools.permutations(range(len(lots)), 2):
        same = lots.depot[one] == lots.depot[other] and lots.item[one] == lots.item[other]
        unfit = expires[lots.lot[other]] < date + case.policy.shelf_days_of(case.sites.kind[lots.site[one]])
        if same and unfit and lots.units[one] == lots.units[other] and case.sites.kind[lots.depot[one]] == "warehouse":
            lot = lots.lot.copy()
            lot[[one, other]] = lot[[other, one]]
            return dataclasses.replace(read, lots=dataclasses.replace(lots, lot=lot))
    return None


def test_lots_swapped_between_kinds_of_site_are_refused():
    tried = 0
    for seed in range(6 * CASES):
        drawn = random_case(seed, shelf_kinds=True)
        units = np.where(drawn.sites.kind[drawn.stock.site] == "warehouse", 10, drawn.stock.units)
        case = dataclasses.replace(drawn, stock=dataclasses.replace(drawn.stock, units=units))
        try:
            swapped = unfit_swapped(plan_read_of(allocate(case, explained=False), case), case)
        except NothingToSend:
            continue
        if swapped is not None:
            # The checker wants reasons too.
            swapped = unfit_swapped(plan_read_of(allocate(case), case), case)
            tried += 1
            assert "does not last" in str(verify(case, swapped)), f"seed {seed}"
    assert tried > CASES // 10
