"""A server that runs on while its ledger moves away: pages are read, whatever would be recorded is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from browser import Browser, browsers_at, served_at
from day_round import begun
from desk import Clerk
from servers import a_postgres_database

RECEIPT = {"type": "receive", "site": "D1", "partner": "S1", "lines": [{"item": "TENT", "units": 4}]}
MOVED = "The ledger has moved to another database, and this server still reads the former one."
MOVED_ZH = "账本已迁至另一个数据库，而本服务器读的仍是原来的那个。"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    yield from begun(tmp_path_factory.mktemp("moved"))


@pytest.fixture(scope="module")
def browser(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def sent(browser: Browser, key: str) -> httpx.Response:
    return browser.client.post("/api/v1/documents", json=RECEIPT, headers={"idempotency-key": key})


def test_what_is_sent_to_a_ledger_that_moved_is_refused_in_words_and_what_is_asked_is_answered(clerk, browser):
    lo = browser("lo")
    made = clerk("user", "token", "lo", "--name", "feed", "--scope", "see-stock", "--actor", "bo")
    bearer = {"authorization": f"Bearer {made.stdout.strip().splitlines()[-1]}"}
    assert sent(lo, "before").status_code == 201
    place = a_postgres_database()
    moved = clerk("move", "--to", place, "--actor", "bo")
    assert moved.exit_code == 0, moved.output

    form = {"form": lo.form_token(), "name": "masks", "address": "/stock?item=MASK"}
    page, page_zh = lo.post("/views", form), lo.post("/views", form, **{"accept-language": "zh"})
    call = sent(lo, "later")
    assert [each.status_code for each in (page, page_zh, call)] == [503] * 3
    assert MOVED in page.text
    assert MOVED_ZH in page_zh.text
    assert place not in page.text
    assert "Wait a few seconds" not in page.text
    assert call.json()["title"].startswith(MOVED)
    # What is asked is answered, to people who sign in now and to programs with a token.
    assert Browser(lo.origin).sign_in("ann").status_code == 200
    assert [lo.get(address).status_code for address in ("/stock", "/today", "/audit")] == [200] * 3
    assert lo.client.get("/api/v1/stock", headers=bearer).status_code == 200
    ready = lo.get("/readyz")
    assert (ready.status_code, ready.json()["why"][0].startswith(MOVED)) == (503, True)

    with served_at(place) as origin:
        there = Browser(origin)
        there.sign_in("lo")
        # As a phone does, which keeps a form that was refused so and sends it again.
        assert sent(there, "later").status_code == 201
        assert there.client.get("/api/v1/stock", headers=bearer).status_code == 200
        assert there.get("/readyz").status_code == 200
