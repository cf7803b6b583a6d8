"""Views: a page with its filters kept under a name of one's own, shown on the page and on Today, deleted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from two_areas import at_desk, join


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory) -> Iterator[Callable[[str], Browser]]:
    """lo sends, al too; re reports and sees no plans."""
    with at_desk(tmp_path_factory.mktemp("views")) as clerk:
        assert clerk("init").exit_code == 0
        people = (("lo", "logistics", ""), ("al", "logistics", ""), ("re", "reporter", ""))
        join(clerk, people, password=PASSWORD)
        with served_at(clerk.url) as origin:
            yield browsers_at(origin)


def keep(browser: Browser, name: str, address: str):
    return browser.post("/views", {"form": browser.form_token(), "name": name, "address": address})


def test_a_view_is_kept_from_the_page_it_is_of_and_leads_back_to_it(signed_in):
    browser = signed_in("lo")
    page = browser.get("/stock?site=P1&item=MASK&lang=en").text
    assert 'name="address" value="/stock?site=P1&amp;item=MASK"' in page

    kept = keep(browser, " Masks at P1 ", "/stock?site=P1&item=MASK")

    assert (kept.url.path, kept.url.query) == ("/stock", b"site=P1&item=MASK")
    assert 'aria-current="true">Masks at P1</a>' in kept.text
    for place in ("/today", "/views"):
        assert 'href="/stock?site=P1&amp;item=MASK"' in browser.get(place).text
    assert "Masks at P1" not in browser.get("/audit/documents").text  # of another page


def test_views_are_of_whoever_kept_them_and_one_of_the_same_name_takes_its_place(signed_in):
    browser = signed_in("al")
    keep(browser, "mine", "/stock?site=P1")
    keep(browser, "mine", "/stock?site=P2")

    assert browser.get("/views").text.count(">mine</a>") == 1
    assert "site=P2" in browser.get("/views").text
    assert ">mine</a>" not in signed_in("lo").get("/views").text
    browser.post("/views/delete", {"form": browser.form_token(), "name": "mine"})
    assert "No view yet" in browser.get("/views").text


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/stock", "/\\evil.example", "/stock\n/", "javascript:alert(1)",
     "/sign-out", "/views", "/stocks", "stock", "", "/stock?" + "x" * 1000],
)  # fmt: skip
def test_what_is_no_page_of_the_menu_is_kept_by_nobody(signed_in, address):
    kept = keep(signed_in("lo"), "elsewhere", address)

    assert kept.status_code == 422
    assert "This is no address of these pages." in kept.text


def test_no_view_is_kept_of_a_page_that_one_may_not_see(signed_in):
    assert keep(signed_in("re"), "plans", "/plans").status_code == 422
    assert keep(signed_in("re"), "stock", "/stock?item=MASK").status_code == 200


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines"])
def test_a_view_has_a_name_of_its_own(signed_in, name):
    kept = keep(signed_in("lo"), name, "/stock")

    assert kept.status_code == 422
    assert "Give the view a name of 1 to 60 letters." in kept.text
    assert 'name="address" value="/stock"' in kept.text


def test_nobody_keeps_more_than_fifty(signed_in):
    browser = signed_in("re")
    form = browser.form_token()
    answers = [
        browser.client.post(
            "/views",
            data={"form": form, "name": f"v{number}", "address": "/stock"},
            headers={"origin": browser.origin},
            follow_redirects=False,
        ).status_code
        for number in range(51)
    ]

    assert answers[-1] == 422
    assert answers.count(303) in (49, 50)  # the test before may have kept one
    assert "You keep 50 views already." in keep(browser, "one more", "/stock").text


def test_another_site_keeps_and_deletes_nothing(signed_in):
    browser = signed_in("lo")

    assert browser.post("/views", {"form": "0" * 64, "name": "x", "address": "/stock"}).status_code == 403
    assert browser.post("/views/delete", {"form": "0" * 64, "name": "x"}).status_code == 403
