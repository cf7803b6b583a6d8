"""Who reported what a file says, and how; and one way of writing a code with accents."""

from __future__ import annotations

import json

import pytest
from desk import Clerk


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """A clerk at a ledger with a small catalogue and 50 masks at D1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk.begin()
    return clerk


def reported(clerk: Clerk, number: int) -> dict[str, str] | None:
    return json.loads(clerk("show", str(number), "--json").stdout)["details"].get("reported")


RECEIPT = "number,day,partner,site,item,units,reported_by,by\nR1,2020-02-10,S1,D1,MASK,50,"


def test_a_receipt_an_issue_and_a_count_say_who_reported_them_and_how(clerk):
    assert clerk.take("receipts.csv", RECEIPT + "D1,telephone\n").exit_code == 0
    taken = clerk.take(
        "issues.csv", "单号,日期,点位编码,物资编码,数量,报告人,报告方式\nA1,2020-02-11,D1,MASK,5,值班员,电话\n"
    )
    assert taken.exit_code == 0, taken.output
    assert clerk.take("counts.csv", "site,day,item,units,by\nD1,2020-02-12,MASK,45,paper\n").exit_code == 0

    assert reported(clerk, 1) == {"site": "D1", "how": "telephone"}
    assert reported(clerk, 2) == {"function": "duty-officer", "how": "telephone"}
    assert reported(clerk, 3) == {"how": "paper"}
    assert "Reported by D1, by telephone" in clerk("show", "1").stdout


def test_the_same_file_again_changes_nothing(clerk):
    for _ in range(2):
        taken = clerk.take("receipts.csv", RECEIPT + "D1,telephone\n")
        assert taken.exit_code == 0, taken.output
    assert clerk("show", "2").exit_code == 1


def test_whoever_is_unknown_is_refused_with_the_place(clerk):
    taken = clerk.take("receipts.csv", RECEIPT + "Zhang San,telephone\n")

    assert taken.exit_code == 1
    assert 'receipts.csv, row 2: "Zhang San" is no person or site of this ledger, and no function.' in taken.stderr


def test_a_way_that_is_none_and_two_reporters_of_one_document_are_problems(clerk):
    rows = "D1,pigeon\nR1,2020-02-10,S1,D1,MASK,5,P1,\n"
    taken = clerk.take("receipts.csv", RECEIPT + rows)

    assert taken.exit_code == 2
    assert '"pigeon" is no way of reporting. Write one of: telephone, message' in taken.stderr
    if "One document is reported" not in taken.stderr:
        taken = clerk.take("receipts.csv", RECEIPT + rows.replace("pigeon", "radio"))
    assert "One document is reported here by P1, and in row 2 by D1." in taken.stderr


def test_a_code_is_the_same_however_its_accents_are_written(clerk):
    """é as one letter in the catalogue, as e and a mark in what refers to it, in a file and typed."""
    assert clerk.take("items.csv", "item,name,unit,pack_units,use\nCAF\u00c9,x,piece,1,consumable\n").exit_code == 0
    taken = clerk.take("receipts.csv", "number,day,partner,site,item,units\nR1,2020-02-10,S1,D1,CAFE\u0301,50\n")
    assert taken.exit_code == 0, taken.output
    used = clerk("issue", "D1", "CAFE\u0301", "5", "--note", "cafe\u0301", "--json")

    assert used.exit_code == 0, used.output
    assert json.loads(used.stdout)["lines"][0]["item"] == "CAF\u00c9"
    assert json.loads(used.stdout)["details"]["note"] == "caf\u00e9"
    assert clerk.take("needs.csv", "site,item,daily_units\nP1,CAFE\u0301,5\n").exit_code == 0
