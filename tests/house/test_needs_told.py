"""From tables of activity, facts and fleets to a plan that says where each need comes from, as it is typed and read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from desk import Clerk

CASE = {
    "items": "item,name,name_zh,unit,pack_units,pack_kg,use\nMASK,surgical mask,口罩,piece,10,0.05,consumable\n"
    "THERMO,thermometer,测温仪,piece,1,0.3,durable\n",
    "sites": "site,kind,area\nD1,warehouse,421127\n"
    + "".join(f"CHK{n},checkpoint,421127\n" for n in range(1, 7))
    + "VIL1,community,421127103004\nVIL2,community,421127104001\n",
    "lanes": "depot,site,km,hours\n"
    + "".join(f"D1,{site},10,1\n" for site in (*(f"CHK{n}" for n in range(1, 7)), "VIL1", "VIL2")),
    "needs": "site,item,daily_units,reported_on\nCHK1,MASK,20,2020-02-09\nCHK3,MASK,22,2020-02-09\n"
    "CHK4,MASK,21,2020-02-09\nCHK5,MASK,19,2020-02-09\nCHK6,MASK,200,2020-02-09\nVIL1,MASK,30,2020-02-09\n"
    "VIL2,MASK,30,2020-01-09\n",
    "drivers": "site,driver,value,from,said_by\nCHK2,staff,7,2020-02-01,township\nCHK2,shifts,3,2020-02-05,township\n"
    "VIL2,households,12,2020-02-08,township\n",
    "facts": "place,fact,value,since,reason\n421127103000,confirmed_cases,12,2020-02-08,bulletin 14\n",
    "fleets": "site,item,held,working,counted_on,attrition\nCHK2,THERMO,4,1,2020-02-09,0\n",
    "opening": "site,item,units,day\nD1,MASK,500,2020-02-01\nD1,THERMO,30,2020-02-01\nCHK2,THERMO,4,2020-02-01\n",
}
DAY, PLAN = "2020-02-10", "P2020-02-10-1"
WHY_RAISED = (
    "Raised to frontline: confirmed cases 12 in 421127103000 since 2020-02-08; the rule says 10 or more. "
    "It is known by: bulletin 14."
)

NORM = "Joint prevention mechanism 2020 No. 33: exposed staff change a mask after 4 hours at most"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    assert desk("init").exit_code == 0
    (tmp_path / "county").mkdir()
    for name, text in CASE.items():
        (tmp_path / "county" / f"{name}.csv").write_text(text, encoding="utf-8")
    taken = desk("import", "county")
    assert taken.exit_code == 0, taken.output
    return desk


def test_allocate_says_where_needs_come_from_who_was_raised_and_what_is_unusual(clerk):
    assert clerk("allocate", "--date", DAY).stdout.splitlines()[:4] == [
        "Needs: 7 as reported, 1 of them old; 3 from activity; 0 by a standard.",
        f"{WHY_RAISED} Sites: VIL1.",
        "Far above their peers, and not cut; ask these sites: CHK6 surgical mask (9.5 times).",
        "",
    ]
    assert clerk("show", PLAN, lang="zh").stdout.splitlines()[:3] == [
        "需求来源：填报7项，其中1项已过时；活动测算3项；标准用量0项。",
        "提高为一线：自2020-02-08起421127103000确诊病例12，规则为10及以上。依据：bulletin 14。点位：VIL1。",
        "以下需求远高于同类点位，未作削减，请核实：CHK6口罩（9.5倍）。",
    ]


def test_json_tells_the_same_of_the_plan_when_it_is_made_shown_and_taken_as_a_snapshot(clerk):
    made = json.loads(clerk("allocate", "--date", DAY, "--json").stdout)["need_sources"]
    shown = json.loads(clerk("show", PLAN, "--json").stdout)["need_sources"]
    taken = json.loads(clerk("snapshot", "--out", "case", "--date", DAY, "--json").stdout)["need_sources"]

    assert made == shown == taken
    assert made == {
        "report": 7,
        "activity": 3,
        "standard": 0,
        "old_reports": 1,
        "far_from_kind": 0,
        "raised": [{"site": "VIL1", "tier": "frontline", "before": "community", "why": WHY_RAISED}],
        "unusual": [{"site": "CHK6", "item": "MASK", "daily_units": "200", "times": 9.5, "source": "report"}],
    }


def why(clerk: Clerk, site: str, item: str) -> list[str]:
    """Return what is said of a pair's need, behind its reason."""
    return clerk("why", PLAN, site, item).stdout.rpartition("\n\n")[2].splitlines()[1:]


def test_why_tells_of_one_need_its_source_its_day_and_its_coefficients(clerk):
    clerk("allocate", "--date", DAY)

    assert why(clerk, "CHK2", "MASK") == [
        "The need of 42 comes from activity, as it is since 2020-02-05.",
        f"By staff: 42, at 1 each (B: {NORM}).",
        "The weakest of these coefficients has confidence B.",
    ]
    assert why(clerk, "VIL1", "MASK") == ["The need of 30 was reported by the site on 2020-02-09.", WHY_RAISED]
    assert why(clerk, "VIL2", "MASK") == [
        "The need of 30 was reported by the site on 2020-01-09: an old report, and nothing newer is known."
    ]
    assert why(clerk, "CHK6", "MASK")[1:] == [
        "The need of surgical mask is 9.5 times that of its peers: perhaps a zero too many. Ask the site."
    ]
    chinese = clerk("why", PLAN, "CHK6", "MASK", lang="zh").stdout
    assert "级别: 一线\n" in chinese
    assert "日需求 200：该点位 2020-02-09 填报。\n口罩的需求是同类点位的 9.5 倍" in chinese
    assert clerk("why", PLAN, "D1", "MASK").stderr.startswith(f"D1 has no needs in plan {PLAN}, so nothing was decided")
    assert f"allocator show {PLAN} --lines" in clerk("why", PLAN, "D1", "MASK").stderr
    assert "allocator show PLAN --lines" in clerk("why", PLAN, "XX", "MASK").stderr
    told = json.loads(clerk("why", PLAN, "CHK2", "THERMO", "--json").stdout)
    assert (told["pair"]["on_hand"], told["need"]["source"], told["need"]["parts"][0]["driver"]) == (
        "1",
        "activity",
        "staff",
    )


