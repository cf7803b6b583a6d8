"""`allocator scenario`: from a name to plans side by side, on a case and on a ledger."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from pypdf import PdfReader

from cli import root
from data.case_writing import write_case
from data.samples import make_sample

REPOSITORY = Path(__file__).parents[2]
SNOW = """
title = "Snow"
says = "No road is open to clinics."
[[change]]
table = "lanes"
do = "close"
where = { kind = "clinic" }
"""


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    """Return the command line in an empty folder with a case of 30 sites."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    (tmp_path / "county").mkdir()
    write_case(make_sample("county", sites=30), tmp_path / "county")

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")

    return run


def test_a_scenario_of_ones_own_becomes_a_plan_that_verify_accepts(allocator, tmp_path):
    (tmp_path / "snow.toml").write_text(SNOW)
    done = allocator("scenario", "run", "snow.toml", "--case", "county", "--out", "snowed")

    assert done.exit_code == 0, done.output
    assert "Snow: these lose most" in done.stdout
    assert "allocator verify snowed/case snowed/plan" in done.stdout
    assert allocator("verify", "snowed/case", "snowed/plan").exit_code == 0
    again = allocator("scenario", "run", "snowed/scenario.toml", "--case", "county", "--json")
    told = json.loads(again.stdout)
    assert told["run"]["unmet_share"] > told["baseline"]["unmet_share"]
    assert {share < 0 for _, _, share in told["lose_most"]} == {True}


def test_scenarios_side_by_side_are_saved_with_who_gains_and_who_loses(allocator, tmp_path):
    (tmp_path / "county" / "suppliers.csv").write_text("supplier,name\nMILL,Mill\n")
    (tmp_path / "county" / "offers.csv").write_text("supplier,item,price,lead_days\nMILL,MASK,1.20,7\n")
    done = allocator(
        "scenario", "compare", "half-the-stock", "donation-flood", "--case", "county", "--out", "side.xlsx"
    )

    assert done.exit_code == 0, done.output
    book = load_workbook("side.xlsx")
    assert charts_of("side.xlsx") == CHARTS
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=2, max_row=4)] == [
        "baseline",
        "half-the-stock",
        "donation-flood",
    ]
    assert book.sheetnames[1] == "Who gains and who loses"
    assert book.sheetnames[7:] == ["Cost", "Every need", "Charts", "About"]
    head, *rows, total = book["Cost"].iter_rows(values_only=True)
    worth = head.index("worth of what is sent, yuan, Half of the stock")
    mask = next(row for row in rows if row[0] == "MASK")
    assert mask[worth] > 0
    assert str(total[worth]).startswith("=SUM(")


CHARTS = {
    "The worst off": 2,
    "Share of promises met": 3,
    "What it costs, yuan": 3,
    "Carriage, kg × km": 1,
    "Half of the stock: who loses and who gains against Baseline, by area": 2,
    "Half of the stock: who loses and who gains against Baseline, by item": 2,
    "A flood of donations: who loses and who gains against Baseline, by area": 2,
    "A flood of donations: who loses and who gains against Baseline, by item": 2,
}


def charts_of(book: str) -> dict[str, int]:
    """Return the title of each native chart of a workbook, with how many series it draws from cells."""
    with ZipFile(book) as parts:
        texts = [parts.read(name).decode() for name in sorted(parts.namelist(), key=len) if "/charts/chart" in name]
    return {
        "".join(re.findall("<a:t>(.*?)</a:t>", text)): len(re.findall("<c:val><c:numRef><c:f>", text)) for text in texts
    }


@pytest.mark.parametrize(("lang", "said"), [("en", "What it costs"), ("zh", "代价")])
def test_scenarios_side_by_side_are_drawn_in_the_readers_language(allocator, lang, said):
    words = ("scenario", "compare", "half-the-stock", "--case", "county", "--lang", lang, "--out")
    svg, pdf = allocator(*words, "side.svg"), allocator(*words, "side.pdf")

    assert (svg.exit_code, pdf.exit_code) == (0, 0), svg.output + pdf.output
    drawn = Path("side.svg").read_text()
    assert {said in drawn, said in "".join(page.extract_text() for page in PdfReader("side.pdf").pages)} == {True}
    first = Path("side.svg").read_bytes()
    allocator(*words, "side.svg")
    assert Path("side.svg").read_bytes() == first


