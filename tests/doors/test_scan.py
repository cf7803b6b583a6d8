"""`--scan`: a scanner's lines become one receipt or count, or are refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from desk import Clerk
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import root
from data.scanned import Scanned, Unreadable, gtin_14, read_scan

GS = "\x1d"
BOX = "06901234567892"
CARTON = "16901234567899"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    taken = desk.take("gtins.csv", f"gtin,item,units\n6901234567892,MASK,50\n{CARTON},MASK,2000\n")
    assert taken.stdout == "gtins.csv: gtins: 2 new, 0 changed, 0 as they were.\n", taken.output
    return desk


def scan(lines: str, *words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words, "--scan", "-"], input=lines)


UNKNOWN = (
    "Line 3: GTIN 04006381333931 is of no item of the ledger. Take it in first, from a file gtins.csv with the "
    "columns gtin, item, units: allocator import gtins.csv"
)
RECEIVE = ("receive", "D1", "--partner", "S1")


def test_what_is_scanned_becomes_one_receipt_with_lots_and_expiry(clerk):
    lines = (
        f"01{BOX}17301231" + f"10A7{GS}\n(01){BOX}(17)301231(10)A7\n01{CARTON}10A8\n3*6901234567892\nend\nnever read\n"
    )
    told = scan(lines, *RECEIVE)

    assert told.exit_code == 0, told.output
    assert clerk.held() == {"A7": 100, "A8": 2000, "": 150}
    assert told.stderr.splitlines()[:2] == [
        f"Line 1: 50 of MASK, lot A7, usable until 2030-12-31 (GTIN {BOX})",
        f"Line 2: 50 of MASK, lot A7, usable until 2030-12-31 (GTIN {BOX})",
    ]
    assert "Document 1" in told.stdout
    assert clerk("show", "1", "--out", "receipt.csv").exit_code == 0
    saved = Path("receipt.csv").read_text(encoding="utf-8-sig").splitlines()
    assert saved[1] == "MASK,mask,A7,2030-12-31,supplier S1,D1,100"


@pytest.mark.parametrize("separator", [GS, "<GS>", "{GS}", "^]"])
def test_scanners_type_the_separator_in_their_own_way(separator):
    read = read_scan(f"]d201{BOX}10A7{separator}17300100{separator}30120")

    assert (read.lot, str(read.expires), read.units) == ("A7", "2030-01-31", 120)


def test_a_carton_that_says_how_many_boxes_are_in_it_counts_them(clerk):
    scan(f"(02){BOX}(37)40(10)B1\n", *RECEIVE)

    assert clerk.held() == {"B1": 2000}


def test_a_count_is_scanned_too(clerk):
    scan(f"(01){BOX}(10)A7\n" * 3, *RECEIVE)
    told = scan(f"(01){BOX}(10)A7\n" * 2, "count", "D1")

    assert told.exit_code == 0, told.output
    assert clerk.held() == {"A7": 100}


def test_everything_wrong_is_said_with_its_line_and_nothing_is_posted(clerk):
    told = scan(f"(01){BOX}(10)A7\n6901234567890\n4006381333931\nhello\n", *RECEIVE)
    chinese = scan("6901234567890\n", *RECEIVE, lang="zh")

    assert (told.exit_code, clerk.held()) == (2, {})
    assert told.stderr.splitlines()[-4:] == [
        "Line 2: The check digit of 6901234567890 is 0, and by its other digits it would be 2. Scan it again.",
        UNKNOWN,
        'Line 4: "hello" is no code that can be read. Scan it again.',
        "3 of 4 lines cannot be taken; nothing was posted.",
    ]
    assert "校验位" in chinese.stderr


def test_nothing_scanned_or_something_beside_it_is_refused(clerk):
    assert "Nothing was scanned." in scan("", *RECEIVE).stderr
    assert "not several of them" in scan(f"{BOX}\n", "receive", "D1", "MASK", "5", "--partner", "S1").stderr
    assert clerk("receive", "D1", "--partner", "S1", "--scan", "none.txt").exit_code == 2


def test_a_file_of_a_hand_scanner_is_read_too(clerk):
    Path("scans.txt").write_text(f"(01){BOX}(10)A7\n", encoding="utf-8")

    assert clerk(*RECEIVE, "--scan", "scans.txt").exit_code == 0
    assert clerk.held() == {"A7": 50}


def test_a_gtin_that_is_taken_in_again_is_of_the_item_it_was_given_last(clerk):
    given = clerk.take("gtins.csv", "gtin,item,units\n6901234567892,TENT,1\n")
    again = clerk.take("gtins.csv", "gtin,item,units\n06901234567892,TENT,1\n")
    scan(f"{BOX}\n", *RECEIVE)

    assert given.stdout == "gtins.csv: gtins: 0 new, 1 changed, 0 as they were.\n"
    assert "nothing new" in again.stdout
    assert clerk.held(item="TENT") == {"": 1}


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="0123456789()[]dC^GS*x\x1d ", max_size=60))
def test_whatever_is_typed_it_is_read_or_said_to_be_unreadable(line):
    read = read_scan(line)

    assert isinstance(read, (Scanned, Unreadable))
    if isinstance(read, Scanned):
        assert gtin_14(read.gtin) == read.gtin
        assert read.times >= 1
