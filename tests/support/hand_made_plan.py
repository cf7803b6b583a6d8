"""A small case and a plan for it, written by hand: the numbers are known without any engine.

Depot D1 shares 50 masks in packs of 10 and 4 thermometers among a gate, a clinic and a school.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.plan import Lines, Lots, Plan, PlanPairs, Reason, Stops, Substituted
from allocator.policy import Policy, Rung
from allocator.proof import FlowRow, Proof, Step
from allocator.sentence import say

NAN = float("nan")
NEVER = np.datetime64("NaT", "D")


def texts(*values: str) -> Any:
    return np.array(values, dtype=object)


def whole(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def places(*values: int) -> Any:
    return np.array(values, dtype=np.int32)


def decimals(*values: float) -> Any:
    return np.array(values, dtype=np.float64)


def days(*values: str) -> Any:
    return np.array([np.datetime64(value, "D") if value else NEVER for value in values])


def hand_made_policy() -> Policy:
    return Policy(
        date=dt.date(2020, 2, 10),
        tiers={"frontline": ("checkpoint", "clinic"), "recovery": ("school",)},
        ladder=(
            Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1, 2)),
            Rung(tiers=("frontline", "recovery"), cover_days=Fraction(2), holding_share=Fraction(1)),
        ),
        reserve={"mask": Fraction(1, 10)},
        shelf_days_min=1,
    )


def hand_made_case(*, lots: tuple[str, ...] = ("L1", "L2", "")) -> Case:
    """Sites by code: 0 D1 (depot), 1 S1 gate, 2 S2 clinic, 3 S3 school. Items: 0 mask, 1 thermometer."""
    return Case.canonical(
        items=Items(
            code=texts("mask", "thermo"),
            name=texts("mask, surgical", "thermometer"),
            name_zh=texts("医用外科口罩", "体温计"),
            unit=texts("piece", "piece"),
            pack_units=whole(10, 1),
            pack_kg=decimals(0.3, 0.1),
            pack_m3=decimals(0.001, 0.0001),
            durable=np.array([False, True]),
        ),
        sites=Sites(
            code=texts("D1", "S1", "S2", "S3"),
            name=texts("County depot", "=1+1", "Clinic", "School"),
            name_zh=texts("县仓库", "卡口一", "", "小学"),
            kind=texts("warehouse", "checkpoint", "clinic", "school"),
            area=texts("421127", "421127100", "421127100", ""),
            lat=decimals(30.1, NAN, NAN, NAN),
            lon=decimals(115.9, NAN, NAN, NAN),
            tier=texts("", "", "", ""),
        ),
        needs=Needs(
            site=places(1, 1, 2, 3),
            item=places(0, 1, 0, 0),
            daily_units=decimals(20, 4, 12.5, 30),
            reported_on=days("2020-02-09", "", "2020-02-10", ""),
            max_units=whole(-1, 4, -1, -1),
        ),
        stock=Stock(
            site=places(0, 0, 0, 1),
            item=places(0, 0, 1, 0),
            units=whole(20, 35, 4, 2),
            lot=texts(*lots, ""),
            expires=days("2020-06-30", "2020-12-31", "", ""),
            status=np.zeros(4, dtype=np.int8),
            earmark=texts("", "", "", ""),
        ),
        in_transit=InTransit(site=places(2), item=places(0), units=whole(5), arrives=days("2020-02-11")),
        lanes=Lanes(
            depot=places(0, 0, 0),
            site=places(1, 2, 3),
            open=np.array([True, True, True]),
            km=decimals(5, 7.5, 12),
            hours=decimals(NAN, NAN, 0.5),
            max_kg=decimals(NAN, NAN, NAN),
        ),
        depots=Depots(
            depot=places(0),
            max_kg=decimals(NAN),
            max_m3=decimals(2),
            max_stops=whole(3),
            vehicles=whole(-1),
            vehicle_kg=decimals(NAN),
            shift_hours=decimals(NAN),
            stop_minutes=decimals(NAN),
        ),
        substitutes=Substitutes(item=places(), by=places(), units_per_unit=decimals()),
        policy=hand_made_policy(),
    )


def hand_made_pairs() -> PlanPairs:
    return PlanPairs(
        site=places(1, 1, 2, 3),
        item=places(0, 1, 0, 0),
        tier=np.array([0, 0, 0, 1], dtype=np.int8),
        daily_units=decimals(20, 4, 12.5, 30),
        on_hand=whole(2, 0, 0, 0),
        in_transit=whole(0, 0, 5, 0),
        fair_units=decimals(25.6, 4, 50 / 3, 23.2 / 3),
        units=decimals(20, 4, 20, 10),
        rung=np.array([2, 0, 2, 2], dtype=np.int8),
        fill=decimals(0.38, 1, 11 / 15, 0.3866666666666667),
        reason=places(0, 1, 0, 2),
        counted=np.array([True, False, False, False]),
    )


def hand_made_plan(**changed: Any) -> Plan:
    parts: dict[str, Any] = {
        "pairs": hand_made_pairs(),
        "lines": Lines(
            depot=places(0, 0, 0, 0),
            site=places(1, 1, 2, 3),
            item=places(0, 1, 0, 0),
            packs=whole(2, 4, 2, 1),
            units=whole(20, 4, 20, 10),
            kg=decimals(0.6, 0.1 * 4, 0.6, 0.3),
        ),
        "substituted": Substituted(
            depot=places(), site=places(), item=places(), by=places(), packs=whole(), units=whole()
        ),
        "stops": Stops(
            depot=places(0, 0, 0),
            site=places(1, 2, 3),
            kg=decimals(0.6 + 0.1 * 4, 0.6, 0.1 + 0.2),
            m3=decimals(NAN, 0.002, 0.001),
        ),
        "lots": Lots(
            depot=places(0, 0, 0, 0),
            site=places(1, 1, 2, 3),
            item=places(0, 1, 0, 0),
            lot=texts("L1", "", "L2", "L2"),
            units=whole(20, 4, 20, 10),
        ),
        "reasons": (
            Reason("supply", say("{item} from {depots} is all sent.", item="mask", depots=["D1", "D2"])),
            Reason("complete", say("Nothing is lacking.")),
            Reason("supply", say("The last pack went to {site}.", site="S1")),
        ),
        "proof": Proof(
            flow=(FlowRow(("D1",), "mask", "frontline", "D1", 42.266666),),
            steps=(
                Step(rung=2, fill=0.38, freezes=3, supply={("D1", "mask"): 0.02}, kg={}, m3={}, lane_kg={}, cap={}),
            ),
        ),
        "summary": {"engine": "by hand", "items": [{"item": "mask"}, {"item": "thermo"}]},
        "timings": {"engine_seconds": 0.0},
    }
    return Plan(**{**parts, **changed})
