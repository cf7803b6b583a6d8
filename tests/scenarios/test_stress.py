"""Many what-ifs: what is drawn, that every engine gives the same numbers, and that a broken run goes on."""

from __future__ import annotations

import dataclasses
from functools import cache
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import world

from data.coefficients import read_coefficients
from scenarios.cluster import ClusterMissing
from scenarios.ensemble import Engine, Ground, Kept, key_of, run_trials
from scenarios.judging import regrets, spreads, tornado
from scenarios.known import stress_files
from scenarios.reading import ScenarioUnreadable
from scenarios.stress import Draw, quantiles_of, trials
from scenarios.stress_reading import read_stress, stress_of

STRESS = """
title = "Small"
[[uncertain]]
name = "use"
table = "needs"
do = "scale"
column = "daily_units"
draw = { uniform = [0.5, 3.0] }
[[uncertain]]
name = "road"
table = "lanes"
do = "close"
where = { site = "Gate" }
draw = { chance = 0.5 }
[[lever]]
name = "reserve"
table = "policy"
do = "set"
column = "reserve_share"
options = [0.0, 0.5]
"""


@cache
def ground() -> Ground:
    planning = world(
        items="item\nMASK",
        sites="site kind\nGate checkpoint\nWard clinic\nDepot warehouse",
        needs="site item daily\nGate MASK 20\nWard MASK 30",
        stock="site item units expires\nDepot MASK 100 2020-02-11",
        offers="supplier item price\nMill MASK 1.20",
    )
    return Ground(planning=planning, coefficients=read_coefficients(), digest="drawn")


@cache
def drawn():
    return list(trials(stress_of(STRESS, name="small"), draws=6, seed=3))


def results_of(engine: Engine, folder, done=lambda _: None):
    return run_trials(ground(), drawn(), engine, Kept(folder), done=done)


@given(draws=st.integers(2, 40), quantities=st.integers(0, 5), seed=st.integers(0, 2**32 - 1))
def test_a_hypercube_puts_one_draw_of_each_quantity_into_each_part(draws, quantities, seed):
    quantiles = quantiles_of("hypercube", draws, quantities, seed)

    assert quantiles.shape == (draws, quantities)
    assert (np.sort(np.floor(quantiles * draws), axis=0) == np.arange(draws)[:, None]).all()
    np.testing.assert_array_equal(quantiles, quantiles_of("hypercube", draws, quantities, seed))


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (Draw(name="uniform", numbers=(1.0, 3.0)), 2.0),
        (Draw(name="triangular", numbers=(1.0, 2.0, 6.0)), 3.0),  # (low + mode + high) ÷ 3
        (Draw(name="normal", numbers=(5.0, 1.0)), 5.0),
        (Draw(name="lognormal", numbers=(1.0, 2.0)), float(np.exp((np.log(2) / NormalDist().inv_cdf(0.9)) ** 2 / 2))),
        (Draw(name="chance", numbers=(0.3,)), 0.3),
    ],
)
def test_draws_have_the_mean_of_their_distribution(draw, mean):
    quantiles = quantiles_of("hypercube", 4_000, 1, seed=1)[:, 0].tolist()
    assert np.mean([draw.value(each) for each in quantiles]) == pytest.approx(mean, rel=0.01)


def test_each_draw_is_tried_under_each_decision_and_can_be_written_down():
    found = drawn()
    assert [(each.draw, each.decision) for each in found[:4]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert found[0].values == found[1].values
    assert {len(each.scenario.changes) for each in found} == {2, 3}  # with the road shut, or open


def test_every_engine_gives_the_same_numbers_to_the_last_byte(tmp_path):
    alone = results_of(Engine(), tmp_path / "alone")
    two = results_of(Engine(processes=2), tmp_path / "two")
    cluster = results_of(Engine(on="dask", processes=2), tmp_path / "dask")

    assert alone == two == cluster
    kept = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("alone", "two", "dask")]
    assert kept[0] == kept[1] == kept[2]


def test_what_was_broken_off_goes_on_where_it_stood(tmp_path):
    def stop(count: int) -> None:
        if count == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        results_of(Engine(), tmp_path / "broken", stop)
    there = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "broken").iterdir()}
    counted = []
    again = results_of(Engine(), tmp_path / "broken", counted.append)

    assert len(there) == 5
    assert counted[0] == 5
    assert {name: (tmp_path / "broken" / name).stat().st_mtime_ns for name in there} == there
    assert again == results_of(Engine(), tmp_path / "whole")


def test_another_case_has_other_keys():
    scenario = drawn()[0].scenario
    assert key_of(ground(), scenario) != key_of(dataclasses.replace(ground(), digest="other"), scenario)


