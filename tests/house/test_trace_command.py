"""`allocator audit trace`, as it is typed and read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from ledgers import Book, a_ledger

from cli import root
from models.entry import Line, LotKey

SUITS = LotKey("I2", "S7", "2021-01-01")


@pytest.fixture
def address(tmp_path):
    """Return a ledger in which 100 suits came, 30 were sent to P1 and 25 arrived."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    book = Book(a_ledger(url))
    book.change(100, day=0, lot=SUITS)
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", SUITS, 30), day=1, shipment="T1", details={"to": "P1"})
    book.post("confirm", Line("IN_TRANSIT:T1", "P1", SUITS, 25), day=2, shipment="T1", site="P1")
    book.ledger.engine.dispose()
    return url


def trace(address: str, *words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "--db", address, "audit", "trace", *words], prog_name="allocator")


def test_a_lot_is_shown_step_by_step(address):
    assert trace(address, "S7").stdout.splitlines() == [
        "",
        "Lot S7 of I2, usable until 2021-01-01: 100 units came.",
        "Document 1, 2020-02-10: 100 from supplier S1 to D1.",
        "from             to           first       last        documents  units",
        "supplier S1      D1           2020-02-10  2020-02-10          1    100",
        "  D1             shipment T1  2020-02-11  2020-02-11          1     30",
        "    shipment T1  P1           2020-02-12  2020-02-12          1     25",
        "What became of them: 95 on hand, 5 under way; together 100.",
        "Still there: D1 70, shipment T1 5, P1 25",
        "Unaccounted for: 5 units: 5 of shipment T1 left open when it was confirmed.",
    ]


def test_a_shipment_tells_only_what_is_on_it_one_line_for_each_lot(address):
    by_note, by_number = trace(address, "T1").stdout, trace(address, "2").stdout

    assert by_note == by_number
    assert by_note.splitlines() == [
        "document  type                   day         site  units",
        "2         transfer               2020-02-11           30",
        "3         receipt of a shipment  2020-02-12  P1       25",
        "",
        "item  lot  sent  arrived  outstanding",
        "I2    S7     30       25            5",
        "",
        "Where it went, and what became of it there:",
        "item  lot  came there  there now",
        "I2    S7           25         25",
        "",
        "Where it came from:",
        "I2 (lot S7)  Document 1, 2020-02-10: 100 from supplier S1 to D1.",
        "Unaccounted for: 5 units: 5 of shipment T1 left open when it was confirmed.",
    ]
    assert "I2（批号 S7）" in trace(address, "T1", lang="zh").stdout


def test_an_item_at_a_site_is_told_line_by_line(address):
    told = trace(address, "--site", "P1", "--item", "I2").stdout.splitlines()

    assert told[:2] == [
        "document  type                   day         lot  from or to   came  went  then there",
        "3         receipt of a shipment  2020-02-12  S7   shipment T1    25                25",
    ]
    assert "How it came here:" in [line.strip() for line in told]
    known = trace(address, "--site", "P1", "--item", "I2", "--as-of", "2020-02-11").stdout.splitlines()
    assert known == ["As it was at the end of 2020-02-11.", "Nothing of this item was ever at this site."]


def test_a_site_without_an_item_and_neither_are_refused(address):
    assert "Say which item at P1 with --item." in trace(address, "--site", "P1").stderr
    assert trace(address).exit_code == 2
    assert trace(address, "S7", "--site", "P1").exit_code == 2
    assert "There is no site P9. Is P2 meant?" in trace(address, "--site", "P9", "--item", "I2").stderr


def test_the_flow_is_drawn_as_a_picture_and_put_on_paper(address, tmp_path):
    for name in ("flow.svg", "flow.pdf"):
        assert trace(address, "S7", "--out", str(tmp_path / name), lang="zh").exit_code == 0
    svg = (tmp_path / "flow.svg").read_text(encoding="utf-8")

    assert "在途" in svg
    assert "⚠" in svg
    assert (tmp_path / "flow.pdf").read_bytes().startswith(b"%PDF")
    assert trace(address, "S7", "--out", str(tmp_path / "flow.docx")).exit_code == 2


def test_one_json_document(address):
    told = json.loads(trace(address, "S7", "--item", "I2", "--json").stdout)

    assert told["lots"][0]["held"] == {"D1": 70, "IN_TRANSIT:T1": 5, "P1": 25}
    assert told["lots"][0]["came_units"] == 100


def test_what_is_not_there_is_refused(address):
    result = trace(address, "S8")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no lot, document or shipment S8." in result.stderr


def test_the_way_of_a_lot_is_saved_as_tables(address, tmp_path):
    told = trace(address, "S7", "--out", str(tmp_path / "trace.csv"), lang="zh")
    flows = (tmp_path / "trace.csv").read_text(encoding="utf-8-sig").splitlines()
    held = (tmp_path / "trace-held.csv").read_text(encoding="utf-8-sig").splitlines()

    assert told.exit_code == 0, told.output
    assert [line.split(",")[0] for line in flows[1:]] == ["S7"] * 3
    assert [line.split(",")[-1] for line in flows[1:]] == ["100", "30", "25"]
    assert [line.split(",")[-1] for line in held[1:]] == ["70", "5", "25"]
    assert not (tmp_path / "trace-documents.csv").exists()
    trace(address, "T1", "--out", str(tmp_path / "note.xlsx"))
    assert (tmp_path / "note.xlsx").exists()


def test_a_person_is_told_by_documents_items_and_what_became_of_what_was_sent(address, tmp_path):
    told = trace(address, "--person", "A")

    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "what     type                   documents  units       first        last",
        "entered  receipt of a shipment          1     25  2020-02-12  2020-02-12",
        "entered  receipt                        1    100  2020-02-10  2020-02-10",
        "entered  transfer                       1     30  2020-02-11  2020-02-11",
        "",
        "What that moved, by item, without what was taken back:",
        "item  received  sent  confirmed",
        "I2         100    30         25",
        "",
        "What became of what A sent:",
        "item  sent  arrived  outstanding",
        "I2      30       25            5",
        "",
        "Unaccounted for: I2: 5 of shipment T1 left open when it was confirmed.",
    ]
    zh = trace(address, "--person", "A", "--out", str(tmp_path / "a.csv"), lang="zh")
    assert zh.exit_code == 0
    assert "登记  " in zh.stdout
    assert "登记时间" not in zh.stdout
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()) == 4
    assert (tmp_path / "a-sent.csv").exists()
    assert trace(address, "--person", "A", "--out", str(tmp_path / "a.svg")).exit_code == 2
    assert "There is no person B" in trace(address, "--person", "B").stderr
    assert json.loads(trace(address, "--person", "A", "--json").stdout)["sent"]["I2"]["outstanding"] == 5
