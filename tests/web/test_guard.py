"""What stands before every page, errors among them; and what pages are made of."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from browser import Browser, served_at

from data.pictures_drawing import contrast
from models.ledger import create
from web.guard import BODY_BYTES_MAX, POLICY, Guard
from web.pages import STATIC

ADDRESSES = ("/", "/style", "/sign-in", "/stock", "/healthz", "/readyz", "/nothing", "/api/v1/stock", "/api/v1/nothing")


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Browser]:
    """Somebody who has not signed in."""
    url = f"sqlite:///{tmp_path_factory.mktemp('guard') / 'ledger.sqlite'}"
    create(url, name="county").engine.dispose()
    with served_at(url) as origin:
        yield Browser(origin)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_lets_nothing_be_fetched_from_elsewhere_and_is_not_kept(browser, address):
    answer = browser.client.get(address, follow_redirects=False)

    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "address", [address for address in ADDRESSES if not address.startswith(("/api", "/health", "/ready"))]
)
def test_no_page_holds_a_script_a_style_or_an_address_elsewhere(browser, address):
    text = browser.get(address).text

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|https?://", text) == []


def test_files_of_pages_may_be_kept_for_good(browser):
    sheet = re.search(r'href="(/static/allocator\.css\?[0-9a-f]{12})"', browser.get("/style").text)
    assert sheet is not None

    assert browser.get(sheet[1]).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_another_name_is_not_answered(browser, host):
    answer = browser.get("/style", host=host, **{"accept-language": "zh-CN"})

    assert (answer.status_code, answer.text) == (
        421,
        "服务器不认得访问所用的名称。请告知它：allocator serve --name 名称",
    )


@pytest.mark.parametrize(
    ("status", "sent"),
    [(421, {"headers": {"host": "evil.example"}}), (413, {"content": b"x" * (BODY_BYTES_MAX + 1)})],
)
def test_programs_are_told_as_a_problem_what_goes_no_further(browser, status, sent):
    answer = browser.client.post("/api/v1/documents", **sent)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["errors"]) == (status, [body["title"]])
    assert ("serve --name" in body["title"], "20 MiB" in body["title"]) == (status == 421, status == 413)


def test_too_much_is_refused_when_its_length_is_said(browser):
    assert browser.client.post("/sign-in", content=b"x" * (BODY_BYTES_MAX + 1)).status_code == 413


@pytest.mark.parametrize(("size", "status"), [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)])
def test_too_much_is_refused_while_it_comes_when_nobody_said_how_much(size, status):
    """It comes in parts of a megabyte, to an application that takes all of it."""
    parts = [b"x" * min(2**20, size - at) for at in range(0, size, 2**20)]
    read, answered = 0, []

    async def takes_all(scope, receive, send) -> None:
        nonlocal read
        more = True
        while more:
            message = await receive()
            read, more = read + len(message["body"]), message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message) -> None:
        answered.append(message.get("status"))

    scope = {"type": "http", "path": "/", "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(Guard(takes_all, hosts=("localhost",), secure=False)(scope, receive, send))

    assert (answered[0], read <= BODY_BYTES_MAX) == (status, True)


def test_a_fault_of_our_own_is_said_without_any_of_it(browser, monkeypatch):
    monkeypatch.setattr("web.sign_in_page.somebody_can_sign_in", lambda _: 1 / 0)

    answer = browser.get("/sign-in")

    assert answer.status_code == 500
    assert "The program failed here" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_every_text_stands_out_from_its_ground():
    """WCAG 2.2 AA: 4.5 to 1, for each ink on each ground that the sheet puts it on."""
    said = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", (STATIC / "allocator.css").read_text(encoding="utf-8")))
    inks = ("ink", "grey", "link", "out-ink", "plan-ink", "good-ink")
    pairs = [(ink, ground) for ink in inks for ground in ("paper", "wash")]
    pairs += [(f"{kind}-ink", f"{kind}-wash") for kind in ("out", "plan", "good")] + [("paper", "ink")]

    assert [pair for pair in pairs if contrast(said[pair[0]], said[pair[1]]) < 4.5] == []
