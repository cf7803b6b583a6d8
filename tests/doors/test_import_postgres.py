"""`allocator import` into PostgreSQL: the same as into SQLite, and beside others who write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from desk import Clerk
from servers import a_postgres_database

from data.case_digest import case_digest
from data.case_files import read_case
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.ledger import open_ledger


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", a_postgres_database())
    return Clerk(tmp_path)


def test_a_case_makes_a_ledger_from_which_the_very_same_case_is_taken(clerk):
    clerk("init")
    clerk("sample", "county", "--out", "case", "--sites", "60", "--items", "5")

    taken, again = clerk("import", "case"), clerk("import", "case")
    clerk("snapshot", "--out", "out", "--date", "2020-02-10")

    assert taken.exit_code == 0, taken.stderr
    assert "case: nothing new; everything in it is there already." in again.stdout
    assert case_digest(read_case(Path("out")).case) == case_digest(read_case(Path("case")).case)


def test_a_day_of_receipts_issues_and_counts_is_taken_in_whole_or_not_at_all(clerk):
    clerk.begin()
    day = Path("day")
    day.mkdir()
    rows = [f"{n},2026-02-10,S1,D1,MASK,10,L{n % 7},2030-01-01" for n in range(300)]
    head = "number,day,partner,site,item,units,lot,expires\n"
    (day / "receipts.csv").write_text(head + "\n".join(rows))
    (day / "issues.csv").write_text("day,site,item,units,lot\n2026-02-11,D1,MASK,25,\n2026-02-11,P1,MASK,1,\n")
    (day / "counts.csv").write_text("day,site,item,units,lot\n2026-02-12,D1,MASK,400,L1\n")

    refused = clerk("import", "day")
    nothing = clerk.held()
    (day / "issues.csv").write_text("day,site,item,units,lot\n2026-02-11,D1,MASK,25,\n")
    taken = clerk("import", "day")

    assert refused.exit_code == 1
    assert "issues.csv, row 3: P1 has no units of MASK to give" in refused.stderr
    assert nothing == {}
    assert taken.exit_code == 0, taken.stderr
    held = clerk.held()
    assert (held["L1"], sum(held.values())) == (400, 3000 - 25 - 430 + 400)


def test_a_file_of_issues_at_very_many_sites_does_not_begin_anew_for_each(clerk):
    clerk.begin()
    sites = [f"V{n:03}" for n in range(110)]
    clerk.take("sites.csv", "site,kind\n" + "".join(f"{site},community\n" for site in sites))
    receipts = [f"{site},2026-02-10,S1,{site},MASK,10" for site in sites]
    clerk.take("receipts.csv", "number,day,partner,site,item,units\n" + "\n".join(receipts))

    issues = "day,site,item,units\n" + "".join(f"2026-02-11,{site},MASK,3\n" for site in sites)
    taken = clerk.take("issues.csv", issues)

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("V109") == {"": 7}


def test_others_write_while_a_file_is_taken_in_and_nothing_is_lost(clerk):
    clerk.begin()
    rows = [f"{n},2026-02-10,S1,D1,MASK,10,L{n % 5},2030-01-01" for n in range(200)]
    head = "number,day,partner,site,item,units,lot,expires\n"
    Path("receipts.csv").write_text(head + "\n".join(rows))
    ledger = open_ledger(clerk.url)

    def receive(n: int) -> None:
        line = Line("SUPPLIER:S1", "D1", LotKey("MASK", f"L{n % 5}", "2030-01-01"), 1)
        entry = Entry(key=f"one {n}", type="receive", actor="A", occurred_at=now_micros(), site="D1", lines=(line,))
        ledger.post(entry, recorded_at=now_micros())

    with ThreadPoolExecutor(4) as threads:
        posted = [threads.submit(receive, n) for n in range(60)]
        taken = threads.submit(clerk, "import", "receipts.csv")
        for each in posted:
            each.result()
        assert taken.result().exit_code == 0, taken.result().stderr
    ledger.engine.dispose()

    assert sum(clerk.held().values()) == 2060
