"""Findings, decisions and the public's ledger: seen within reach, decided on by two, read by anybody where told so."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, browsers_at, is_sealed, served_at
from desk import Clerk
from openpyxl import load_workbook
from two_areas import join, two_areas

from allocator.finding import Finding
from allocator.sentence import say
from models.finding_states import Standing
from models.rights import Reach
from web.audit_seen import finding_within

GIFTS = """number,day,partner,site,item,lot,expires,units
G1,2020-01-20,N1,D1,MASK,NEAR,2099-01-01,60
G2,2020-01-21,N1,E1,MASK,FAR,2099-01-01,80
"""

BOUGHT = "number,day,partner,site,item,lot,expires,units\n" + "".join(
    f"{site}{n},2020-01-20,S1,{site},MASK,{site}-{n},2099-01-01,40\n" for site in ("D1", "E1") for n in range(4)
)


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """Donor N1 gave masks to D1 (county 421127) and E1 (430000), which used those they had bought: two findings.

    au and av audit everywhere, ca county 421127; lo sends, and mends.
    """
    with two_areas(tmp_path_factory.mktemp("findings")) as clerk:
        assert clerk.take("gifts.csv", GIFTS).exit_code == 0
        assert clerk.take("bought.csv", BOUGHT).exit_code == 0
        for site in ("D1", "E1"):
            for n in range(4):
                day = f"2020-02-0{n + 1}"
                assert clerk("issue", site, "MASK", "40", "--lot", f"{site}-{n}", "--date", day).exit_code == 0
        people = (("au", "auditor", ""), ("av", "auditor", ""), ("ca", "auditor", "421127"), ("lo", "logistics", ""))
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url, public=True) as origin:
        yield origin


@pytest.fixture(scope="module")
def signed_in(pages) -> Callable[[str], Browser]:
    """Return a browser in which somebody has signed in; each person's is kept."""
    return browsers_at(pages)


def found(browser: Browser, **asked: str) -> dict[str, str]:
    """Return the site of each finding about gifts that lie, and its number."""
    answer = browser.client.get("/api/v1/findings", params={"rule": "donation_not_distributed", **asked})
    return {each["sites"][0]: each["id"] for each in answer.json()["findings"]}


def test_findings_are_seen_within_reach_and_by_auditors_alone(signed_in):
    assert set(found(signed_in("au"))) == {"D1", "E1"}
    assert set(found(signed_in("ca"))) == {"D1"}
    assert set(found(signed_in("au"), site="E1")) == {"E1"}
    assert found(signed_in("au"), as_of="2020-01-25") == {}
    assert signed_in("lo").get("/audit/findings").status_code == 404
    far = found(signed_in("au"))["E1"]
    assert signed_in("ca").get(f"/audit/findings/{far}").status_code == 404


@pytest.mark.parametrize(
    ("sites", "seen"), [(("D1",), True), (("D1", "P1"), True), (("D1", "E1"), False), ((), False), (None, False)]
)
def test_a_finding_is_seen_where_all_that_it_names_is_within_reach(sites, seen):
    """None: it was decided on, and nothing is found any more; what it was of is not known."""
    finding = None if sites is None else Finding(
        id="F-1", rule="shrinkage", subject="D1", sites=sites, items=(), persons=(), documents=(), strength=3.0,
        first_day=dt.date(2020, 2, 1), last_day=dt.date(2020, 2, 9), sentence=say("It shrinks."), evidence=(),
    )  # fmt: skip
    decided = Standing(id="F-1", state="open", finding=finding)

    assert finding_within(decided, Reach(everywhere=False, sites=frozenset({"D1", "P1"}))) == seen
    assert finding_within(decided, Reach(everywhere=True))


def test_a_finding_tells_its_evidence_its_rule_and_what_would_be_innocent(signed_in):
    browser = signed_in("au")
    number = found(browser)["D1"]
    page = browser.get(f"/audit/findings/{number}").text
    book = load_workbook(io.BytesIO(browser.get("/audit/findings.xlsx").content))

    assert "What the rule compares" in page
    assert re.search(r'href="/audit/documents/\d+"', page)
    assert {"Findings", "Evidence"} <= set(book.sheetnames)
    assert number in browser.get("/audit/findings?rule=donation_not_distributed").text
    assert number not in browser.get("/audit/findings?rule=donation_not_distributed&state=accepted").text


