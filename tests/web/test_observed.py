"""What an operator sees of requests, in the log and as numbers: never who asked, nor anything that was sent."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, served_at
from desk import Clerk
from two_areas import join, two_areas

from data.serve_settings import ServeSettings
from web.app import make_app
from web.observed import Asked, Observed
from web.request_log import request_log

SECRETS = ("ann", "Ann Zhang", "county-secret", "L-77", PASSWORD, "session", "allocator_")
"""Persons, values of addresses and forms, passwords and tokens: nothing of these may stand in a log."""


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    with two_areas(tmp_path_factory.mktemp("observed")) as clerk:
        join(clerk, (("ann", "auditor", ""), ("cy", "auditor", "430000")), password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url, log="json") as origin:
        yield origin


def token_of(clerk: Clerk, id_: str, scope: str) -> str:
    made = clerk("user", "token", id_, "--name", scope, "--scope", scope, "--actor", id_)
    assert made.exit_code == 0, made.output
    return made.stdout.split()[-1]


def test_each_request_is_a_line_of_json_without_persons_or_values(clerk, pages, monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    browser = Browser(pages)
    browser.sign_in("ann")
    for address in ("/stock?site=county-secret", "/audit/trace?of=L-77", "/county-secret?x=L-77", "/plans/L-77/lines"):
        browser.get(address)
    browser.client.post("/sign-in", data={"id": "Ann Zhang", "password": "county-secret"})
    browser.client.get("/api/v1/stock", headers={"authorization": f"Bearer {token_of(clerk, 'ann', 'see-stock')}"})

    # A line is written once its answer is sent.
    waited_until = time.monotonic() + 10
    while told.getvalue().count("\n") < 8 and time.monotonic() < waited_until:
        time.sleep(0.01)
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/sign-in", 303),
        ("GET", "/stock", 200),
        ("GET", "/stock", 200),
        ("GET", "/audit/trace", 404),
        ("GET", "", 404),
        ("GET", "/plans/{name}/lines", 404),
        ("POST", "/sign-in", 403),
        ("GET", "/api/v1/stock", 200),
    ]
    assert set(lines[0]) == {"time", "id", "method", "route", "status", "ms"}
    said = " ".join(str(value) for line in lines for value in line.values())
    assert [secret for secret in SECRETS if secret in said.replace("/sign-in", "")] == []


def test_a_refused_page_shows_the_number_that_the_log_has(pages):
    answer = Browser(pages).get("/nothing")

    assert answer.status_code == 404
    assert re.search(r"whoever runs the server: ([0-9a-f]{16})", answer.text)[1] == answer.headers["x-request-id"]


@pytest.mark.parametrize("kind", ["json", "text", "none"])
def test_of_a_fault_its_kind_and_places_are_told_and_not_what_it_says(kind):
    told = io.StringIO()
    try:
        {}["county-secret"]
    except KeyError as error:
        asked = Asked(number="0f", method="POST", route="/plans", status=500, seconds=0.01, failed=error)
    request_log(kind, told)(asked)

    assert ("KeyError" in told.getvalue(), "county-secret" in told.getvalue()) == (True, False)
    assert "test_of_a_fault" in told.getvalue()
    assert "0f" in told.getvalue()


def test_a_fault_of_a_page_is_answered_counted_and_told(clerk, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("county-secret")

    monkeypatch.setattr("web.style_page.page", broken)
    app = make_app(ServeSettings(db=clerk.url, log="json"))
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    answer = asked(app, "/style")

    line = json.loads(told.getvalue())
    assert (answer.status_code, line["status"], line["error"]) == (500, 500, "RuntimeError")
    assert (answer.headers["x-request-id"], "county-secret" in told.getvalue()) == (line["id"], False)
    assert "allocator_faults_total 1.0" in app.app.app.state.metrics.written().decode()


def asked(app: Observed, address: str, **headers: str) -> httpx.Response:
    """Ask an application without a server, as from this machine."""

    async def ask() -> httpx.Response:
        # What is raised again after it was answered is told in the log; the server drops it.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(address, headers=headers)

    return asyncio.run(ask())


def test_numbers_are_told_to_this_machine_by_route(pages):
    Browser(pages).get("/style")
    text = Browser(pages).get("/metrics").text

    assert re.search(r'allocator_requests_total\{method="GET",route="/style",status="200"\} \d', text)
    assert 'allocator_request_seconds_bucket{le="0.3",route="/style"}' in text
    names = {"allocator_ledger_up 1.0", 'allocator_jobs{state="waiting"} 0.0', "allocator_documents 0.0"}
    assert {name for name in names if name in text} == names
    for each in ("seal_lag_seconds", "alarms", "process_resident_bytes", "database_connections_in_use"):
        assert f"\nallocator_{each} " in text


def test_what_a_proxy_passes_on_is_not_this_machine_and_shows_a_token_that_holds_everywhere(clerk, pages):
    passed_on = {"x-forwarded-for": "198.51.100.7"}
    browser = Browser(pages)

    def status(headers: dict[str, str]) -> int:
        return browser.client.get("/metrics", headers=passed_on | headers).status_code

    found = {id_: status({"authorization": f"Bearer {token_of(clerk, id_, 'see-records')}"}) for id_ in ("ann", "cy")}
    assert (status({}), status({"authorization": "Bearer x"}), found) == (404, 404, {"ann": 200, "cy": 404})


def test_behind_a_proxy_nobody_is_this_machine(clerk):
    app = make_app(ServeSettings(db=clerk.url, secure=True, behind_proxy=True))
    assert asked(app, "/metrics").status_code == 404


def test_who_comes_when_too_many_are_answered_is_told_to_come_again(clerk):
    """The second of two at once, in words or as a problem; whoever watches over the server is always answered."""
    inner = make_app(ServeSettings(db=clerk.url)).app
    told: list[Asked] = []
    app = Observed(inner, told.append, at_once=0)

    page, call, alive = asked(app, "/stock"), asked(app, "/api/v1/stock"), asked(app, "/healthz")
    assert (page.status_code, page.headers["retry-after"] in "2345", alive.status_code) == (503, True, 200)
    assert "Ask again in a few seconds." in page.text
    assert page.headers["content-security-policy"]
    assert (call.status_code, call.json()["status"], call.headers["content-type"]) == (
        503,
        503,
        "application/problem+json",
    )
    assert [each.status for each in told] == [503, 503, 200]
    assert app.running == 0


def test_who_comes_after_the_others_were_answered_is_answered(clerk):
    app = Observed(make_app(ServeSettings(db=clerk.url)).app, lambda _: None, at_once=3)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answers = await asyncio.gather(*(client.get("/style") for _ in range(6)))
            return [*sorted(each.status_code for each in answers), (await client.get("/style")).status_code]

    assert asyncio.run(ask()) == [200, 200, 200, 503, 503, 503, 200]


def test_it_says_that_it_is_ready_or_why_not(clerk, pages, monkeypatch):
    assert Browser(pages).get("/readyz").json() == {"ready": True, "why": []}
    monkeypatch.setattr("web.health.lag_seconds", lambda *_, **__: 1000)
    answer = Browser(pages).get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (
        503,
        ["Something was recorded 1,000 seconds ago and is not sealed."],
    )
