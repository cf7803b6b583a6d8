"""Documents posted by programs: every type once for its key, refused as commands refuse, within one's reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from browser import Browser, browsers_at, is_sealed, served_at
from day_round import begun, sent
from desk import Clerk

MASKS = [{"item": "MASK", "units": 10, "lot": "A1"}]
KEYS = count()


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    yield from begun(tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def browser(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def post(browser: Browser, body: dict[str, Any], key: str = "", **headers: str) -> httpx.Response:
    named = {"idempotency-key": key or f"k{next(KEYS)}", "origin": browser.origin, **headers}
    return browser.client.post("/api/v1/documents", json=body, headers=named)


def done(browser: Browser, **body: Any) -> dict[str, Any]:
    answer = post(browser, body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/v1/documents/{answer.json()['number']}"
    return dict(answer.json())


def test_a_site_is_supplied_uses_counts_and_confirms(browser, clerk):
    lo, ann = browser("lo"), browser("ann")
    done(lo, type="receive", site="D1", partner="S1", lines=[{"item": "TENT", "units": 4}], reference="PO-1")
    moved = done(lo, type="transfer", site="D1", to="P1", lines=MASKS, arrives="2099-01-01")
    arrived = done(ann, type="confirm", shipment=moved["shipment"], all_sound=True)
    used = done(ann, type="issue", site="P1", lines=[{"item": "MASK", "units": 1, "packs": True}])
    counted = done(ann, type="count", site="P1", lines=[{"item": "MASK", "units": 38}], whole=["MASK"])

    assert [each["type"] for each in (moved, arrived, used, counted)] == ["transfer", "confirm", "issue", "count"]
    assert clerk.held("P1") == {"A1": 38}
    assert is_sealed(clerk.url)


def test_stock_is_corrected_set_aside_released_returned_and_written_off(browser, clerk):
    lo, two = browser("lo"), [{"item": "MASK", "units": 20, "lot": "B2"}]
    one = [{"item": "MASK", "units": 5, "lot": "B2"}]
    before = clerk.held()["B2"]
    done(lo, type="adjust", direction="down", site="D1", lines=one, reason="miscounted")
    done(lo, type="quarantine", site="D1", lines=two, reason="complaint")
    done(lo, type="release", site="D1", lines=one, reason="inspected")
    done(lo, type="return", site="D1", lines=one, partner="S1", quarantined=True, reason="substandard")
    done(lo, type="writeoff", site="D1", lines=one, quarantined=True, reason="counterfeit")

    assert (clerk.held()["B2"], clerk.held()["Q:B2"]) == (before - 20, 5)


def test_what_came_beyond_is_settled_and_a_document_taken_back(browser, clerk):
    lo, note = browser("lo"), sent(clerk, "P2", 10)
    over = {"item": "MASK", "sound": 10, "over": 2, "reason": "miscounted-loading"}
    arrived = done(lo, type="confirm", shipment=note, arrivals=[over])
    assert arrived["notes"], "what came beyond stays open, and is said"
    done(lo, type="settle", shipment=note, reason="loaded-too-many")
    urgent = done(lo, type="emergency", site="D1", to="P2", lines=MASKS, reason="new-cases")
    done(lo, type="reverse", document=urgent["number"], reason="never-happened")

    states = {each["number"]: each["state"] for each in lo.get("/api/v1/shipments?state=settled").json()["shipments"]}
    assert states[note] == "settled"
    assert lo.get(f"/api/v1/shipments/{urgent['shipment']}").json()["state"] == "never-left"


def test_under_one_key_a_document_is_posted_once(browser):
    lo, body = browser("lo"), {"type": "issue", "site": "D1", "lines": MASKS}
    first, again = post(lo, body, "once"), post(lo, body, "once")
    other = post(lo, {**body, "lines": [{"item": "MASK", "units": 11}]}, "once")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    assert "Give a new key" in other.json()["title"]
    assert post(browser("ann"), {"type": "issue", "site": "P1", "lines": MASKS}, "once").status_code == 201, "another's"


def test_a_refusal_says_why_in_the_callers_language(browser):
    much = {"type": "issue", "site": "P1", "lines": [{"item": "MASK", "units": 10_000}]}
    refused = post(browser("ann"), much)
    chinese = post(browser("ann"), much, **{"accept-language": "zh"})

    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert "can give" in refused.json()["title"]
    assert "P1" in chinese.json()["title"] != refused.json()["title"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "steal", "site": "P1", "lines": MASKS},
        {"type": "issue", "site": "P1", "lines": []},
        {"type": "issue", "site": "P1", "lines": [{"item": "MASK", "units": -1}]},
        {"type": "receive", "site": "P1", "lines": MASKS},
        {"type": "issue", "site": "P1", "lines": MASKS, "occurred_at": "0001-01-01T00:00:00"},
        {"type": "reverse", "document": 2**64, "reason": "entered-twice"},
        {},
    ],
)
def test_what_cannot_be_read_is_not_tried(browser, body):
    assert post(browser("lo"), body).status_code == 422
    assert browser("lo").client.post("/api/v1/documents", json=body).status_code == 422, "no key"


def test_what_is_not_ones_own_is_not_there(browser, clerk):
    ann, cy, note = browser("ann"), browser("cy"), sent(clerk, "P1", 10)
    at_p1 = {"site": "P1", "lines": MASKS}

    assert post(ann, {"type": "writeoff", **at_p1, "reason": "lost"}).status_code == 404, "takes logistics"
    assert post(browser("au"), {"type": "issue", **at_p1}).status_code == 404
    for body in ({"type": "issue", **at_p1}, {"type": "confirm", "shipment": note, "all_sound": True}):
        refused = post(cy, body)
        assert refused.status_code == 409
        assert "There is no" in refused.json()["title"]
    assert cy.get(f"/api/v1/shipments/{note}").status_code == 404


def test_shipments_are_given_a_page_at_a_time_with_their_lots(browser, clerk):
    notes, ann = [sent(clerk, "P2", 3) for _ in range(3)], browser("ann")
    first = ann.get("/api/v1/shipments?site=P2&limit=2").json()
    second = ann.get(f"/api/v1/shipments?site=P2&limit=2&cursor={first['next']}").json()
    numbers = [each["number"] for each in first["shipments"] + second["shipments"]]

    assert numbers[:3] == notes[::-1]
    lots = ann.get(f"/api/v1/shipments/{notes[0]}").json()["lots"]
    assert [(each["item"], each["sent"], each["under_way"]) for each in lots] == [("MASK", 3, 3)]
