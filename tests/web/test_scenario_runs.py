"""Scenarios run from a page: chosen or one's own, worked out by a worker, read side by side, made a plan of the day."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, browsers_at, served_at
from case_ledger import ledger_of
from case_tables import case_of_tables
from desk import Clerk
from openpyxl import load_workbook
from two_areas import at_desk, join

from scenarios.known import library

SCENE = case_of_tables(
    items="item pack kg\nmask 10 1",
    sites="site kind\nGate clinic\nPost clinic\nDepot warehouse",
    needs="site item daily\nGate mask 10\nPost mask 25",
    stock="site item units\nDepot mask 50\nGate mask 20\nPost mask 0",
)

HALVED = 'title = "Less is needed"\n[[change]]\ntable = "needs"\ndo = "scale"\ncolumn = "daily_units"\nby = 0.5\n'
STRESS = HALVED.replace("[[change]]", '[[uncertain]]\nname = "use"').replace(
    "by = 0.5", "draw = { uniform = [0.5, 2] }"
)


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """lo sends and pr buys everywhere; fa sends only in an area in which no site lies; re reports."""
    with at_desk(tmp_path_factory.mktemp("runs")) as clerk:
        ledger_of(SCENE, clerk.url).engine.dispose()
        clerk.take("far.csv", "area,name\n430000,elsewhere\n", "--as", "areas")
        people = (
            ("lo", "logistics", ""),
            ("pr", "procurement", ""),
            ("fa", "logistics", "430000"),
            ("re", "reporter", ""),
        )
        join(clerk, people, password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def signed_in(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def ask(browser: Browser, address: str = "/scenarios", **said: str):
    return browser.post(address, {"form": browser.form_token(), "day": "2020-02-10", **said})


def worked(clerk: Clerk, asked) -> str:
    """Return the address of what came of a run that was asked for."""
    assert asked.url.path.startswith("/jobs/"), asked.text
    assert clerk("worker", "--once").exit_code == 0
    return f"/scenarios/runs/{asked.url.path.rpartition('/')[2]}"


@pytest.fixture(scope="module")
def run(clerk, signed_in) -> str:
    """The address of a run of lo's: half the stock, and a scenario of their own."""
    return worked(clerk, ask(signed_in("lo"), scenario="half-the-stock", name="less", text=HALVED))


def test_scenarios_stand_beside_the_day_as_it_is_with_pictures_and_a_workbook(signed_in, run):
    browser = signed_in("lo")
    page = browser.get(run).text
    book = load_workbook(io.BytesIO(browser.get(f"{run}/scenarios.xlsx").content))

    titles = ("Baseline", library()["half-the-stock"].title, "Less is needed")
    assert [title for title in titles if title not in page] == []
    assert "promise unmet, all" in page
    assert browser.get(f"{run}/cover.svg").text.startswith("<svg")
    assert browser.get(f"{run}/scenarios.pdf").content[:4] == b"%PDF"
    assert {"Scenarios", "By site", "Every need"} <= set(book.sheetnames)
    assert "未满足" in browser.get(f"{run}?lang=zh").text
    browser.get("/scenarios?lang=en")
    assert run in browser.get("/scenarios").text


def test_a_run_is_of_whoever_asked_for_it(signed_in, run):
    assert signed_in("pr").get(run).status_code == 404
    assert signed_in("pr").get(f"{run}/cover.svg").status_code == 404
    assert signed_in("re").get(run).status_code == 404


def test_whose_role_is_of_an_area_runs_none_for_it_is_of_all_sites(signed_in):
    page = ask(signed_in("fa"), scenario="half-the-stock")

    assert page.status_code == 422
    assert "A scenario is of all sites." in page.text


