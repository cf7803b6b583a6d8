"""Shipments on pages: what is on its way within one's reach, how each stands, what became of its lots."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from browser import Browser, browsers_at, served_at
from day_round import begun, sent
from desk import Clerk
from openpyxl import load_workbook

ZH = {"accept-language": "zh"}


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    yield from begun(tmp_path_factory.mktemp("shipments"))


@pytest.fixture(scope="module")
def notes(clerk) -> dict[str, str]:
    """Notes: one late to P1, one to E1 of which 10 are missing, one to P2 with 5 too many, one that is settled."""
    made = {
        "late": sent(clerk, "P1", 20, "--date", "2020-02-03", "--arrives", "2020-02-03"),
        "missing": sent(clerk, "E1", 30, "--date", "2020-02-03"),
        "beyond": sent(clerk, "P2", 30),
        "settled": sent(clerk, "P1", 40),
        "under-way": sent(clerk, "P2", 50),
    }
    for words in (
        (made["missing"], "MASK", "20", "--date", "2020-02-04"),
        (made["beyond"], "MASK", "30", "--over", "5", "--reason", "miscounted-loading"),
        (made["settled"], "--all"),
    ):
        assert clerk("confirm", *words, "--actor", "lo").exit_code == 0
    return made


@pytest.fixture(scope="module")
def browser(clerk, notes) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def listed(browser: Browser, query: str = "") -> list[tuple[str, str]]:
    """Return what is listed: numbers with states, as the workbook has them."""
    book = load_workbook(io.BytesIO(browser.get(f"/shipments.xlsx{query}").content))
    rows = book["Shipments"].iter_rows(min_row=2, values_only=True)
    return [(str(row[0]), str(row[1])) for row in rows if str(row[0]).startswith("T-")]


def test_what_is_not_settled_is_listed_newest_first_within_ones_reach(browser, notes):
    differs = "confirmed with a difference"
    way, beyond = (notes["under-way"], "under way"), (notes["beyond"], differs)
    missing, late = (notes["missing"], differs), (notes["late"], "late")

    assert listed(browser("lo")) == [way, beyond, missing, late]
    assert listed(browser("ann")) == [way, beyond, missing, late], "what left her county is there too"
    assert listed(browser("cy")) == [missing]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=late", ["late"]),
        ("?state=under-way", ["under-way"]),
        ("?state=differing", ["beyond", "missing"]),
        ("?state=settled", ["settled"]),
        ("?site=P2", ["under-way", "beyond"]),
        ("?since=2020-02-04", ["under-way", "beyond"]),
        ("?plan=P2020-02-10-1", []),
    ],
)
def test_the_address_filters(browser, notes, query, found):
    assert [number for number, _ in listed(browser("lo"), query)] == [notes[each] for each in found]


def test_a_number_or_the_code_of_a_note_opens_its_shipment(browser, notes):
    late = notes["late"]
    for said in (late, late.lower(), f"https://stock.county.example/notes/{late}"):
        assert browser("ann").client.get("/shipments", params={"find": said}).url.path == f"/shipments/{late}"
    assert browser("ann").get(f"/notes/{late}").url.path == f"/shipments/{late}"
    assert "There is no shipment T-0" in browser("ann").get("/shipments?find=T-0").text


def test_a_shipment_of_another_area_is_not_there(browser, notes):
    for address in (f"/shipments/{notes['late']}", f"/shipments/{notes['late']}/note.pdf", "/shipments/T-0"):
        assert browser("cy").get(address).status_code == 404
    assert "There is no shipment" in browser("cy").get(f"/shipments?find={notes['late']}").text


def test_its_page_tells_what_was_sent_and_what_became_of_it(browser, notes):
    page = browser("lo").get(f"/shipments/{notes['missing']}").text

    assert "confirmed with a difference" in page
    assert "2099-01-01" in page
    assert ">arrived<" in page
    assert browser("lo").get(f"/shipments/{notes['late']}/note.pdf").content.startswith(b"%PDF")
    assert "签收有差异" in browser("lo").get(f"/shipments/{notes['missing']}", **ZH).text


def test_an_address_that_cannot_be_read_is_answered_in_words(browser):
    assert "is not a day" in browser("lo").get("/shipments?since=soon").text
    assert browser("lo").get("/shipments.exe").status_code == 404
