"""What a sound case is read as, whatever program wrote its files."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from data.case_digest import case_digest
from data.case_files import read_case
from data.case_writing import write_case

TABLES = {
    "items": "item,name,name_zh,unit,pack_units,pack_kg,use\nmask,Mask,口罩,piece,10,1.5,consumable\n",
    "sites": "site,kind,area\nD1,warehouse,421127\nGate,checkpoint,421127101\nClinic,clinic,421127102\n",
    "needs": "site,item,daily_units,reported_on\nGate,mask,20,2020-02-09\nClinic,mask,12.3456789,\n",
    "stock": "site,item,units,lot,expires,status,earmark\nD1,mask,300,L7,2020-06-01,,Gate\nClinic,mask,5,,,,\n",
    "lanes": "depot,site,open,km\nD1,Gate,true,3.5\nD1,Clinic,no,\n",
}
POLICY = """date = 2020-02-10
reserve_share = 0.1
[tiers]
frontline = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["frontline"]
cover_days = 2
"""


def folder_of(folder: Path, *, policy: str = POLICY, encoding: str = "utf-8", **changed: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**TABLES, **changed}.items():
        (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    return folder


def said(folder: Path) -> str:
    return "\n".join(str(notice) for notice in read_case(folder).notices)


def test_a_case_is_read_as_columns_in_the_order_of_codes(tmp_path):
    case = read_case(folder_of(tmp_path)).case

    assert case.sites.code.tolist() == ["Clinic", "D1", "Gate"]
    assert case.items.name_zh.tolist() == ["口罩"]
    assert case.needs.site.tolist() == [0, 2]
    assert case.needs.daily_units.tolist() == [12.345679, 20.0]
    assert case.needs.reported_on.astype(str).tolist() == ["NaT", "2020-02-09"]
    assert case.needs.max_units.tolist() == [-1, -1]
    assert case.stock.units.tolist() == [5, 300]
    assert case.stock.lot.tolist() == ["", "L7"]
    assert case.stock.earmark.tolist() == ["", "Gate"]
    assert case.lanes.open.tolist() == [False, True]
    assert np.isnan(case.lanes.km).tolist() == [True, False]
    assert len(case.depots) == len(case.substitutes) == len(case.in_transit) == 0
    assert case.policy.date == dt.date(2020, 2, 10)
    assert case.policy.reserve_share == Fraction(1, 10)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "byte-order mark"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_every_usual_encoding_is_read_and_said(tmp_path, encoding, found):
    folder = folder_of(tmp_path, encoding=encoding)

    assert read_case(folder).case.items.name_zh.tolist() == ["口罩"]
    assert f"items.csv: Read as {found}" in said(folder).replace("UTF-8 with a ", "")


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_of_every_system_are_line_ends(tmp_path, ending):
    folder = folder_of(tmp_path, needs=TABLES["needs"].replace("\n", ending))

    assert read_case(folder).case.needs.daily_units.tolist() == [12.345679, 20.0]


def test_chinese_headers_file_names_and_words_are_read(tmp_path):
    plain = read_case(folder_of(tmp_path / "a")).case
    folder = folder_of(
        tmp_path / "b",
        policy=POLICY.replace('"checkpoint", "clinic"', '"卡口", "诊所"'),
        sites="点位编码,类型,区划代码\nD1,仓库,421127\nGate,卡口,421127101\nClinic,诊所,421127102\n",
        lanes="仓库编码,点位编码,是否通行,公里\nD1,Gate,是,3.5\nD1,Clinic,否,\n",
    )
    (folder / "needs.csv").rename(folder / "需求.csv")

    assert case_digest(read_case(folder).case) == case_digest(plain)


@pytest.mark.parametrize("written", ["2020/2/9", "2020年2月9日", "2020.02.09", "2020-02-09 00:00:00", "２０２０-02-09"])
def test_a_day_may_be_written_in_every_way_that_has_one_meaning(tmp_path, written):
    case = read_case(folder_of(tmp_path, needs=TABLES["needs"].replace("2020-02-09", written))).case

    assert case.needs.reported_on.astype(str).tolist() == ["NaT", "2020-02-09"]


def test_full_width_digits_are_read_and_said_once_for_a_column(tmp_path):
    folder = folder_of(tmp_path, needs=TABLES["needs"].replace("20,", "２０,").replace("12.3456789", "１２．５"))

    assert read_case(folder).case.needs.daily_units.tolist() == [12.5, 20.0]
    assert said(folder).count("Full-width digits") == 1


def test_order_blank_rows_and_stray_spaces_change_nothing(tmp_path):
    plain = read_case(folder_of(tmp_path / "a")).case
    shuffled = {
        name: "\n".join([text.splitlines()[0], *text.splitlines()[:0:-1], "," * text.splitlines()[0].count(","), ""])
        for name, text in TABLES.items()
    }
    spaced = shuffled | {"stock": shuffled["stock"].replace("Clinic,", " Clinic\u3000, ")}

    assert case_digest(read_case(folder_of(tmp_path / "b", **spaced)).case) == case_digest(plain)


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("needs", "20,", "21,"),
        ("stock", "L7", "L8"),
        ("stock", "2020-06-01", "2020-06-02"),
        ("stock", "300,L7,2020-06-01,", "300,L7,2020-06-01,quarantine"),
        ("lanes", "true", "false"),
        ("lanes", "3.5", ""),
        ("items", "口罩", "口罩2"),
    ],
)
def test_every_fact_changes_the_digest(tmp_path, table, old, new):
    changed = {table: TABLES[table].replace(old, new, 1)}

    assert case_digest(read_case(folder_of(tmp_path / "a")).case) != case_digest(
        read_case(folder_of(tmp_path / "b", **changed)).case
    )
    policy = POLICY.replace("0.1", "0.2")
    assert case_digest(read_case(folder_of(tmp_path / "a")).case) != case_digest(
        read_case(folder_of(tmp_path / "c", policy=policy)).case
    )


def test_a_workbook_in_chinese_is_the_same_case_as_the_folder(tmp_path):
    book = openpyxl.Workbook()
    for name, rows in {
        "物资": [
            ("物资编码", "名称", "中文名称", "单位", "包装数", "件重", "用途"),
            ("mask", "Mask", "口罩", "piece", 10, 1.5, "消耗品"),
        ],
        "点位": [
            ("点位编码", "类型", "区划代码"),
            ("D1", "仓库", 421127),
            ("Gate", "卡口", 421127101),
            ("Clinic", "诊所", "421127102"),
        ],
        "需求": [
            ("点位编码", "物资编码", "日用量", "填报日期"),
            ("Gate", "mask", 20, dt.date(2020, 2, 9)),
            ("Clinic", "mask", 12.3456789),
        ],
        "库存": [
            ("点位编码", "物资编码", "数量", "批号", "有效期", "状态", "专供"),
            ("D1", "mask", 300, "L7", dt.datetime(2020, 6, 1), "可用", "Gate"),  # noqa: DTZ001 - cells know no zone
            ("Clinic", "mask", 5),
        ],
        "线路": [("仓库编码", "点位编码", "是否通行", "公里"), ("D1", "Gate", True, 3.5), ("D1", "Clinic", "否")],
        "规则": [("日期", dt.date(2020, 2, 10)), ("储备比例", 0.1), ("级别.frontline", "卡口、诊所")],
        "阶梯": [("级别", "覆盖天数"), ("frontline", 2)],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "县.xlsx")

    assert case_digest(read_case(tmp_path / "县.xlsx").case) == case_digest(read_case(folder_of(tmp_path / "a")).case)


def test_a_title_above_the_header_is_left_alone_and_said(tmp_path):
    """As people keep their lists: a title, a line on who keeps it, an empty row, and then the table."""
    folder = folder_of(tmp_path / "a")
    write_case(read_case(folder).case, tmp_path / "b.xlsx", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    book["库存"].insert_rows(1, 3)
    book["库存"]["A1"], book["库存"]["A2"] = "某县防疫物资库存表", "填表人：库管员"
    book.save(tmp_path / "b.xlsx")

    read = read_case(tmp_path / "b.xlsx")

    assert case_digest(read.case) == case_digest(read_case(folder).case)
    notices = "\n".join(map(str, read.notices))
    assert "b.xlsx, sheet 库存: The header is row 4; what stands above it is not read." in notices


def test_what_is_allowed_and_looks_like_a_mistake_is_said(tmp_path):
    folder = folder_of(
        tmp_path,
        policy=POLICY.replace("[[", 'spare = ["office"]\n[['),
        sites=TABLES["sites"] + "Hall,office,\n",
        needs="site,item,daily_units,reported_on,daily_unitz,colour\nHall,mask,1,2020-02-11,,\n",
        stock="site,item,units,lot,expires,status\nD1,mask,3,L1,2020-02-09,\nD1,mask,3,L2,2020-03-01,过期\n"
        "D1,mask,7,L3,2020-03-01,\nD1,mask,7,L3,2020-03-01,\n",
        lanes="depot,site\nGate,Clinic\nD1,Hall\n",
        stocks="site\n",
        depots="depot,vehicles\nD1,0\n",
    )
    notices = said(folder)

    assert 'No column is called "daily_unitz", so it is not read; the nearest is daily_units.' in notices
    assert 'No column is called "colour", so it is not read.' in notices
    assert 'No table is called "stocks.csv", so it is not read; the nearest is stock.csv.' in notices
    assert (
        "stock.csv, row 2, column expires: Rows of usable stock that expired before 2020-02-10 and do not count: 1"
        in notices
    )
    assert "Rows of stock that say expired although their date is not past, and do not count: 1" in notices
    assert "Needs reported after the plan's date 2020-02-10: 1." in notices
    assert "No rung of the ladder names the tier spare, so its sites are sent nothing: 1." in notices
    assert (
        "Lanes that start at sites which are no warehouse, so that nothing is sent along them: 1, first Gate" in notices
    )
    assert "Depots with vehicles but no vehicle_kg, whose vehicles are no limit: 1, first D1." in notices
    assert "Rows of stock that repeat another row with the same lot, and are added up: 1, first L3" in notices


def test_rules_on_needs_are_for_a_ledger_and_said_not_to_be_read(tmp_path):
    policy = 'posture = "crisis"\n' + POLICY + '[[tier_rules]]\nfact = "cluster"\nat_least = 1\ntier = "frontline"\n'

    notices = said(folder_of(tmp_path, policy=policy))

    assert "policy.toml, row 1: The rules on needs in the policy are for a ledger, and not read here" in notices
    assert "here: ['posture', 'tier_rules']." in notices


def test_a_rung_may_leave_out_what_no_item_asks_for(tmp_path):
    durable = TABLES["items"].replace("consumable", "durable")
    policy = POLICY.replace("cover_days = 2", "holding_share = 0.5")

    case = read_case(folder_of(tmp_path, items=durable, policy=policy)).case

    assert case.policy.ladder[0].holding_share == Fraction(1, 2)


def test_tables_that_may_be_empty_may_be_empty(tmp_path):
    """A case in which nothing is needed, held or reachable is sound: it gets an answer, not a complaint."""
    heads = {name: TABLES[name].splitlines()[0] + "\n" for name in ("needs", "stock", "lanes")}

    case = read_case(folder_of(tmp_path, **heads)).case

    assert (len(case.needs), len(case.stock), len(case.lanes)) == (0, 0, 0)


def test_a_hundred_thousand_rows_in_any_order_take_no_time_to_speak_of(tmp_path):
    count = 100_000
    sites = "site,kind\nD1,warehouse\n" + "".join(f"S{n:06d},clinic\n" for n in range(count))
    order = np.random.default_rng(1).permutation(count).tolist()
    needs = "site,item,daily_units\n" + "".join(f"S{n:06d},mask,{n % 97 + 0.25}\n" for n in order)
    folder = folder_of(tmp_path, sites=sites, needs=needs, stock="site,item,units\n", lanes="depot,site\n")

    case = read_case(folder).case

    assert case.needs.site[:3].tolist() == [1, 2, 3]
    assert case.needs.daily_units.sum() == sum(n % 97 + 0.25 for n in range(count))