def test_what_is_wrong_with_a_file_stands_at_its_line_and_the_text_is_kept(signed_in):
    page = ask(signed_in("lo"), name="mine", text=HALVED.replace("daily_units", "dayly_units"))

    assert page.status_code == 422
    found = re.search(r'<li class="faulty" value="(\d+)">.*?</li>', page.text, flags=re.DOTALL)
    assert found is not None
    assert "dayly_units" in found[0]
    assert page.text.count("dayly_units") >= 3  # what is said, at its line, and in the field
    assert "Less is needed" in page.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "Choose 1 to 5 scenarios"),
        ({"scenario": "half-the-stok"}, "Is half-the-stock meant?"),
        ({"day": "soon", "scenario": "half-the-stock"}, "is not a day"),
        ({"name": "half-the-stock", "text": HALVED}, "is the name of another scenario"),
        ({"text": "title ="}, "This is not TOML"),
    ],
)
def test_what_cannot_be_run_is_refused_before_it_waits(signed_in, said, why):
    page = ask(signed_in("lo"), **said)

    assert page.status_code == 422
    assert why in page.text


def test_a_file_that_is_sent_is_run_under_its_name(clerk, signed_in):
    browser = signed_in("lo")
    form = {"form": browser.form_token(), "day": "2020-02-10"}
    sent = browser.client.post(
        "/scenarios", data=form, files={"file": ("quiet.toml", HALVED)}, headers={"origin": browser.origin}
    )

    assert "Less is needed" in browser.get(worked(clerk, sent)).text


def test_the_day_is_planned_by_a_scenario_with_a_reason(clerk, signed_in, run):
    browser = signed_in("lo")
    assert "Say why" in ask(browser, f"{run}/promote", scenario="less").text

    asked = ask(browser, f"{run}/promote", scenario="less", reason="the school stays shut")
    assert clerk("worker", "--once").exit_code == 0
    job = browser.get(asked.url.path).text

    assert "the school stays shut" in job
    assert 'href="/plans/P2020-02-10-1"' in job
    assert browser.get("/plans/P2020-02-10-1").status_code == 200


def test_what_a_scenario_supposes_of_stock_must_be_posted_first(clerk, signed_in, run):
    browser = signed_in("lo")
    asked = ask(browser, f"{run}/promote", scenario="half-the-stock", reason="to be sure")
    assert clerk("worker", "--once").exit_code == 0

    assert "a plan sends what is there, so this cannot be supposed" in browser.get(asked.url.path).text


def test_who_may_not_plan_is_shown_no_way_to(clerk, signed_in):
    browser = signed_in("pr")
    own = worked(clerk, ask(browser, scenario="half-the-stock"))

    assert "Plan the day by it" not in browser.get(own).text
    assert ask(browser, f"{own}/promote", scenario="half-the-stock", reason="x").status_code == 404


def test_a_stress_shows_how_outcomes_spread(clerk, signed_in):
    browser = signed_in("lo")
    own = worked(clerk, ask(browser, "/scenarios/stress", draws="4", name="rush", text=STRESS))
    page = browser.get(own).text

    assert ("Spread" in page, "rush" in page, "seed" in page) == (True, True, True)
    assert browser.get(f"{own}/spread-unmet_share.svg").text.startswith("<svg")
    assert "How many draws is a whole number" in ask(browser, "/scenarios/stress", draws="1", stress="county").text


def test_programs_have_scenarios_run_once_for_a_key(clerk, signed_in):
    browser = signed_in("pr")

    def post(**asked: object) -> httpx.Response:
        headers = {"origin": browser.origin, "idempotency-key": "a"}
        return browser.client.post("/api/v1/scenario-runs", json=asked, headers=headers)

    first = post(day="2020-02-10", scenarios=["half-the-stock"])
    assert (first.status_code, first.json()["of"]) == (202, ["half-the-stock"])
    assert post(day="2020-02-10", scenarios=["half-the-stock"]).json() == first.json()
    assert post(day="2020-02-10", scenarios=["truck-strike"]).status_code == 409
    assert clerk("worker", "--once").exit_code == 0

    done = browser.get(f"/api/v1/scenario-runs/{first.json()['job']['id']}").json()
    assert [each["scenario"] for each in done["job"]["result"]["runs"]] == ["baseline", "half-the-stock"]
    assert done["of"] == browser.get("/api/v1/scenario-runs").json()["runs"][0]["of"]
    headers = {"origin": browser.origin, "idempotency-key": "b"}
    wrong = browser.client.post("/api/v1/scenario-runs", json={"scenarios": ["none"]}, headers=headers)
    assert wrong.status_code == 422
    assert "There is no scenario none." in wrong.text
