"""`report day` through the command line: a day of a small ledger, written, printed and added up."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from desk import Clerk
from pypdf import PdfReader


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """A ledger in which 500 masks came on the 9th, and 200 left for P1 in an emergency on the 10th, 60 were used."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk.begin()
    for line in (
        "receive D1 MASK 500 --partner S1 --date 2020-02-09",
        "emergency-issue D1 P1 MASK 200 --reason new-cases --date 2020-02-10",
        "issue D1 MASK 60 --date 2020-02-10",
    ):
        done = clerk(*line.split())
        assert done.exit_code == 0, done.output
    return clerk


DAY = ("report", "day", "--date", "2020-02-10")


def test_the_day_adds_up_and_says_what_is_open(clerk):
    said = clerk(*DAY)
    assert said.exit_code == 0, said.output
    (row,) = (line.split() for line in said.stdout.splitlines() if line.startswith("  MASK"))
    assert row == ["MASK", "mask", "piece", "500", "60", "440", "240", "200", "200"]
    assert "emergency issue not countersigned  2       D1 → P1" in said.stdout
    assert "For every item: opening + received" in said.stdout
    assert "What is short is not said: no plan was made for this day." in said.stdout


def test_as_json_every_term_is_there(clerk):
    answer = json.loads(clerk(*DAY, "--json").stdout)

    assert answer["schema"] == "allocator.day-report/1"
    (item,) = answer["items"]
    assert item == {
        "item": "MASK",
        "unit": "piece",
        "opening": 500,
        "received": 0,
        "used": 60,
        "written_off": 0,
        "counted": 0,
        "given_back": 0,
        "closing": 440,
        "at_depots": 240,
        "at_sites": 0,
        "unusable": 0,
        "under_way": 200,
        "sent": 200,
        "short": None,
        "unexplained": 0,
    }
    assert [each["document"] for each in answer["open"]["emergencies"]] == [2]
    assert answer["plan"] is None


def test_what_the_days_plan_leaves_short_is_said_by_tier(clerk):
    """Parts of units count as they do in `show`; rounding up each need would say more."""
    clerk.take("needs.csv", "site,item,daily_units\nP1,MASK,100.2\nP2,MASK,1000.2\nP2,TENT,2\n")
    clerk.take("lanes.csv", "depot,site\nD1,P1\nD1,P2\n")
    assert clerk("allocate", "--date", "2020-02-10", "--no-workbook").exit_code == 0
    answer = json.loads(clerk(*DAY, "--json").stdout)
    short = {each["item"]: each for each in answer["short"]}
    planned = json.loads(clerk("show", answer["plan"], "--json").stdout)["items_short"]

    assert answer["plan"] == "P2020-02-10-1"
    assert {code: each["units"] for code, each in short.items()} == {
        each["item"]: each["short_units"] for each in planned
    }
    assert short["MASK"]["by_tier"]["frontline"] == short["MASK"]["units"]
    assert "Short by plan P2020-02-10-1 (draft)." in clerk(*DAY).stdout


def test_it_is_written_as_a_page_and_as_a_workbook(clerk):
    for name in ("day.pdf", "day.xlsx", "day.csv"):
        assert clerk(*DAY, "--out", name, lang="zh").exit_code == 0
    (page,) = PdfReader(io.BytesIO(Path("day.pdf").read_bytes())).pages
    text = page.extract_text()

    assert "紧急发放未补签" in text
    assert "账本封存码" in text  # the newest signed head goes to the level above with every report
    assert Path("day.xlsx").read_bytes()[:2] == b"PK"
    head, first, *_ = Path("day.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "物资" in head
    assert len(first.split(",")) == len(head.split(","))
    assert "紧急发放未补签" in Path("day-open.csv").read_text(encoding="utf-8-sig")


def test_a_difference_found_on_the_11th_is_not_told_of_the_10th(clerk):
    """The 10th saw the masks leave; the note came back a day later with ten of them missing."""
    (open_,) = json.loads(clerk("report", "day", "--date", "2020-02-13", "--json").stdout)["open"]["late"]
    done = clerk("confirm", open_["note"], "MASK", "190", "--date", "2020-02-11")
    assert done.exit_code == 0, done.output

    assert "difference not explained" not in clerk(*DAY).stdout
    (row,) = (line.split() for line in clerk("report", "day", "--date", "2020-02-12").stdout.splitlines()
              if "difference not explained" in line)  # fmt: skip
    assert row[-2:] == ["2020-02-11", "10"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--out", "day.doc"), 2, "day.doc is none of these: .pdf, .xlsx, .csv."),
        (("--date", "2999-01-01"), 1, "2999-01-01 is yet to come"),
    ],
)
def test_what_cannot_be_reported_is_refused(clerk, words, status, said):
    refused = clerk("report", "day", *words)

    assert refused.exit_code == status
    assert said in refused.stderr


def test_a_day_is_told_by_what_was_known_at_a_time_or_to_the_author_of_a_plan(clerk):
    before = json.loads(clerk(*DAY, "--known-at", "2020-02-12T08:00", "--json").stdout)
    now = json.loads(clerk(*DAY, "--known-at", "2099-01-01", "--json").stdout)
    told = clerk(*DAY, "--known-at", "2099-01-01", "--out", "day.pdf", lang="zh")

    assert (before["document"], before["items"], before["open"]) == (0, [], None)
    assert now["items"] == json.loads(clerk(*DAY, "--json").stdout)["items"]
    assert "未补签" not in told.stdout
    assert Path("day.pdf").read_bytes().startswith(b"%PDF")
    assert "There is no plan P2020-02-10-9" in clerk(*DAY, "--known-at", "P2020-02-10-9").stderr
