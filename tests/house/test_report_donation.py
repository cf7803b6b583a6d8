"""`report donation` through the command line: the receipt that a donor gets."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from desk import Clerk
from pypdf import PdfReader


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    """The donor N1 gave 500 masks of lot G and two tents; 120 masks were used at D1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk.begin()
    clerk.write(gifts="item,units,lot,expires\nMASK,500,G,2099-01-01\nTENT,2,,\n")
    came = clerk("receive", "D1", "--partner", "N1", "--from", "gifts.csv", "--date", "2020-02-09", "--reference", "7")
    used = clerk("issue", "D1", "MASK", "120", "--date", "2020-02-10")
    assert (came.exit_code, used.exit_code) == (0, 0), came.output + used.output
    return clerk


def test_the_donor_reads_what_came_and_where_it_is(clerk):
    said = clerk("report", "donation", "1")
    assert said.exit_code == 0, said.output
    lines = [line.split() for line in said.stdout.splitlines()]
    assert ["mask", "G", "2099-01-01", "piece", "500"] in lines
    assert ["mask", "G", "120", "380"] in lines
    assert ["tent", "0", "2"] in lines


@pytest.mark.parametrize(
    ("lang", "titles"), [("en", ("Receipt of a donation", "Donor")), ("zh", ("捐赠物资接收凭证", "捐赠方"))]
)
def test_the_receipt_is_one_page_with_the_documents_hash(clerk, lang, titles):
    assert clerk("report", "donation", "1", "--out", "receipt.pdf", lang=lang).exit_code == 0
    (page,) = PdfReader(io.BytesIO(Path("receipt.pdf").read_bytes())).pages
    text = page.extract_text()
    digest = json.loads(clerk("report", "donation", "1", "--json").stdout)["sha256"]

    for said in (*titles, "N1", "D1", "2020-02-09", "2099-01-01", f"sha256 {digest[:16]}"):
        assert said in text


def test_a_donation_is_found_by_the_number_on_its_paper(clerk):
    """The letter to document 1 has the number 7; receipt R-1 came from a table, and R-2 twice, at two sites."""
    head = "number,day,partner,site,item,units,reference\n"
    taken = clerk.take("receipts.csv", f"{head}R-1,2020-02-09,N1,D1,MASK,10,L/4\nR-2,2020-02-09,N1,D1,MASK,20,\n"
                       "R-2,2020-02-09,N1,P1,MASK,30,\n")  # fmt: skip
    assert taken.exit_code == 0, taken.output
    for number in ("R-1", "L/4"):
        assert clerk("report", "donation", number).stdout == clerk("report", "donation", "3").stdout != ""
    several, unknown = clerk("report", "donation", "R-2"), clerk("report", "donation", "R-9", lang="zh")

    assert (several.exit_code, several.stderr) == (
        1,
        "Several donations came with the number R-2: documents 4, 5. Name one of them.\n",
    )
    assert (unknown.exit_code, "5（N1）、4（N1）、3（N1）、1（N1）" in unknown.stderr) == (1, True), unknown.stderr


def test_what_cannot_be_reported_is_refused(clerk):
    assert (
        clerk("report", "donation", "2").exit_code,
        clerk("report", "donation", "1", "--out", "r.doc").exit_code,
    ) == (
        1,
        2,
    )
