"""The invented samples: the same every time, life-like where they say so, awkward where they say so."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from allocator.case import Case
from allocator.need import Problem, needs_of
from data.case_digest import case_digest
from data.case_files import read_case
from data.case_writing import write_case
from data.samples import SAMPLES, SampleRefused, make_sample

TOWNSHIP = Path(__file__).resolve().parents[2] / "data" / "samples" / "township"


def _columns(case: Case) -> dict[str, list[object]]:
    tables = (f.name for f in dataclasses.fields(case) if f.name != "policy")
    return {
        f"{table}.{f.name}": getattr(getattr(case, table), f.name).tolist()
        for table in tables
        for f in dataclasses.fields(getattr(case, table))
    }


def _problem(name: str) -> Problem:
    return needs_of(make_sample(name))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_the_same_every_time_and_another_with_another_seed(name: str) -> None:
    small = {"sites": 40, "items": 4, "depots": 3, "lanes": 2}
    once = _columns(make_sample(name, **small))
    # nan is not equal to itself, so the columns are compared as texts.
    assert str(once) == str(_columns(make_sample(name, **small)))
    assert str(once) != str(_columns(make_sample(name, **small, seed=1)))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("sites", "items", "depots", "lanes"), [(1, 1, 1, 1), (7, 3, 9, 4), (200, 14, 5, 5), (30, 12, 40, 3)]
)
def test_any_size_makes_a_case_with_codes_that_exist_once(
    name: str, sites: int, items: int, depots: int, lanes: int
) -> None:
    case = make_sample(name, sites=sites, items=items, depots=depots, lanes=lanes)

    assert len(case.sites) == sites + depots
    assert len(set(case.sites.code)) == len(case.sites)
    assert len(set(case.items.code)) == items
    keys = case.needs.site.astype(np.int64) * items + case.needs.item
    assert len(np.unique(keys)) == len(keys)
    roads = case.lanes.depot.astype(np.int64) * len(case.sites) + case.lanes.site
    assert len(np.unique(roads)) == len(roads)
    assert needs_of(case).pairs.daily_units.min(initial=1.0) > 0


def test_the_county_is_the_one_that_reports_describe() -> None:
    """Ten checkpoints, 34 villages with 220 road posts, clinics, schools, enterprises, twelve items."""
    case = make_sample("county")
    prefixes = Counter(code.rstrip("0123456789") for code in case.sites.code)

    assert prefixes == {
        "CHK": 10,
        "POST": 220,
        "VIL": 34,
        "CLI": 34,
        "HC": 6,
        "FEV": 4,
        "HOS": 2,
        "ISO": 8,
        "RES": 24,
        "SCH": 38,
        "ENT": 120,
        "DEP": 4,
    }
    assert len(case.items) == 12
    assert all(case.items.name_zh)
    assert all(case.sites.name_zh)
    assert all(case.sites.name)
    assert case.items.durable.sum() == 3


def test_area_codes_are_hierarchical_and_of_no_real_province() -> None:
    areas = set(make_sample("province").sites.area)

    assert {len(area) for area in areas} == {6, 9, 12}
    assert {area[:6] for area in areas if len(area) == 12} <= {area[:6] for area in areas}
    assert all(area.startswith("90") for area in areas)


def test_the_county_has_lots_a_fake_batch_an_expired_one_cut_roads_and_goods_under_way() -> None:
    case = make_sample("county")
    stock, today = case.stock, np.datetime64(case.policy.date)

    assert stock.units[stock.status == 1].tolist() == [13_000]
    assert stock.units[stock.expires < today].tolist() == [600]
    assert len(set(stock.lot)) > 20
    assert 0 < np.sum(~case.lanes.open) < len(case.lanes) / 10
    assert len(case.in_transit) > 0
    county_depot = case.lanes.depot == case.site_index["DEP01"]
    assert len(np.unique(case.lanes.site[county_depot])) == 500


def test_masks_and_suits_are_scarce_in_the_county_and_caps_are_not() -> None:
    case = make_sample("county")
    problem = needs_of(case)
    pairs = problem.pairs
    two_days = np.maximum(0, 2 * pairs.daily_units - pairs.held)
    lacking = np.bincount(pairs.item, weights=two_days, minlength=12)
    there = (problem.packs.sum(axis=0)) * case.items.pack_units
    share = {code: there[n] / lacking[n] for n, code in enumerate(case.items.code)}

    assert share["MASK"] < 1
    assert share["SUIT"] < 1
    assert share["CAP"] > 1


def test_nothing_means_that_no_pack_may_leave() -> None:
    assert _problem("nothing").packs.sum() == 0


def test_plenty_means_that_every_depot_holds_more_than_everybody_lacks() -> None:
    problem = _problem("plenty")
    cover = np.where(problem.case.items.durable, 1, 5)[problem.pairs.item]
    lacking = np.maximum(0, problem.pairs.daily_units * cover - problem.pairs.held)
    by_item = np.bincount(problem.pairs.item, weights=lacking)

    assert np.all(problem.packs.sum(axis=0) * problem.case.items.pack_units > by_item)


def test_closed_roads_leave_some_places_with_no_road_and_some_roads_slow() -> None:
    problem = _problem("closed-roads")

    assert len(np.unique(problem.routes.site)) < 60
    assert np.sum(problem.case.lanes.hours > 24) > 0


def test_equal_places_hold_nothing_and_use_the_same() -> None:
    pairs = _problem("ties").pairs

    assert set(pairs.daily_units) == {10.0}
    assert set(pairs.on_hand) == {0}


def test_a_pack_is_larger_than_most_needs_where_packs_are_big() -> None:
    problem = _problem("big-packs")
    pack = problem.case.items.pack_units[problem.pairs.item]

    assert np.mean(problem.pairs.daily_units * 5 < pack) > 0.75


def test_a_few_giants_need_most_where_tails_are_heavy() -> None:
    use = np.sort(_problem("heavy-tails").pairs.daily_units)[::-1]

    assert use[: len(use) // 20].sum() > use.sum() / 2


def test_every_road_has_its_own_limit_where_lanes_are_limited() -> None:
    case = make_sample("lane-limits")

    assert not np.isnan(case.lanes.max_kg).any()
    assert len(np.unique(case.lanes.max_kg)) > len(case.lanes) / 2


def test_earmarked_stock_is_for_places_townships_and_counties() -> None:
    labels = [label.partition("@")[2] for label in _problem("earmarks").sources.label]

    assert {len(mark) for mark in labels if mark.isdigit()} == {6, 9}
    assert any(mark.startswith("S") for mark in labels)


def test_transfers_come_from_places_that_hold_a_month() -> None:
    giving = _problem("transfers").sources.giving

    assert giving.sum() == 6


def test_other_awkward_families_carry_what_they_are_named_for() -> None:
    assert len(make_sample("substitutes").substitutes) == 4
    assert np.sum(make_sample("caps").needs.max_units >= 0) > 60
    assert not np.isnan(make_sample("truck-limits").depots.max_m3).any()
    stops = make_sample("stop-limits")
    assert stops.depots.max_stops.min() >= 1
    assert stops.policy.min_drop_kg == 2
    starving = _problem("one-starving-depot")
    roads = np.bincount(starving.case.lanes.site)
    assert set(roads[roads > 0]) == {1, 2}


def test_a_sample_that_does_not_exist_or_is_too_large_is_refused_in_a_sentence() -> None:
    with pytest.raises(SampleRefused, match=r"There is no sample atlantis\. Choose one of: county, province"):
        make_sample("atlantis")
    with pytest.raises(SampleRefused, match=r"0 sites cannot be made\. Ask for 1 to 3000000\."):
        make_sample("county", sites=0)


def test_the_township_kept_in_the_repository_can_be_read() -> None:
    """It is small enough to check with a pencil: masks that may leave the county depot, for one."""
    case = read_case(TOWNSHIP).case
    problem = needs_of(case)
    packs = {
        (label, case.items.code[item]): int(problem.packs[source, item])
        for source, label in enumerate(problem.sources.label)
        for item in range(len(case.items))
    }

    # 600 + 185 usable masks, less a reserve of one tenth, in packs of ten; neither fake nor expired.
    assert packs["DEPC", "MASK"] == 70
    assert packs["DEPC@FEV1", "SUIT"] == 18
    assert packs["DEPC", "THERMO"] == 5
    assert packs["DEPT@900121100", "DISINF"] == 4
    assert len(problem.pairs) == 29


def test_the_kept_workbook_with_chinese_headers_says_the_same_as_the_folder() -> None:
    assert case_digest(read_case(TOWNSHIP.with_suffix(".xlsx")).case) == case_digest(read_case(TOWNSHIP).case)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "nation"])
def test_a_sample_written_as_files_reads_back_as_the_same_case(name: str, tmp_path: Path) -> None:
    case = make_sample(name)
    write_case(case, tmp_path)

    assert case_digest(read_case(tmp_path).case) == case_digest(case)
