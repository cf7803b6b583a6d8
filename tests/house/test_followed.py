"""`show PLAN --followed`: planned, sent, delivered and used, for each site and item, and the same as a workbook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from case_ledger import ledger_of
from case_tables import case_of_tables
from click.testing import CliRunner
from openpyxl import load_workbook

from cli import root

DAY, PLAN = "2020-02-10", "P2020-02-10-1"


def done(line: str) -> str:
    result = CliRunner().invoke(root, ["--lang", "en", *line.split()])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(line: str):
    return json.loads(done(f"{line} --json"))


@pytest.fixture
def followed(tmp_path, monkeypatch):
    """Three posts get 20, 20 and 10 masks: all sound; three damaged and four lost; not there yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    ledger_of(
        case_of_tables(
            items="item pack kg\nmask 10 1",
            sites="site kind\nGate clinic\nPost clinic\nWard clinic\nDepot warehouse",
            needs="site item daily\nGate mask 10\nPost mask 10\nWard mask 10",
            stock="site item units\nDepot mask 50\nGate mask 0\nPost mask 0\nWard mask 0",
        ),
        url,
    )
    done(f"allocate --date {DAY} --no-workbook")
    done(f"review {PLAN}")
    done(f"approve {PLAN} --date {DAY} --at 09:00")
    done(f"dispatch {PLAN} --date {DAY} --at 10:00")
    done(f"confirm {PLAN}-001 --all --date {DAY} --at 12:00")
    said = "--damaged 3 --lost 4 --reason broken-on-the-way"
    differing = told(f"confirm {PLAN}-002 mask 13 {said} --date {DAY} --at 12:00")
    done(f"issue Gate mask 8 --date {DAY} --at 20:00")
    done("issue Gate mask 6 --date 2020-02-11 --at 20:00")
    return differing


@pytest.mark.usefixtures("followed")
def test_what_was_planned_stands_beside_what_was_delivered_and_used():
    rows = {row.pop("site"): row for row in told(f"show {PLAN} --followed")["rows"]}

    none = {"set_aside": 0, "damaged": 0, "lost": 0, "elsewhere": 0, "under_way": 0, "used": 0}
    assert rows == {
        "Gate": none | {"item": "mask", "planned": 20, "sent": 20, "delivered": 20, "used": 14},
        "Post": none | {"item": "mask", "planned": 20, "sent": 20, "delivered": 13, "damaged": 3, "lost": 4},
        "Ward": none | {"item": "mask", "planned": 10, "sent": 10, "delivered": 0, "under_way": 10},
    }
    shown = done(f"show {PLAN} --followed")
    assert (
        "of 50 units planned 50 were sent and 33 delivered; 3 arrived damaged, 4 were lost, 10 are under way" in shown
    )
    assert [line.split()[0] for line in shown.splitlines()[-2:]] == ["Ward", "Post"]  # who lacks most comes first
    assert "Gate" not in shown


def test_a_receipt_that_is_reversed_is_under_way_again(followed):
    done(f"reverse {followed['number']} --reason wrong-quantity")
    (row,) = [row for row in told(f"show {PLAN} --followed")["rows"] if row["under_way"] == 20]

    assert (row["delivered"], row["damaged"], row["lost"]) == (0, 0, 0)


@pytest.mark.usefixtures("followed")
def test_use_is_counted_until_the_eve_of_the_next_plan_that_was_approved():
    Path("partners.csv").write_text("partner,kind\nS1,supplier\n", encoding="utf-8")
    done("import partners.csv")
    done("receive Depot mask 20 --partner S1 --date 2020-02-11 --at 07:00")
    done("allocate --date 2020-02-11 --no-workbook")
    assert told(f"show {PLAN} --followed")["rows"][0]["used"] == 14  # a draft takes nobody's place
    done("review P2020-02-11-1")
    done("approve P2020-02-11-1 --date 2020-02-11")

    found = told(f"show {PLAN} --followed")
    assert (found["first"], found["last"], found["rows"][0]["used"]) == (DAY, DAY, 8)


@pytest.mark.usefixtures("followed")
def test_the_workbook_has_every_row_and_sums_that_can_be_followed():
    done(f"show {PLAN} --followed --out followed.xlsx")
    sheet = load_workbook("followed.xlsx").worksheets[0]
    values = load_workbook("followed.xlsx", data_only=True).worksheets[0]

    heading = [cell.value for cell in sheet[1]]
    assert heading == ["site", "site name", "item", "item name", "planned", "sent", "delivered", "set aside",
                       "damaged", "lost", "back or elsewhere", "under way", "used"]  # fmt: skip
    assert [row[0].value for row in sheet.iter_rows(min_row=2, max_row=5)] == ["Gate", "Post", "Ward", "total"]
    assert sheet["G5"].value == "=SUM(G2:G4)"
    assert values["G5"].value == 33
    steps = load_workbook("followed.xlsx")["Steps"]
    assert [row[1].value for row in steps.iter_rows(min_row=2)] == ["drafted", "reviewed", "approved", "dispatched"]


@pytest.mark.usefixtures("followed")
def test_plans_and_their_lines_are_saved_too():
    done(f"show {PLAN} --lines --out lines.csv")
    done("plans --out plans.xlsx")
    lines = Path("lines.csv").read_text(encoding="utf-8-sig").splitlines()
    plans, waiting, about = load_workbook("plans.xlsx").worksheets

    assert lines[0].startswith("site,site_name,item,item_name,depot,proposed_units,override_units,final_units,")
    assert {line.split(",")[0] for line in lines[1:]} >= {"Gate", "Post", "Ward"}
    assert plans["A2"].value == PLAN
    assert plans["B2"].is_date
    assert waiting["A1"].value == "matter"
    assert "ledger" in {row[0].value for row in about.iter_rows()}
