"""A report on a phone that loses its connection, whose server is started anew, or that another person takes up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from browser import served_at
from chromium import PHONE, Seen, chromium
from day_round import begun
from desk import Clerk

WAIT_MS = 15_000


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """P1 holds 40 masks; ann and lo report there."""
    yield from begun(tmp_path_factory.mktemp("phone"))


@pytest.fixture(scope="module")
def window() -> Iterator[object]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def phone(window) -> Iterator[Callable[..., Seen]]:
    opened: list[Seen] = []

    def open_one(origin: str, id_: str = "ann") -> Seen:
        opened.append(Seen(window, origin, size=PHONE))
        opened[-1].sign_in(id_)
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def units(seen: Seen):
    return seen.page.locator(".report-line input[name=units]").first


def kept(seen: Seen) -> int:
    return int(seen.page.evaluate("Object.keys(localStorage).length"))


def test_what_is_pressed_without_a_connection_is_kept_and_sent_once_there_is_one(clerk, phone):
    with served_at(clerk.url) as origin:
        seen = phone(origin)
        page = seen.page
        page.goto("/reports/count?site=P1")
        units(seen).fill("37")
        page.get_by_role("button", name="Check it").click()
        page.get_by_text("3 missing").wait_for(timeout=WAIT_MS)
        page.context.set_offline(True)
        page.get_by_role("button", name="Record it").click()
        page.get_by_text("kept on this phone. It is sent").wait_for(timeout=WAIT_MS)
        assert (clerk.held("P1"), kept(seen)) == ({"A1": 40}, 1)

        page.context.set_offline(False)
        page.wait_for_url("**/reports/recorded/*", timeout=WAIT_MS)

        assert (clerk.held("P1"), kept(seen)) == ({"A1": 37}, 0)
        assert seen.faults() == []


def test_what_a_server_with_too_much_to_do_refuses_is_kept_and_sent_when_it_says(clerk, phone):
    """Refused twice with one second to wait: two answers of 503, then the third press is recorded, once."""
    with served_at(clerk.url) as origin:
        seen = phone(origin)
        page = seen.page
        page.goto("/reports/use?site=P1")
        units(seen).fill("1")
        page.get_by_role("button", name="Check it").click()
        page.locator("#meaning").wait_for(timeout=WAIT_MS)
        held, times = clerk.held("P1")["A1"], list[float]()

        def refuse(route) -> None:
            times.append(time.monotonic())
            if len(times) < 3:
                route.fulfill(status=503, headers={"retry-after": "1"}, body="come again")
            else:
                route.continue_()

        page.route("**/reports/use", refuse)
        page.get_by_role("button", name="Record it").click()
        page.get_by_text("kept on this phone. It is sent").wait_for(timeout=WAIT_MS)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_url("**/reports/recorded/*", timeout=WAIT_MS)

        assert clerk.held("P1")["A1"] == held - 1
        assert len(times) == 3
        assert all(round(later - before, 1) >= 1 for before, later in itertools.pairwise(times))


def test_what_is_typed_outlives_the_page_and_the_server(clerk, phone):
    """Typed with a connection it is a draft of the server; without one it lies on the phone."""
    with served_at(clerk.url) as origin:
        seen = phone(origin)
        page = seen.page
        page.goto("/reports/use?site=P1")
        units(seen).fill("4")
        page.get_by_text("Kept as a draft").wait_for(timeout=WAIT_MS)
        page.context.set_offline(True)
        units(seen).fill("6")
        page.locator("#note").fill("night shift")
        page.get_by_text("No connection").wait_for(timeout=WAIT_MS)
        page.goto("about:blank")
        page.context.set_offline(False)
        page.goto("/reports/use?site=P1")
        assert (units(seen).input_value(), page.locator("#note").input_value()) == ("6", "night shift")
        page.get_by_text("Kept as a draft").wait_for(timeout=WAIT_MS)
    with served_at(clerk.url) as origin:
        anew = phone(origin)
        anew.page.goto("/reports/use?site=P1")
        assert units(anew).input_value() == "6", "another phone, a new server"
        assert anew.page.get_by_text("This is your draft").count() == 1


def test_the_next_person_at_a_phone_sees_nothing_of_it_and_signing_out_leaves_nothing(clerk, phone):
    with served_at(clerk.url) as origin:
        seen = phone(origin)
        page = seen.page
        page.goto("/reports/receipt?site=P2")
        page.locator("#note").fill("for the night shift only")
        assert kept(seen) == 1
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in*")
        assert kept(seen) == 0

        seen.sign_in("lo")
        page.goto("/reports/receipt?site=P2")
        assert page.locator("#note").input_value() == ""


def test_lines_are_added_without_a_connection(clerk, phone):
    with served_at(clerk.url) as origin:
        seen = phone(origin)
        page = seen.page
        page.goto("/reports/receipt?site=P2")
        before = page.locator(".report-line").count()
        page.context.set_offline(True)
        page.get_by_role("button", name="More lines").click()
        page.keyboard.type("MASK")
        assert page.locator(".report-line").count() == before + 1
        assert page.locator("input[name=item]").last.input_value() == "MASK"
        page.context.set_offline(False)
        assert seen.faults() == []
