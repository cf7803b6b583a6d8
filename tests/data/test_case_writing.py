"""A case written and read back is the same case."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hand_made_plan import hand_made_case, hand_made_policy

from allocator.case import Case
from data.case_files import read_case
from data.case_writing import write_case
from data.policy_writing import policy_toml
from data.samples import make_sample


def _same(one: Case, other: Case) -> None:
    for table in (field.name for field in dataclasses.fields(Case) if field.name != "policy"):
        first, second = getattr(one, table), getattr(other, table)
        for column in (field.name for field in dataclasses.fields(first)):
            np.testing.assert_array_equal(getattr(first, column), getattr(second, column), err_msg=f"{table}.{column}")
    assert one.policy == other.policy


@pytest.mark.parametrize("form", ["case", "case.xlsx"])
def test_a_hand_made_case_comes_back_the_same(tmp_path: Path, form: str) -> None:
    write_case(hand_made_case(), tmp_path / form)
    _same(read_case(tmp_path / form).case, hand_made_case())


@pytest.mark.parametrize(("name", "lang"), [("case", "en"), ("case.xlsx", "en"), ("case.xlsx", "zh")])
def test_how_long_stock_must_last_for_kinds_of_site_comes_back(tmp_path: Path, name: str, lang: str) -> None:
    policy = dataclasses.replace(hand_made_policy(), shelf_days={"school": 60, "clinic": 0})
    case = dataclasses.replace(hand_made_case(), policy=policy)
    write_case(case, tmp_path / name, lang=lang)

    _same(read_case(tmp_path / name).case, case)
    if lang == "zh":
        rows = openpyxl.load_workbook(tmp_path / name)["规则"].iter_rows(values_only=True)
        assert dict(rows)["各类点位剩余天数.school"] == 60


@pytest.mark.parametrize("name", ["county", "closed-roads", "caps"])
def test_a_chinese_workbook_comes_back_the_same(tmp_path: Path, name: str) -> None:
    write_case(hand_made_case(), tmp_path / "case", workbook=True, lang="zh")
    _same(read_case(tmp_path / "case.xlsx").case, hand_made_case())

    sample = make_sample(name, sites=60, items=12)
    write_case(sample, tmp_path / "sample.xlsx", lang="zh")
    _same(read_case(tmp_path / "sample.xlsx").case, sample)


def test_a_chinese_workbook_is_chinese_in_every_word_of_the_format(tmp_path: Path) -> None:
    write_case(make_sample("closed-roads", sites=40, items=4), tmp_path / "case.xlsx", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")

    def column(sheet: str, header: str) -> set[object]:
        rows = list(book[sheet].iter_rows(values_only=True))
        return {row[rows[0].index(header)] for row in rows[1:]}

    assert column("物资", "用途") == {"消耗品", "耐用品"}
    assert column("点位", "类型") <= {"卡口", "诊所", "医院", "隔离点", "社区", "学校", "企业", "机关", "仓库"}
    assert column("线路", "是否通行") == {"是", "否"}
    assert column("库存", "状态") <= {"可用", "隔离", "过期", "损坏"}
    policy = dict(book["规则"].iter_rows(values_only=True))
    assert policy["级别.frontline"] == "卡口、诊所、医院、隔离点"
    # Numbers are numbers, so that a spreadsheet does not mark them as texts.
    assert (policy["储备比例"], list(book["阶梯"].iter_rows(values_only=True))[1]) == (0.1, ("frontline", 1, 0.5))


@pytest.mark.parametrize("form", ["case", "case.xlsx"])
@pytest.mark.parametrize("name", ["county", "closed-roads"])
def test_a_sample_comes_back_the_same(tmp_path: Path, name: str, form: str) -> None:
    sample = make_sample(name, sites=80, items=12, depots=3, lanes=2)
    write_case(sample, tmp_path / form)
    _same(read_case(tmp_path / form).case, sample)


@pytest.mark.parametrize("form", ["case", "case.xlsx"])
def test_a_second_writing_has_the_same_bytes(tmp_path: Path, form: str) -> None:
    for run in ("first", "second"):
        write_case(hand_made_case(), tmp_path / run / form)
    first = tmp_path / "first" / form
    for path in [first] if first.is_file() else first.iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


def test_tables_without_rows_are_left_out_and_do_not_stay(tmp_path: Path) -> None:
    (tmp_path / "substitutes.csv").write_text("item,by,units_per_unit\n", encoding="utf-8")
    write_case(hand_made_case(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "depots.csv", "in_transit.csv", "items.csv", "lanes.csv", "needs.csv", "policy.toml", "sites.csv", "stock.csv",
    ]  # fmt: skip
    assert (tmp_path / "needs.csv").read_text(encoding="utf-8") == (
        "site,item,daily_units,reported_on,max_units,days_short\n"
        "S1,mask,20,2020-02-09,,\n"
        "S1,thermo,4,,4,\n"
        "S2,mask,12.5,2020-02-10,,\n"
        "S3,mask,30,,,\n"
    )


def test_a_policy_keeps_its_exact_decimals_and_odd_names() -> None:
    policy = dataclasses.replace(
        hand_made_policy(), reserve={'I "3"': Fraction(1, 8)}, tiers={"一线": ("checkpoint", 'a"b')}
    )
    text = policy_toml(policy)
    assert '"I \\"3\\"" = 0.125\n' in text
    assert '"一线" = ["checkpoint", "a\\"b"]\n' in text
    with pytest.raises(ValueError, match="1/3 has no finite decimal form"):
        policy_toml(dataclasses.replace(policy, reserve_share=Fraction(1, 3)))
