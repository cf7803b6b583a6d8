"""A database that cannot just now: pages and calls answer 503 with the sentence why, and work again once it is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from desk import Clerk

from benchmarks.killing import started, stop, stopped
from models.database import open_database, writing

LOST = "The connection to the ledger was lost: its server was stopped, or cannot be reached. Try again in a moment."
LOST_ZH = "与账本的连接已断开：它的服务器已停止或无法到达。请稍候再试。"
RECEIPT = {"type": "receive", "site": "D1", "partner": "S1", "lines": [{"item": "TENT", "units": 4}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Path]:
    """A server of our own, for it is stopped."""
    data = tmp_path_factory.mktemp("server")
    if started(data) is None:
        pytest.skip("PostgreSQL is not here: no wheel for this machine")
    yield data
    stop(data)


@pytest.fixture(scope="module")
def clerk(server, tmp_path_factory) -> Iterator[Clerk]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("clerk")
        patch.chdir(folder)
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        patch.setenv("ALLOCATOR_DB", started(server))
        made = Clerk(folder)
        made.begin()
        made("user", "add", "lo", "--role", "administrator")
        patch.setenv("ALLOCATOR_ACTOR", "lo")
        made("user", "role", "lo", "logistics")
        made.typing(PASSWORD, "user", "password", "lo")
        yield made


@pytest.fixture(scope="module")
def browser(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def test_while_the_server_is_stopped_pages_and_calls_say_so_and_afterwards_they_are_answered(browser, server):
    lo, key = browser("lo"), {"idempotency-key": "once"}
    stopped(server)
    page, page_zh = lo.get("/stock"), lo.get("/stock", **{"accept-language": "zh"})
    call, signing_in = lo.get("/api/v1/stock"), Browser(lo.origin).sign_in("lo")
    posted = lo.client.post("/api/v1/documents", json=RECEIPT, headers=key)

    assert [each.status_code for each in (page, page_zh, call, signing_in, posted)] == [503] * 5
    assert all(int(each.headers["retry-after"]) > 0 for each in (page, call, posted))
    assert LOST in page.text
    assert LOST_ZH in page_zh.text
    assert "<title>This cannot be answered just now" in page.text
    assert call.json()["title"].startswith(LOST)

    started(server)
    assert [lo.get(address).status_code for address in ("/stock", "/api/v1/stock", "/readyz")] == [200] * 3
    answers = [lo.client.post("/api/v1/documents", json=RECEIPT, headers=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json()["number"] == answers[1].json()["number"]


@pytest.fixture
def cut(clerk) -> Iterator[Callable[[str], None]]:
    """Have whoever writes a row of a table lose the connection in the middle of it."""
    engine = open_database(clerk.url, connections=1)

    def cuts(table: str) -> None:
        body = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END"
        with writing(engine) as connection:
            connection.exec_driver_sql(f"CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            connection.exec_driver_sql(f"CREATE TRIGGER cut BEFORE INSERT ON {table} EXECUTE FUNCTION cut()")

    yield cuts
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS cut CASCADE")
    engine.dispose()


def test_a_command_that_loses_its_connection_while_it_writes_ends_with_a_sentence(clerk, cut):
    cut("version")
    answer = clerk.take("items.csv", "item,name,unit,pack_units,use\nGOWN,gown,piece,1,consumable\n")

    assert (answer.exit_code, LOST in answer.stderr) == (1, True)


def test_what_was_asked_for_when_the_connection_was_lost_is_not_done_twice_under_its_key(browser, cut):
    """Nobody knows whether it was done: the key stays taken, and who asks again is told to look."""
    cut("version")
    first, second = (asked(browser("lo"), "eve", key="lost") for _ in range(2))

    assert [first.status_code, second.status_code] == [503, 409]
    assert "is being done, or was cut off" in second.json()["title"]


def test_control_where_nothing_was_cut_the_same_key_gets_the_same_answer(browser):
    first, second = (asked(browser("lo"), "eve", key="whole") for _ in range(2))

    assert [first.status_code, second.status_code] == [first.status_code, first.status_code]
    assert first.json() == second.json()
    assert first.status_code < 300


def asked(lo: Browser, id_: str, *, key: str) -> httpx.Response:
    body = {"id": id_, "role": "auditor"}
    return lo.client.post("/api/v1/people", json=body, headers={"idempotency-key": key})
