"""`allocator plan --level-by-level`: depots above depots, and what verify says of the folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from case_tables import case_of_tables
from click.testing import CliRunner, Result

from cli import root
from data.case_writing import write_case

TREE = """
    depot    site
    DepotN   DepotP
    DepotP   DepotA
    DepotP   DepotB
    DepotA   A1
    DepotA   A2
    DepotB   B1
"""
KINDS = "site kind\nDepotN warehouse\nDepotP warehouse\nDepotA warehouse\nDepotB warehouse"


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    """Return the command line in a folder with a small nation of 60 masks."""
    monkeypatch.chdir(tmp_path)
    case = case_of_tables(
        needs="site item daily\nA1 mask 10\nA2 mask 20\nB1 mask 30",
        stock="site item units lot expires\nDepotN mask 45 late 2021-01-01\nDepotN mask 15 soon 2020-03-01",
        lanes=TREE,
        sites=KINDS,
        items="item pack\nmask 5",
    )
    (tmp_path / "nation").mkdir()
    write_case(case, tmp_path / "nation")

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")

    return run


def rows(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def test_stock_goes_down_and_every_depot_has_a_plan_with_a_proof(allocator):
    done = allocator("plan", "nation", "--level-by-level", "--out", "plan")

    assert done.exit_code == 0, done.output
    assert rows("plan/down.csv") == [
        "depot,to,item,packs,units,kg",
        "DepotN,DepotP,mask,12,60,12",
        "DepotP,DepotA,mask,6,30,6",
        "DepotP,DepotB,mask,6,30,6",
    ]
    assert rows("plan/down-lots.csv")[1:3] == [
        "DepotN,DepotP,mask,late,2021-01-01,45",
        "DepotN,DepotP,mask,soon,2020-03-01,15",
    ]
    assert rows("plan/depots/DepotA/lines.csv")[1:] == ["DepotA,A1,mask,2,10,2", "DepotA,A2,mask,4,20,4"]
    assert Path("plan/depots/DepotB/proof.json").is_file()
    assert json.loads(Path("plan/summary.json").read_text())["tiers"][0]["pairs"] == 3
    assert allocator("verify", "nation", "plan").exit_code == 0


TO_A = "DepotP,DepotA,mask,6,30,6"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("down.csv", TO_A, "DepotP,DepotA,mask,7,35,7", "DepotP sends 1 pack more of mask than it has."),
        ("down.csv", TO_A, "DepotP,DepotA,mask,6,31,6", "down.csv, row 3: units are not packs × pack size."),
        ("down.csv", TO_A, "DepotN,DepotA,mask,6,30,6", "DepotN does not supply DepotA."),
        ("down.csv", "DepotP,DepotA", "DepotX,DepotA", "down.csv cannot be read"),
        ("down.csv", TO_A, "DepotP,DepotA,mask,3,15,3", "DepotP: a pack of mask more for who stands lowest"),
        ("down-lots.csv", "soon", "late", "down-lots.csv does not name the lots that expire first."),
        ("depots/DepotA/lines.csv", "DepotA,A1,mask,2,10,2", "DepotA,A1,mask,3,15,3", "DepotA: "),
    ],
)
def test_whatever_is_altered_is_found_and_named(allocator, file, old, new, said):
    assert allocator("plan", "nation", "--level-by-level", "--out", "plan").exit_code == 0
    path = Path("plan") / file
    path.write_text(path.read_text().replace(old, new, 1))
    checked = allocator("verify", "nation", "plan")

    assert checked.exit_code == 4, checked.output
    assert checked.stdout.startswith(said)


def test_a_depot_whose_plan_is_gone_is_named(allocator):
    assert allocator("plan", "nation", "--level-by-level", "--out", "plan").exit_code == 0
    Path("plan/depots/DepotB").rename("elsewhere")

    assert allocator("verify", "nation", "plan").stdout == "DepotB: its plan is missing.\n"


def test_a_county_has_no_levels_and_other_engines_do_not_know_them(allocator, tmp_path):
    case = case_of_tables(needs="site item daily\nA1 mask 10", stock="site item units\nDepotA mask 9")
    (tmp_path / "county").mkdir()
    write_case(case, tmp_path / "county")

    flat = allocator("plan", "county", "--level-by-level", "--out", "plan")
    other = allocator("plan", "nation", "--level-by-level", "--engine", "reference", "--out", "plan")
    assert (flat.exit_code, other.exit_code) == (2, 2)
    assert "No depot supplies another here. Plan it without --level-by-level." in flat.stderr
    assert "Level by level only the fast engine plans." in other.stderr
