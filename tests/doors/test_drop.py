"""`import --drop FOLDER`: each file is taken once, and what became of it lies beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk import Clerk


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    Path("inbox").mkdir()
    return desk


def leave(name: str, text: str) -> None:
    (Path("inbox") / name).write_text(text, encoding="utf-8")


def result(name: str) -> dict:
    return json.loads((Path("inbox") / f"{name}.result.json").read_text(encoding="utf-8"))


def test_each_file_is_taken_once_and_its_result_lies_beside_it(clerk):
    leave("counts-1.csv", "number,site,item,units\nC1,D1,MASK,5\n")
    leave("feed.json", '{"receipts": [{"partner": "S1", "site": "D1", "item": "TENT", "units": 4, "number": "R1"}]}')
    leave(".hidden.csv", "x")
    leave("counts-2.csv.part", "half of it")
    first, second = clerk("import", "--drop", "inbox"), clerk("import", "--drop", "inbox")

    assert first.exit_code == 0, first.output
    assert (second.stdout, second.stderr) == ("", "Nothing new lies there.\n")
    assert (result("counts-1.csv")["taken"], result("counts-1.csv")["documents"]) == (True, {"counts": 1})
    assert result("feed.json")["documents"] == {"receipts": 1}
    assert sorted(path.name for path in Path("inbox").iterdir() if path.name.endswith("result.json")) == [
        "counts-1.csv.result.json",
        "feed.json.result.json",
    ]


def test_what_is_wrong_stands_in_the_result_and_a_mended_file_is_taken_anew(clerk):
    leave("counts.csv", "site,item,units\nD1,MASK,many\n")
    leave("needs.csv", "site,item,daily_units\nP1,MASK,5\n")
    refused = clerk("import", "--drop", "inbox")
    again = clerk("import", "--drop", "inbox")

    assert refused.exit_code == 2
    assert (result("counts.csv")["taken"], result("needs.csv")["taken"]) == (False, True)
    assert '"many"' in result("counts.csv")["wrong"][0]
    assert again.stderr == "Nothing new lies there.\n"
    leave("counts.csv", "site,item,units\nD1,MASK,7\n")
    assert clerk("import", "--drop", "inbox").exit_code == 0
    assert result("counts.csv")["taken"]


def test_a_dry_run_leaves_nothing_and_a_file_is_no_folder(clerk):
    leave("counts.csv", "site,item,units\nD1,MASK,7\n")

    assert clerk("import", "--drop", "inbox", "--dry-run").exit_code == 0
    assert sorted(path.name for path in Path("inbox").iterdir()) == ["counts.csv"]
    assert "is no folder" in clerk("import", "--drop", "inbox/counts.csv").stderr
