"""Orders and purchase plans on pages: worked out by a worker, placed, taken further, saved; each in one's area."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, browsers_at, is_sealed, served_at
from desk import Clerk
from openpyxl import load_workbook
from two_areas import join, two_areas

OFFERS = "supplier,item,price,lead_days,min_units,units_per_week\nS1,MASK,1.2,3,10,5000\n"
BUDGETS = "bucket,amount,from_day,to_day\nGOODS,100000,,\n"
NEEDS = "site,item,daily_units\nP1,MASK,5000\nP2,MASK,2500\n"
LANES = "depot,site,open\nD1,P1,yes\nD1,P2,yes\n"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """pr buys everywhere, co only in county 421127; au looks at everything; re reports."""
    with two_areas(tmp_path_factory.mktemp("orders")) as clerk:
        clerk.take("partners2.csv", "partner,kind\nS1,supplier\n", "--as", "partners")
        for name, text in (("offers", OFFERS), ("budgets", BUDGETS), ("lanes", LANES), ("needs", NEEDS)):
            taken = clerk.take(f"{name}.csv", text, "--as", name)
            assert taken.exit_code == 0, taken.output
        assert clerk("receive", "D1", "MASK", "500", "--partner", "U1").exit_code == 0
        people = (
            ("pr", "procurement", ""),
            ("co", "procurement", "421127"),
            ("au", "auditor", ""),
            ("re", "reporter", ""),
        )
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def signed_in(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def send(browser: Browser, address: str, **said: str) -> httpx.Response:
    return browser.post(address, {"form": browser.form_token(), **said})


def placed(browser: Browser, **said: str) -> str:
    """Place an order and return its number."""
    page = send(browser, "/orders", **{"item": "MASK", "units": "1000", "supplier": "S1", **said})
    assert page.status_code == 200, page.text
    found = re.search(r"PO-\d+-\d+", page.text)
    assert found is not None
    return found[0]


def test_an_order_is_placed_with_what_is_odd_about_it_and_stands_in_the_list(clerk, signed_in):
    browser = signed_in("pr")
    page = send(browser, "/orders", item="MASK", units="1005", supplier="S1", note="by telephone")
    number = re.search(r"PO-\d+-\d+", page.text)
    assert number is not None
    assert "is placed" in page.text
    assert "are no whole packs" in page.text
    assert "Budget GOODS has" in page.text

    listed = browser.get("/orders").text
    assert f'href="/orders/{number[0]}"' in listed
    book = load_workbook(io.BytesIO(browser.get("/orders.xlsx").content))
    assert {"Orders", "Budgets", "Suppliers"} <= set(book.sheetnames)
    assert number[0] in browser.get("/orders.csv?item=MASK").text
    assert number[0] not in browser.get("/orders.csv?item=TENT").text
    assert is_sealed(clerk.url)


def test_everything_wrong_with_an_order_is_said_at_once_and_stays_typed(signed_in):
    page = send(signed_in("pr"), "/orders", item="", units="some", supplier="S1", price="cheap", arrives="soon")

    assert page.status_code == 422
    for why in ("is not a whole number of units", "Say what is ordered", "is no price", "is not a day"):
        assert why in page.text
    assert 'value="cheap"' in page.text


def test_an_order_is_shipped_and_cancelled_and_nothing_follows(signed_in):
    browser = signed_in("pr")
    number = placed(browser, units="2000")

    shipped = send(browser, f"/orders/{number}/ship", arrives="2099-01-01", note="by rail").text
    assert ("shipped" in shipped, "2099-01-01" in shipped, "by rail" in shipped) == (True, True, True)
    assert "cancelled" in send(browser, f"/orders/{number}/cancel").text
    again = send(browser, f"/orders/{number}/ship")
    assert again.status_code == 422
    assert "nothing of it is still to come" in again.text


def test_a_planned_order_is_placed_from_its_page(signed_in):
    browser = signed_in("pr")
    number = placed(browser, units="3000", status="planned")

    assert "planned" in browser.get(f"/orders/{number}").text
    assert "It was shipped" in send(browser, f"/orders/{number}/place").text


def test_who_only_looks_finds_no_form_and_who_reports_nothing(signed_in):
    number = placed(signed_in("pr"), units="4000")

    assert "Place an order" not in signed_in("au").get("/orders").text
    assert send(signed_in("au"), f"/orders/{number}/cancel").status_code == 404
    assert signed_in("re").get("/orders").status_code == 404


def test_who_buys_in_one_area_sees_and_places_orders_of_its_sites_alone(signed_in):
    browser = signed_in("co")
    far = placed(signed_in("pr"), units="5000", site="E1")

    assert browser.get(f"/orders/{far}").status_code == 404
    assert far not in browser.get("/orders").text
    assert 'id="t-budgets"' not in browser.get("/orders").text  # budgets are of all areas
    assert 'id="t-budgets"' in signed_in("pr").get("/orders").text
    unsaid = send(browser, "/orders", item="MASK", units="10", supplier="S1")
    assert "Say which site it goes to" in unsaid.text
    elsewhere = send(browser, "/orders", item="MASK", units="10", supplier="S1", site="E1")
    assert elsewhere.status_code == 422
    own = placed(browser, units="10", site="P1")
    assert own in browser.get("/orders").text


@pytest.fixture(scope="module")
def plan(clerk, signed_in) -> str:
    """The job of a purchase plan of pr."""
    asked = send(signed_in("pr"), "/purchase", weeks="4", critical="MASK", money="90000")
    assert clerk("worker", "--once").exit_code == 0
    return asked.url.path.rpartition("/")[2]


def test_what_to_order_is_shown_with_why_and_saved(signed_in, plan):
    browser = signed_in("pr")
    page = browser.get(f"/purchase?job={plan}").text
    book = load_workbook(io.BytesIO(browser.get(f"/purchase/purchase.xlsx?job={plan}").content))

    assert ("Orders to place" in page, "up to document" in page, "least shortage" in page) == (True, True, True)
    assert {"Orders to place", "What stays unmet"} <= set(book.sheetnames)
    assert browser.get("/purchase/purchase.pdf").content[:4] == b"%PDF"
    assert browser.get("/purchase?lang=zh").status_code == 200
    browser.get("/purchase?lang=en")
    assert signed_in("au").get(f"/purchase?job={plan}").status_code == 404


def test_the_orders_of_a_plan_that_are_due_are_placed_one_for_each_supplier(signed_in, plan):
    browser = signed_in("pr")
    page = send(browser, f"/purchase/{plan}/orders", by="2099-01-01")

    assert page.status_code == 200, page.text
    found = re.search(r'href="/orders/(PO-\d+-\d+)"', page.text)
    assert found is not None
    assert "MASK" in browser.get(f"/orders/{found[1]}").text
    assert "says exactly this" in send(browser, f"/purchase/{plan}/orders", by="2099-01-01").text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"weeks": "0"}, "from 1 to 104"),
        ({"money": "much"}, "a number of yuan"),
        ({"rule": "lots"}, "Choose one of the rules"),
        ({"months": "4-2"}, "the least and the most months"),
        ({"day": "soon"}, "is not a day"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_before_it_waits(signed_in, said, why):
    page = send(signed_in("pr"), "/purchase", **said)

    assert page.status_code == 422
    assert why in page.text


def test_what_to_order_is_of_all_sites_so_it_takes_a_role_everywhere(signed_in):
    assert "What to order is of all sites." in send(signed_in("co"), "/purchase").text


def test_programs_place_an_order_once_for_a_key_and_take_it_further(signed_in):
    browser = signed_in("pr")

    def post(address: str, key: str, **asked: object) -> httpx.Response:
        headers = {"origin": browser.origin, "idempotency-key": key}
        return browser.client.post(f"/api/v1{address}", json=asked, headers=headers)

    asked = {"supplier": "S1", "lines": [{"item": "MASK", "units": 700, "price": "1.1"}]}
    first = post("/orders", "o", **asked)
    assert first.status_code == 200, first.text
    number = first.json()["order"]["order"]
    assert post("/orders", "o", **asked).json() == first.json()
    assert post("/orders", "p", **asked).status_code == 409  # the same of the same day
    assert post(f"/orders/{number}/ship", "s", arrives="2099-02-01").json()["status"] == "shipped"
    assert browser.get(f"/api/v1/orders/{number}").json()["lines"][0]["arrives"] == "2099-02-01"
    listed = browser.get("/api/v1/orders?item=MASK").json()["orders"]
    assert number in [each["order"] for each in listed]


def test_programs_have_a_purchase_plan_made(signed_in, plan):
    browser = signed_in("pr")
    headers = {"origin": browser.origin, "idempotency-key": "plan"}
    asked = browser.client.post("/api/v1/purchase-plans", json={"weeks": 4, "money": 50}, headers=headers)
    assert asked.status_code == 202, asked.text
    told = browser.get("/api/v1/purchase-plans").json()["plans"]
    assert [each["state"] for each in told] == ["waiting", "done"]
    assert told[1]["id"] == int(plan)
    assert [(each["budget"], each["amount_fen"]) for each in told[1]["result"]["budgets"]] == [("what-if", 9_000_000)]
    assert browser.client.delete(f"/api/v1/jobs/{asked.json()['id']}").json()["state"] == "cancelled"
