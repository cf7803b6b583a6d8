"""What a site reports on a phone: counts, use and receipts, looked at before they are recorded, each recorded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browser import Browser, browsers_at, is_sealed, served_at
from day_round import begun
from desk import Clerk
from report_form import ReportForm

from models.database import reading
from models.ledger import open_ledger
from models.tables import document

GTIN = "06901234567892"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """P1 holds 40 masks of lot A1; ann reports for the county of P1 and P2, cy for E1's."""
    yield from begun(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def origin(clerk) -> Iterator[str]:
    with served_at(clerk.url) as address:
        yield address


@pytest.fixture(scope="module")
def browser(origin) -> Callable[[str], Browser]:
    return browsers_at(origin)


@pytest.fixture
def form(browser) -> Callable[..., ReportForm]:
    """Open a form of ann's."""
    return lambda kind, site="P1": ReportForm(browser("ann"), kind, site)


def documents(clerk: Clerk) -> int:
    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        count = len(connection.execute(document.select()).all())
    ledger.engine.dispose()
    return count


def received(clerk: Clerk, site: str, units: int, lot: str) -> None:
    said = ("receive", site, "MASK", str(units), "--partner", "S1", "--lot", lot, "--expires", "2099-01-01")
    assert clerk(*said, "--actor", "lo").exit_code == 0


def test_the_reporter_s_day_count_use_and_receipt(clerk, form):
    """P1's book says 40 masks; 38 are found, 5 are used, 20 come from a donor."""
    counted = form("count")
    assert "40" not in counted.text.partition("Day it happened")[2].partition("<h2")[0]
    counted.type("units", "38").type("note", "two torn").press("check")
    assert ("What it will mean" in counted.text, "2 missing" in counted.text) == (True, True)
    assert clerk.held("P1") == {"A1": 40}, "nothing is recorded yet"
    done = counted.press("record")
    assert done.url.path.startswith("/reports/recorded/")
    assert ("two torn" in done.text, "2 missing" in done.text) == (True, True)
    assert clerk.held("P1") == {"A1": 38}

    used = form("use").type("units", "5")
    used.press("check")
    used.press("record")
    assert clerk.held("P1") == {"A1": 33}

    came = form("receipt").type("item", "mask").type("units", "20").type("lot", "N7").type("expires", "2099-03-01")
    came.type("partner", "N1").type("reference", "letter 7").press("check")
    came.press("record")
    assert clerk.held("P1") == {"A1": 33, "N7": 20}
    assert is_sealed(clerk.url)


def test_the_same_form_sent_twice_is_recorded_once(clerk, form):
    received(clerk, "P2", 10, "B1")
    used = form("use", "P2").type("units", "3")
    used.press("check")
    before = documents(clerk)

    first, again = used.press("record"), used.press("record")

    assert (first.url, documents(clerk)) == (again.url, before + 1)
    other = used.type("units", "4").press("check")
    assert other.status_code == 422
    assert "recorded before" in other.text
    assert documents(clerk) == before + 1


def test_what_was_changed_since_it_was_checked_is_shown_once_more(clerk, form):
    received(clerk, "P2", 9, "C1")
    used = form("use", "P2").type("units", "1")
    used.press("check")
    before = documents(clerk)

    used.type("units", "2").press("record")

    assert "changed since it was checked" in used.text
    assert documents(clerk) == before


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(form):
    came = form("receipt").type("item", "MAKS").type("units", "3万").type("expires", "soon").type("day", "2099-01-01")
    page = came.type("note", "by lorry").press("check")

    assert page.status_code == 422
    for said in ("Is MASK meant?", "If you mean 30000", '"soon" is not a day', "yet to come", "Say from whom it came"):
        assert said in came.text, said
    for name in ("item-0", "units-0", "expires-0", "day", "partner"):
        assert f'id="{name}-wrong"' in page.text
    assert {"MAKS", "3万", "soon", "by lorry"} <= {value for _, value in came.fields}


def test_more_than_there_is_is_refused_with_what_there_is(form):
    used = form("use", "P2").type("units", "99999")

    assert used.press("check").status_code == 422
    assert "99999" in used.text


def test_a_nought_too_many_is_asked_about(clerk, form):
    received(clerk, "P2", 12, "D1")
    counted = form("count", "P2")
    line = [value for name, value in counted.fields if name == "row"].index("held|MASK|D1|2099-01-01||")
    counted.type("units", "120", line).press("check")

    assert "nought too many" in counted.text


def test_what_moved_since_the_form_was_opened_is_said_and_asked_about(clerk, form):
    received(clerk, "P2", 7, "F1")
    counted = form("count", "P2")
    line = [value for name, value in counted.fields if name == "row"].index("held|MASK|F1|2099-01-01||")
    assert clerk("issue", "P2", "MASK", "2", "--lot", "F1", "--actor", "lo").exit_code == 0
    counted.type("units", "5", line).press("check")

    assert "Stock moved at P2" in counted.text
    assert "--moves-known" not in counted.text
    counted.type("moves_known", "1").press("check")
    assert "What it will mean" in counted.text


def test_what_a_scanner_typed_becomes_lines(clerk, form):
    taken = clerk.take("gtins.csv", f"gtin,item,units\n{GTIN},MASK,10\n", "--as", "gtins", "--actor", "lo")
    assert taken.exit_code == 0, taken.output
    came = form("receipt", "P2").type("partner", "S1")
    came.type("scan", f"(01){GTIN}(17)400601(10)G1\n2*6901234567892\n123").press("check")

    lines = [value for name, value in came.fields if name in ("item", "units", "lot", "expires")]
    assert lines[:8] == ["MASK", "10", "G1", "2040-06-01", "MASK", "20", "", ""]
    assert "Line 3" in came.text


def test_more_lines_are_given_without_scripts(form):
    came = form("receipt", "P2").type("item", "TENT").type("units", "1")
    before = len(came.fields)
    came.press("lines")

    assert len(came.fields) > before
    assert ("item", "TENT") in came.fields


def test_the_site_of_another_area_is_not_there(browser):
    ann, cy = browser("ann"), browser("cy")

    assert ann.get("/reports/count?site=E1").status_code == 404
    assert ann.get("/reports?site=E1").status_code == 404
    assert ann.get("/reports?site=NOWHERE").status_code == 404
    assert cy.get("/reports").text.count("/reports/count?site=E1"), "who has one site need not choose"
    sent = {"site": "E1", "form": ann.form_token(), "row": "", "units": "1", "item": "MASK", "do": "check"}
    assert ann.post("/reports/count", sent).status_code == 404
    assert ann.get("/reports/recorded/4").status_code == 404, "a receipt of E1"
    assert cy.get("/reports/recorded/4").status_code == 200


def test_a_draft_is_kept_by_the_server_until_it_is_recorded_or_dropped(clerk, browser, form):
    received(clerk, "P2", 11, "H1")
    begun_ = form("count", "P2").type("note", "half of the shelf")
    begun_.press("draft")
    assert "Saved as a draft" in begun_.text
    with served_at(clerk.url) as restarted:
        again = ReportForm(browsers_at(restarted)("ann"), "count", "P2")
    assert ("note", "half of the shelf") in again.fields
    assert dict(again.fields)["key"] == dict(begun_.fields)["key"]
    assert "half of the shelf" not in browser("lo").get("/reports/count?site=P2").text, "it is ann's"
    assert "/reports/count?site=P2" in browser("ann").get("/reports").text

    begun_.press("drop")
    assert "half of the shelf" not in form("count", "P2").text


def test_the_page_speaks_chinese(browser):
    assert "盘点" in browser("ann").get("/reports/count?site=P1&lang=zh").text
    browser("ann").get("/reports?lang=en")
