"""The stock as people see it in a browser, and as programs ask for it: within reach, filtered, saved whole."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk
from openpyxl import load_workbook
from two_areas import join, two_areas

from models.rights import RIGHTS

STOCK = """number,day,partner,site,item,lot,expires,units
1,2020-02-01,S1,D1,MASK,A1,2099-01-01,1200
2,2020-02-01,S1,P1,MASK,<b>x</b>,2099-01-01,40
3,2020-02-01,S1,E1,TENT,,,7
"""


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """D1 and P1 lie in county 421127, E1 in 430000; ann reports for the county, bo everywhere, cy for 430000."""
    with two_areas(tmp_path_factory.mktemp("stock")) as clerk:
        taken = clerk.take("receipts.csv", STOCK)
        assert taken.exit_code == 0, taken.output
        people = (
            ("ann", "reporter", "4211"),
            ("cy", "reporter", "430000"),
            ("di", "auditor", ""),
            ("lo", "logistics", ""),
        )
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture
def signed_in(pages) -> Callable[[str], Browser]:
    """Return a browser in which somebody has signed in."""

    def browser(id_: str) -> Browser:
        made = Browser(pages)
        assert made.sign_in(id_).status_code == 200
        return made

    return browser


def lines(browser: Browser, **asked: str | int) -> list[tuple[str, str, int]]:
    answer = browser.client.get("/api/v1/stock", params=asked).json()
    return [(line["site"], line["item"], line["units"]) for line in answer["lines"]]


def test_everybody_sees_what_lies_in_their_area_and_nothing_else(signed_in):
    assert lines(signed_in("bo")) == [("D1", "MASK", 1200), ("E1", "TENT", 7), ("P1", "MASK", 40)]
    assert lines(signed_in("ann")) == [("D1", "MASK", 1200), ("P1", "MASK", 40)]
    assert lines(signed_in("cy")) == [("E1", "TENT", 7)]
    assert lines(signed_in("cy"), site="D1") == []


def test_page_file_and_api_say_the_same(signed_in):
    browser = signed_in("ann")
    page = browser.get("/stock?item=MASK").text
    book = load_workbook(io.BytesIO(browser.get("/stock.xlsx?item=MASK").content))
    rows = list(book["Stock"].iter_rows(values_only=True))

    assert "1,200 piece" in page
    assert "1 to 2 of 2" in page
    assert [(row[0], row[2], row[8]) for row in rows if row[0] in ("D1", "P1", "E1")] == lines(browser, item="MASK")
    assert browser.get("/stock.csv?item=MASK").content.startswith("\ufeff".encode())


def test_what_people_typed_is_shown_and_never_obeyed(signed_in):
    page = signed_in("ann").get("/stock?lot=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text
    assert "&lt;b&gt;x&lt;/b&gt;" in signed_in("ann").get("/stock").text


def test_what_was_just_recorded_is_shown_at_once(clerk, signed_in):
    browser = signed_in("bo")
    before = lines(browser)

    clerk("receive", "E1", "TENT", "2", "--partner", "S1", "--actor", "lo")
    more = lines(browser)
    clerk("issue", "E1", "TENT", "2", "--actor", "lo")

    assert ("E1", "TENT", 9) in more
    assert lines(browser) == before


def test_the_stock_as_it_was_on_a_day_and_a_day_that_is_none(signed_in):
    browser = signed_in("bo")

    assert lines(browser, as_of="2020-01-31") == []
    assert "Nothing is held here" in browser.get("/stock?as_of=2020-01-31").text
    assert "&#34;yesterday&#34; is not a day. Write it as 2020-02-10." in browser.get("/stock?as_of=yesterday").text
    assert "is no day" in browser.get("/api/v1/stock?as_of=yesterday").json()["title"]


def test_programs_are_given_one_page_after_another(signed_in):
    browser = signed_in("bo")
    first = browser.get("/api/v1/stock?limit=2").json()
    second = browser.get(f"/api/v1/stock?limit=2&cursor={first['next']}").json()

    assert [line["site"] for line in first["lines"] + second["lines"]] == ["D1", "E1", "P1"]
    assert second["next"] is None
    assert browser.get("/api/v1/stock?cursor=nonsense").status_code == 422


def test_pages_speak_the_language_that_was_chosen_else_the_browser_s(signed_in):
    browser = signed_in("bo")

    assert 'lang="zh-Hans"' in browser.get("/stock", **{"accept-language": "zh-CN,en;q=0.5"}).text
    assert "库存" in browser.get("/stock?lang=zh").text
    assert "库存" in browser.get("/stock", **{"accept-language": "en"}).text, "the choice is kept"
    assert browser.get("/api/v1/nothing").json()["title"] == "此处没有内容，或没有您可以查看的内容。"


def test_who_has_no_role_any_more_finds_no_page(clerk, pages):
    clerk("user", "role", "di", "auditor", "--remove", "--actor", "bo")

    refused = Browser(pages).sign_in("di")

    assert refused.status_code == 404
    assert "it is not for your role and area" in refused.text


def test_every_right_is_held_by_roles_that_there_are():
    from models.people import ROLES

    assert all(right.roles <= set(ROLES) and right.roles for right in RIGHTS.values())
