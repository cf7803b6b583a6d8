"""Laws of the engines, most of the fast one, tried on hundreds of small cases of every kind.

`make laws` tries thousands (LAW_CASES); the cases are the same on
every run.
"""

from __future__ import annotations

import dataclasses
import json
import os
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from case_strategy import cases
from engines import ENGINES, by_highs, fast
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pack_checks import Rules, sends_of
from random_cases import random_case

from allocator.allocate import allocate
from allocator.case import Case, Table
from allocator.need import needs_of
from allocator.plan import NothingToSend, Plan
from allocator.verify import verify
from allocator.verify_shapes import plan_read_of

CASES = int(os.environ.get("LAW_CASES", "20"))
LAW = settings(
    max_examples=CASES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
NOTHING = "nothing to send"


def planned(case: Case, engine: str = "fast", *, explained: bool = True) -> Plan | None:
    """Return the plan, or None where nothing can be sent."""
    try:
        return allocate(case, engine=engine, explained=explained)
    except NothingToSend:
        return None


def refusal(case: Case, engine: str = "fast") -> str:
    """Return what the checker says against the plan; "" where all holds or nothing can be sent."""
    plan = planned(case, engine)
    if plan is None:
        return ""
    found = verify(case, plan_read_of(plan, case))
    return "" if found is None else str(found)


def written(plan: Plan | None) -> Any:
    """Return everything a plan says, as bytes and texts that can only be equal if all is."""
    if plan is None:
        return NOTHING
    tables = [plan.pairs, plan.lines, plan.substituted, plan.stops, plan.lots]
    columns = [getattr(table, f.name) for table in tables for f in dataclasses.fields(table)]
    bytes_of = [c.tolist() if c.dtype == object else (c.dtype.str, c.tobytes()) for c in columns]
    reasons = [(reason.code, str(reason.sentence)) for reason in plan.reasons]
    summary = json.dumps(plan.summary, sort_keys=True)
    return bytes_of, json.dumps(plan.proof.as_json()), reasons, summary, [str(note) for note in plan.notes]


@pytest.mark.parametrize("engine", ENGINES)
@given(case=cases())
@LAW
def test_the_checker_accepts_every_plan(engine, case):
    assert refusal(case, engine) == ""


@pytest.mark.parametrize("engine", ENGINES)
@given(case=cases(stop_rules=True, items=3))
@LAW
def test_the_checker_accepts_every_plan_with_stop_limits_and_minimum_drops(engine, case):
    assert refusal(case, engine) == ""


@pytest.mark.parametrize("stop_rules", [False, True])
def test_the_checker_accepts_plans_of_every_family(stop_rules):
    for seed in range(50_000, 50_000 + CASES):
        assert refusal(random_case(seed, stop_rules=stop_rules)) == "", f"seed {seed}"


@given(cases(stop_rules=True))
@LAW
def test_every_limit_is_kept(case):
    """Added up by a second, naive reader of the case: supplies, weights, volumes, lanes, stops, caps."""
    problem = needs_of(case)
    assume(len(problem.pairs))
    _, shipments = fast(problem)

    assert Rules(problem).faults(sends_of(shipments)) == []


@pytest.mark.parametrize("stop_rules", [False, True])
def test_every_limit_is_kept_in_cases_of_every_family(stop_rules):
    for seed in range(60_000, 60_000 + CASES):
        problem = needs_of(random_case(seed, stop_rules=stop_rules))
        if len(problem.pairs):
            assert Rules(problem).faults(sends_of(fast(problem)[1])) == [], f"seed {seed}"


@given(cases(stop_rules=True, items=3), st.randoms(use_true_random=False))
@LAW
def test_the_order_of_rows_changes_nothing(case, random):
    """Rows of every table are shuffled, and with them the positions that other tables refer to."""
    assert written(planned(shuffled(case, random))) == written(planned(case))


@given(cases(stop_rules=True))
@LAW
def test_planning_twice_gives_the_same_bytes(case):
    assert written(planned(case)) == written(planned(case))


def shuffled(case: Case, random: Any) -> Case:
    """Return the same facts with the rows of every table in another order."""
    site = np.array(random.sample(range(len(case.sites)), len(case.sites)), dtype=np.intp)
    item = np.array(random.sample(range(len(case.items)), len(case.items)), dtype=np.intp)
    moved_to = {"site": np.argsort(site), "depot": np.argsort(site), "item": np.argsort(item), "by": np.argsort(item)}

    def mixed(table: Table) -> Table:
        columns = {
            f.name: moved_to[f.name][getattr(table, f.name)].astype(np.int32)
            for f in dataclasses.fields(table)
            if f.name in moved_to
        }
        rows = np.array(random.sample(range(len(table)), len(table)), dtype=np.intp)
        return dataclasses.replace(table, **columns).take(rows)

    others = ("needs", "stock", "in_transit", "lanes", "depots", "substitutes")
    return Case.canonical(
        items=case.items.take(item),
        sites=case.sites.take(site),
        policy=case.policy,
        **{name: mixed(getattr(case, name)) for name in others},
    )


@given(cases(items=3), st.data())
@LAW
def test_more_stock_never_lowers_the_worst_off(case, data):
    """The positions of the fair shares, from the lowest up: the first that differs is higher with more stock.

    That is what leximin promises. A pair that stood above others may well come to stand lower.
    """
    plain = (case.stock.status == 0) & (case.stock.earmark == "") & np.isnat(case.stock.expires)
    depots = np.flatnonzero(plain & np.isin(case.stock.site, case.lanes.depot))
    assume(len(depots) and len(needs_of(case).pairs))
    row = data.draw(st.sampled_from(depots.tolist()))
    units = case.stock.units.copy()
    units[row] += data.draw(st.sampled_from([1, 7, 60, 1000]))
    richer = dataclasses.replace(case, stock=dataclasses.replace(case.stock, units=units))

    before, after = positions(case), positions(richer)

    differs = np.flatnonzero(np.abs(after - before) > 1e-6)
    assert not len(differs) or after[differs[0]] > before[differs[0]]


def positions(case: Case) -> np.ndarray:
    """Return where the pairs stand with their fair shares, lowest first (rung - 1 + fill)."""
    problem = needs_of(case)
    shares, _ = fast(problem)
    done = float(len(case.policy.ladder))
    return np.sort(np.where(shares.rung == 0, done, shares.rung - 1 + shares.fill))


@given(cases(stop_rules=True), st.sampled_from(["A0", "M0", "Z0"]), st.integers(0, 99))
@LAW
def test_a_site_without_needs_changes_nothing(case, code, stock_units):
    """A store room nobody ships from, with stock of its own and a road from every depot."""
    idle = with_idle_site(case, code, stock_units)
    tables = {f.name: getattr(idle, f.name) for f in dataclasses.fields(idle)}
    with_it = Case.canonical(**tables)

    assert told(planned(with_it)) == told(planned(case))


def with_idle_site(case: Case, code: str, units: int) -> Case:
    """Return the case with one more site that needs nothing and may not give."""
    new = len(case.sites)
    names = {name: [code] for name in ("code", "name", "name_zh")}
    rows = {"site": [new], "item": [0], "units": [units], "lot": [""], "expires": ["NaT"], "status": [0]}
    depots = np.unique(case.lanes.depot[case.sites.kind[case.lanes.depot] == "warehouse"])
    count = len(depots)
    roads = {"open": [True] * count, "km": [1.0] * count, "hours": [1.0] * count, "max_kg": [np.nan] * count}
    return dataclasses.replace(
        case,
        sites=_with(case.sites, **names, kind=["office"], area=["9"], lat=[np.nan], lon=[np.nan], tier=[""]),
        stock=_with(case.stock, **rows, earmark=[""]),
        lanes=_with(case.lanes, depot=depots, site=[new] * count, **roads),
    )


def _with(table: Any, **rows: Any) -> Any:
    columns = {name: np.asarray(rows[name], dtype=getattr(table, name).dtype) for name in rows}
    return type(table)(**{name: np.concatenate([getattr(table, name), more]) for name, more in columns.items()})


def told(plan: Plan | None) -> Any:
    """Return what a plan does for pairs, without positions in the case's tables.

    The proof's flow is one routing of the fair shares out of many, and may be another.
    """
    if plan is None:
        return NOTHING
    pairs = plan.pairs
    numbers = (pairs.item, pairs.on_hand, pairs.in_transit, pairs.fair_units, pairs.units, pairs.rung, pairs.fill)
    lines = (plan.lines.item, plan.lines.packs, plan.lines.kg, plan.stops.kg, plan.stops.m3, plan.lots.units)
    reasons = [str(plan.reasons[reason].sentence) for reason in pairs.reason]
    proof = {name: value for name, value in plan.proof.as_json().items() if name != "flow"}
    return json.dumps(proof), [c.tobytes() for c in numbers + lines], reasons


@given(cases(items=1, stop_rules=True), st.sampled_from([2, 8, 1024]))
@LAW
def test_units_a_thousand_times_smaller_are_dealt_alike(case, factor):
    """Pieces instead of boxes of 1,024 pieces: the same packs on the same roads, shares so many times larger."""
    needs, stock, moving = case.needs, case.stock, case.in_transit
    assume(bool(np.all(needs.daily_units * factor < 1e9)))
    smaller = dataclasses.replace(
        case,
        items=dataclasses.replace(case.items, pack_units=case.items.pack_units * factor),
        needs=dataclasses.replace(
            needs,
            daily_units=needs.daily_units * factor,
            max_units=np.where(needs.max_units < 0, -1, needs.max_units * factor),
        ),
        stock=dataclasses.replace(stock, units=stock.units * factor),
        in_transit=dataclasses.replace(moving, units=moving.units * factor),
    )

    plan, scaled = planned(case, explained=False), planned(smaller, explained=False)

    assert (plan is None) == (scaled is None)
    if plan is not None and scaled is not None:
        np.testing.assert_allclose(scaled.pairs.fair_units, plan.pairs.fair_units * factor, rtol=1e-7, atol=1e-7)
        assert scaled.pairs.units.tolist() == (plan.pairs.units * factor).tolist()


@given(cases(items=3))
@LAW
def test_rung_and_fill_are_where_the_fair_share_stands(case):
    """Worked out again in fractions from what is held and the share: the same place on the ladder."""
    problem = needs_of(case)
    assume(len(problem.pairs))
    shares, _ = fast(problem)
    rules, top = Rules(problem), len(case.policy.ladder)
    for pair in range(len(problem.pairs)):
        rung, fill = rules.position(pair, Fraction(float(shares.fair_units[pair])))
        exact = float(rung - 1 + fill) if rung < 1000 else float(top)
        said = float(shares.rung[pair] - 1 + shares.fill[pair]) if shares.rung[pair] else float(top)
        assert same_place(exact, said, gaps=rules.steps[pair], top=top), f"pair {pair}: {exact} and {said}"


def same_place(exact: float, said: float, *, gaps: Any, top: int) -> bool:
    """Tell whether two positions are one; the end of a rung is the start of the next that lifts the pair."""
    starts = [step.rung - 1 for step in gaps] + [top]

    def folded(position: float) -> float:
        nearest = round(position)
        if abs(position - nearest) < 1e-7:
            return float(min((s for s in starts if s >= nearest), default=top))
        return position

    return abs(folded(exact) - folded(said)) < 1e-6


@given(cases(items=3))
@LAW
def test_the_fast_engine_shares_as_the_reference_does(case):
    problem = needs_of(case)
    assume(len(problem.pairs))
    quick, slow = fast(problem)[0], by_highs(problem)[0]

    apart = np.abs(quick.fair_units - slow.fair_units) / np.maximum(1, problem.pairs.daily_units)
    assert float(apart.max()) < 1e-5


@given(cases(items=1, limits=False))
@LAW
def test_of_one_item_without_trucks_both_engines_deal_equally_good_packs(case):
    """The sorted exact positions are the optimum's, and that is one (Frank and Murota)."""
    problem = needs_of(case)
    assume(len(problem.pairs))
    rules = Rules(problem)

    def standing(engine: Any) -> list[tuple[int, Fraction]]:
        received = rules.received(sends_of(engine(problem)[1]))
        return sorted(rules.position(pair, units) for pair, units in received.items())

    assert standing(fast) == standing(by_highs)
