"""The receiver's main path in Chromium: a phone without scripts, in both languages, from the number to the record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import served_at
from chromium import PHONE, Seen, chromium
from day_round import begun, sent
from desk import Clerk


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    yield from begun(tmp_path_factory.mktemp("phone"))


@pytest.fixture(scope="module")
def origin(clerk) -> Iterator[str]:
    with served_at(clerk.url) as address:
        yield address


@pytest.fixture(scope="module")
def window() -> Iterator[object]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(
    ("lang", "missing", "state"), [("en", "6 of MASK mask (lot A1) are missing", "confirmed"), ("zh", "缺少 6", "差异")]
)
def test_a_shortage_is_told_and_recorded_on_a_phone_without_scripts(clerk, origin, window, lang, missing, state):
    note = sent(clerk, "P1", 40)
    seen = Seen(window, origin, lang=lang, size=PHONE, scripts=False)
    page = seen.page
    seen.sign_in("ann")
    page.goto("/shipments")
    page.fill("#find", note)
    page.press("#find", "Enter")
    page.fill("#sound-0", "30")
    page.fill("#damaged-0", "4")
    page.select_option("#reason-0", "wet")
    page.press("#damaged-0", "Enter")

    assert missing in page.locator("#differences").inner_text()
    page.locator("#differences button").click()
    assert state in page.locator("h1").inner_text()
    assert (seen.too_wide(), seen.told) == (False, [])
    seen.close()


def test_every_form_of_a_shipment_is_sound_for_axe(clerk, origin, window):
    note = sent(clerk, "P2", 10)
    over = clerk("confirm", note, "MASK", "10", "--over", "2", "--reason", "miscounted-loading", "--actor", "lo")
    assert over.exit_code == 0, over.output
    seen = Seen(window, origin, size=PHONE)
    seen.sign_in("lo")
    faults = []
    for address in (f"/shipments/{note}", f"/shipments/{sent(clerk, 'P2', 10)}", "/audit/documents/1"):
        seen.page.goto(address)
        seen.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        faults += [*seen.faults(), *(["too wide"] if seen.too_wide() else [])]

    assert (faults, seen.told) == ([], [])
    seen.close()
