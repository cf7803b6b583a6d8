"""`allocator shortfall` on a case, as it is typed, read and saved."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from pypdf import PdfReader

from cli import root

TOWNSHIP = Path(__file__).parents[2] / "data" / "samples" / "township"
BEGUN, DAYS = dt.date(2019, 12, 16), 56
TABLES = {
    "suppliers": "supplier,name\nSA,North Works\nSB,South Trade\n",
    "offers": "supplier,item,price,lead_days\nSA,MASK,1.2,5\nSB,MASK,0.9,20\n",
    "orders": "order,supplier,item,units,arrives,status\nO1,SB,MASK,5000,2020-02-05,shipped\n",
    "budgets": "bucket,amount,from,to,items\ncounty,500,,,\n",
}


@pytest.fixture
def case(tmp_path) -> Path:
    """Return the township with eight weeks of masks at two sites, two offers, an order past its date and a budget."""
    folder = tmp_path / "township"
    shutil.copytree(TOWNSHIP, folder)
    rows = [
        f"{site},MASK,{BEGUN + dt.timedelta(days=day)},{level + day * 7 % 5 - 2},"
        for site, level in (("CHK1", 30), ("SCH1", 200))
        for day in range(DAYS)
    ]
    (folder / "history.csv").write_text("site,item,date,units,stockout\n" + "\n".join(rows) + "\n", encoding="utf-8")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def shortfall(*words: object, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "shortfall", *map(str, words)], prog_name="allocator")


def test_use_of_years_ago_says_nothing_of_today(case):
    """Nobody has reported for ten years: the needs speak, as `forecast` has it."""
    policy = case / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("2020-02-10", "2030-02-10"), encoding="utf-8")

    assert shortfall(case).stdout.startswith("Shortfall on 2030-02-10, 30 days ahead, by needs alone")


def test_it_says_what_runs_out_what_to_buy_and_what_to_do(case):
    told = shortfall(case, "--by", "tier")
    lines = told.stdout.splitlines()

    assert told.exit_code == 0
    assert lines[0] == "Shortfall on 2020-02-10, 30 days ahead; use known up to 2020-02-09."
    assert lines[1].startswith("Of ")
    assert any(line.split()[:3] == ["site", "item", "status"] for line in lines)
    assert any(line.split()[:2] == ["tier", "item"] for line in lines)
    assert any(line.startswith("- Order O1 with SB: 5,000 pieces of surgical mask due on 2020-02-05") for line in lines)
    assert any(line.startswith("  → Ask SB for a new date") for line in lines)


def test_the_same_in_chinese(case):
    lines = shortfall(case, lang="zh").stdout.splitlines()

    assert lines[0] == "2020-02-10缺口报告，展望30天；用量记录截至2020-02-09。"
    assert any(line.startswith("- SB的订单O1：") for line in lines)


def test_one_site_and_item(case):
    lines = shortfall(case, "--site", "SCH1", "--item", "MASK").stdout.splitlines()
    rows = [line for line in lines if line.startswith("SCH1")]

    assert len(rows) == 1
    assert not any(line.startswith("CHK1") for line in lines)


def test_a_site_that_is_not_there_is_refused_with_the_nearest(case):
    told = shortfall(case, "--site", "SCH9")

    assert told.exit_code == 2
    assert told.stderr.strip().endswith("There is no SCH9 here. Is SCH1 meant?")


def test_json_is_stable_and_knows_what_is_not_known(case):
    told = json.loads(shortfall("--json", case).stdout)

    assert told["schema"] == "allocator.shortfall/1"
    by_pair = {(row["site"], row["item"]): row for row in told["rows"]}
    school = by_pair["SCH1", "MASK"]
    assert school["daily_units"] == pytest.approx(200, rel=0.15)
    assert school["buy_units"] == 0 or school["supplier"] in ("SA", "SB")
    unknown = [row for row in told["rows"] if row["usable_units"] is None]
    assert all(row["cover_days"] is None for row in unknown)
    assert {problem["kind"] for problem in told["problems"]} >= {"order past its date"}


def test_the_workbook_has_every_sheet_real_dates_and_colours(case, tmp_path):
    out = tmp_path / "s.xlsx"
    assert shortfall(case, "--out", out).exit_code == 0
    book = load_workbook(out)

    assert book.sheetnames == [
        "Shortfall", "Problems", "By depot", "By area", "By item", "By tier", "Items by week", "Sites by week",
        "Items by day", "Order calendar", "Budget use", "Charts", "About",
    ]  # fmt: skip
    rows = book["Shortfall"]
    headings = [cell.value for cell in rows[1]]
    row = dict(zip(headings, [cell.value for cell in rows[2]], strict=True))
    assert isinstance(row["early stock-out (P90 demand)"], dt.datetime)
    assert isinstance(row["P(stock-out before the next delivery)"], (int, float))
    assert rows.freeze_panes == "A2"
    assert len(book["Charts"]._charts) > 0
    assert len(book["Items by week"].conditional_formatting) > 0
    about = [[cell.value for cell in line] for line in book["About"].iter_rows(min_row=3)]
    assert ["horizon, days", "30"] in about


def test_csv_begins_with_a_byte_order_mark_and_has_a_row_for_each_need(case, tmp_path):
    out = tmp_path / "s.csv"
    assert shortfall(case, "--out", out).exit_code == 0
    raw = out.read_bytes()
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert {row["item"] for row in rows} >= {"MASK"}
    assert len(rows) == len({(row["site"], row["item"]) for row in rows})
    assert (tmp_path / "s-problems.csv").exists()
    assert (tmp_path / "s-by-depot.csv").exists()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["Order calendar", "Stock status by week"]), ("zh", ["缺口报告", "订货日历"])]
)
def test_the_paper_has_pictures_and_problems(case, tmp_path, lang, words):
    out = tmp_path / "s.pdf"
    assert shortfall(case, "--out", out, lang=lang).exit_code == 0
    text = "".join(page.extract_text() for page in PdfReader(out).pages)

    assert all(word in text.replace(" ", "") or word in text for word in words)


def test_the_same_case_is_the_same_bytes(case, tmp_path):
    for name in ("a.pdf", "b.pdf", "a.xlsx", "b.xlsx"):
        assert shortfall(case, "--out", tmp_path / name).exit_code == 0

    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_file_of_no_known_form_is_refused_before_any_work(case, tmp_path):
    told = shortfall(case, "--out", tmp_path / "s.doc")

    assert told.exit_code == 2
    assert "s.doc is none of these" in told.stderr


def test_a_case_in_which_nobody_needs_anything(case):
    for name in ("history", "orders", "offers", "suppliers", "budgets"):
        (case / f"{name}.csv").unlink()
    (case / "needs.csv").write_text("site,item,daily_units\n", encoding="utf-8")
    told = shortfall(case)

    assert told.exit_code == 3
    assert "nothing can run short" in told.stderr
