"""From typed command to files and exit status, the way an officer with only a spreadsheet goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from cli import root


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_workbook_with_chinese_headers_gives_the_same_plan_as_the_folder():
    assert allocator("sample", "county", "--sites", "40", "--out", "case").exit_code == 0
    assert allocator("sample", "county", "--sites", "40", "--out", "县.xlsx", lang="zh").exit_code == 0
    headers = {sheet.title: sheet["A1"].value for sheet in openpyxl.load_workbook("县.xlsx")}
    assert (headers["需求"], headers["线路"]) == ("点位编码", "仓库编码")

    assert allocator("plan", "case", "--out", "plan").exit_code == 0
    assert allocator("plan", "县.xlsx", "--out", "方案", lang="zh").exit_code == 0

    for file in sorted(Path("plan").iterdir()):
        if file.name != "timings.json":
            assert file.read_bytes() == (Path("方案") / file.name).read_bytes(), file.name
    assert allocator("verify", "县.xlsx", "plan").exit_code == 0


CASE = {
    "items.csv": "item,unit,pack_units,use,pack_kg,pack_m3\nmask,piece,10,consumable,1,0.1\n",
    "sites.csv": "site,kind\nD,warehouse\nGate,checkpoint\n",
    "needs.csv": "site,item,daily_units,max_units\nGate,mask,20,\n",
    "stock.csv": "site,item,units,status\nD,mask,100,usable\n",
    "lanes.csv": "depot,site,open,hours,max_kg\nD,Gate,true,1,\n",
    "depots.csv": "depot,max_kg,max_m3,max_stops,vehicles,vehicle_kg\nD,,,,,\n",
    "policy.toml": 'date = 2020-02-10\n[tiers]\nfrontline = ["checkpoint"]\n'
    '[[ladder]]\ntiers = ["frontline"]\ncover_days = 2\n',
}


def with_change(name: str, old: str, new: str) -> Callable[[], object]:
    assert old in CASE[name]
    return lambda: Path("case", name).write_text(CASE[name].replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_change("stock.csv", "100", "0"), id="the depot is empty"),
        pytest.param(with_change("stock.csv", "usable", "quarantine"), id="all stock is in quarantine"),
        pytest.param(with_change("policy.toml", "[tiers]", "reserve_share = 1\n[tiers]"), id="all is kept back"),
        pytest.param(with_change("items.csv", "10,", "1000,"), id="no pack is full"),
        pytest.param(with_change("lanes.csv", "true", "false"), id="the road is closed"),
        pytest.param(with_change("lanes.csv", "true,1,", "true,30,"), id="the road takes more than a day"),
        pytest.param(with_change("lanes.csv", "D,Gate,true,1,\n", ""), id="there is no road"),
        pytest.param(with_change("lanes.csv", "1,\n", "1,0.5\n"), id="the road carries less than a pack"),
        pytest.param(with_change("needs.csv", "20", "0"), id="nobody needs anything"),
        pytest.param(with_change("needs.csv", "20,\n", "20,5\n"), id="nobody may receive a whole pack"),
        pytest.param(with_change("stock.csv", "usable\n", "usable\nGate,mask,40,usable\n"), id="all hold enough"),
        pytest.param(with_change("depots.csv", "D,,", "D,0.5,"), id="the lorry carries less than a pack"),
        pytest.param(with_change("depots.csv", "D,,,", "D,,0.05,"), id="the lorry holds less than a pack"),
        pytest.param(with_change("depots.csv", "D,,,,", "D,,,0,"), id="no stop may be made"),
        pytest.param(with_change("depots.csv", "D,,,,,", "D,,,,0,500"), id="there is no lorry"),
    ],
)
def test_where_nothing_can_be_sent_one_sentence_says_so_and_nothing_is_written(change):
    Path("case").mkdir()
    for name, text in CASE.items():
        Path("case", name).write_text(text, encoding="utf-8")
    assert allocator("plan", "case", "--out", "sound").exit_code == 0
    change()

    said = {lang: allocator("plan", "case", "--out", "plan", "--quiet", lang=lang) for lang in ("en", "zh")}

    for result in said.values():
        assert result.exit_code == 3, result.output
        assert len(result.stderr.splitlines()) == 1
        assert result.stdout == ""
    assert said["en"].stderr.isascii()
    assert not said["zh"].stderr.isascii()
    assert not Path("plan").exists()
