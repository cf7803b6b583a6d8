"""A plan from draft to dispatch through the pages and the API: seen within reach, overridden, reviewed, approved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from browser import Browser, served_at
from county_plans import county
from desk import Clerk

DAY = "2020-02-10"
PLAN = f"P{DAY}-1"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """A county of 40 sites. Bo administers, lin and wu plan, hao approves, ann audits one township."""
    people = {"lin": ("logistics",), "wu": ("logistics",), "hao": ("approver",), "ann": ("auditor T1",)}
    yield from county(tmp_path_factory.mktemp("plans"), people)


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture(scope="module")
def people(pages, clerk) -> dict[str, Browser]:
    """Everybody at their own browser; lin has allocated the day."""
    made = {}
    for id_ in ("bo", "lin", "wu", "hao", "ann"):
        made[id_] = Browser(pages)
        assert made[id_].sign_in(id_).status_code == 200
    assert allocated(made["lin"], clerk, DAY) == PLAN
    return made


def allocated(lin: Browser, clerk: Clerk, day: str) -> str:
    """Have a day allocated by a worker; return the plan's name."""
    asked = lin.post("/plans", {"day": day, "form": lin.form_token()})
    assert asked.url.path.startswith("/jobs/")
    assert clerk("worker", "--once").exit_code == 0
    assert f'href="/plans/P{day}-1"' in lin.get(asked.url.path).text
    return f"P{day}-1"


def lines(browser: Browser, **asked: str) -> list[dict[str, object]]:
    return browser.client.get(f"/api/v1/plans/{PLAN}/lines", params=asked | {"limit": "1000"}).json()["lines"]


def decided(browser: Browser) -> dict[tuple[object, object], object]:
    """Return what a person decided, by site and item: several depots may serve one of these."""
    return {(line["site"], line["item"]): line["override_units"] for line in lines(browser, overridden="1")}


def overridden(browser: Browser, key: str, plan: str = PLAN, **asked: object):
    only_try = "?try=1" if asked.pop("only_try", False) else ""
    headers = {"idempotency-key": key, "origin": browser.origin}
    return browser.client.post(f"/api/v1/plans/{plan}/overrides{only_try}", json=asked, headers=headers)


def test_a_plan_s_page_tells_how_it_stands_how_everyone_fares_and_what_comes_next(people):
    page = people["lin"].get(f"/plans/{PLAN}").text

    for said in ("draft", "By tier", "Who stands lowest", "Review", "Stops of plan"):
        assert said in page
    assert "<svg" in people["lin"].get(f"/plans/{PLAN}/map.svg").text
    assert f'href="/plans/{PLAN}"' in people["hao"].get("/plans").text


def test_lines_are_filtered_sorted_and_turned_alike_on_the_page_in_the_file_and_in_the_api(people):
    lin = people["lin"]
    every = lines(lin)
    item = str(every[0]["item"])
    own = [line for line in every if line["item"] == item]

    assert lines(lin, item=item) == own
    assert f"1 to {min(60, len(own))} of {len(own)}" in lin.get(f"/plans/{PLAN}/lines?item={item}").text
    assert lin.get(f"/plans/{PLAN}/lines.csv?item={item}").text.count(f",{item},") == len(own)
    final = [line["final_units"] for line in lines(lin, sort="-final")]
    assert final == sorted(final, reverse=True)
    assert "No such line" in lin.get(f"/plans/{PLAN}/lines?site=NOWHERE").text


def test_lines_outside_one_s_areas_are_not_there(people):
    ann = people["ann"]

    assert {line["site"] for line in lines(ann)} <= {"CLI01", "CLI02"}
    other = next(line for line in lines(people["lin"]) if line["site"] not in ("CLI01", "CLI02"))
    assert str(other["site"]) not in ann.get(f"/plans/{PLAN}").text
    assert ann.get(f"/plans/{PLAN}/why?site={other['site']}&item={other['item']}").status_code == 404
    assert ann.get(f"/plans/{PLAN}/override").status_code == 404


def test_why_a_site_got_what_it_got_is_said(people):
    line = lines(people["lin"])[0]

    page = people["lin"].get(f"/plans/{PLAN}/why?site={line['site']}&item={line['item']}")
    told = people["lin"].get(f"/api/v1/plans/{PLAN}/why?site={line['site']}&item={line['item']}").json()

    assert (page.status_code, bool(told["reason"])) == (200, True)


def test_an_override_shows_who_pays_before_it_is_kept_and_is_kept_once_for_its_key(people, clerk):
    wu = people["wu"]
    before, line = decided(wu), max(lines(wu), key=lambda each: each["final_units"])
    asked = {"site": line["site"], "item": line["item"], "units": 0, "reason": "holds-more"}

    tried = overridden(wu, "k1", only_try=True, **asked).json()
    assert (tried["kept"], decided(wu)) == (False, before)
    kept = overridden(wu, "k1", **asked)
    again = overridden(wu, "k1", **asked)
    other = overridden(wu, "k1", **(asked | {"units": 10}))

    assert (kept.status_code, kept.json() | {"kept": False}) == (200, tried)
    assert again.json() == kept.json()
    assert other.status_code == 409
    assert decided(wu) == before | {(line["site"], line["item"]): 0}
    assert json.loads(clerk("show", PLAN, "--json", "--actor", "wu").stdout)["overrides"][0]["actor"] == "wu"


