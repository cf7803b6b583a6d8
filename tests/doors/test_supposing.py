"""`--scenario` of forecast, shortfall and procure: typed, read, saved, refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from case_ledger import ledger_of
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from cli import root
from data.samples import make_sample

TOWNSHIP = Path(__file__).parents[2] / "data" / "samples" / "township"
BEGUN = dt.date(2019, 12, 2)
TABLES = {
    "suppliers": "supplier,name\nA,North Works\n",
    "offers": "supplier,item,price,lead_days\nA,MASK,1.2,5\n",
    "budgets": "bucket,amount\ncounty,5000\n",
    "drivers": "site,driver,value\nCHK1,vehicles,900\n",
}
RISE = (
    'title = "Market day"\nsays = "Twice the masks at the school for three days."\n[[change]]\ntable = "needs"\n'
    'do = "scale"\ncolumn = "daily_units"\nby = 2\nfrom = 2\nto = 4\nwhere = { site = "SCH1", item = "MASK" }\n'
)


@pytest.fixture
def case(tmp_path) -> Path:
    folder = tmp_path / "town"
    shutil.copytree(TOWNSHIP, folder)
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    rows = [
        f"{site},MASK,{BEGUN + dt.timedelta(days=day)},{level + day % 5}"
        for site, level in (("CHK1", 30), ("SCH1", 200))
        for day in range(70)
    ]
    (folder / "history.csv").write_text("site,item,date,units\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "rise.toml").write_text(RISE, encoding="utf-8")
    return folder


def typed(*words: object, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *map(str, words)], prog_name="allocator")


def test_the_forecast_says_what_is_supposed_and_what_it_makes_of_demand(case):
    done = typed("forecast", case, "--horizon", "6", "--scenario", case.parent / "rise.toml")

    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "Supposed: Market day. Twice the masks at the school for three days."
    assert lines[1] == "- needs: daily_units × 2 · where site = SCH1; item = MASK · from day +2 · to day +4"
    assert lines[2].startswith("- Demand changes for 1 of ")
    assert lines[2].endswith(" needs, × 1 to × 2, from 2020-02-12 to 2020-02-14.")
    assert lines[4].startswith("Forecast of ")


def test_a_forecast_from_records_rises_at_that_site_only_and_on_those_days_only(case):
    def sums(*words: object) -> dict[tuple[str, str], list[float]]:
        told = json.loads(typed("forecast", case, "--horizon", "6", *words, "--json").stdout)
        return {(each["site"], each["item"]): each["quantiles"] for each in told["forecast"]}

    before, after = sums(), sums("--scenario", case.parent / "rise.toml")
    changed = {name: after[name][1] / before[name][1] for name in before if after[name] != before[name]}
    assert changed == {("SCH1", "MASK"): pytest.approx((3 * 1 + 3 * 2) / 6)}


def test_json_says_the_scenario_and_null_without_one(case):
    told = json.loads(typed("shortfall", case, "--scenario", case.parent / "rise.toml", "--json").stdout)

    assert told["scenario"]["title"] == "Market day"
    assert told["scenario"]["demand"] | {"of": 0} == {
        "changed": 1, "of": 0, "least": 1.0, "most": 2.0, "from": "2020-02-12", "to": "2020-02-14",
    }  # fmt: skip
    assert json.loads(typed("shortfall", case, "--json").stdout)["scenario"] is None


def test_a_budget_halved_changes_purchases_and_the_forecast_says_that_it_does_not_read_it(case):
    done = typed("forecast", case, "--scenario", "budget-halved")
    plain = typed("forecast", case)

    assert "Scenario budget-halved changes nothing that `allocator forecast` is made from" in done.stderr
    assert done.stdout.split("\n\n", 1)[1] == plain.stdout
    bought = {
        name: json.loads(typed("procure", case, "--weeks", "4", *words, "--json").stdout)["budgets"][0]["amount_fen"]
        for name, words in (("halved", ["--scenario", "budget-halved"]), ("whole", []))
    }
    assert bought == {"halved": 250_000, "whole": 500_000}


def test_a_supplier_that_fails_moves_the_day_to_order_by(case):
    def order_by(*words: object) -> str:
        rows = json.loads(typed("shortfall", case, *words, "--json").stdout)["rows"]
        return next(row["order_by"] for row in rows if (row["site"], row["item"]) == ("SCH1", "MASK"))

    assert order_by("--scenario", "supplier-fails") != order_by()


def test_what_fits_nothing_or_is_not_read_is_told(case, tmp_path):
    (tmp_path / "mix.toml").write_text(
        'title = "Mixed"\n'
        '[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 2\nwhere = { site = "Nobody" }\n'
        '[[change]]\ntable = "lanes"\ndo = "close"\n'
        '[[change]]\ntable = "needs"\ndo = "drop"\nfrom = 3\n'
        '[[change]]\ntable = "forecast"\ndo = "scale"\ncolumn = "daily_units"\nby = 2\nto = 2020-01-31\n',
        encoding="utf-8",
    )
    told = typed("forecast", case, "--scenario", tmp_path / "mix.toml").stderr.splitlines()

    past = "forecast: daily_units × 2 · to 2020-01-31"
    assert [line for line in told if line.startswith("Scenario mix")] == [
        "Scenario mix: nothing here fits, so it changes nothing: needs: daily_units × 2 · where site = Nobody",
        "Scenario mix: this is not read here: lanes: closed",
        "Scenario mix: this does not hold on the day itself, so it changes nothing here: needs: left out · from day +3",
        "Scenario mix: this holds on none of the days looked at, so it changes nothing here: " + past,
    ]


def test_a_scenario_that_is_not_there_is_refused_before_anything_is_read():
    for command in ("forecast", "shortfall", "procure"):
        done = typed(command, "nowhere", "--scenario", "holiday-retrun")
        assert done.exit_code == 2
        assert "There is no scenario holiday-retrun. Is holiday-return meant?" in done.stderr


def test_the_workbook_says_it_too(case, tmp_path):
    for command in ("forecast", "shortfall", "procure"):
        done = typed(command, case, "--scenario", case.parent / "rise.toml", "--out", tmp_path / f"{command}.xlsx")
        assert done.exit_code == 0, done.output
        book = load_workbook(tmp_path / f"{command}.xlsx", read_only=True)
        texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
        assert "Market day. Twice the masks at the school for three days." in texts


def test_in_chinese(case):
    told = typed("procure", case, "--weeks", "4", "--scenario", "budget-halved", lang="zh").stdout.splitlines()

    assert told[0] == "假定：预算减半：各项预算减半。"


def test_the_ledger_is_supposed_to_be_otherwise_too(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("ALLOCATOR_DB", address)
    ledger_of(make_sample("county", sites=40, items=2), address).engine.dispose()
    words = ("forecast", "--horizon", "10", "--date", "2020-02-10")
    was, then = (
        json.loads(typed(*words, *more, "--json").stdout)["forecast"]
        for more in ([], ["--scenario", "school-reopening"])
    )
    ratios = {row["site"]: row["quantiles"][1] / before["quantiles"][1] for before, row in zip(was, then, strict=True)}
    assert ratios["SCH01"] == pytest.approx(1.5)
    assert ratios["CHK01"] == pytest.approx(1)
