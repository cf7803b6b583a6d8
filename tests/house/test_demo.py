"""`allocator demo`: a county lived through, with a ledger that can be asked afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import root

LEDGER = "sqlite:///demo/ledger.sqlite"


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Return what two days printed as JSON; the demo is in the folder of each test."""
    folder = tmp_path_factory.mktemp("county")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = allocator("demo", "--days", "2", "--json")
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


@pytest.fixture(autouse=True)
def in_its_folder(county, monkeypatch):
    monkeypatch.chdir(county[0])


def test_every_unit_is_somewhere_and_none_is_unexplained(county):
    told = county[1]
    where = told["where"]
    came = where.pop("received") + where.pop("found")

    assert came == sum(where.values()) > 100_000
    assert told["unexplained_units"] == 0
    assert min(where["used"], where["held"], where["in_transit"], where["written_off"], where["missing"]) > 0


def test_each_day_was_a_full_round(county):
    """Receipts, a plan, shipments, confirmations with differences, use, counts."""
    days = county[1]["days"]

    assert [day["plan"] for day in days] == ["P2020-02-10-1", "P2020-02-11-1"]
    for day in days:
        assert set(day["documents"]) == {"receive", "transfer", "confirm", "issue", "count"}
        assert 0 < day["confirmed_with_differences"] < day["documents"]["confirm"] / 10


def test_the_ledger_holds_and_so_do_its_plans():
    for words in (("audit", "check"), ("verify", "P2020-02-10-1"), ("verify", "P2020-02-11-1")):
        result = allocator("--db", LEDGER, *words)
        assert result.exit_code == 0, result.output
    assert allocator("verify", "demo/case", "demo/plan").exit_code == 0


def test_a_ledger_that_is_in_use_is_refused_and_left_as_it_is(county):
    before = Path("demo/ledger.sqlite").read_bytes()
    result = allocator("--db", LEDGER, "demo", "--out", "other")

    assert (result.exit_code, "This ledger is in use." in result.stderr) == (1, True)
    assert Path("demo/ledger.sqlite").read_bytes() == before
    assert not Path("other").exists()
