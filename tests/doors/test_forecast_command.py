"""`allocator forecast` on a case, as it is typed, read and saved."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from pathlib import Path

import pytest
from case_ledger import ledger_of
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from pypdf import PdfReader

from cli import root
from data.samples import make_sample

TOWNSHIP = Path(__file__).parents[2] / "data" / "samples" / "township"
DAYS = 70
BEGUN = dt.date(2019, 12, 2)


def used(day: int, level: int) -> int:
    """Return what is used on a day: a little more or less than the level, in turn."""
    return level + (day * 7) % 5 - 2


@pytest.fixture
def case(tmp_path) -> Path:
    """Return a case with ten weeks of masks at two sites, every ninth report missing; others have no history."""
    folder = tmp_path / "county"
    shutil.copytree(TOWNSHIP, folder)
    rows = [
        f"{site},MASK,{BEGUN + dt.timedelta(days=day)},{used(day, level)},"
        for site, level in (("CHK1", 30), ("SCH1", 200))
        for day in range(DAYS)
        if day % 9
    ]
    (folder / "history.csv").write_text("site,item,date,units,stockout\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def forecast(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "forecast", *map(str, words)], prog_name="allocator")


def test_it_tells_how_much_how_sure_and_how_such_forecasts_did(case):
    lines = forecast(case, "--item", "MASK", "--horizon", "14").stdout.splitlines()

    assert lines[0].startswith(
        "Forecast of 11 needs over 14 days up to 2020-02-23, from what was known up to 2020-02-09."
    )
    assert lines[1].startswith("Tried on ")
    assert "Within P80 were" in lines[2]
    assert any(line.endswith("of the time here: read it so.") for line in lines)
    assert any(line.split()[:2] == ["site", "item"] for line in lines)
    assert any(line.startswith("SCH1  MASK surgical mask") and "history and need" in line for line in lines)
    assert any(line.startswith("HC1   MASK surgical mask") and "no demand yet" in line for line in lines)


def test_the_same_in_chinese(case):
    shown = forecast(case, "--backtest", lang="zh").stdout

    assert shown.startswith("预测 ")
    assert "回测" in shown
    assert "三个月均值" in shown


def test_json_is_stable_and_knows_what_is_not_known(case):
    told = json.loads(forecast("--json", case, "--horizon", "7").stdout)

    by_pair = {(row["site"], row["item"]): row for row in told["forecast"]}
    school = by_pair["SCH1", "MASK"]
    assert told["schema"] == "allocator.forecast/1"
    assert (told["cut_off"], told["horizon_days"], told["period_days"]) == ("2020-02-09", 7, 1)
    assert school["quantiles"] == sorted(school["quantiles"])
    assert school["reports"] == sum(1 for day in range(DAYS) if day % 9)
    assert school["wape"] < 0.1
    assert by_pair["HC1", "MASK"]["wape"] is None
    assert [row["item"] for row in told["backtest"]][-1] is None


def test_durable_items_are_no_matter_of_use(case):
    told = json.loads(forecast("--json", case).stdout)

    assert "THERMO" not in {row["item"] for row in told["forecast"]}


def test_a_workbook_has_dates_numbers_a_frozen_header_the_backtest_and_where_it_comes_from(case, tmp_path):
    out = tmp_path / "forecast.xlsx"

    forecast(case, "--out", out)

    book = load_workbook(out)
    assert book.sheetnames == ["Forecast", "Backtest", "Methods", "About"]
    sheet = book["Forecast"]
    header = [cell.value for cell in sheet[1]]
    row = {name: cell.value for name, cell in zip(header, sheet[2], strict=True)}
    assert sheet.freeze_panes == "A2"
    assert row["from"].date() == dt.date(2020, 2, 10)
    assert isinstance(row["P90 of the sum"], float)
    assert ("known up to", "2020-02-09") in [(a.value, b.value) for a, b in book["About"].iter_rows(max_col=2)]


def test_csv_begins_with_a_byte_order_mark_and_has_the_backtest_beside_it(case, tmp_path):
    forecast(case, "--out", tmp_path / "f.csv")

    assert (tmp_path / "f.csv").read_bytes().startswith(b"\xef\xbb\xbfsite,site_name,item,")
    assert (tmp_path / "f-backtest.csv").exists()


@pytest.mark.parametrize(("lang", "said"), [("en", "Forecast of use"), ("zh", "用量预测")])
def test_it_prints(case, tmp_path, lang, said):
    out = tmp_path / "f.pdf"

    forecast(case, "--out", out, lang=lang)

    assert said in PdfReader(out).pages[0].extract_text()


def test_the_same_case_gives_the_same_bytes(case, tmp_path):
    for name in ("a", "b"):
        forecast(case, "--out", tmp_path / f"{name}.xlsx")
        forecast(case, "--out", tmp_path / f"{name}.pdf")

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_refusals_say_what_to_do(case, tmp_path):
    unknown = forecast(case, "--site", "NOWHERE")
    ending = forecast(case, "--out", tmp_path / "f.docx")
    (case / "needs.csv").write_text("site,item,daily_units\n", encoding="utf-8")
    (case / "history.csv").unlink()
    nothing = forecast(case)

    assert (unknown.exit_code, "There is no NOWHERE here." in unknown.stderr) == (2, True)
    assert (ending.exit_code, "is none of these" in ending.stderr) == (2, True)
    assert (nothing.exit_code, "neither a history of use nor a need" in nothing.stderr) == (3, True)


def test_a_missing_extra_is_said_in_the_readers_language(case, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)

    refused = forecast(case, "--ml", lang="zh")

    assert refused.exit_code == 2
    assert "supplies-allocator[ml]" in refused.stderr
    assert "未安装" in refused.stderr


def test_learning_from_a_short_history_says_the_default(case):
    shown = forecast(case, "--ml", "--item", "MASK", "--horizon", "14")

    assert shown.exit_code == 0
    assert "machine learning" not in shown.stdout
    assert "Machine learning made no row here" in shown.stdout


def test_demand_and_use_are_told_apart_where_shelves_stood_empty(case):
    rows = ["site,item,date,units,held"]
    for day in range(DAYS):
        units, held = (0, 0) if day >= DAYS - 10 else (used(day, 200), 900)
        rows.append(f"SCH1,MASK,{BEGUN + dt.timedelta(days=day)},{units},{held}")
    (case / "history.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (case / "needs.csv").write_text("site,item,daily_units\n", encoding="utf-8")
    words = (case, "--site", "SCH1", "--item", "MASK", "--horizon", "7")

    demand, use = (json.loads(forecast(*words, *more, "--json").stdout) for more in ((), ("--use",)))
    assert (demand["of"], use["of"]) == ("demand", "use")
    assert demand["forecast"][0]["daily_units"] == pytest.approx(200, rel=0.1)
    assert use["forecast"][0]["daily_units"] < 60
    assert "It says what would be used were there always stock." in forecast(*words).stdout
    assert "It says what will be used if supply goes on as it did" in forecast(*words, "--use").stdout


def test_the_ledger_tells_its_own_history(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", address)
    ledger_of(make_sample("county", sites=40, items=4), address).engine.dispose()
    for day in range(11, 23):
        words = ("issue", "DEP01", "MASK", str(used(day, 20)), "--date", f"2020-02-{day}", "--at", "12:00")
        issued = CliRunner().invoke(root, words)
        assert issued.exit_code == 0, issued.output

    told = json.loads(forecast("--json", "--date", "2020-02-25", "--horizon", "7", "--site", "DEP01").stdout)

    [row] = told["forecast"]
    assert (told["cut_off"], row["item"], row["method"]) == ("2020-02-24", "MASK", "median")
    assert row["reports"] == 12  # of the two days since, nobody reported anything
    assert row["daily_units"] == pytest.approx(20, rel=0.1)


def test_a_history_that_ended_long_ago_says_nothing_and_the_days_ahead_come_after_the_day(case):
    policy = case / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("2020-02-10", "2030-01-01"), encoding="utf-8")

    shown = forecast(case, "--item", "MASK", "--horizon", "14")

    lines = shown.stdout.splitlines()
    assert lines[0].endswith("over 14 days up to 2030-01-14, by needs alone.")
    assert lines[1].startswith("The last use was reported for 2020-02-09; nothing is known of the 3,613 days since")
    assert "history and need" not in shown.stdout


def test_a_case_without_history_does_not_claim_to_know_anything(case):
    (case / "history.csv").unlink()

    assert forecast(case).stdout.splitlines()[0].endswith("by needs alone: nobody reported use.")


def test_a_code_that_is_nearly_right_is_refused_with_the_nearest(case):
    refused = forecast(case, "--item", "MSAK")

    assert (refused.exit_code, "Is MASK meant?" in refused.stderr) == (2, True)