def test_an_override_without_a_reason_or_that_does_not_fit_is_refused_with_what_was_typed_kept(people):
    wu, line = people["wu"], lines(people["wu"])[0]
    form = {"site": str(line["site"]), "item": str(line["item"]), "form": wu.form_token()}

    page = wu.post(f"/plans/{PLAN}/override", form | {"units": "7x", "note": "by telephone"})
    assert (page.status_code, "not a whole number" in page.text, "by telephone" in page.text) == (422, True, True)
    assert "needs a reason" in wu.post(f"/plans/{PLAN}/override", form | {"units": "10"}).text
    much = wu.post(f"/plans/{PLAN}/override", form | {"units": "99999990", "reason": "ordered"})
    assert (much.status_code, "Nothing was changed" in much.text) == (422, True)


def test_with_scripts_off_a_form_shows_who_pays_then_keeps_it_and_takes_it_back(people):
    wu = people["wu"]
    before = decided(wu)
    line = next(each for each in lines(wu) if each["override_units"] is None and each["final_units"])
    form = {"site": str(line["site"]), "item": str(line["item"]), "units": "0", "reason": "cannot-receive"}
    form["form"] = wu.form_token()

    tried = wu.post(f"/plans/{PLAN}/override", form | {"do": "try"}).text
    assert "Keep this override" in tried
    assert "What it does" in tried
    assert wu.post(f"/plans/{PLAN}/override", form | {"do": "keep"}).url.path == f"/plans/{PLAN}/lines"
    assert decided(wu) == before | {(line["site"], line["item"]): 0}
    wu.post(f"/plans/{PLAN}/override", form | {"do": "cancel"})
    assert decided(wu) == before


def step(browser: Browser, plan: str, name: str, **more: str) -> str:
    return browser.post(f"/plans/{plan}/{name}", {"form": browser.form_token()} | more).text


def test_a_plan_is_reviewed_approved_by_another_dispatched_and_withdrawn_no_more(people, clerk):
    lin, wu, hao = people["lin"], people["wu"], people["hao"]
    plan = allocated(lin, clerk, "2020-02-11")
    line = next(each for each in wu.client.get(f"/api/v1/plans/{plan}/lines").json()["lines"] if each["final_units"])
    own = overridden(wu, "o1", plan, site=line["site"], item=line["item"], units=0, reason="holds-more")
    assert own.status_code == 200, own.text
    assert "Nothing that this plan sends has moved" in hao.get(f"/plans/{plan}").text
    assert "This takes a role that you do not have." in step(hao, plan, "review")
    assert "is reviewed" in step(lin, plan, "review")

    clerk("user", "role", "wu", "approver", "--actor", "bo")
    assert "overrode plan" in wu.get(f"/plans/{plan}").text
    assert "overrode plan" in step(wu, plan, "approve")
    assert "units are reserved" in step(hao, plan, "approve", note="with the township")
    assert lin.get(f"/plans/{plan}/notes.pdf").content.startswith(b"%PDF")

    headers = {"idempotency-key": "d1", "origin": lin.origin}
    sent = [lin.client.post(f"/api/v1/plans/{plan}/dispatch", json={}, headers=headers).json() for _ in range(2)]
    assert sent[0] == sent[1]
    assert sent[0]["status"] == "dispatched"
    assert f'action="/plans/{plan}/dispatch"' not in lin.get(f"/plans/{plan}").text, "all its notes have left"
    headers |= {"idempotency-key": "w1"}
    refused = lin.client.post(f"/api/v1/plans/{plan}/withdraw", json={"note": "x"}, headers=headers)
    assert (refused.status_code, "cannot be withdrawn" in refused.json()["title"]) == (409, True)
    assert re.search(r"stays open|under way|late", step(lin, plan, "close"))


def test_what_pages_recorded_is_sealed_and_holds(clerk, people):
    people["lin"].get("/plans")

    checked = clerk("audit", "check", "--actor", "bo")
    assert checked.exit_code == 0, checked.output


def test_another_site_changes_nothing(people):
    lin = people["lin"]
    assert lin.post(f"/plans/{PLAN}/close", {"form": "0" * 64}).status_code == 403
    evil = {"idempotency-key": "e1", "origin": "https://evil.example"}
    assert lin.client.post(f"/api/v1/plans/{PLAN}/close", json={}, headers=evil).status_code == 403
    assert lin.client.post(f"/api/v1/plans/{PLAN}/close", json={}).status_code == 422, "a key is due"
