"""`allocator procure` on a case, as it is typed, read and saved."""

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
BEGUN = dt.date(2019, 12, 2)
TABLES = {
    "suppliers.csv": "supplier,name,name_zh\nA,Hong Da Medical,宏达医疗\nB,Joint procurement,联合采购\n",
    "offers.csv": (
        "supplier,item,price,lead_days,units_per_week,min_units,from,to\n"
        "A,MASK,2.5,3,1500,500,,\n"
        "B,MASK,1.2,14,3000,1000,,\n"
        "A,SUIT,45,10,60,20,,\n"
    ),
    "budgets.csv": "bucket,amount,from,to,items\nFebruary,9000,2020-02-10,2020-02-29,\nlater,30000,2020-03-01,,\n",
    "orders.csv": "order,supplier,item,units,arrives,status\nPO7,B,MASK,1000,2020-02-19,shipped\n",
}


@pytest.fixture
def case(tmp_path) -> Path:
    """Return the township with ten weeks of masks used at its school, two suppliers and two budgets."""
    folder = tmp_path / "town"
    shutil.copytree(TOWNSHIP, folder)
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    rows = [f"SCH1,MASK,{BEGUN + dt.timedelta(days=day)},{20 + day % 5}," for day in range(70)]
    (folder / "history.csv").write_text("site,item,date,units,stockout\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def procure(*words: object, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "procure", *map(str, words)], prog_name="allocator")


def test_it_says_what_to_order_what_stays_unmet_and_why(case):
    done = procure(case, "--weeks", "8", "--critical", "SUIT")
    lines = done.stdout.splitlines()

    assert done.exit_code == 0, done.output
    assert lines[0] == "Orders by this rule: least shortage, then least cost."
    assert "yuan in 8 weeks from 2020-02-10" in lines[1]
    assert "500 other demand paths" in lines[3]
    assert any(line.startswith("2020-02-10  Hong Da Medical  ") and "protective suit" in line for line in lines)
    assert "What stays unmet" in lines
    assert any(line.split()[:2] == ["February", "9,000.00"] for line in lines)
    assert any("more in budget February would leave fewer units short" in line for line in lines)
    assert "Nobody offers isolation gown" in done.stderr.replace("84 disinfectant, 500 ml, ", "")


def test_no_budget_is_overdrawn_and_no_order_is_below_its_least(case):
    told = json.loads(procure(case, "--weeks", "10", "--json").stdout)

    assert told["schema"] == "allocator.procure/1"
    assert all(each["spent_fen"] <= each["amount_fen"] for each in told["budgets"])
    spent = sum(each["cost_fen"] for each in told["orders"])
    assert spent == told["purchase_fen"] == sum(each["spent_fen"] for each in told["budgets"])
    least = {("A", "MASK"): 500, ("B", "MASK"): 1000, ("A", "SUIT"): 20}
    assert all(each["units"] >= least[each["supplier"], each["item"]] for each in told["orders"])
    ratios = told["ratios_to_bound"]
    assert all(1 <= ratios[name] <= 1.05 for name in ("critical", "shortage"))
    assert ratios["cost"] <= 1.05  # below 1 where a little more is short than at the bound


def test_the_same_in_chinese(case):
    done = procure(case, "--weeks", "4", lang="zh")

    assert done.stdout.startswith("订单所用规则：先求缺口最小，再求费用最低。")
    assert "联合采购" in done.stdout or "宏达医疗" in done.stdout
    assert "没有供应商报价" in done.stderr


@pytest.mark.parametrize("rule", ["openlmis", "msupply", "qat"])
def test_the_rules_of_other_systems_buy_by_the_same_offers(case, rule):
    told = json.loads(procure(case, "--weeks", "8", "--rule", rule, "--months", "1-2", "--json").stdout)

    assert told["rule"] == rule
    assert told["ratios_to_bound"] is None
    assert told["orders"]
    assert all(each["spent_fen"] <= each["amount_fen"] for each in told["budgets"])


def test_the_orders_are_saved_as_a_file_that_orders_can_be_placed_from(case, tmp_path):
    out = tmp_path / "plan.csv"
    told = json.loads(procure(case, "--weeks", "6", "--json", "--out", out).stdout)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [(row["supplier"], row["item"], int(row["units"]), row["order_by"], row["arrives"]) for row in rows] == [
        (each["supplier"], each["item"], each["units"], each["order_by"], each["arrives"]) for each in told["orders"]
    ]
    assert (tmp_path / "plan-unmet.csv").exists()


def test_workbook_and_paper_say_where_they_come_from(case, tmp_path):
    book, paper = tmp_path / "plan.xlsx", tmp_path / "plan.pdf"
    procure(case, "--weeks", "4", "--out", book)
    procure(case, "--weeks", "4", "--out", paper, lang="zh")
    sheets = load_workbook(book)

    assert sheets.sheetnames[:4] == [
        "Orders to place",
        "What stays unmet",
        "Use of the budgets",
        "What stands in the way",
    ]
    about = " ".join(str(cell) for row in sheets[sheets.sheetnames[-1]].iter_rows(values_only=True) for cell in row)
    assert "least shortage, then least cost" in about
    assert "times what no plan can beat" in about or "as low as any plan" in about
    text = "".join(page.extract_text() for page in PdfReader(paper).pages)
    assert "采购建议" in text
    assert "应下的订单" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--critical", "MASKS"), "There is no item MASKS. Is MASK meant?"),
        (("--months", "3"), "--months 3: write the least and the most months as 2-4."),
        (("--shelf", "GEL"), "--shelf GEL: write an item and its weeks as GEL=12."),
        (("--space", "big"), "--space big is no number."),
        (("--share", "2"), "largest share is 2"),
        (("--share", "nan"), "--share nan is no number."),
        (("--holding", "-inf"), "--holding -inf is no number."),
        (("--space", "1e999999"), "--space 1e999999 is too large or too small to reckon with."),
        (("--seed", "-1"), "-1 is not in the range 0<=x<=4294967295"),
        (("--seed", "99999999999999999999999"), "is not in the range 0<=x<=4294967295"),
        (("--rule", "qat", "--months", "0-0"), "--months 0-0: write the least and the most months as 2-4."),
        (("--months", "2-inf"), "--months 2-inf: write the least and the most months as 2-4."),
        (("--shelf", "MASK=99999999999999999999"), "write an item and its weeks as GEL=12."),
        (("--critical", "THERMO"), "THERMO is durable, and durable items are not planned here."),
        (("--date", "2020-02-11"), "The day of a case is the date in its policy"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(case, words, said):
    done = procure(case, *words)

    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_without_offers_there_is_nothing_to_order():
    done = procure(TOWNSHIP)

    assert done.exit_code == 3
    assert "Add a table `offers`" in done.stderr


def test_the_same_case_gives_the_same_bytes(case):
    assert procure(case, "--json").stdout == procure(case, "--json").stdout


def ordered_with(case: Path, orders: str) -> Result:
    (case / "orders.csv").write_text("order,supplier,item,units,arrives,status\n" + orders, encoding="utf-8")
    return procure(case, "--weeks", "8", "--json")


def test_what_is_overdue_or_follows_it_is_not_counted_upon_and_each_order_is_named_once(case):
    """As `shortfall` has it: B failed to bring masks, so its next masks are doubted too; A's suits are not."""
    without = json.loads(ordered_with(case, "").stdout)
    done = ordered_with(
        case,
        "PO1,B,MASK,40000,2013-04-28,shipped\nPO1,B,SUIT,500,2020-02-09,shipped\nPO2,B,MASK,9000,2020-02-20,ordered\n",
    )
    told = json.loads(done.stdout)

    assert "Overdue orders are not counted upon until a new day of arrival is entered: PO1.\n" in done.stderr
    assert "Nor is what the same suppliers still have to bring of the same items: PO2.\n" in done.stderr
    assert (told["orders"], told["unmet"]) == (without["orders"], without["unmet"])
    assert ordered_with(case, "PO2,B,MASK,9000,2020-02-20,ordered\n").stdout != done.stdout


def test_durable_items_are_named_as_no_part_of_the_plan(case):
    with (case / "offers.csv").open("a", encoding="utf-8") as file:
        file.write("A,THERMO,180,5,,,,\n")
    done = procure(case, "--weeks", "4")

    assert "Durable items are not planned here, for nobody uses them up: " in done.stderr
    assert "infrared thermometer. `allocator shortfall` says" in done.stderr


def test_what_is_left_of_the_orders_is_said_under_the_orders_and_money_is_in_yuan(tmp_path):
    CliRunner().invoke(root, ["sample", "county", "--sites", "40", "--out", str(tmp_path / "county")])
    lines = procure(tmp_path / "county", "--weeks", "12").stdout.splitlines()
    more = next(n for n, line in enumerate(lines) if line.startswith("… and "))

    assert lines[more].endswith(" more orders; --out FILE saves all.")
    assert lines.index("Orders to place") < more < lines.index("What stays unmet")
    assert lines[lines.index("Orders to place") + 1].endswith("cost, yuan")
    assert "may be spent, yuan  these orders, yuan" in lines[lines.index("Use of the budgets") + 1]


def test_money_that_no_budget_stands_for_is_said(case, tmp_path):
    """The budget ends with the first week: what is ordered later is paid by none, and a row says how much that is."""
    (case / "budgets.csv").write_text("bucket,amount,from,to\nfeb,100000,2020-02-10,2020-02-16\n", encoding="utf-8")
    shown = procure(case, "--weeks", "8", "--out", str(tmp_path / "buy.csv"))
    told = json.loads(procure(case, "--weeks", "8", "--json").stdout)

    none = next(line for line in shown.stdout.splitlines() if line.startswith("none stands on the day of the order"))
    unpaid = sum(line["cost_fen"] for line in told["orders"] if line["budget"] is None)
    assert unpaid == told["without_budget_fen"] > 0
    assert f"{unpaid / 100:,.2f}" in none


def test_it_says_where_no_offer_is_open_and_where_none_comes_in_time(case):
    """Masks were offered in January only; the suits take ten days, two whole weeks of the one that is planned."""
    (case / "offers.csv").write_text(
        "supplier,item,price,lead_days,units_per_week,min_units,from,to\nA,MASK,2.5,3,,,,2020-01-31\nA,SUIT,45,10,,,,\n",
        encoding="utf-8",
    )
    lines = procure(case, "--weeks", "1").stdout.splitlines()

    assert "- No offer is open within the weeks planned (1) for: surgical mask." in lines
    assert (
        "- Nothing ordered now would come within the weeks planned (1), lead times counted as whole weeks, for: "
        "protective suit." in lines
    )


def test_use_of_years_ago_plans_no_orders_by_it(case):
    """Ten years later, by the same tables, masks are ordered for the needs and not for what was once used."""
    policy = case / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("2020-02-10", "2030-02-10"), encoding="utf-8")
    later = json.loads(procure(case, "--weeks", "8", "--json").stdout)
    (case / "history.csv").unlink()
    never = json.loads(procure(case, "--weeks", "8", "--json").stdout)

    assert later["unmet"] == never["unmet"]


def test_what_the_policy_keeps_in_reserve_serves_nobody(case):
    """Half of what the depot holds stays there, so more masks are bought or stay unmet, and it is said."""
    policy = case / "policy.toml"
    text = "\n".join(line for line in policy.read_text(encoding="utf-8").splitlines() if "reserve_share" not in line)

    def told_and_short(share: str) -> tuple[str, float]:
        policy.write_text(f"reserve_share = {share}\n{text}\n", encoding="utf-8")
        done = procure(case, "--weeks", "8", "--json", "--rule", "msupply", "--months", "0-0.1")
        assert done.exit_code == 0, done.output
        plan = json.loads(done.stdout)
        bought = sum(order["units"] for order in plan["orders"] if order["item"] == "MASK")
        [unmet] = [row["unmet_units"] for row in plan["unmet"] if row["item"] == "MASK"]
        return done.stderr, unmet + bought

    (none, without), (told, with_reserve) = told_and_short("0"), told_and_short("0.5")

    assert "reserve" not in none
    assert "The policy's reserve is kept back and serves nobody:" in told
    assert with_reserve > without
