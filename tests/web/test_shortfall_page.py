"""What runs short, on a page: asked for, worked out by a worker, shown with where it comes from, saved."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from case_ledger import ledger_of
from case_tables import case_of_tables
from desk import Clerk
from openpyxl import load_workbook
from two_areas import at_desk, join

SCENE = case_of_tables(
    items="item pack kg\nmask 10 1",
    sites="site kind\nGate clinic\nPost clinic\nDepot warehouse",
    needs="site item daily\nGate mask 10\nPost mask 25",
    stock="site item units\nDepot mask 50\nGate mask 20\nPost mask 0",
)


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """pr and other buy everywhere; fa only in an area in which no site lies; re reports."""
    with at_desk(tmp_path_factory.mktemp("shortfall")) as clerk:
        ledger_of(SCENE, clerk.url).engine.dispose()
        clerk.take("far.csv", "area,name\n430000,elsewhere\n", "--as", "areas")
        people = (
            ("pr", "procurement", ""),
            ("other", "procurement", ""),
            ("fa", "procurement", "430000"),
            ("re", "reporter", ""),
        )
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def signed_in(clerk) -> Iterator[Callable[[str], Browser]]:
    """Return a browser in which somebody has signed in; each person's is kept."""
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def ask(browser: Browser, **said: str) -> str:
    form = {"form": browser.form_token(), "day": "2020-02-10", "horizon": "30", **said}
    return browser.post("/shortfall", form).text


def test_a_report_is_worked_out_by_a_worker_and_shown_with_where_it_comes_from(clerk, signed_in):
    browser = signed_in("pr")
    assert "No report yet" in browser.get("/shortfall").text

    assert "Work out what runs short" in ask(browser)
    assert "works one out" in browser.get("/shortfall").text
    assert clerk("worker", "--once").exit_code == 0

    page = browser.get("/shortfall").text
    book = load_workbook(io.BytesIO(browser.get("/shortfall/shortfall.xlsx").content))
    assert "up to document" in page
    assert "Post" in page
    assert "/shortfall/matrix.svg?job=" in page
    assert {"Shortfall", "Problems", "By item"} <= set(book.sheetnames)
    assert browser.get("/shortfall/matrix.svg").text.startswith("<svg")
    assert browser.get("/shortfall/shortfall.pdf").content[:4] == b"%PDF"
    assert "缺口" in browser.get("/shortfall?lang=zh").text
    browser.get("/shortfall?lang=en")


def test_who_buys_in_one_area_reads_of_its_sites_alone(clerk, signed_in):
    browser = signed_in("fa")
    ask(browser)
    assert clerk("worker", "--once").exit_code == 0

    page = browser.get("/shortfall").text
    book = load_workbook(io.BytesIO(browser.get("/shortfall/shortfall.xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]

    assert "up to document" in page
    assert not {"Post", "Gate"} & set(cells)
    assert "Post" not in page
    assert browser.get("/shortfall/matrix.svg").status_code == 404


def test_a_report_of_another_and_the_page_itself_are_not_there_for_everybody(clerk, signed_in):
    ask(signed_in("other"))
    assert clerk("worker", "--once").exit_code == 0
    own = signed_in("other").get("/shortfall").url
    number = signed_in("other").get("/shortfall").text.split("/shortfall/matrix.svg?job=")[1].split('"')[0]

    assert own.path == "/shortfall"
    assert signed_in("fa").get(f"/shortfall?job={number}").status_code == 404
    assert signed_in("fa").get(f"/shortfall/shortfall.xlsx?job={number}").status_code == 404
    assert signed_in("re").get("/shortfall").status_code == 404


def test_what_cannot_be_read_is_said_beside_what_was_typed(signed_in):
    page = ask(signed_in("pr"), horizon="900", day="soon")

    assert "The horizon is a whole number of days from 1 to 366." in page
    assert "&#34;soon&#34; is not a day." in page
    assert 'value="900"' in page
