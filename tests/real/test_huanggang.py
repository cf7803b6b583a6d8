"""A real county and real hospital needs, from the door in to the checked plan.

The places are the townships and villages of county 421127; the needs of hospitals are those that
the hospitals of its prefecture, Huanggang (4211), published in early 2020. What nobody published
is invented here and simple: villages' and townships' daily use, stock, packs, lanes. Nothing of
the data is kept in this repository; where it is not there, these tests skip.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ALLOCATOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
REAL = SHARED / "real"
COUNTY, PREFECTURE = "421127", "4211"
# A request without a period is read as what five days need, the top of the ladder.
DAYS_REQUESTED = 5
MASK, N95, SUIT, GOGGLES = "医用外科口罩", "医用防护口罩 | N95口罩", "防护服", "防冲击眼罩/护目镜/防护眼镜"
THERMOMETER, DISINFECTANT = "测体温设备", "84消毒液"
DURABLE = {THERMOMETER, GOGGLES, "防护面罩"}

pytestmark = pytest.mark.skipif(
    not (REAL / "china_division").is_dir(),
    reason=f"the shared real data is not at {SHARED}; set ALLOCATOR_SHARED_DATA to its folder",
)

Row = dict[str, str]


def rows_of(path: str) -> list[Row]:
    with (REAL / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def requested_units(row: Row) -> int | None:
    """Return what a hospital asked for; None where it stated nothing.

    A 1 that was never filled in is a placeholder, an empty cell is nothing: neither is a need.
    """
    stated = row["quantity_requested"].strip()
    if row["note"] == "placeholder" or not stated:
        return None
    return int(stated)


def requests() -> list[tuple[Row, int]]:
    lines = rows_of("wuhan2020/hubei_hospital_supplies.csv")
    return [(row, units) for row in lines if (units := requested_units(row)) is not None]


def write_table(path: Path, header: str, rows: Sequence[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header.split(), *rows])


def hospital_codes() -> dict[str, str]:
    lines = rows_of("wuhan2020/hubei_hospital_supplies.csv")
    names = dict.fromkeys(row["hospital"].strip() for row in lines if row["city"] == "黄冈市")
    return {name: f"H{n:02}" for n, name in enumerate(names, start=1)}


def write_huanggang(case: Path) -> None:
    """Write the case as the CSV folder of docs/case-format.md."""
    case.mkdir()
    wanted = [(row, units) for row, units in requests() if row["city"] == "黄冈市"]
    names = sorted({row["item"] for row, _ in wanted})
    item_codes = {name: f"W{n:02}" for n, name in enumerate(names, start=1)}
    write_items(case, item_codes)
    write_places(case)
    needs = write_needs(case, wanted, item_codes)
    write_supply(case, needs)
    (case / "policy.toml").write_text(POLICY, encoding="utf-8")


def write_items(case: Path, item_codes: dict[str, str]) -> None:
    rows = [
        (code, name, "件", 1 if name in DURABLE else 10, 0.5, "durable" if name in DURABLE else "consumable")
        for name, code in item_codes.items()
    ]
    write_table(case / "items.csv", "item name_zh unit pack_units pack_kg use", rows)


def townships() -> list[Row]:
    return [row for row in rows_of("china_division/streets.csv") if row["areaCode"] == COUNTY]


def villages() -> list[Row]:
    return [row for row in rows_of("china_division/villages_huanggang_4211.csv") if row["areaCode"] == COUNTY]


def write_places(case: Path) -> None:
    places: list[tuple[object, ...]] = [
        ("PREF", "市级仓库", "warehouse", PREFECTURE),
        ("CNTY", "县级仓库", "warehouse", COUNTY),
    ]
    places += [(row["code"], row["name"], "office", row["code"]) for row in townships()]
    places += [(row["code"], row["name"], "community", row["code"]) for row in villages()]
    hospitals = hospital_codes()
    places += [(code, name, "hospital", PREFECTURE) for name, code in hospitals.items()]
    write_table(case / "sites.csv", "site name_zh kind area", places)
    county = [row["code"] for row in townships() + villages()]
    lanes: list[tuple[object, ...]] = [("CNTY", site, 15) for site in county]
    lanes += [("PREF", code, 60) for code in [*hospitals.values(), *(row["code"] for row in townships())]]
    write_table(case / "lanes.csv", "depot site km", lanes)


def write_needs(case: Path, wanted: list[tuple[Row, int]], item_codes: dict[str, str]) -> list[tuple[str, str, float]]:
    hospitals = hospital_codes()
    needs = [
        (
            hospitals[row["hospital"].strip()],
            item_codes[row["item"]],
            units if row["item"] in DURABLE else units / DAYS_REQUESTED,
        )
        for row, units in wanted
    ]
    for name, village_units, township_units in ((MASK, 20.0, 60.0), (DISINFECTANT, 2.0, 4.0), (THERMOMETER, 2.0, 4.0)):
        needs += [(row["code"], item_codes[name], village_units) for row in villages()]
        needs += [(row["code"], item_codes[name], township_units) for row in townships()]
    write_table(case / "needs.csv", "site item daily_units", needs)
    return needs


def write_supply(case: Path, needs: list[tuple[str, str, float]]) -> None:
    """Each depot holds a fifth of what its own places would use up in five days, and nobody else anything."""
    lacking: Counter[tuple[str, str]] = Counter()
    for site, item, daily_units in needs:
        lacking["PREF" if site.startswith("H") else "CNTY", item] += int(daily_units * DAYS_REQUESTED)
    stock: list[tuple[object, ...]] = [(depot, item, units // 5) for (depot, item), units in sorted(lacking.items())]
    stock += [(site, item, 0) for site, item, _ in needs]
    write_table(case / "stock.csv", "site item units", stock)


POLICY = """
date = 2020-02-10
reserve_share = 0.10

