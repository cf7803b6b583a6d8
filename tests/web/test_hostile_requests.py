"""Headers and values that no browser sends are refused as the page says, and no fault of ours."""

from __future__ import annotations

import json

import httpx
import pytest
from browser import PASSWORD, Browser, served_at
from two_areas import join, two_areas


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with two_areas(tmp_path_factory.mktemp("hostile")) as clerk:
        join(clerk, (), password=PASSWORD)
        with served_at(clerk.url) as origin:
            signed_in = Browser(origin)
            assert signed_in.sign_in("bo").status_code == 200
            signed_in.client.follow_redirects = False
            yield signed_in


@pytest.mark.parametrize("origin", [b"http://[", b"null", b"\xff", b"http://evil.example"])
def test_an_origin_that_is_no_address_is_another_site(browser, origin):
    answer = browser.client.post("/sign-out", data={"form": browser.form_token()}, headers={b"origin": origin})

    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["é", "\U0001f9ff", "", "0" * 64])
def test_a_form_s_token_may_be_any_text_and_is_then_none(browser, token):
    assert browser.post("/sign-out", {"form": token}).status_code == 403


def test_half_a_character_is_told_as_what_cannot_be_read(browser):
    body = json.dumps({"supplier": "\ud800", "lines": [{"item": "\udfff", "units": "\ud800"}]})
    headers = {
        "content-type": "application/json",
        "idempotency-key": "k",
        "x-form-token": browser.form_token(),
        "origin": browser.origin,
    }
    answer = browser.client.post("/api/v1/orders", content=body, headers=headers)

    assert answer.status_code in (409, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("days", ["to=0001-01-01", "to=9999-12-31", "from=9999-12-31", "from=0001-01-01&to=0001-01-03"])
def test_decisions_of_the_first_and_the_last_day_that_there_are(browser, days):
    assert browser.get(f"/audit/decisions?{days}").status_code == 200


def test_the_handler_that_fails_is_what_such_requests_look_for(browser, monkeypatch):
    """The control: without the care that is taken, the same request is a fault of ours."""
    monkeypatch.setattr("web.visitors._place_of", lambda origin: httpx.URL(origin).path.missing)
    answer = browser.client.post("/sign-out", data={"form": "x"}, headers={"origin": "http://["})

    assert answer.status_code == 500