def test_a_comparison_is_saved_in_forms_that_there_are(allocator):
    done = allocator("scenario", "compare", "half-the-stock", "--case", "county", "--out", "side.docx")

    assert done.exit_code == 2
    assert "side.docx is none of these: .xlsx, .svg, .pdf, .csv, .parquet. Name the file so." in done.stderr


def test_without_offers_it_says_that_nobody_knows_what_it_costs(allocator):
    done = allocator("scenario", "compare", "half-the-stock", "--case", "county", "--json")

    assert "No offer of the day says a price (table offers), so nothing here says what it costs in yuan." in done.stderr
    assert {run["sent_yuan"] for run in json.loads(done.stdout)["runs"]} == {None}


def test_a_name_or_a_file_that_is_none_is_refused_with_what_is_nearest(allocator, tmp_path):
    unknown = allocator("scenario", "run", "holliday", "--case", "county")
    (tmp_path / "bad.toml").write_text('title = "x"\n[[change]]\ntable = "lane"\ndo = "shut"\n')
    bad = allocator("scenario", "compare", "bad.toml", "qqq", "--case", "county")
    gone = allocator("scenario", "run", "gone.toml", "--case", "county")
    stress = allocator("scenario", "stress", "nope", "--case", "county", "--out", "x")

    assert (unknown.exit_code, bad.exit_code, gone.exit_code, stress.exit_code) == (2, 2, 2, 2)
    assert "There is no scenario holliday. Is holiday-return meant?" in unknown.stderr
    assert "There is no scenario qqq. allocator scenario list names them all." in bad.stderr
    assert "gone.toml cannot be read: it is not there." in gone.stderr
    assert "There is no stress nope. With the program come: county." in stress.stderr
    assert 'bad.toml, line 3: table "lane" is not known; lanes is nearest.' in bad.stderr
    assert 'bad.toml, line 4: do "shut" is not known' in bad.stderr


def test_five_errors_of_a_file_are_told_at_once_from_its_top_with_what_is_nearest(allocator, tmp_path):
    (tmp_path / "bad.toml").write_text(
        'title = "x"\nsais = "y"\n[[change]]\ntable = "lane"\ndo = "scale"\n[[change]]\ntable = "needs"\n'
        'do = "scale"\ncolumn = "daily_unit"\nby = 2\nwhere = { knd = "clinic" }\n[[change]]\ntable = "stock"\n'
        'do = "shut"\n'
    )
    bad = allocator("scenario", "run", "bad.toml", "--case", "county")

    assert bad.exit_code == 2
    assert [line.split(": ")[0] for line in bad.stderr.splitlines()[-5:]] == [
        f"bad.toml, line {number}" for number in (2, 4, 9, 11, 14)
    ]
    for nearest in ("says is nearest", "lanes is nearest", "daily_units", "kind is nearest", "set is nearest"):
        assert nearest in bad.stderr


def test_a_change_that_fits_nothing_is_told_and_the_run_goes_on(allocator, tmp_path):
    (tmp_path / "none.toml").write_text(SNOW.replace("clinic", "klinik"))
    done = allocator("scenario", "run", "none.toml", "--case", "county")

    assert done.exit_code == 0
    assert "Scenario none: nothing here fits, so it changes nothing: lanes: closed · where kind = klinik" in done.stderr


@pytest.mark.parametrize("words", [("run",), ("compare",)])
def test_a_change_whose_days_are_others_is_told_and_the_run_goes_on(allocator, tmp_path, words):
    (tmp_path / "over.toml").write_text(f"{SNOW}from = 2019-12-01\nto = 2019-12-31\n")
    done = allocator("scenario", *words, "over.toml", "--case", "county")

    assert done.exit_code == 0
    assert (
        "Scenario over: this does not hold on the day itself, so it changes nothing here: lanes: closed · where "
        "kind = clinic · from 2019-12-01 · to 2019-12-31"
    ) in done.stderr


