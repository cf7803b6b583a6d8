"""A plan names the case it was made from, and the checker holds it to that."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from case_tables import case_of_tables
from click.testing import CliRunner, Result

from cli import root
from data.case_digest import case_digest
from data.case_files import read_case
from data.samples import make_sample


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Leave `case` and `plan` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    assert allocator("sample", "ties", "--out", "case", "--sites", "10").exit_code == 0
    assert allocator("plan", "case", "--out", "plan").exit_code == 0
    return tmp_path


def test_the_summary_names_the_case_by_its_digest(planned):
    summary = json.loads(Path("plan/summary.json").read_text(encoding="utf-8"))

    assert summary["case_digest"] == case_digest(read_case(Path("case")).case)
    assert allocator("verify", "case", "plan").exit_code == 0


def test_a_change_that_moves_no_number_is_found_by_the_digest(planned):
    """Somebody renames a site after the plan was made: nothing adds up otherwise, and yet it is another case."""
    sites = Path("case/sites.csv")
    header, first, *rest = sites.read_text(encoding="utf-8").splitlines()
    code, name, *others = first.split(",")
    sites.write_text("\n".join([header, ",".join([code, f"{name} again", *others]), *rest]), encoding="utf-8")

    result = allocator("verify", "case", "plan")

    assert result.exit_code == 4
    assert "the tables were changed after the plan was made" in result.stdout


def test_a_plan_that_names_no_case_does_not_hold(planned):
    summary = json.loads(Path("plan/summary.json").read_text(encoding="utf-8"))
    del summary["case_digest"]
    Path("plan/summary.json").write_text(json.dumps(summary), encoding="utf-8")

    result = allocator("verify", "case", "plan")

    assert result.exit_code == 4
    assert "does not name the case by its case_digest" in result.stdout


def test_a_case_keeps_its_digest_when_a_later_version_knows_more_columns_and_rules():
    """Both were computed by the version before `days_short` and all that `_LATER_RULES` lists."""
    three = case_of_tables(
        items="item pack kg\nmask 10 1",
        needs="site item daily\nGate mask 10\nPost mask 10",
        stock="site item units\nDepot mask 60",
    )
    county = make_sample("county", sites=40, items=3)

    assert case_digest(three) == "71c6c1d43396778e17fe38e0c875f539121e96aad8e04d88ac84f59345d43e8f"
    assert case_digest(county) == "04ce059d434fdf877887970ebb2e8f7f5cbd35b727c869dbaf9ffbce3fe11f6c"


@pytest.mark.parametrize(
    "rule",
    [
        {"confirm_days": 2},
        {"memory_days": 3},
        {"stale_stock": "estimate"},
        {"shelf_days": {"school": 60}},
        {"uncertified": "quarantine"},
    ],
)
def test_a_rule_that_is_chosen_makes_another_case(rule):
    county = make_sample("county", sites=40, items=3)
    other = dataclasses.replace(county, policy=dataclasses.replace(county.policy, **rule))

    assert case_digest(other) != case_digest(county)