def test_who_opens_a_finding_does_not_close_it(clerk, signed_in):
    opener, other = signed_in("au"), signed_in("av")
    address = f"/audit/findings/{found(opener)['D1']}"
    opened = {"form": opener.form_token(), "owner": "lo", "due": "2099-01-01", "note": "send them on"}
    closing = {"proof": "sent to P1"}

    assert "Nobody has decided on it." in opener.get(address).text
    assert address in opener.get("/audit/findings?rule=donation_not_distributed&state=waiting").text
    assert "lo is to mend it by 2099-01-01" in opener.post(f"{address}/open", opened).text
    waits = {id_: signed_in(id_).get("/api/v1/open").json()["matters"] for id_ in ("au", "ca", "lo")}
    mend = {id_: [each["number"] for each in matters if each["sort"] == "finding"] for id_, matters in waits.items()}
    assert mend == {"au": [address.rpartition("/")[2]], "ca": [], "lo": []}, "who audits everywhere is reminded"
    refused = opener.post(f"{address}/close", {"form": opener.form_token(), **closing})
    assert (refused.status_code, "au cannot close finding" in refused.text) == (422, True)
    assert 'value="sent to P1"' in refused.text, "what was typed stays"
    assert is_sealed(clerk.url)
    assert "av closed it: sent to P1" in other.post(f"{address}/close", {"form": other.form_token(), **closing}).text


def test_a_day_that_is_past_is_refused_beside_its_form(signed_in):
    browser = signed_in("au")
    form = {"form": browser.form_token(), "owner": "lo", "due": "2020-01-01"}

    assert "2020-01-01 is past." in browser.post(f"/audit/findings/{found(browser)['E1']}/open", form).text


def test_a_program_accepts_once_however_often_it_sends_it(clerk, signed_in):
    browser = signed_in("av")
    address = f"/api/v1/findings/{found(browser)['E1']}/accept"
    said, key = {"reason": "reserve", "note": "for the summer"}, {"Idempotency-Key": "k-1"}

    answers = [browser.client.post(address, json=said, headers=key).json() for _ in range(2)]

    assert [len(each["decided"]) for each in answers] == [1, 1]
    assert is_sealed(clerk.url)
    assert (answers[0]["state"], answers[0]["decided"][0]["actor"]) == ("accepted", "av")
    assert browser.client.post(address, json=said).status_code == 422, "a key goes with it"
    assert signed_in("lo").client.post(address, json=said, headers=key).status_code == 404
    refused = browser.client.post(address, json={"reason": "because"}, headers=key)
    assert (refused.status_code, refused.json()["title"][:9]) == (409, '"because"')


def test_decisions_of_some_days_are_told(signed_in):
    browser = signed_in("au")

    assert browser.get("/audit/decisions").status_code == 200
    assert "2020-02-02 is after 2020-02-01." in browser.get("/audit/decisions?from=2020-02-02&to=2020-02-01").text
    assert "Nothing was decided in these days" in browser.get("/audit/decisions?from=2020-02-01&to=2020-02-02").text
    assert browser.get("/api/v1/decisions").json()["overrides"] == []


def test_anybody_reads_the_ledger_of_donations_and_nobody_s_name_is_in_it(pages):
    anybody = Browser(pages)
    page = anybody.get("/public/donations").text
    book = load_workbook(io.BytesIO(anybody.get("/public/donations.xlsx").content))

    assert "donor 1" in page
    assert "140" in page
    assert not re.search(r"\b(N1|au|bo|NEAR|G1|D1)\b", re.sub(r"<[^>]*>", " ", page))
    assert "Every gift" in book.sheetnames
    assert anybody.get("/public/donations.html").text.startswith("<!doctype html>")


def test_where_the_server_was_not_told_so_nothing_is_public(clerk):
    with served_at(clerk.url) as origin:
        assert Browser(origin).get("/public/donations").status_code == 404


def test_a_donor_who_agreed_is_named_and_a_gift_of_now_is_read_now(clerk):
    with served_at(clerk.url, public=True, donors=("N1",)) as origin:
        anybody = Browser(origin)
        before = anybody.get("/public/donations").text
        words = ("receive", "D1", "MASK", "7", "--partner", "N1", "--lot", "NEW", "--actor", "lo", "--json")
        number = int(json.loads(clerk(*words).stdout)["number"])
        after = anybody.get("/public/donations").text
        clerk.reverse(number)

    assert ("N1" in before, "donor 1" in before, "140" in before) == (True, False, True)
    assert "147" in after
