"""The demonstration's county works some needs out from activity, raises a town's communities, flags what is unusual."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import root


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Return what two days printed as JSON; the demo is in the folder of each test."""
    folder = tmp_path_factory.mktemp("county")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(root, ["--lang", "en", "demo", "--days", "2", "--json"], prog_name="allocator")
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "demo" / "plan" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_checkpoints_and_isolation_sites_count_and_the_others_report(county):
    folder, told = county
    sources = rows(folder, "sources.csv")

    assert {row["site"][:3] for row in sources if row["source"] == "activity"} == {"CHK", "ISO"}
    assert told["need_sources"]["activity"] == sum(row["source"] == "activity" for row in sources) > 100
    assert told["need_sources"]["report"] > 2_000


def test_traffic_of_the_second_day_is_what_was_counted_on_it_and_the_first_days_use_teaches(county):
    by_pair = {(row["site"], row["item"]): row for row in rows(county[0], "sources.csv")}

    assert by_pair["CHK01", "ALCOHOL"]["since"] == "2020-02-11"
    assert by_pair["CHK01", "MASK"]["since"] == "2020-02-04"
    assert {row["use_days"] for row in by_pair.values() if row["source"] == "activity"} == {"0", "1"}


def test_the_communities_of_one_town_come_first_since_its_cases_were_confirmed(county):
    raised = county[1]["need_sources"]["raised"]

    assert {(each["tier"], each["before"]) for each in raised} == {("frontline", "community")}
    assert {each["site"][:3] for each in raised} <= {"RES", "VIL"}
    assert "since 2020-02-07; the rule says 10 or more. It is known by: county bulletin 14." in raised[0]["why"]


def test_what_does_not_work_is_shown_as_damaged(county):
    with (county[0] / "demo" / "case" / "stock.csv").open(encoding="utf-8") as file:
        damaged = [row for row in csv.DictReader(file) if row["status"] == "damaged"]

    assert {row["item"] for row in damaged} == {"THERMO"}
    assert {row["site"][:3] for row in damaged} == {"CHK"}
