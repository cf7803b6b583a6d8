"""Today: what waits within one's reach, with where it is settled, and what was recorded since yesterday."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from browser import Browser, served_at
from day_round import begun, sent
from desk import Clerk
from openpyxl import load_workbook

from models.database import writing
from models.days import now_micros
from models.leaves import DOCUMENT
from models.ledger import open_ledger
from models.tables import pending_seal
from models.witness_alarms import SEALED_WITHIN
from web.guard import POLICY


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    yield from begun(tmp_path_factory.mktemp("today"))


@pytest.fixture(scope="module")
def notes(clerk) -> dict[str, str]:
    """A note to P1 that is late, one to E1 confirmed with a difference, and an emergency issue to P2."""
    late = sent(clerk, "P1", 20, "--date", "2020-02-03", "--arrives", "2020-02-03")
    part = sent(clerk, "E1", 30, "--date", "2020-02-03", "--arrives", "2020-02-03")
    confirmed = clerk("confirm", part, "MASK", "20", "--actor", "lo", "--date", "2020-02-04")
    urgent = clerk("emergency-issue", "D1", "P2", "MASK", "5", "--reason", "new-cases", "--actor", "lo")
    assert (confirmed.exit_code, urgent.exit_code) == (0, 0), confirmed.output + urgent.output
    return {"late": late, "part": part}


@pytest.fixture(scope="module")
def pages(clerk, notes) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture
def signed_in(pages) -> Callable[[str], Browser]:
    def browser(id_: str) -> Browser:
        made = Browser(pages)
        assert made.sign_in(id_, to="/").url.path == "/today"
        return made

    return browser


def waits(browser: Browser) -> list[tuple[str, str, str]]:
    answer = browser.get("/api/v1/open").json()
    return [(line["sort"], line["site"], line["to"]) for line in answer["matters"]]


def test_everybody_reads_what_waits_within_their_reach_and_nothing_else(signed_in):
    urgent, part, late = ("emergency", "D1", "P2"), ("differing", "D1", "E1"), ("late", "D1", "P1")

    assert waits(signed_in("lo")) == [urgent, part, late]
    assert waits(signed_in("ann")) == [urgent, part, late], "what left her county is hers to ask about"
    assert waits(signed_in("cy")) == [part]


def test_what_was_recorded_is_counted_by_kind(signed_in):
    def recorded(id_: str) -> dict[str, int]:
        lines = signed_in(id_).get("/api/v1/open").json()["recorded"]
        return {line["kind"]: line["documents"] for line in lines}

    assert recorded("lo") == {"receive": 4, "transfer": 2, "confirm": 1, "emergency": 1}
    assert recorded("cy") == {"receive": 1, "transfer": 1, "confirm": 1}


def test_each_matter_names_what_settles_it(signed_in, notes):
    page = signed_in("lo").get("/today").text

    assert f'<a href="/shipments/{notes["late"]}">' in page
    assert "<code>allocator" not in page, "all of these are settled on pages"
    assert "waiting: 3" in page
    assert "今日" in signed_in("lo").get("/today?lang=zh").text


def test_one_sort_alone_and_all_of_it_as_a_workbook(signed_in, notes):
    browser = signed_in("lo")
    rows = list(
        load_workbook(io.BytesIO(browser.get("/today.xlsx").content))["Not settled"].iter_rows(values_only=True)
    )

    assert notes["part"] not in browser.get("/today?sort=late").text
    assert [row[1] for row in rows if row[1] in notes.values()] == [notes["part"], notes["late"]]
    assert browser.get("/today.exe").status_code == 404


def test_what_is_saved_is_guarded_as_pages_are(signed_in):
    headers = signed_in("lo").get("/today.csv").headers

    assert headers["content-disposition"].startswith("attachment; ")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == POLICY
    assert headers["cache-control"] == "no-store"


def test_programs_are_given_one_page_after_another(signed_in):
    browser = signed_in("lo")
    first = browser.get("/api/v1/open?limit=2").json()
    second = browser.get(f"/api/v1/open?limit=2&cursor={first['next']}").json()

    assert [line["sort"] for line in first["matters"] + second["matters"]] == ["emergency", "differing", "late"]
    assert second["next"] is None


def test_an_alarm_of_the_proof_is_said_to_who_may_see_the_records(clerk, signed_in, monkeypatch):
    ledger, waits = open_ledger(clerk.url), {"kind": DOCUMENT, "ref": 1}
    with writing(ledger.engine) as connection:
        connection.execute(sa.insert(pending_seal), waits)
    later = now_micros() + 2 * SEALED_WITHIN
    for name in ("web.today_page.now_micros", "web.api_open.now_micros"):
        monkeypatch.setattr(name, lambda: later)

    told = {id_: signed_in(id_).get("/api/v1/open").json()["alarms"] for id_ in ("au", "cy")}
    page = signed_in("au").get("/today").text
    with writing(ledger.engine) as connection:
        connection.execute(sa.delete(pending_seal))
    ledger.engine.dispose()

    assert [len(each) for each in told.values()] == [1, 0]
    assert told["au"][0] in page
