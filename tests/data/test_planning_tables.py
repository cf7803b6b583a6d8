"""What the tables for forecasts and purchases are read as, and everything that can be wrong with them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from spoilt_cases import SOUND, sound_folder, sound_workbook

from allocator.planning import PlanningCase
from data.case_files import CaseUnreadable, read_case
from data.planning_files import read_planning
from data.planning_kinds import PLANNING_NOTICES, PLANNING_PROBLEMS
from data.texts import translator

PLANNING = {
    "history": "site,item,date,units,stockout\n"
    "Clinic,mask,2020-02-01,12,\nClinic,mask,2020-02-02,,\nClinic,mask,2020-02-04,0,0.5\n0042,mask,2020-02-03,30,\n",
    "drivers": "site,driver,value,from,to\nClinic,staff,8,,\nClinic,staff,12,2020-02-09,\n",
    "suppliers": "supplier,name,name_zh\nS1,Mask works,口罩厂\n",
    "offers": "supplier,item,price,lead_days,units_per_week,min_units,from,to\n"
    "S1,mask,1.2,5,7000,100,,\nS1,mask,1.50,4,9000,,2020-03-01,2020-03-31\n",
    "orders": "order,supplier,item,units,arrives,status,site,ordered_on,arrived_units\n"
    "P1,S1,mask,500,2020-02-08,shipped,D1,2020-02-01,200\nP2,S1,mask,90,,,,2020-02-09,\n"
    "P3,S1,mask,70,2020-02-07,arrived,,,\n",
    "budgets": "bucket,amount,from,to,items\nmasks,30000.5,2020-02-01,2020-03-31,mask\nall,9,,,\n",
}


def folder_with(folder: Path, **tables: str) -> Path:
    sound_folder(folder)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def planning_of(folder: Path) -> PlanningCase:
    return read_planning(folder).planning


def faults_of(folder: Path) -> tuple[list[str], str]:
    with pytest.raises(CaseUnreadable) as refused:
        read_planning(folder)
    english = translator("en")
    return [p.kind.code for p in refused.value.problems], "\n".join(english(p.sentence) for p in refused.value.problems)


def test_a_row_that_is_missing_and_one_that_is_blank_are_gaps_and_not_zeros(tmp_path):
    history = planning_of(folder_with(tmp_path / "case", **PLANNING)).history

    assert (history.sites, history.items) == (("0042", "Clinic"), ("mask", "mask"))
    assert (history.first_day, history.period_days, history.last_day) == (dt.date(2020, 2, 1), 1, dt.date(2020, 2, 4))
    assert np.nan_to_num(history.units, nan=-1).tolist() == [[-1, -1, 30, -1], [12, -1, -1, 0]]
    assert history.stockout.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0.5]]


def test_what_was_on_hand_is_read_where_it_is_said(tmp_path):
    table = "site,item,date,units,held\nClinic,mask,2020-02-01,12,30\nClinic,mask,2020-02-02,4,\n"

    said = planning_of(folder_with(tmp_path / "a", history=table)).history
    unsaid = planning_of(folder_with(tmp_path / "b", **PLANNING)).history

    np.testing.assert_array_equal(said.held, [[30, float("nan")]])
    assert unsaid.held is None


def test_offers_orders_and_budgets_are_read_with_exact_money(tmp_path):
    planning = planning_of(folder_with(tmp_path / "case", **PLANNING))
    now, later = planning.offers

    assert [each.name_zh for each in planning.suppliers] == ["口罩厂"]
    assert (now.price, now.lead_days, now.units_per_week, now.min_units) == (Decimal("1.2"), 5, 7000, 100)
    assert (later.price, later.from_day, later.to_day) == (Decimal("1.5"), dt.date(2020, 3, 1), dt.date(2020, 3, 31))
    assert [(each.bucket, each.amount, each.items) for each in planning.budgets] == [
        ("all", Decimal(9), ()),
        ("masks", Decimal("30000.5"), ("mask",)),
    ]


def test_an_offer_holds_until_the_next_of_the_same_supplier_and_item(tmp_path):
    now, _ = planning_of(folder_with(tmp_path / "case", **PLANNING)).offers

    assert (now.from_day, now.to_day) == (None, dt.date(2020, 2, 29))


def test_of_an_order_what_is_still_to_come_is_under_way(tmp_path):
    """200 of 500 have arrived; an order without a day comes when the offer's lead days have passed."""
    orders = planning_of(folder_with(tmp_path / "case", **PLANNING)).orders

    assert [(each.order, each.units, each.arrives, each.status) for each in orders] == [
        ("P1", 300, dt.date(2020, 2, 8), "shipped"),
        ("P2", 90, dt.date(2020, 2, 14), "ordered"),
    ]


def test_what_is_late_is_said(tmp_path):
    said = [str(notice) for notice in read_planning(folder_with(tmp_path / "case", **PLANNING)).notices]

    assert "orders.csv: Orders that were to arrive before 2020-02-10 and have not: 1, first P1." in said
    assert (
        "history.csv: Each row is of a day, as the dates say, from 2020-02-01 to 2020-02-04: 2 sites and items." in said
    )


