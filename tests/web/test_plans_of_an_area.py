"""Whoever plans in one township only: sees and overrides its lines, and carries no plan on that goes further."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from browser import Browser, is_sealed, served_at
from county_plans import county
from desk import Clerk

from models.days import now_micros
from models.jobs import ask_job
from models.ledger import open_ledger

DAY = "2020-02-10"
PLAN = f"P{DAY}-1"
TOWNSHIP = ("CLI01", "CLI02")


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """Lin plans everywhere, tao in township T1, mei in T1 too while she audits everywhere; gu approves there.

    Rea reports.
    """
    people = {
        "lin": ("logistics",),
        "tao": ("logistics T1",),
        "mei": ("auditor", "logistics T1"),
        "gu": ("approver T1",),
        "rea": ("reporter",),
    }
    for clerk in county(tmp_path_factory.mktemp("area"), people):
        ledger = open_ledger(clerk.url)
        ask_job(ledger.engine, "allocate", actor="lin", at=now_micros(), arguments={"day": DAY})
        ledger.engine.dispose()
        assert clerk("worker", "--once").exit_code == 0
        yield clerk


def test_what_a_worker_recorded_is_sealed_when_it_ends(clerk):
    assert clerk("show", PLAN, "--actor", "lin").exit_code == 0
    assert is_sealed(clerk.url)


@pytest.fixture(scope="module")
def people(clerk) -> Iterator[dict[str, Browser]]:
    with served_at(clerk.url) as origin:
        made = {id_: Browser(origin) for id_ in ("lin", "tao", "mei", "gu", "rea")}
        for id_, browser in made.items():
            assert browser.sign_in(id_).status_code == 200
        yield made


def lines(browser: Browser, **asked: str) -> list[dict[str, object]]:
    return browser.client.get(f"/api/v1/plans/{PLAN}/lines", params=asked | {"limit": "1000"}).json()["lines"]


def line_of(browser: Browser, *, within: bool) -> dict[str, object]:
    """Return the largest line to the township, or to elsewhere."""
    own = [line for line in lines(browser) if (line["site"] in TOWNSHIP) == within]
    return max(own, key=lambda line: line["final_units"])


def tried(browser: Browser, line: dict[str, object], plan: str = PLAN) -> httpx.Response:
    asked = {"site": line["site"], "item": line["item"], "units": 0, "reason": "holds-more"}
    headers = {"idempotency-key": "try", "origin": browser.origin}
    return browser.client.post(f"/api/v1/plans/{plan}/overrides?try=1", json=asked, headers=headers)


def step(browser: Browser, name: str, key: str, plan: str = PLAN) -> httpx.Response:
    headers = {"idempotency-key": key, "origin": browser.origin}
    return browser.client.post(f"/api/v1/plans/{plan}/{name}", json={"note": "x"}, headers=headers)


@pytest.mark.parametrize("who", ["tao", "mei"])
def test_only_sites_of_one_s_area_are_overridden(people, who):
    far, near = (line_of(people["lin"], within=within) for within in (False, True))

    assert tried(people[who], far).status_code == 404
    assert tried(people[who], near).status_code == 200
    form = {"site": str(far["site"]), "item": str(far["item"]), "units": "0", "reason": "holds-more"}
    form["form"] = people[who].form_token()
    assert people[who].post(f"/plans/{PLAN}/override", form | {"do": "keep"}).status_code == 404
    assert lines(people["lin"], overridden="1") == []


def test_who_pays_elsewhere_is_counted_and_not_named(people):
    near = line_of(people["lin"], within=True)
    all_of_it, own = (tried(people[who], near).json() for who in ("lin", "tao"))

    others = [each for each in all_of_it["pay"] + all_of_it["gain"] if each["site"] not in TOWNSHIP]
    assert others, "somebody elsewhere is concerned"
    assert {each["site"] for each in own["pay"] + own["gain"]} <= set(TOWNSHIP)
    assert (all_of_it["outside"], own["outside"]) == (0, len(others))


@pytest.mark.parametrize(
    ("who", "name"), [("tao", "review"), ("mei", "review"), ("mei", "withdraw"), ("gu", "approve")]
)
def test_a_plan_that_goes_further_is_carried_on_by_nobody_of_one_area(people, who, name):
    refused = step(people[who], name, "s0")

    assert refused.status_code == 409
    assert "This plan also sends to sites outside your area." in refused.json()["title"]
    assert people["lin"].get(f"/api/v1/plans/{PLAN}/lines").status_code == 200


@pytest.mark.parametrize("who", ["tao", "mei"])
def test_an_allocation_is_begun_by_who_plans_everywhere(clerk, people, who):
    refused = people[who].post("/plans", {"day": "2020-02-11", "form": people[who].form_token()})

    assert refused.status_code == 422
    assert "An allocation is of all sites." in refused.text
    assert "No job yet" in people[who].get("/jobs").text


def test_nothing_of_a_plan_that_is_drawn_printed_or_saved_names_another_site(people):
    far = {str(line["site"]) for line in lines(people["lin"])} - set(TOWNSHIP)
    told = [
        people["tao"].get(f"/plans/{PLAN}{more}") for more in ("", "/map.svg", "/lines", "/lines.csv", "/notes.pdf")
    ]

    assert [each.status_code for each in told] == [200, 200, 200, 200, 404]
    assert [site for each in told[:4] for site in far if site in each.text] == []


def test_a_plan_that_goes_on_waits_today_for_who_may_see_plans(people):
    waits = {id_: browser.get("/api/v1/open").json()["matters"] for id_, browser in people.items()}

    assert {id_ for id_, matters in waits.items() if PLAN in [each["number"] for each in matters]} == {
        *("lin", "tao", "mei", "gu")
    }


def test_what_moved_since_is_told_of_depots_within_reach_alone(clerk, people):
    line = line_of(people["lin"], within=False)
    assert clerk("issue", str(line["depot"]), str(line["item"]), "1", "--actor", "lin").exit_code == 0
    nothing = "Nothing that this plan sends has moved"

    told = {id_: nothing in people[id_].get(f"/plans/{PLAN}").text for id_ in ("lin", "mei", "tao")}
    assert told == {"lin": False, "mei": False, "tao": True}


def test_one_key_is_for_one_step_and_what_is_withdrawn_is_not_overridden_even_in_trying(clerk, people):
    lin, plan, line = people["lin"], "P2020-02-12-1", line_of(people["lin"], within=True)
    assert clerk("allocate", "--date", "2020-02-12", "--no-workbook", "--actor", "lin").exit_code == 0

    assert step(lin, "review", "s1", plan).json()["status"] == "reviewed"
    assert is_sealed(clerk.url)
    other = step(lin, "withdraw", "s1", plan)
    assert (other.status_code, "was used for something else" in other.json()["title"]) == (409, True)

    withdrawn = lin.post(f"/plans/{plan}/withdraw", {"form": lin.form_token(), "note": "wrong day"}).text
    assert "is withdrawn" in withdrawn
    assert is_sealed(clerk.url)
    late = tried(lin, line, plan)
    assert (late.status_code, "cannot be overridden any more" in late.json()["title"]) == (409, True)
