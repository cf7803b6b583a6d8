"""A case and a plan small enough to check by hand: 50 masks over daily uses of 10, 20 and 50."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import Case, Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes
from allocator.policy import Policy, Rung
from allocator.verify import verify
from data.plan_reading import read_plan

DAY = dt.date(2020, 2, 10)

PLAN = {
    "lines.csv": """
        depot,site,item,packs,units,kg
        Store,Big,mask,30,30,0.3
        Store,Mid,mask,13,13,0.13
        Store,Small,mask,7,7,0.07
    """,
    "pairs.csv": """
        site,item,tier,daily_units,on_hand,in_transit,fair_units,units,cover_before,cover_after,rung,fill,reason
        Big,mask,frontline,50,0,0,31.25,30,0,0.6,1,0.625,R1
        Mid,mask,frontline,20,0,0,12.5,13,0,0.65,1,0.625,R1
        Small,mask,frontline,10,0,0,6.25,7,0,0.7,1,0.625,R1
    """,
    "reasons.csv": """
        reason,code,en,zh
        R1,supply,Masks are all sent.,口罩已全部发出。
    """,
    "stops.csv": """
        depot,site,kg,m3
        Store,Big,0.3,0
        Store,Mid,0.13,0
        Store,Small,0.07,0
    """,
    "proof.json": json.dumps(
        {
            "flow": [[["Store"], "mask", "frontline", "Store", "50"]],
            "steps": [{"rung": 1, "fill": "0.625", "freezes": 3, "supply": [["Store", "mask", "0.0125"]], "gap": "0"}],
        }
    ),
    "summary.json": "{}",
}


def texts(*values: str) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=object)


def decimals(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


def places(*values: int) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.int32)


def three_posts() -> Case:
    """Three posts that use 10, 20 and 50 masks a day, a store with 50 masks, one day promised."""
    names = texts("Big", "Mid", "Small", "Store")
    nan3 = decimals(*[np.nan] * 3)
    return Case.canonical(
        items=Items(
            code=texts("mask"),
            name=texts("mask"),
            name_zh=texts("口罩"),
            unit=texts("piece"),
            pack_units=np.array([1]),
            pack_kg=decimals(0.01),
            pack_m3=decimals(np.nan),
            durable=np.array([False]),
        ),
        sites=Sites(
            code=names,
            name=names,
            name_zh=names,
            kind=texts("checkpoint", "checkpoint", "checkpoint", "warehouse"),
            area=texts("4211", "4211", "4211", "4211"),
            lat=decimals(*[np.nan] * 4),
            lon=decimals(*[np.nan] * 4),
            tier=texts("", "", "", ""),
        ),
        needs=Needs(
            site=places(0, 1, 2),
            item=places(0, 0, 0),
            daily_units=decimals(50, 20, 10),
            reported_on=np.full(3, np.datetime64("NaT"), dtype="datetime64[D]"),
            max_units=np.array([-1, -1, -1]),
        ),
        stock=Stock(
            site=places(3),
            item=places(0),
            units=np.array([50]),
            lot=texts(""),
            expires=np.full(1, np.datetime64("NaT"), dtype="datetime64[D]"),
            status=np.zeros(1, dtype=np.int8),
            earmark=texts(""),
        ),
        in_transit=InTransit(
            site=places(),
            item=places(),
            units=np.array([], dtype=np.int64),
            arrives=np.array([], dtype="datetime64[D]"),
        ),
        lanes=Lanes(
            depot=places(3, 3, 3),
            site=places(0, 1, 2),
            open=np.array([True, True, True]),
            km=nan3,
            hours=nan3,
            max_kg=nan3,
        ),
        depots=Depots(
            depot=places(),
            max_kg=decimals(),
            max_m3=decimals(),
            max_stops=np.array([], dtype=np.int64),
            vehicles=np.array([], dtype=np.int64),
            vehicle_kg=decimals(),
            shift_hours=decimals(),
            stop_minutes=decimals(),
        ),
        substitutes=Substitutes(item=places(), by=places(), units_per_unit=decimals()),
        policy=Policy(
            date=DAY,
            tiers={"frontline": ("checkpoint",)},
            ladder=(Rung(tiers=("frontline",), cover_days=Fraction(1), holding_share=Fraction(1)),),
        ),
    )


def written(folder: Path, **changes: tuple[str, str]) -> Path:
    """Write the plan, with one text replaced by another in some files (`lines_csv=("7", "8")`)."""
    for name, text in PLAN.items():
        old, new = changes.get(name.replace(".", "_"), ("", ""))
        assert old in text
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / name).write_text(
            "\n".join(lines).replace(old, new) + "\n" if old else "\n".join(lines) + "\n", encoding="utf-8"
        )
    return folder


def verdict(folder: Path, case: Case | None = None) -> str:
    """Return what the checker says of a folder, "" where all holds."""
    case = case or three_posts()
    found = verify(case, read_plan(folder, case))
    return "" if found is None else str(found)