def test_drivers_stand_at_the_sites_of_the_case(tmp_path):
    planning = planning_of(folder_with(tmp_path / "case", **PLANNING))

    assert planning.case.sites.code[planning.drivers.site].tolist() == ["Clinic", "Clinic"]
    assert planning.drivers.value.tolist() == [8, 12]
    assert planning.drivers.since.astype(str).tolist() == ["NaT", "2020-02-09"]


@pytest.mark.parametrize(
    ("dates", "period_days", "first", "last"),
    [
        (["2019-11-01", "2019-12-01", "2020-01-01"], 30, "2019-11-03", "2020-01-31"),
        (["2020-01-20", "2020-01-27", "2020-02-03"], 7, "2020-01-20", "2020-02-09"),
        (["2020-02-07", "2020-02-08", "2020-02-10"], 1, "2020-02-07", "2020-02-10"),
    ],
)
def test_the_dates_say_whether_a_row_is_of_a_day_a_week_or_a_month(tmp_path, dates, period_days, first, last):
    """Months count 30 days each, so three of them that end with January begin on 3 November."""
    rows = "".join(f"Clinic,mask,{date},5\n" for date in dates)
    history = planning_of(folder_with(tmp_path / "case", history="site,item,date,units\n" + rows)).history

    assert (history.period_days, str(history.first_day), str(history.last_day)) == (period_days, first, last)
    assert np.nan_to_num(history.units, nan=-1).sum() == (14 if period_days == 1 else 15)


def test_what_is_not_over_on_the_day_of_the_plan_is_left_out_and_said(tmp_path):
    table = "site,item,date,units\nClinic,mask,2020-01-01,5\nClinic,mask,2020-02-01,2\nClinic,mask,2020-03-01,9\n"
    read = read_planning(folder_with(tmp_path / "case", history=table))
    said = "\n".join(map(str, read.notices))

    assert read.planning.history.units.tolist() == [[5.0]]
    assert "Rows of a month that is not over on the plan's date 2020-02-10, which are left out: 1." in said
    assert "Rows of days after the plan's date 2020-02-10, which are left out: 1." in said


def test_a_case_without_any_of_them_is_one_that_nobody_said_more_about(tmp_path):
    planning = planning_of(sound_folder(tmp_path / "case"))

    assert len(planning.history) == len(planning.drivers) == 0
    assert planning.suppliers == planning.offers == planning.orders == planning.budgets == ()
    assert planning.day == dt.date(2020, 2, 10)


def test_suppliers_need_no_table_of_their_own(tmp_path):
    planning = planning_of(folder_with(tmp_path / "case", offers=PLANNING["offers"]))

    assert [each.supplier for each in planning.suppliers] == ["S1"]


def test_a_workbook_with_chinese_sheets_and_headers_says_the_same(tmp_path):
    path = tmp_path / "case.xlsx"
    book = sound_workbook(path)
    history = book.create_sheet("历史用量")
    for row in (("点位编码", "物资编码", "日期", "用量"), ("Clinic", "mask", dt.date(2020, 2, 1), 12)):
        history.append(row)
    offers = book.create_sheet("报价")
    for row in (("供应商编码", "物资编码", "单价", "交货天数", "周供应量"), ("S1", "mask", 1.2, 5, None)):
        offers.append(row)
    orders = book.create_sheet("订单")
    for row in (
        ("订单号", "供应商编码", "物资编码", "数量", "到达日期", "订单状态"),
        ("P1", "S1", "mask", 500, "2020-02-12", "已发货"),
    ):
        orders.append(row)
    book.save(path)
    planning = planning_of(path)

    assert planning.history.units.tolist() == [[12.0]]
    assert [(each.price, each.units_per_week) for each in planning.offers] == [(Decimal("1.2"), None)]
    assert [(each.units, each.status) for each in planning.orders] == [(500, "shipped")]


def test_plan_goes_on_ignoring_them(tmp_path):
    bad = dict.fromkeys(PLANNING, "no,such\ncolumns,here\n")

    read = read_case(folder_with(tmp_path / "case", **bad))

    assert not [notice for notice in read.notices if notice.warns]