[tiers]
frontline = ["hospital"]
community = ["community", "office"]

[[ladder]]
tiers = ["frontline"]
cover_days = 1
holding_share = 0.5

[[ladder]]
tiers = ["frontline", "community"]
cover_days = 5
holding_share = 1.0
"""


def allocator(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "allocator", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("huanggang")
    case, plan = folder / "case", folder / "plan"
    write_huanggang(case)
    done = allocator("plan", str(case), "--out", str(plan))
    assert done.returncode == 0, done.stderr
    return case, plan


def table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_needs_are_264_of_2095_lines() -> None:
    lines = rows_of("wuhan2020/hubei_hospital_supplies.csv")
    asked = requests()
    of_item = Counter(row["item"] for row, _ in asked)
    units = Counter[str]()
    for row, count in asked:
        units[row["item"]] += count

    assert (len(lines), len(asked)) == (2095, 264)
    assert min(count for _, count in asked) > 1
    assert {item: (of_item[item], units[item]) for item in (MASK, N95, SUIT, GOGGLES)} == {
        MASK: (27, 2_233_000),
        N95: (33, 548_300),
        SUIT: (34, 292_010),
        GOGGLES: (28, 81_280),
    }


def test_the_county_has_16_townships_and_489_villages_and_each_code_begins_with_its_township() -> None:
    town_codes = {row["code"] for row in townships()}

    assert (len(town_codes), len(villages())) == (16, 489)
    assert {row["code"][:9] for row in villages()} == town_codes
    # One name stands for two villages, so names cannot be keys.
    assert len({row["name"] for row in villages()}) == 488


def test_placeholders_and_empty_cells_are_not_planned(planned: tuple[Path, Path]) -> None:
    """36 hospitals of the prefecture published 361 lines; 9 of them stated 56 quantities."""
    _, plan = planned
    hospital_pairs = [row for row in table(plan / "pairs.csv") if row["site"].startswith("H")]

    assert len(hospital_codes()) == 36
    assert len(hospital_pairs) == 56
    assert len({row["site"] for row in hospital_pairs}) == 9


def test_every_village_and_township_is_in_the_plan_under_its_own_code(planned: tuple[Path, Path]) -> None:
    _, plan = planned
    sites = Counter(row["site"] for row in table(plan / "pairs.csv") if not row["site"].startswith("H"))

    assert Counter(len(code) for code in sites) == {9: 16, 12: 489}
    assert set(sites.values()) == {3}


def test_no_depot_sends_more_than_it_holds_less_the_reserve(planned: tuple[Path, Path]) -> None:
    case, plan = planned
    held = {(row["site"], row["item"]): int(row["units"]) for row in table(case / "stock.csv")}
    sent = Counter[tuple[str, str]]()
    for row in table(plan / "lines.csv"):
        sent[row["depot"], row["item"]] += int(row["units"])

    assert sent
    assert all(10 * units <= 9 * held[key] for key, units in sent.items())


def test_hospitals_that_asked_for_the_same_item_are_lifted_alike(planned: tuple[Path, Path]) -> None:
    """Hospitals share one depot, so each stands at the same days of cover, to a pack."""
    case, plan = planned
    pack = {row["item"]: int(row["pack_units"]) for row in table(case / "items.csv")}
    by_item: dict[str, list[Row]] = {}
    for row in table(plan / "pairs.csv"):
        if row["site"].startswith("H"):
            by_item.setdefault(row["item"], []).append(row)
    shared = {item: rows for item, rows in by_item.items() if len(rows) > 1}

    assert len(shared) > 5
    for rows in shared.values():
        fair_cover = {round(float(row["fair_units"]) / float(row["daily_units"]), 6) for row in rows}
        assert len(fair_cover) == 1
        assert all(abs(float(row["units"]) - float(row["fair_units"])) <= 2 * pack[row["item"]] for row in rows)


def test_the_plan_of_the_real_county_is_verified(planned: tuple[Path, Path]) -> None:
    case, plan = planned
    done = allocator("verify", str(case), str(plan))

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((plan / "proof.json").read_text(encoding="utf-8"))["steps"]
