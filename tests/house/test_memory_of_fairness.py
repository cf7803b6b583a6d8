"""Who was short day after day, by what sites really had: shown, and first among equals where the policy says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from case_ledger import ledger_of
from case_tables import case_of_tables
from click.testing import CliRunner

from cli import root

POSTS = ("Gate", "Post", "Ward")


def done(line: str) -> str:
    result = CliRunner().invoke(root, ["--lang", "en", *line.split()])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(line: str):
    return json.loads(done(f"{line} --json"))


@pytest.fixture
def round_of(tmp_path, monkeypatch):
    """Three equal posts that use ten masks a day; the depot has a pack of ten for two of them each day."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    ledger_of(
        case_of_tables(
            items="item pack kg\nmask 10 1",
            sites="site kind\nGate clinic\nPost clinic\nWard clinic\nDepot warehouse",
            needs="site item daily\nGate mask 10\nPost mask 10\nWard mask 10",
            stock="site item units\nDepot mask 20\nGate mask 0\nPost mask 0\nWard mask 0",
        ),
        url,
    )
    Path("partners.csv").write_text("partner,kind\nS1,supplier\n", encoding="utf-8")
    done("import partners.csv")

    def day(date: str) -> list[str]:
        """Plan, approve, send, confirm, use; return who got a pack."""
        done(f"allocate --date {date} --no-workbook")
        plan = f"P{date}-1"
        done(f"review {plan}")
        done(f"approve {plan} --date {date} --at 09:00")
        notes = told(f"dispatch {plan} --date {date} --at 10:00")["notes"]
        for note in notes:
            done(f"confirm {note['note']} --all --date {date} --at 12:00")
            done(f"issue {note['site']} mask 10 --date {date} --at 20:00")
        done(f"verify {plan}")
        return [note["site"] for note in notes]

    return day


def another_day(date: str) -> None:
    done(f"receive Depot mask 20 --partner S1 --date {date} --at 07:00")


def test_who_was_short_is_listed_with_the_days_and_the_cover_they_had(round_of):
    assert "No plan was approved yet" in done("plans --short")
    assert round_of("2020-02-10") == ["Gate", "Post"]
    another_day("2020-02-11")
    assert round_of("2020-02-11") == ["Gate", "Post"]

    (ward,) = told("plans --short")["short"]
    assert ward == {"site": "Ward", "item": "mask", "days": 2, "covers": [0.0, 0.0]}
    shown = done("plans --short --out short.csv")
    assert "1 of 3 needs; on two days of plans in a row or more: 1." in shown
    assert shown.splitlines()[-1].split() == ["Ward", "mask", "2", "0.00", "0.00"]
    saved = Path("short.csv").read_text(encoding="utf-8-sig").splitlines()
    assert saved[0] == "site,site_name,item,item_name,days,cover_2020-02-11,cover_2020-02-10"
    assert [line.split(",")[0:8:2] for line in saved[1:]] == [["Ward", "mask", "2", "0"]]


def test_what_was_used_that_day_was_there_to_use(round_of):
    """Gate used all ten of its masks: it had its day's use, and was not short."""
    round_of("2020-02-10")

    assert {each["site"] for each in told("plans --short")["short"]} == {"Ward"}


def test_by_policy_who_was_short_goes_first_among_equals_and_the_plan_holds(round_of):
    round_of("2020-02-10")
    text = done("policy show").replace("memory_days = 0", "memory_days = 1")
    Path("policy.toml").write_text(text, encoding="utf-8")
    done("policy set policy.toml")
    another_day("2020-02-11")

    assert round_of("2020-02-11") == ["Gate", "Ward"]
    another_day("2020-02-12")
    assert round_of("2020-02-12") == ["Gate", "Post"]
    done("snapshot --out case --date 2020-02-13")
    rows = Path("case/needs.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[-1] for row in rows] == ["days_short", "", "", "1"]