PROBLEMS = [
    ("blank", {"history": "site,item,date,units\nClinic,mask,,5\n"}, "row 2, column date: The cell is empty"),
    ("column-missing", {"history": "site,item,date\nClinic,mask,2020-02-01\n"}, "The column units (用量) is missing"),
    ("too-large", {"history": "site,item,date,units,stockout\nClinic,mask,2020-02-01,5,3\n"}, "3 is more than 1"),
    (
        "row-twice",
        {"history": "site,item,date,units\nClinic,mask,2020-02-01,5\n0042,mask,2020-02-01,\nClinic,mask,2020-02-01,\n"},
        "history.csv, row 4, column date: Clinic + mask + 2020-02-01 is here a second time; row 2 has it already.",
    ),
    (
        "history-too-long",
        {"history": "site,item,date,units\nClinic,mask,2010-02-01,5\nClinic,mask,2020-02-02,5\n"},
        "From 2010-02-01 to 2020-02-02 it would be 3,654 periods of sites and items; at most 1,000 are read.",
    ),
    (
        "history-old",
        {"history": "site,item,date,units\nClinic,mask,2020-02-01,5\nClinic,mask,0001-01-01,5\n"},
        "history.csv, row 3, column date: 0001-01-01 is before 1990, so its year can hardly be right. Mend the year",
    ),
    (
        "history-old",
        {"history": "site,item,date,units\nClinic,mask,0001-01-01,5\nClinic,mask,0001-02-01,5\n"},
        "row 3, column date: 0001-02-01 is before 1990",
    ),
    (
        "history-spans",
        {"history": "site,item,date,units\nClinic,mask,2020-01-27,5\nClinic,mask,2000-01-24,5\n"},
        "row 3, column date: The history begins on 2000-01-24 here and ends on 2020-01-27: that is more than 20 years.",
    ),
    ("code-unknown-near", {"offers": "supplier,item,price,lead_days\nS1,masks,1,1\n"}, 'If "mask" is meant'),
    (
        "code-unknown",
        {"suppliers": "supplier\nS1\n", "offers": "supplier,item,price,lead_days\nfar,mask,1,1\n"},
        '"far" is not in suppliers. Add it to suppliers',
    ),
    (
        "row-twice",
        {"offers": "supplier,item,price,lead_days,from\nS1,mask,1,1,\nS1,mask,2,1,\n"},
        "S1 + mask is here a second time; row 2 has it already.",
    ),
    (
        "offer-ends-before",
        {"offers": "supplier,item,price,lead_days,from,to\nS1,mask,1,1,2020-03-02,2020-03-01\n"},
        "It ends on 2020-03-01, before it begins on 2020-03-02.",
    ),
    (
        "offer-never",
        {"offers": "supplier,item,price,lead_days,units_per_week,min_units\nS1,mask,1,1,50,60\n"},
        "row 2, column min_units: The least order is 60 units, and only 50 come in a week.",
    ),
    (
        "order-suppliers",
        {"orders": "order,supplier,item,units,arrives\nP1,S1,mask,5,2020-03-01\nP1,S2,tent,5,2020-03-01\n"},
        "row 3, column supplier: Order P1 is of supplier S2 here and of S1 in row 2.",
    ),
    (
        "order-statuses",
        {
            "orders": "order,supplier,item,units,arrives,status\n"
            "P1,S1,mask,5,2020-03-01,shipped\nP1,S1,tent,5,2020-03-01,ordered\n"
        },
        "row 3, column status: Order P1 is ordered here and shipped in row 2. An order stands as a whole",
    ),
    (
        "order-undated",
        {"orders": "order,supplier,item,units\nP1,S1,mask,5\n"},
        "row 2, column arrives: Nothing says when this arrives: S1 has no offer for mask whose lead days would tell.",
    ),
    ("not-a-choice", {"orders": "order,supplier,item,units,status\nP1,S1,mask,5,sent\n"}, '"sent" is none of: ordered'),
    ("row-twice", {"budgets": "bucket,amount\na,1\na,2\n"}, "a is here a second time"),
    (
        "code-unknown-near",
        {"budgets": "bucket,amount,items\na,1,mask tents\n"},
        'column items: "tents" is not in items',
    ),
    ("not-a-choice", {"drivers": "site,driver,value\nClinic,staf,3\n"}, 'Write "staff"'),
]


@pytest.mark.parametrize(
    ("code", "tables", "said"), PROBLEMS, ids=[f"{n} {code}" for n, (code, *_) in enumerate(PROBLEMS)]
)
def test_what_is_wrong_is_said_with_its_place_and_its_remedy(tmp_path, monkeypatch, code, tables, said):
    monkeypatch.setattr("data.planning_history.HISTORY_CELLS_MAX", 1_000)
    codes, sentences = faults_of(folder_with(tmp_path / "case", **tables))

    assert set(codes) == {code}
    assert said in sentences


def test_everything_wrong_in_the_case_and_beside_it_is_said_at_once(tmp_path):
    folder = folder_with(
        tmp_path / "case",
        needs=SOUND["needs.csv"].replace("20", "many"),
        history="site,item,date,units\nClinic,mask,soon,5\n",
        offers="supplier,item,price,lead_days\nS1,mask,cheap,1\n",
        budgets="bucket,amount\na,-1\n",
    )

    assert sorted(faults_of(folder)[0]) == ["not-a-date", "not-a-number", "not-a-number", "too-small"]


def test_every_kind_is_made_to_happen_here():
    assert {kind.code for kind in PLANNING_PROBLEMS} <= {code for code, _, _ in PROBLEMS}
    assert {kind.code for kind in PLANNING_NOTICES} == {
        *("history-read", "history-ahead", "history-unfinished", "orders-late")
    }
