"""`allocator recall`, from the recall to the last unit, as it is typed and read."""

from __future__ import annotations

import json

import pytest
from desk import Clerk
from pypdf import PdfReader


@pytest.fixture
def clerk(tmp_path, monkeypatch):
    """Return a clerk at a ledger in which D1 holds 60 of lot A7, P1 30, of which 12 are used."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    made = Clerk(tmp_path)
    made.begin()
    for site, units in (("D1", "60"), ("P1", "30")):
        assert made("receive", site, "MASK", units, "--partner", "S1", "--lot", "A7").exit_code == 0
    assert made("issue", "P1", "MASK", "12").exit_code == 0
    return made


def back(clerk: Clerk, site: str, *units: str):
    told = clerk("return", site, "MASK", *units, "--to", "S1", "--quarantined", "--reason", "recalled")
    assert told.exit_code == 0, told.output


def test_a_recall_is_followed_until_all_is_accounted_for(clerk):
    number = json.loads(clerk("recall", "A7", "--reason", "counterfeit", "--json").stdout)["number"]
    told = clerk("recall", "A7", "--status").stdout.splitlines()

    assert told[0].startswith("Lot A7 of mask was recalled on ")
    assert told[0].endswith(f"(document {number}); 78 of 90 units are still out, at 2 sites.")
    assert told[2:5] == [
        "site  had  returned  in quarantine  used before  last told",
        "D1     60         0             60            0          -",
        "P1     18         0             18           12          -",
    ]
    assert told[-1] == "What became of them: 12 used, 78 in quarantine; together 90."
    assert (
        f"Recalled lot A7 of MASK mask (document {number}): 78 units at 2 sites are not accounted for"
        in clerk("plans").stdout
    )

    back(clerk, "D1")
    assert clerk("writeoff", "P1", "MASK", "3", "--quarantined", "--reason", "lost").exit_code == 0
    back(clerk, "P1")
    last = json.loads(clerk("recall", "A7", "--status", "--json").stdout)

    assert (last["open_units"], last["became"], last["came_units"]) == (
        0,
        {"used": 12, "lost": 3, "returned": 75},
        90,
    )
    assert "all 90 units are accounted for" in clerk("recall", "A7", "--status").stdout
    assert "Recalled lot" not in clerk("plans").stdout
    assert "nobody to send a notice to" in clerk("recall", "A7", "--status", "--out", "n.pdf").stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_holders_are_saved_and_every_holder_gets_a_notice(clerk, lang):
    told = clerk("recall", "A7", "--reason", "ordered", "--out", "notices.pdf", lang=lang)
    assert told.exit_code == 0, told.output
    assert clerk("recall", "A7", "--status", "--out", "holders.csv", lang=lang).exit_code == 0

    rows = (clerk.folder / "holders.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["D1", "P1"]
    assert (clerk.folder / "holders-became.csv").exists()
    pages = [page.extract_text() for page in PdfReader(clerk.folder / "notices.pdf").pages]
    assert len(pages) == 2
    assert ["D1" in page for page in pages] == [True, False]
    assert ["60" in pages[0], "18" in pages[1], "12" in pages[1]] == [True] * 3
    assert all(("召回通知" if lang == "zh" else "Recall notice") in page for page in pages)


def test_what_does_not_go_together_is_refused(clerk):
    assert "Say why with --reason" in clerk("recall", "A7").stderr
    assert clerk("recall", "A7").exit_code == 2
    assert "leave it out with --status" in clerk("recall", "A7", "--status", "--end").stderr
    assert "Lot A7 of MASK was never recalled." in clerk("recall", "A7", "--status").stderr
    assert "goes with --status" in clerk("recall", "A7", "--as-of", "2020-02-10", "--reason", "ordered").stderr
