"""The checker on a plan small enough to check by hand: 50 masks over daily uses of 10, 20 and 50."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from three_posts import PLAN, three_posts, verdict, written


def test_seven_thirteen_thirty_is_fair(tmp_path: Path) -> None:
    """50 masks over daily uses of 10, 20 and 50: 62.5 % of a day each, and 7, 13 and 30 whole masks."""
    assert verdict(written(tmp_path)) == ""


@pytest.mark.parametrize(("small", "mid", "big"), [(6, 13, 31), (7, 12, 31), (6, 12, 32), (8, 13, 29), (7, 14, 29)])
def test_any_other_split_of_the_fifty_is_refused(tmp_path: Path, small: int, mid: int, big: int) -> None:
    """6, 13, 31 and 7, 12, 31 each allow a lifting exchange, and so does every other split."""
    folder = written(tmp_path)
    rows = [("Big", 50, 31.25, big), ("Mid", 20, 12.5, mid), ("Small", 10, 6.25, small)]
    header = PLAN["pairs.csv"].strip().splitlines()[0]
    (folder / "pairs.csv").write_text(
        "\n".join([header, *(f"{s},mask,frontline,{u},0,0,{f},{n},0,{n / u},1,0.625,R1" for s, u, f, n in rows)])
    )
    (folder / "lines.csv").write_text(
        "\n".join(["depot,site,item,packs,units,kg", *(f"Store,{s},mask,{n},{n},{n / 100}" for s, _, _, n in rows)])
    )
    (folder / "stops.csv").write_text(
        "\n".join(["depot,site,kg,m3", *(f"Store,{s},{n / 100},0" for s, _, _, n in rows)])
    )
    assert "the packs are not fair" in verdict(folder)


STEPS = json.dumps(json.loads(PLAN["proof.json"])["steps"])

CORRUPTIONS = {
    "units moved on paper": ({"pairs_csv": ("31.25,30,", "31.25,31,")}, "cover_after is 0.6"),
    "a pack added": ({"lines_csv": ("mask,7,7,0.07", "mask,8,8,0.08")}, "only 50 may leave"),
    "units that are no whole packs": ({"lines_csv": ("mask,7,7,", "mask,7,8,")}, "not whole packs"),
    "a false weight": ({"lines_csv": ("7,7,0.07", "7,7,0.06")}, "weigh 0.07 kg"),
    "a line to nowhere": ({"lines_csv": ("Store,Small", "Store,Smell")}, "Smell is not in the case"),
    "a line from a site": ({"lines_csv": ("Store,Small", "Big,Small")}, "not sorted"),
    "a price changed": ({"proof_json": ("0.0125", "0")}, "freezes 3 pairs; its prices freeze 0"),
    "a level shifted": ({"proof_json": ("0.625", "0.626")}, "do not balance"),
    "a level above the top": ({"proof_json": ("0.625", "1.0")}, "off the ladder"),
    "a rung that is not there": ({"proof_json": ('"rung": 1', '"rung": 2')}, "off the ladder"),
    "freezes miscounted": ({"proof_json": ('"freezes": 3', '"freezes": 2')}, "says it freezes 2 pairs"),
    "a price of nothing": (
        {"proof_json": ('"Store", "mask", "0.0125"', '"Stare", "mask", "0.0125"')},
        "no such limit",
    ),
    "a negative price": ({"proof_json": ("0.0125", "-0.0125")}, "not a price"),
    "a hidden gap": ({"proof_json": ('"gap": "0"', '"gap": "0.5"')}, "calls the plan exact"),
    "a step dropped": ({"proof_json": (STEPS, "[]")}, "but the proof leaves it 50.0"),
    "a flow altered": ({"proof_json": ('"Store", "50"', '"Store", "51"')}, "receive 51.0 units"),
    "a flow dropped": ({"proof_json": ('[["Store"], "mask", "frontline", "Store", "50"]', "")}, "receive 0.0 units"),
    "fair_units altered": ({"pairs_csv": ("31.25,30", "31.26,30")}, "but the proof leaves it 31.25"),
    "fill altered": ({"pairs_csv": ("0.6,1,0.625", "0.6,1,0.635")}, "not where its fair_units put it"),
    "rung altered": ({"pairs_csv": ("0.6,1,0.625", "0.6,0,1")}, "not where its fair_units put it"),
    "stock at a site invented": ({"pairs_csv": ("50,0,0,", "50,5,0,")}, "on_hand is 5"),
    "use invented": ({"pairs_csv": ("frontline,50", "frontline,60")}, "daily_units is 60"),
    "a tier invented": ({"pairs_csv": ("Mid,mask,frontline", "Mid,mask,backline")}, "backline is not in the case"),
    "a pair dropped": (
        {"pairs_csv": ("Mid,mask,frontline,20,0,0,12.5,13,0,0.65,1,0.625,R1\n", "")},
        "no row for site Mid",
    ),
    "a reason unsaid": ({"pairs_csv": ("0.6,1,0.625,R1", "0.6,1,0.625,R2")}, "not in reasons.csv"),
    "a stop dropped": ({"stops_csv": ("Store,Mid,0.13,0\n", "")}, "no stop from Store at Mid"),
    "a stop's weight altered": ({"stops_csv": ("0.13", "0.14")}, "add up to 0.13"),
    "not a number": ({"pairs_csv": ("31.25,30", "about 31,30")}, "pairs.csv, row 2, column fair_units"),
    "a blank number": ({"pairs_csv": ("31.25,30", ",30")}, "blanks where a number is due"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_named(tmp_path: Path, name: str) -> None:
    """One thing altered, one sentence that says where."""
    changes, words = CORRUPTIONS[name]
    assert words in verdict(written(tmp_path, **changes))


@pytest.mark.parametrize("name", [name for name in PLAN if name != "lots.csv"])
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    """Nothing is assumed about a file that is not there."""
    written(tmp_path)
    (tmp_path / name).unlink()
    assert f"{name} is missing" in verdict(tmp_path)


@pytest.mark.parametrize(
    "junk", [b"", b"\xff\xfe\x00", b"[]", b"{", b"a,b\n1", b'"' * 999, b'{"flow": 1, "steps": 2}', b"[" * 99999]
)
@pytest.mark.parametrize("name", PLAN)
def test_junk_is_refused_with_a_sentence(tmp_path: Path, name: str, junk: bytes) -> None:
    """Whatever a file holds, the checker answers and does not fall over."""
    written(tmp_path)
    (tmp_path / name).write_bytes(junk)
    # An object is all that is asked of a summary.
    assert name in verdict(tmp_path) or (name == "summary.json" and junk.startswith(b'{"'))


def test_a_closed_lane_carries_nothing(tmp_path: Path) -> None:
    """The same plan on a network whose lane to Small is closed is refused."""
    case = three_posts()
    lanes = dataclasses.replace(case.lanes, open=np.array([True, True, False]))
    assert "no lane is open" in verdict(written(tmp_path), dataclasses.replace(case, lanes=lanes))
