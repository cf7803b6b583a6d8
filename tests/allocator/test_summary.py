"""The plan in numbers: sums by item and tier, the worst-off, what was used."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
from hand_made_plan import hand_made_case, hand_made_pairs, hand_made_plan

from allocator.need import needs_of
from allocator.summary import Standing, summarise


def _summary() -> dict[str, Any]:
    case, plan = hand_made_case(), hand_made_plan()
    return summarise(case, plan.pairs, plan.lines, plan.stops, needs_of(case))


def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(_summary(), allow_nan=False)) == _summary()


def test_items_are_added_up_to_the_top_of_the_ladder() -> None:
    """62.5 masks a day for two days are 125; 7 are held, 50 are sent; the clinic gets a little more than 2 days."""
    mask, thermometer = _summary()["items"]
    assert mask == {
        "item": "mask", "unit": "piece", "durable": False,
        "pairs": 3, "pairs_short": 2, "pairs_unreached": 0, "pairs_uncounted": 2,
        "daily_units": 62.5, "held_units": 7, "lacked_units": 118,
        "fair_units": 50, "sent_units": 50, "short_units": 68,
    }  # fmt: skip
    assert (thermometer["lacked_units"], thermometer["sent_units"], thermometer["short_units"]) == (4, 4, 0)


def test_a_tier_says_who_stands_lowest() -> None:
    frontline, recovery = _summary()["tiers"]
    assert (frontline["pairs"], frontline["pairs_short"]) == (3, 1)
    assert frontline["consumables"]["worst_off"] == {
        "site": "S1", "item": "mask", "rung": 2, "fill": 0.38, "cover": 1.1,
    }  # fmt: skip
    assert frontline["durables"] == {"cover_least": 1, "cover_p05": 1, "worst_off": None, "worst_off_reached": None}
    assert recovery["consumables"]["cover_least"] == 0.333333333333
    assert recovery["durables"]["cover_p05"] is None


def test_pairs_that_nothing_reaches_are_told_apart_from_the_worst_off_that_something_does() -> None:
    pairs = hand_made_pairs()
    pairs = dataclasses.replace(
        pairs,
        fair_units=np.array([0.0, 4, 50 / 3, 7.7]),
        rung=np.array([1, 0, 2, 2], dtype=np.int8),
        fill=np.array([0.1, 1, 0.7, 0.3]),
    )
    lowest = Standing(hand_made_case(), pairs).lowest(0, 4)
    assert lowest["worst_off"]["site"] == "S1"
    assert lowest["worst_off_reached"]["site"] == "S2"


def test_a_depot_says_what_could_leave_and_what_did() -> None:
    (depot,) = _summary()["depots"]
    assert {key: depot[key] for key in ("stops", "max_stops", "kg", "max_kg", "m3", "max_m3")} == {
        "stops": 3, "max_stops": 3, "kg": 1.9, "max_kg": None, "m3": 0.003, "max_m3": 2,
    }  # fmt: skip
    # 20 and 35 masks less a reserve of a tenth are 49, four packs; thermometers have no reserve.
    assert [(item["item"], item["packs_could_leave"], item["packs_sent"]) for item in depot["items"]] == [
        ("mask", 4, 5),
        ("thermo", 4, 4),
    ]


def test_vehicles_limit_the_weight_of_a_day() -> None:
    case = hand_made_case()
    depots = dataclasses.replace(
        case.depots, max_kg=np.array([500.0]), vehicles=np.array([2]), vehicle_kg=np.array([200.0])
    )
    case, plan = dataclasses.replace(case, depots=depots), hand_made_plan()
    assert summarise(case, plan.pairs, plan.lines, plan.stops, needs_of(case))["depots"][0]["max_kg"] == 400


def test_the_fifth_percentile_is_the_nearest_rank() -> None:
    """Of 100 covers 0.01, 0.02 … 1.00 the fifth smallest is the one that five of a hundred do not exceed."""
    pairs = hand_made_pairs().take(np.zeros(100, dtype=np.int64))
    covers = np.random.default_rng(1).permutation(np.arange(1, 101)) / 100
    pairs = dataclasses.replace(pairs, units=covers * 20 - 2)
    assert Standing(hand_made_case(), pairs).lowest(0, 1)["cover_p05"] == 0.05


def test_an_empty_plan_has_a_summary() -> None:
    case, plan = hand_made_case(), hand_made_plan()
    nobody = plan.pairs.take(np.arange(0))
    summary = summarise(case, nobody, plan.lines.take(np.arange(0)), plan.stops.take(np.arange(0)), needs_of(case))
    assert summary["totals"]["pairs"] == 0
    assert summary["tiers"] == []