def test_the_files_of_where_needs_come_from_go_with_the_plan_and_with_the_case(clerk):
    clerk("allocate", "--date", DAY)
    clerk("show", PLAN, "--out", "plan")
    clerk("snapshot", "--out", "case", "--date", DAY)

    for name in ("sources.csv", "activity.csv", "unusual.csv", "raised.csv"):
        assert Path("plan", name).read_bytes() == Path("case", name).read_bytes()
    with Path("plan", "sources.csv").open(encoding="utf-8") as file:
        rows = {(row["site"], row["item"]): (row["source"], row["since"]) for row in csv.DictReader(file)}
    assert rows["CHK2", "MASK"] == ("activity", "2020-02-05")
    assert clerk("plan", "case", "--out", "again").exit_code == 0
    assert clerk("why", "plan", "CHK2", "MASK").stdout == clerk("why", PLAN, "CHK2", "MASK").stdout
    assert "The need of" not in clerk("why", "again", "CHK2", "MASK").stdout


def test_what_a_plan_says_of_its_needs_is_sealed_with_it_and_it_verifies_although_figures_changed_since(clerk):
    clerk("allocate", "--date", DAY)
    clerk.take("drivers.csv", "site,driver,value,from\nCHK2,staff,70,2020-02-01\n")
    clerk.take("fleets.csv", "site,item,held,working,counted_on\nCHK2,THERMO,4,0,2020-02-09\n")

    assert clerk("verify", PLAN).exit_code == 0
    assert why(clerk, "CHK2", "MASK")[0] == "The need of 42 comes from activity, as it is since 2020-02-05."
    assert clerk("override", PLAN, "CHK2", "MASK", "10", "--reason", "need-mistaken").exit_code == 0
    assert clerk("verify", PLAN).exit_code == 0
    assert clerk("audit", "check").exit_code == 0


def test_a_policy_may_take_another_posture_or_coefficient_with_a_reason(clerk):
    policy = clerk("policy", "show").stdout
    Path("policy.toml").write_text(
        'posture = "crisis"\n' + policy + "[[coefficients]]\nitem = 'MASK'\ndriver = 'households'\nvalue = 2\n"
        "reason = 'county order 12'\n",
        encoding="utf-8",
    )
    assert clerk("policy", "set", "policy.toml").exit_code == 0
    clerk("allocate", "--date", DAY)

    # In a crisis a mask is worn through the shift of eight hours; activity wins over the old report.
    assert why(clerk, "CHK2", "MASK")[0] == "The need of 21 comes from activity, as it is since 2020-02-05."
    assert why(clerk, "VIL2", "MASK") == [
        "The need of 24 comes from activity, as it is since 2020-02-08.",
        "By households: 24, at 2 each (C: county order 12).",
        "The weakest of these coefficients has confidence C.",
    ]


def test_in_a_workbook_the_same_are_sheets(clerk):
    assert clerk("snapshot", "--out", "case.xlsx", "--date", DAY, lang="zh").exit_code == 0
    book = openpyxl.load_workbook("case.xlsx", read_only=True)
    rows = list(book["需求来源"].iter_rows(values_only=True))

    assert [name for name in book.sheetnames if name in ("需求来源", "活动测算", "异常需求", "级别提高")] == [
        "需求来源",
        "活动测算",
        "异常需求",
        "级别提高",
    ]
    assert rows[0][:5] == ("点位编码", "物资编码", "日用量", "来源", "起始日期")
    assert ("CHK2", "MASK", 42, "activity", "2020-02-05") in [row[:5] for row in rows]
    assert clerk("plan", "case.xlsx", "--out", "plan").exit_code == 0


def test_a_site_that_uses_far_less_than_its_kind_is_told(clerk):
    """Six checkpoints count seven on duty; five use 42 a day as the norm says, CHK2 uses one, for twenty days."""
    posts = [f"CHK{n}" for n in range(1, 7)]
    counted = "".join(f"{post},staff,7\n{post},shifts,3\n" for post in posts)
    clerk.take("drivers.csv", f"site,driver,value\n{counted}")
    held = "".join(f"{post},MASK,1000,2020-01-10\n" for post in posts)
    clerk.take("more.csv", f"site,item,units,day\n{held}", "--as", "opening")
    days = [f"2020-01-{day}" for day in range(15, 32)] + [f"2020-02-0{day}" for day in range(1, 4)]
    used = "".join(f"{day},{post},MASK,{1 if post == 'CHK2' else 42}\n" for day in days for post in posts)
    assert clerk.take("issues.csv", f"day,site,item,units\n{used}").exit_code == 0
    Path("policy.toml").write_text('need_sources = ["activity"]\n' + clerk("policy", "show").stdout, encoding="utf-8")
    clerk("policy", "set", "policy.toml")

    told = clerk("allocate", "--date", DAY).stdout
    assert "Needs from activity whose recorded use is far from that of their kind: 1; sources.csv names them." in told
    assert why(clerk, "CHK2", "MASK")[-1] == (
        "That is far from what its kind uses: either the figures or the reports are wrong here. Ask the site."
    )
