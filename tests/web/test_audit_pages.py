"""The records in a browser and for programs: the proof, traces that add up, documents; within reach and no further."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from desk import Clerk
from openpyxl import load_workbook
from two_areas import join, two_areas

RECEIPTS = """number,day,partner,site,item,lot,expires,units
1,2020-02-01,S1,D1,MASK,A1,2099-01-01,1200
2,2020-02-01,S1,E1,TENT,T1,,7
"""


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """D1 sent 100 of lot A1 to P1 (county 421127), which used 30; D1 sent 50 of it to E1 (county 430000).

    au audits everywhere, ca county 421127, cy county 430000; re reports.
    """
    with two_areas(tmp_path_factory.mktemp("records")) as clerk:
        assert clerk.take("receipts.csv", RECEIPTS).exit_code == 0
        for site, units in (("P1", "100"), ("E1", "50")):
            sent = clerk("transfer", "D1", site, "MASK", units, "--date", "2020-02-03", "--json")
            shipment = json.loads(sent.stdout)["shipment"]
            assert clerk("confirm", shipment, "--all", "--date", "2020-02-04").exit_code == 0
        assert clerk("issue", "P1", "MASK", "30", "--date", "2020-02-05").exit_code == 0
        assert clerk("issue", "P1", "MASK", "1", "--date", "2020-02-06").exit_code == 0
        assert clerk("reverse", "8", "--reason", "entered-twice").exit_code == 0
        people = (("au", "auditor", ""), ("ca", "auditor", "421127"), ("cy", "auditor", "430000"))
        join(clerk, (*people, ("re", "reporter", "421127")), password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture(scope="module")
def signed_in(pages) -> Callable[[str], Browser]:
    """Return a browser in which somebody has signed in; each person's is kept."""
    return browsers_at(pages)


def test_the_first_page_says_what_is_sealed_and_that_nobody_witnesses_it(signed_in):
    page = signed_in("au").get("/audit").text

    assert "Newest signed head" in page
    assert "No witness holds this ledger" in page
    assert '<a href="/audit/documents/9">9</a>' in page


def test_who_only_reports_finds_no_records(signed_in):
    addresses = ("/audit", "/audit/trace?of=A1", "/audit/documents/1")
    assert [signed_in("re").get(address).status_code for address in addresses] == [404, 404, 404]


def test_a_lot_is_traced_to_the_last_site_in_numbers_that_add_up(signed_in):
    page = signed_in("au").get("/audit/trace?of=A1").text
    book = load_workbook(io.BytesIO(signed_in("au").get("/audit/trace.xlsx?of=A1").content))
    became = list(book["What became of it"].iter_rows(values_only=True))
    units = {row[3]: row[4] for row in became if row[0] == "A1"}

    assert "Lot A1 of MASK, usable until 2099-01-01: 1,200 units came." in page
    assert units == {"used": 30, "on hand": 1170}
    assert 'src="/audit/trace.svg?of=A1"' in page


def test_the_flow_is_drawn_and_printed(signed_in):
    drawn = signed_in("au").get("/audit/trace.svg?of=A1")
    printed = signed_in("au").get("/audit/trace.pdf?of=A1")

    assert (drawn.headers["content-type"], drawn.text[:4]) == ("image/svg+xml", "<svg")
    assert printed.content[:4] == b"%PDF"


def test_an_item_at_a_site_is_told_line_by_line(signed_in):
    page = signed_in("au").get("/audit/trace?site=P1&item=MASK").text

    assert "Line by line" in page
    assert "then there" in page


def test_known_at_shows_what_was_known_then_and_a_time_that_is_none_is_said(signed_in):
    browser = signed_in("au")

    assert "Nothing of it had moved." in browser.get("/audit/trace?of=A1&known_at=2019-01-01").text
    assert "&#34;soon&#34; is not a time." in browser.get("/audit/trace?of=A1&known_at=soon").text


def short_name(place: str) -> str:
    return "use" if place.startswith("CONSUMED") else place.removeprefix("SUPPLIER:")


@pytest.mark.parametrize(
    ("who", "flows"),
    [
        ("au", {("S1", "D1", 1200), ("D1", "P1", 100), ("P1", "use", 31), ("use", "P1", 1), ("D1", "E1", 50)}),
        ("ca", {("S1", "D1", 1200), ("D1", "P1", 100), ("P1", "use", 31), ("use", "P1", 1), ("D1", "E1", 50)}),
        ("cy", {("D1", "E1", 50)}),
    ],
)
def test_an_auditor_of_one_county_traces_what_touched_it(signed_in, who, flows):
    """The far county sees what came to it, and whence, but nothing of what the depot did else."""
    lot = signed_in(who).get("/api/v1/trace?of=A1").json()["lots"][0]
    ways = {(flow["from_place"], flow["to_place"]): flow["units"] for flow in lot["flows"]}
    into = {end: start for (start, end) in ways if end.startswith("IN_TRANSIT")}
    short = {
        (short_name(into.get(start, start)), short_name(end), units)
        for (start, end), units in ways.items()
        if not end.startswith("IN_TRANSIT")
    }

    assert short == flows


def test_what_never_touched_the_county_is_not_there(signed_in):
    assert signed_in("ca").get("/audit/trace?of=T1").status_code == 404
    assert signed_in("ca").get("/api/v1/trace?of=T1").status_code == 404
    assert signed_in("ca").get("/audit/trace?site=E1&item=TENT").status_code == 404
    assert signed_in("ca").get("/audit/trace?site=E1&item=MASK").status_code == 404, "though D1 sent some there"
    assert signed_in("cy").get("/audit/trace?of=T1").status_code == 200


def numbers(browser: Browser, **asked: str) -> list[int]:
    return [each["number"] for each in browser.client.get("/api/v1/documents", params=asked).json()["documents"]]


def test_documents_are_listed_newest_first_by_type_site_and_person_within_reach(signed_in):
    assert numbers(signed_in("au")) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert numbers(signed_in("au"), type="receive") == [2, 1]
    assert numbers(signed_in("au"), site="E1") == [6, 5, 2]
    assert numbers(signed_in("au"), person="nobody") == []
    assert numbers(signed_in("cy")) == [6, 5, 2]
    assert "1,200" in signed_in("ca").get("/audit/documents?kind=receive").text


def test_programs_are_given_documents_page_after_page(signed_in):
    first = signed_in("au").get("/api/v1/documents?limit=6").json()
    second = signed_in("au").get(f"/api/v1/documents?limit=6&cursor={first['next']}").json()

    assert [each["number"] for each in first["documents"] + second["documents"]] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert second["next"] is None


def test_a_document_shows_its_lines_its_seal_and_what_took_it_back(signed_in):
    page = signed_in("au").get("/audit/documents/8").text
    reversal = signed_in("au").get("/api/v1/documents/9").json()

    assert "Document 8: issue at P1" in page
    assert "Sealed as leaf" in page
    assert '<a href="/audit/documents/9">document 9</a>' in page
    assert (reversal["reverses"], reversal["lines"][0]["units"]) == (8, 1)
    assert signed_in("cy").get("/audit/documents/8").status_code == 404
    assert signed_in("cy").get("/api/v1/documents/8").status_code == 404


def test_the_list_is_saved_with_where_it_comes_from(signed_in):
    book = load_workbook(io.BytesIO(signed_in("cy").get("/audit/documents.xlsx").content))
    rows = [row[0] for row in book["Documents"].iter_rows(values_only=True)]

    assert [each for each in rows if each in ("1", "2", "5", "6")] == ["6", "5", "2"]
    assert any("cy" in row for row in book["About"].iter_rows(values_only=True))
