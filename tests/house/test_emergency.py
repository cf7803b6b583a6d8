"""An emergency issue through the commands: sent by one, counted by the next plan, countersigned by another."""

from __future__ import annotations

import json

import pytest
from desk import Clerk
from pypdf import PdfReader


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """A ledger with 500 masks at D1 and three people."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk.begin()
    clerk("receive", "D1", "MASK", "500", "--partner", "S1", "--date", "2020-02-09")
    clerk("user", "add", "lin", "--role", "administrator")
    clerk("user", "add", "wu", "--role", "logistics", "--actor", "lin")
    for who, role in (("lin", "logistics"), ("lin", "approver"), ("wu", "approver")):
        clerk("user", "role", who, role, "--actor", "lin")
    return clerk


SENT = ("emergency-issue", "D1", "P1", "MASK", "120", "--reason", "new-cases", "--date", "2020-02-10", "--actor", "wu")


def test_it_is_shown_as_open_until_another_person_countersigns_it(clerk):
    sent = clerk(*SENT)
    assert sent.exit_code == 0, sent.output
    assert "Reason: new cases or a cluster there" in sent.stdout
    assert "shown as open until another person countersigns it: allocator approve 2" in sent.stdout
    assert "is under way to P1. When it arrives: allocator confirm T-" in sent.stdout
    listed = clerk("plans").stdout
    assert "Emergency issue 2 (120 units from D1 to P1, 2020-02-10, by wu) is not countersigned" in listed
    assert "Emergency issue 2 is not countersigned yet" in clerk("audit", "check", "--actor", "lin").stdout

    own = clerk("approve", "2", "--actor", "wu")
    assert (own.exit_code, own.stderr) == (
        1,
        "wu posted emergency issue 2 and cannot countersign it. Have another person do it.\n",
    )
    done = clerk("approve", "2", "--actor", "lin", "--note", "seen the telephone log")
    assert done.exit_code == 0, done.output
    assert "Countersigned by lin, " in done.stdout
    assert "Emergency issue 2" not in clerk("plans").stdout
    checked = clerk("audit", "check", "--actor", "lin")
    assert checked.exit_code == 0, checked.output
    assert "not countersigned" not in checked.stdout


def test_the_next_plan_counts_what_was_sent(clerk):
    """P1 uses 100 a day and P2 as many; 120 are on their way to P1, so P2 comes first now."""
    clerk.take("needs.csv", "site,item,daily_units\nP1,MASK,100\nP2,MASK,100\n", "--actor", "lin")
    clerk.take("lanes.csv", "depot,site\nD1,P1\nD1,P2\n", "--actor", "lin")
    clerk(*SENT)
    planned = json.loads(clerk("allocate", "--date", "2020-02-10", "--actor", "lin", "--json").stdout)
    lines = json.loads(clerk("show", planned["plan"], "--lines", "--json").stdout)["lines"]

    assert sum(line["final_units"] for line in lines) + 120 <= 500
    got = {line["site"]: line["final_units"] for line in lines}
    assert got["P2"] - got.get("P1", 0) == pytest.approx(120, abs=10)


def test_in_chinese_it_is_an_emergency_issue_too(clerk):
    clerk(*SENT)

    assert "紧急发放" in clerk("approve", "2", "--actor", "lin", lang="zh").stdout
    assert clerk(*SENT[:6], "其他", lang="zh").exit_code == 2


def test_options_of_plans_are_refused_for_a_document(clerk):
    clerk(*SENT)
    refused = clerk("approve", "2", "--partial", "--actor", "lin")

    assert refused.exit_code == 2
    assert "belong to a plan; 2 is a document." in refused.stderr


def test_who_countersigns_can_read_the_document_first(clerk):
    clerk(*SENT, "--reported-by", "P1", "--by", "telephone")
    shown = clerk("show", "2")

    assert shown.exit_code == 0, shown.output
    assert "Document 2: emergency issue at D1, 2020-02-10 12:00\n" in shown.stdout
    assert "Reported by P1, by telephone\n" in shown.stdout
    assert json.loads(clerk("show", "2", "--json").stdout)["countersigned"] is None
    assert (clerk("show", "99").exit_code, clerk("show", "2", "--lines").exit_code) == (1, 2)


def test_the_driver_gets_a_note_for_it_as_for_any_shipment(clerk):
    number = json.loads(clerk(*SENT, "--json").stdout)["shipment"]
    for lang, says in (("en", "emergency issue: new cases or a cluster there"), ("zh", "紧急发放")):
        assert clerk("notes", number, "--out", "note.pdf", lang=lang).exit_code == 0
        (page,) = PdfReader("note.pdf").pages
        text = page.extract_text()
        for said in (number, "D1", "P1", "120", says):
            assert said in text
    assert (
        clerk("notes", "T-0", "--out", "n.pdf").exit_code,
        clerk("notes", number, "--depot", "D1", "--out", "n.pdf").exit_code,
    ) == (1, 2)


def test_a_reversed_emergency_issue_has_no_note(clerk):
    number = json.loads(clerk(*SENT, "--json").stdout)["shipment"]
    clerk("reverse", "2", "--reason", "never-happened", "--actor", "lin")
    for lang, says in (("en", f"Shipment {number} never left"), ("zh", f"{number} 没有发出")):
        printed = clerk("notes", number, "--out", "note.pdf", lang=lang)
        assert printed.exit_code == 1
        assert says in printed.stderr
    assert not (clerk.folder / "note.pdf").exists()


def test_a_document_whose_shipment_arrived_does_not_say_how_to_confirm_it(clerk):
    number = json.loads(clerk(*SENT, "--json").stdout)["shipment"]
    before = clerk("show", "2").stdout
    clerk("confirm", number, "--all", "--actor", "lin")

    assert f"allocator confirm {number} --all" in before
    assert "allocator confirm" not in clerk("show", "2").stdout