def test_a_cluster_that_does_not_answer_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("scenarios.cluster._WAIT_SECONDS", 0.2)
    with pytest.raises(ClusterMissing, match=r"No Dask scheduler with workers answers at tcp://127.0.0.1:9."):
        results_of(Engine(on="dask", scheduler="tcp://127.0.0.1:9"), tmp_path)


def test_what_moves_the_outcome_and_what_is_regretted_is_told(tmp_path):
    stress = stress_of(STRESS, name="small")
    results = results_of(Engine(), tmp_path)
    swing = {each.quantity: each for each in tornado(stress, drawn(), results, "unmet_share")}
    regret = {(each.decision, each.measure): each for each in regrets(stress, results)}
    spread = {(each.decision, each.measure): each for each in spreads(stress, drawn(), results)}

    assert swing["use"].high > swing["use"].low  # more use, more unmet
    assert regret[0, "unmet_share"].worst == 0  # nothing kept back is never regretted when all is short
    assert regret[1, "unmet_share"].mean > 0
    assert spread[1, "unmet_share"].p05 <= spread[1, "unmet_share"].p50 <= spread[1, "unmet_share"].p95


def test_what_expires_is_judged_like_every_outcome(tmp_path):
    """A hundred masks can be used today and tomorrow: the less is used, the more expire."""
    stress = stress_of(STRESS, name="small")
    results = results_of(Engine(), tmp_path)

    for measure in ("expired_units", "expired_yuan"):
        swing = {each.quantity: each for each in tornado(stress, drawn(), results, measure)}
        assert swing["use"].low > swing["use"].high
        assert {each.decision for each in regrets(stress, results) if each.measure == measure} == {0, 1}
        assert {each.decision for each in spreads(stress, drawn(), results) if each.measure == measure} == {0, 1}
    assert results[0]["expired_yuan"] == pytest.approx(1.2 * results[0]["expired_units"])


UNIFORM = "draw = { uniform = [0.5, 3.0] }"


def test_a_road_that_was_shut_in_few_draws_is_told_apart_from_all_others(tmp_path):
    """The road is shut in half of the draws or in one: its ends are the draws with and without it, never a mix."""
    stress = stress_of(STRESS, name="small")
    results = results_of(Engine(), tmp_path)
    swing = {each.quantity: each for each in tornado(stress, drawn(), results, "unmet_share")}
    now = [row for row, each in enumerate(drawn()) if each.decision == 0]
    by_hand = [
        np.mean([results[row]["unmet_share"] for row in now if drawn()[row].values["road"] == shut]) for shut in (0, 1)
    ]

    assert [swing["road"].low, swing["road"].high] == pytest.approx(by_hand)
    assert [each.quantity for each in tornado(stress, drawn(), results, "kg_km", idle={"road"})] == ["use"]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (UNIFORM, "draw = { unform = [0.5, 3.0] }", "line 8: There is no distribution unform; uniform is nearest."),
        (UNIFORM, "draw = { uniform = [3.0, 0.5] }", "line 8: uniform needs these numbers, in order and rising"),
        (UNIFORM, "draw = 3", "line 8: draw is one distribution"),
        (UNIFORM, "draw = { uniform = [1, 2] }\nby = 2", "line 9: What is drawn has no by."),
        ("chance = 0.5", "chance = 1.5", "line 14: chance needs these numbers"),
        ("options = [0.0, 0.5]", "options = []", "line 20: options is a list of 1 to 20 numbers"),
        ('name = "road"', 'name = "use"', "The name use is there twice."),
        ('name = "road"', "name = 3", "Everything uncertain and every lever has a name."),
        (
            'table = "policy"',
            'table = "polcy"',
            'line 17: table "polcy" is not known; policy is nearest. It is one',
        ),
        ("[[lever]]", "[[leverr]]", "There is no key leverr here; lever is nearest."),
    ],
)
def test_a_stress_that_cannot_be_drawn_is_refused_with_its_line(was, becomes, said):
    with pytest.raises(ScenarioUnreadable) as unreadable:
        stress_of(STRESS.replace(was, becomes), name="small")
    assert any(said in str(each) for each in unreadable.value.sentences), str(unreadable.value)


def test_a_stress_without_anything_uncertain_is_a_scenario():
    with pytest.raises(ScenarioUnreadable, match="Nothing is uncertain"):
        stress_of('title = "x"', name="small")


def test_the_stresses_that_come_with_the_program_can_be_read():
    assert [read_stress(path).scenario.name for path in stress_files().values()] == ["county"]
