"""Several files at once: each whole or not at all, in whatever order they need each other; tried as they would go."""

from __future__ import annotations

import openpyxl
import pytest
from desk import CATALOGUE, Clerk
from servers import a_postgres_database

RECEIPTS = "number,day,partner,site,item,units\nR1,2026-02-10,S1,D1,MASK,50\n"
ISSUES = "day,site,item,units\n2026-02-11,D1,MASK,{units}\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def clerk(request, tmp_path, monkeypatch) -> Clerk:
    """A clerk at a ledger without anything in it; the catalogue's files lie beside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else a_postgres_database()
    monkeypatch.setenv("ALLOCATOR_DB", url)
    desk = Clerk(tmp_path)
    assert desk("init").exit_code == 0
    for name, text in CATALOGUE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return desk


def test_a_dry_run_says_of_files_that_need_each_other_what_taking_them_in_says(clerk):
    clerk.write(receipts=RECEIPTS, issues=ISSUES.format(units=20))
    files = ["issues.csv", "receipts.csv", *reversed(CATALOGUE)]

    tried = clerk("import", *files, "--dry-run")
    nothing = clerk("stock").stdout
    taken = clerk("import", *files)

    assert (tried.exit_code, taken.exit_code) == (0, 0), tried.stderr + taken.stderr
    assert tried.stdout.endswith(taken.stdout)
    assert "issues.csv: issues: 1 document with 1 line posted; 0 were there already." in tried.stdout
    assert "Nothing is held" in nothing
    assert clerk.held() == {"": 30}


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_file_that_is_refused_keeps_no_other_out_and_is_refused_by_what_the_others_bring(clerk, words):
    """50 come, 60 are asked for; the receipts are taken in, or would be."""
    clerk.write(receipts=RECEIPTS, issues=ISSUES.format(units=60))

    said = clerk("import", "issues.csv", "receipts.csv", *CATALOGUE, *words)

    assert said.exit_code == 1
    assert "D1 can give 50 of the 60 units of MASK" in said.stderr
    assert said.stderr.splitlines()[-1] == "issues.csv was not taken in; nothing of it was written."
    assert "receipts.csv: receipts: 1 document with 1 line posted" in said.stdout
    assert clerk("stock", "--json").stdout.count('"MASK"') == (0 if words else 2)


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_workbook_that_begins_with_areas_may_speak_of_sites_in_another_file(clerk, words):
    """It would go first by its first sheet, and then knows nothing of D1: it is tried again after the sites."""
    book = openpyxl.Workbook()
    book.active.title = "areas"
    for row in (("area", "name"), ("4212", "another city")):
        book["areas"].append(row)
    lanes = book.create_sheet("lanes")
    for row in (("depot", "site"), ("D1", "P1")):
        lanes.append(row)
    book.save("county.xlsx")

    said = clerk("import", "county.xlsx", *CATALOGUE, *words)

    assert said.exit_code == 0, said.stderr
    assert "county.xlsx: lanes: 1 new, 0 changed, 0 as they were." in said.stdout


def test_what_is_wrong_in_a_file_is_said_once_however_often_it_was_tried(clerk):
    clerk.write(receipts=RECEIPTS.replace("MASK", "MASKS"))

    said = clerk("import", "receipts.csv", *CATALOGUE)

    assert said.exit_code == 2
    assert said.stderr.count('Nothing is called "MASKS"') == 1