def test_where_nothing_can_be_sent_any_more_it_says_why_and_exits_with_3(allocator, tmp_path):
    (tmp_path / "shut.toml").write_text(SNOW.replace('where = { kind = "clinic" }', ""))
    done = allocator("scenario", "run", "shut.toml", "--case", "county")

    assert done.exit_code == 3
    assert "Nothing can be sent." in done.stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_scenario_of_the_library_is_listed_and_shown_in_both_languages(allocator, lang):
    listed = allocator("scenario", "list", "--lang", lang)
    shown = allocator("scenario", "show", "holiday-return", "--lang", lang)
    text = allocator("scenario", "show", "holiday-return", "--toml")

    assert len(listed.stdout.splitlines()) == 16
    assert ("节后返程" in shown.stdout) is (lang == "zh")
    assert "ramp_days = 3" in text.stdout


def test_a_scenario_runs_on_the_ledger_and_leaves_nothing_in_it(allocator):
    assert allocator("init").exit_code == 0
    assert allocator("import", "county").exit_code == 0
    done = allocator("scenario", "run", "half-the-stock", "--date", "2020-02-10", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["run"]["packs"] < json.loads(done.stdout)["baseline"]["packs"]
    assert "no plan yet" in allocator("plans").stdout


def test_a_stress_is_run_again_from_its_manifest_to_the_same_bytes(allocator, tmp_path):
    first = allocator(
        "scenario", "stress", "county", "--case", "county", "--draws", "2", "--processes", "1", "--out", "a"
    )
    again = allocator("scenario", "stress", "a/manifest.json", "--case", "county", "--processes", "2", "--out", "b")

    assert first.exit_code == 0, first.output
    assert "Stress county: nothing here fits traffic, so it moves nothing: drivers: value × ?" in first.stderr
    assert (again.exit_code, "The same came out as the manifest says, byte for byte." in again.stderr) == (0, True)
    files = [
        {each.relative_to(folder): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
        for folder in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]
    drawn = (tmp_path / "a" / "stress.svg").read_text()
    for said in ("What moves it most: promise unmet, all", "What is regretted: promise unmet, all"):
        assert said in drawn
        assert charts_of("a/stress.xlsx")[said] == 2


def test_what_is_drawn_for_other_days_moves_nothing_and_is_no_swing(allocator, tmp_path):
    drawn = 'table = "needs"\ndo = "scale"\ncolumn = "daily_units"\ndraw = { uniform = [0.5, 2] }\n'
    (tmp_path / "days.toml").write_text(
        f'title = "Days"\n[[uncertain]]\nname = "now"\n{drawn}[[uncertain]]\nname = "spring"\nfrom = 30\n{drawn}'
    )
    words = ("--case", "county", "--draws", "4", "--processes", "1", "--out", "d", "--json")
    done = allocator("scenario", "stress", "days.toml", *words)

    assert done.exit_code == 0, done.output
    assert "Stress days: spring does not hold on the day itself, so it moves nothing: needs:" in done.stderr
    assert [each["quantity"] for each in json.loads(done.stdout)["tornado"]] == ["now"]


def test_a_manifest_whose_result_was_altered_is_found_out(allocator, tmp_path):
    allocator("scenario", "stress", "county", "--case", "county", "--draws", "2", "--processes", "1", "--out", "a")
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    (tmp_path / "altered.json").write_text(json.dumps(manifest | {"results": "0" * 64}))
    (tmp_path / "broken.json").write_text(json.dumps({"schema": "x"}))
    (tmp_path / "old.json").write_text(json.dumps({key: manifest[key] for key in manifest if key != "outcomes"}))
    write_case(make_sample("county", sites=30, seed=2), tmp_path / "other")

    altered = allocator("scenario", "stress", "altered.json", "--case", "county", "--out", "b")
    old = allocator("scenario", "stress", "old.json", "--case", "county", "--out", "e")
    broken = allocator("scenario", "stress", "broken.json", "--case", "county", "--out", "c")
    other = allocator("scenario", "stress", "a/manifest.json", "--case", "other", "--out", "d")
    here = allocator("scenario", "stress", "county", "--case", "county", "--draws", "3", "--out", "a")

    assert (altered.exit_code, broken.exit_code, other.exit_code, here.exit_code) == (4, 2, 2, 1)
    assert (old.exit_code, (tmp_path / "e").exists()) == (2, False)
    assert "old.json is of a version that judged other outcomes than this one" in old.stderr
    assert "give that with --draws 2 --seed 1 --sampler hypercube." in old.stderr
    assert "Another result came out than the manifest says. It was made with: allocator" in altered.stderr
    assert "is no manifest of a stress" in broken.stderr
    assert "This is not the case that the manifest was made on" in other.stderr
    assert "a holds another stress, or one of another case or version." in here.stderr


def test_a_stress_broken_off_says_how_far_it_came_and_goes_on(tmp_path):
    """The process is interrupted as Ctrl-C does, once some results are there."""
    write_case(make_sample("county", sites=30), tmp_path / "county")
    words = [sys.executable, "-m", "allocator", "scenario", "stress", "county", "--case", str(tmp_path / "county")]
    words += ["--draws", "400", "--processes", "1", "--lang", "en", "--out", str(tmp_path / "out")]
    running = subprocess.Popen(words, cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and len(list((tmp_path / "out" / "runs").glob("*.json"))) < 3:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)

    assert running.returncode == 1
    assert "of 1,200 runs are kept in" in said
    assert "Traceback" not in said
    assert len(list((tmp_path / "out" / "runs").glob("*.json"))) >= 3


@pytest.fixture
def ledger(allocator):
    """Return the command line at a ledger that holds the case."""
    assert allocator("init").exit_code == 0
    assert allocator("import", "county").exit_code == 0
    return allocator


def test_a_scenario_becomes_the_plan_of_the_day_with_its_reason_and_stays_provable(ledger, tmp_path):
    done = ledger("scenario", "promote", "roads-slow", "--date", "2020-02-10", "--reason", "snow since the night")

    assert done.exit_code == 0, done.output
    assert "Planned by the scenario roads-slow (Every road takes twice as long" in done.stderr
    assert "the reason given: snow since the night" in ledger("show", "P2020-02-10-1").output
    assert ledger("verify", "P2020-02-10-1").exit_code == 0
    assert ledger("audit", "check").exit_code == 0
    assert ledger("show", "P2020-02-10-1", "--out", "kept").exit_code == 0
    assert 'title = "Snow on the roads"' in (tmp_path / "kept" / "scenario.toml").read_text()


def test_what_a_scenario_supposes_of_stock_must_be_posted_first(ledger):
    stock = ledger("allocate", "--scenario", "counterfeit-lot", "--reason", "fake", "--date", "2020-02-10")
    sites = ledger("scenario", "promote", "ten-new-checkpoints", "--reason", "more", "--date", "2020-02-10")
    silent = ledger("allocate", "--scenario", "roads-slow", "--date", "2020-02-10")
    lonely = ledger("allocate", "--reason", "why not", "--date", "2020-02-10")

    assert (stock.exit_code, sites.exit_code, silent.exit_code, lonely.exit_code) == (1, 1, 2, 2)
    assert "Scenario counterfeit-lot, change 1 (stock: status = quarantine · where lot = *2001B)" in stock.stderr
    assert "allocator recall MASK-2001B --item MASK --reason counterfeit" in stock.stderr
    assert "allocator import what-if/case/sites.csv what-if/case/lanes.csv what-if/case/needs.csv" in sites.stderr
    assert "(allocator scenario show counterfeit-lot --toml > mine.toml)" in stock.stderr
    assert "Say why the day is planned by a scenario: --reason TEXT." in silent.stderr
    assert "no plan yet" in ledger("plans").stdout


def test_what_must_be_posted_first_is_posted_by_the_commands_that_the_refusal_names(ledger, tmp_path):
    """Every command is typed as it stands; then the books have what the scenario supposed."""
    ledger("import", "county")
    day = ("--date", "2020-02-10")
    supposed = {
        "less": 'do = "scale"\ncolumn = "units"\nby = 0.5\nwhere = { site = "DEP01", item = "SUIT" }',
        "gone": 'do = "drop"\nwhere = { site = "DEP01", item = "SHOE" }',
        "aside": 'do = "set"\ncolumn = "status"\nby = "quarantine"\nwhere = { site = "DEP01", item = "N95" }',
    }
    for name, change in supposed.items():
        (tmp_path / f"{name}.toml").write_text(f'title = "x"\n[[change]]\ntable = "stock"\n{change}\n')
        refused = ledger("scenario", "promote", f"{name}.toml", "--reason", "tried", *day)
        assert refused.exit_code == 1, refused.output
        commands = [line.split()[1:] for line in refused.stderr.splitlines() if line.strip().startswith("allocator ")]
        assert commands, refused.stderr
        for words in commands:
            done = ledger(*words)
            assert done.exit_code == 0, done.output
    rows = json.loads(ledger("stock", "--site", "DEP01", "--json").stdout)["rows"]
    usable = {row["item"] for row in rows if row["state"] == "usable" and row["units"]}

    assert "SUIT" in usable
    assert {"SHOE", "N95"} & usable == set()


def test_a_what_if_of_a_ledger_follows_activity_by_the_coefficients_of_its_policy(ledger, tmp_path):
    """By the policy each of 1,000 vehicles takes a mask, so 20 on duty are few: twice the vehicles, twice the need."""
    (tmp_path / "drivers.csv").write_text(
        "site,driver,value,from\nCHK01,vehicles,1000,2020-02-01\nCHK01,staff,20,2020-02-01\n"
    )
    policy = (tmp_path / "county" / "policy.toml").read_text()
    own = '\n[[coefficients]]\nitem = "MASK"\ndriver = "vehicles"\nvalue = 1\nreason = "tried"\n'
    (tmp_path / "policy.toml").write_text(policy + own)
    (tmp_path / "twice.toml").write_text(
        'title = "Twice"\n[[change]]\ntable = "drivers"\ndo = "scale"\ncolumn = "value"\nby = 2\n'
        'where = { driver = "vehicles" }\n'
    )
    for command in (("import", "drivers.csv"), ("policy", "set", "policy.toml")):
        done = ledger(*command)
        assert done.exit_code == 0, done.output
    run = ledger("scenario", "run", "twice.toml", "--date", "2020-02-10", "--out", "out")

    assert run.exit_code == 0, run.output
    told = [
        float(row.split(",")[2])
        for folder in (tmp_path / "county", tmp_path / "out" / "case")
        for row in (folder / "needs.csv").read_text().splitlines()
        if row.startswith("CHK01,MASK,")
    ]
    assert 1.8 < told[1] / told[0] <= 2.0  # by the shipped coefficients vehicles cause a part of the masks only


def test_a_scenario_of_prices_says_that_no_plan_of_a_day_reads_them(allocator):
    done = allocator("scenario", "run", "budget-halved", "--case", "county")

    assert "no plan of a day reads these: what can be sent stays as it is." in done.stderr


def test_the_sample_of_levels_is_planned_level_by_level(allocator):
    assert allocator("sample", "levels", "--out", "nation").exit_code == 0
    done = allocator("plan", "nation", "--level-by-level", "--out", "plan")

    assert done.exit_code == 0, done.output
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:4]] == [["1", "1"], ["2", "3"], ["3", "6"]]
    assert allocator("verify", "nation", "plan").exit_code == 0


def test_a_worker_for_another_machine_must_say_where_it_is_reached(allocator, monkeypatch):
    monkeypatch.setattr("scenarios.cluster._WAIT_SECONDS", 0.2)
    other = allocator("scenario", "worker", "tcp://192.0.2.5:8786")
    nobody = allocator("scenario", "worker", "tcp://127.0.0.1:9")

    assert (other.exit_code, nobody.exit_code) == (2, 1)
    assert "Name an address of this machine that it reaches: --host ADDRESS" in other.stderr
    assert (
        "No Dask scheduler answers at tcp://127.0.0.1:9. Start one with: dask scheduler --host 127.0.0.1"
        in nobody.stderr
    )
