"""Standards are checked against items; by policy what comes without a certificate waits in quarantine."""

from __future__ import annotations

import json

import pytest
from desk import Clerk

POLICY = 'uncertified = "{}"\n[tiers]\na = ["clinic"]\n[[ladder]]\ntiers = ["a"]\ncover_days = 1\nholding_share = 1\n'
RECEIPTS = "number,day,partner,site,item,units,lot,certificate,standard\n"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    text = "item,name,name_zh,unit,pack_units,use\nSM,surgical mask,医用外科口罩,piece,10,consumable\n"
    assert desk.take("items.csv", text).exit_code == 0
    return desk


def by_policy(clerk: Clerk, uncertified: str = "quarantine") -> None:
    taken = clerk.take("policy.toml", POLICY.format(uncertified))
    assert taken.exit_code == 0, taken.output


def test_without_that_rule_a_lot_without_certificate_is_usable(clerk):
    clerk.take("receipts.csv", RECEIPTS + "R1,2026-02-10,S1,D1,SM,50,A1,,\n")

    assert clerk.held(item="SM") == {"A1": 50}


def test_by_policy_what_has_no_certificate_waits_in_quarantine_and_that_is_said(clerk):
    by_policy(clerk)
    rows = "R1,2026-02-10,S1,D1,SM,50,A1,,\nR1,2026-02-10,S1,D1,SM,30,A2,Q-7,\n"
    taken = clerk.take("receipts.csv", RECEIPTS + rows)
    typed = clerk("receive", "D1", "SM", "20", "--partner", "S1", "--lot", "A3")
    proven = clerk("receive", "D1", "SM", "10", "--partner", "S1", "--lot", "A4", "--certificate", "Q-8")

    assert clerk.held(item="SM") == {"Q:A1": 50, "A2": 30, "Q:A3": 20, "A4": 10}
    assert "1 row has no certificate; by the policy they wait in quarantine until it comes." in taken.stderr
    assert "It came without a certificate, so by the policy it waits in quarantine." in typed.stderr
    assert "quarantine" not in proven.stderr


def test_the_certificate_releases_it(clerk):
    by_policy(clerk)
    clerk("receive", "D1", "SM", "20", "--partner", "S1", "--lot", "A3")
    released = clerk("release", "D1", "SM", "20", "--lot", "A3", "--reason", "certificate-came")

    assert released.exit_code == 0, released.output
    assert clerk.held(item="SM") == {"A3": 20}


def test_the_same_file_again_is_there_already_whatever_the_policy_says_by_then(clerk):
    rows = RECEIPTS + "R1,2026-02-10,S1,D1,SM,50,A1,,YY 0469-2011\n"
    clerk.take("receipts.csv", rows)
    by_policy(clerk)
    again = clerk.take("receipts.csv", rows)

    assert again.exit_code == 0, again.output
    assert "nothing new" in again.stdout
    assert clerk.held(item="SM") == {"A1": 50}


def test_a_standard_of_another_kind_of_item_is_refused_and_one_that_was_replaced_is_told(clerk):
    old = clerk.take("receipts.csv", RECEIPTS + "R1,2026-02-10,S1,D1,SM,50,A1,Q-1,YY0469-2004\n")
    wrong = clerk("receive", "D1", "SM", "20", "--partner", "S1", "--standard", "GB 19082-2009")
    chinese = clerk("receive", "D1", "SM", "20", "--partner", "S1", "--standard", "GB 19082-2009", lang="zh")
    odd = clerk("receive", "D1", "SM", "20", "--partner", "S1", "--standard", "YY 0469-2010", "--lot", "B1")

    assert "YY 0469-2004 was replaced by YY 0469-2011." in old.stderr
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("GB 19082-2009 is a standard of another kind of item than SM.")
    assert chinese.stderr != wrong.stderr
    assert "YY 0469-2010 is known of other years only: YY 0469-2004, YY 0469-2011." in odd.stderr
    assert clerk.held(item="SM") == {"A1": 50, "B1": 20}


def test_the_standard_stays_with_the_document(clerk):
    clerk("receive", "D1", "SM", "20", "--partner", "S1", "--standard", "YY 0469-2011", "--lot", "B1")
    shown = clerk("show", "1").stdout
    traced = json.loads(clerk("audit", "trace", "B1", "--json").stdout)

    assert "Standard YY 0469-2011" in shown
    assert traced["lots"]
