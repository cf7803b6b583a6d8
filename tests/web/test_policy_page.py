"""Another policy is tried on a day first, and only then put in force, with a reason, by who may everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from browser import PASSWORD, Browser, browsers_at, is_sealed, served_at
from desk import Clerk
from two_areas import join, two_areas

from data.job_kinds import JOBS
from models.days import now_micros
from models.job_work import do_next
from models.ledger import open_ledger
from models.policies import DEFAULT_POLICY


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    """1,000 masks at D1; P1, a checkpoint, and P2, a clinic, need 100 a day each, C1, a school, 400."""
    with two_areas(tmp_path_factory.mktemp("policy")) as clerk:
        clerk.take("s.csv", "site,kind,area\nC1,school,421127\n", "--as", "sites")
        clerk.take("d.csv", "depot\nD1\n", "--as", "depots")
        lanes = "depot,site,hours\nD1,P1,1\nD1,P2,1\nD1,C1,1\n"
        assert clerk.take("l.csv", lanes, "--as", "lanes").exit_code == 0
        needs = "site,item,daily_units\nP1,MASK,100\nP2,MASK,100\nC1,MASK,400\n"
        assert clerk.take("n.csv", needs, "--as", "needs").exit_code == 0
        assert clerk("receive", "D1", "MASK", "1000", "--partner", "S1").exit_code == 0
        join(clerk, [("lin", "administrator", "421127"), ("ben", "reporter", "")], password=PASSWORD)
        yield clerk


@pytest.fixture(scope="module")
def pages(clerk) -> Iterator[str]:
    with served_at(clerk.url) as origin:
        yield origin


@pytest.fixture(scope="module")
def as_(pages):
    return browsers_at(pages)


@pytest.fixture
def in_force(clerk) -> int:
    """The number of the policy in force, which is again the one a new ledger has."""
    (clerk.folder / "policy.toml").write_text(DEFAULT_POLICY)
    assert clerk("policy", "set", "policy.toml", "--actor", "bo").exit_code == 0
    return int(json.loads(clerk("policy", "show", "--json").stdout)["policies"][0]["number"])


def fields_of(browser: Browser) -> dict[str, str]:
    """Return the fields of the form as they stand on the page."""
    form = browser.get("/policy").text.split('action="/policy/try"')[1].split("</form>")[0]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r"<option selected>(\w+)", options)
        found[name] = chosen[1] if chosen else ""
    return found


def tried(browser: Browser, **changed: str) -> httpx.Response:
    day = {"day": ""} if "text" in changed else {}
    form = {"form": browser.form_token()} if "text" in changed else fields_of(browser)
    return browser.post("/policy/try", form | day | changed)


def worked(clerk: Clerk) -> None:
    ledger = open_ledger(clerk.url)
    assert do_next(ledger, JOBS, now_micros) is not None
    ledger.engine.dispose()


def rows_under(page: str, heading: str) -> list[list[str]]:
    table = page.split(f'id="{heading}"')[1].split("</table>", maxsplit=1)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], flags=re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_policy_is_told_in_words_and_saved(as_, in_force):
    page = as_("bo").get("/policy").text

    assert f"Policy {in_force}" in page
    assert ["1", "frontline", "1", "0.5"] in rows_under(page, "ladder")
    assert ["reserve_share", "0.1", "share of each depot&#39;s usable stock that is kept back"] in rows_under(
        page, "rules"
    )
    assert as_("bo").get("/policy.toml").text == DEFAULT_POLICY
    assert "reserve_share,0.1" in as_("bo").get("/policy.csv").text
    assert as_("bo").get("/policy.xlsx").status_code == 200
    assert as_("bo").get("/policy?number=99").status_code == as_("ben").get("/policy").status_code == 404


def test_who_gains_and_who_loses_is_seen_before_a_policy_is_put_in_force_with_a_reason(clerk, as_, in_force):
    bo = as_("bo")

    waits = tried(bo, **{"rung-0-tiers": "recovery", "rung-0-cover_days": "2"})
    assert 'data-live="1"' in waits.text
    assert "Put this policy in force" not in waits.text
    too_soon = bo.post(f"{waits.url.path}/keep", {"form": bo.form_token(), "reason": "order 12"})
    worked(clerk)
    seen = bo.get(waits.url.path).text

    assert "Wait until it is known" in too_soon.text
    assert ["ladder 1: tiers", "frontline", "recovery"] in rows_under(seen, "changes")
    assert [row[0] for row in rows_under(seen, "gainers")] == ["C1"]
    assert {row[0] for row in rows_under(seen, "losers")} == {"P1", "P2"}
    assert json.loads(clerk("policy", "show", "--json").stdout)["policies"][0]["number"] == in_force

    saved = bo.get(f"{waits.url.path}/who.csv").text
    assert [line.split(",")[0] for line in saved.splitlines()[1:]] == [
        *(row[0] for row in rows_under(seen, "losers")),
        "C1",
    ]
    assert bo.get(f"{waits.url.path}/who.xlsx").status_code == 200

    unsaid = bo.post(f"{waits.url.path}/keep", {"form": bo.form_token(), "reason": " "})
    kept = bo.post(f"{waits.url.path}/keep", {"form": bo.form_token(), "reason": "county order 12"})

    assert (unsaid.status_code, "Say why the policy is changed." in unsaid.text) == (422, True)
    assert (kept.status_code, kept.url.path) == (200, "/policy")
    assert "county order 12" in kept.text
    now = json.loads(clerk("policy", "show", "--json").stdout)["policies"][0]
    assert (now["number"], now["actor"], now["reason"]) == (in_force + 1, "bo", "county order 12")
    assert "[[tier_rules]]" in now["toml"]
    assert is_sealed(clerk.url)
    assert clerk("audit", "check", "--actor", "bo").exit_code == 0


def test_a_policy_is_changed_as_its_text_too(clerk, as_, in_force):
    text = DEFAULT_POLICY.replace("reserve_share = 0.10", "reserve_share = 0.5 # county order 9")

    seen = tried(as_("bo"), text=text.replace("\n", "\r\n"))
    worked(clerk)

    assert rows_under(seen.text, "changes") == [["reserve_share", "0.1", "0.5"]]
    as_("bo").post(f"{seen.url.path}/keep", {"form": as_("bo").form_token(), "reason": "order"})
    assert json.loads(clerk("policy", "show", "--json").stdout)["policies"][0]["toml"] == text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"stale_days": "three"}, "stale_days is"),
        ({"rung-0-cover_days": "-1"}, "cover_days"),
        ({"text": "ladder = "}, "The policy is not TOML"),
        ({"text": "", "day": ""}, "The policy"),
        ({"day": "2020-13-01"}, "is not a day"),
        ({}, "nothing changed"),
    ],
    ids=str,
)
def test_what_is_no_policy_comes_back_with_why_and_what_was_typed(clerk, as_, in_force, changed, says):
    refused = tried(as_("bo"), **changed)

    assert (refused.status_code, says in refused.text) == (422, True), refused.text
    for name, value in changed.items():
        assert name == "text" or f'value="{value}"' in refused.text


def test_a_policy_that_was_compared_with_one_not_in_force_any_more_is_not_put_in_force(clerk, as_, in_force):
    bo = as_("bo")
    seen = tried(bo, stale_days="9")
    worked(clerk)
    (clerk.folder / "other.toml").write_text(DEFAULT_POLICY.replace("stale_days = 3", "stale_days = 4"))
    assert clerk("policy", "set", "other.toml", "--actor", "bo").exit_code == 0

    refused = bo.post(f"{seen.url.path}/keep", {"form": bo.form_token(), "reason": "x"})

    assert (refused.status_code, "is another one by now" in refused.text) == (422, True)


def test_who_administers_some_areas_reads_the_policy_and_does_not_change_it(clerk, as_, in_force):
    lin = as_("lin")

    assert "/policy/try" not in lin.get("/policy").text
    form = {"form": lin.form_token(), "text": DEFAULT_POLICY.replace("stale_days = 3", "stale_days = 9")}
    assert "The policy is of every area." in lin.post("/policy/try", form).text
    (clerk.folder / "mine.toml").write_text(form["text"])
    said = clerk("policy", "set", "mine.toml", "--actor", "lin")
    assert (said.exit_code, "lin has not the role for it everywhere" in said.stderr) == (1, True)


def test_programs_read_the_policy(as_, in_force):
    told = as_("bo").get("/api/v1/policy").json()

    assert (told["number"], told["actor"], told["toml"]) == (in_force, "bo", DEFAULT_POLICY)
    assert {"rule": "reserve_share", "value": "0.1"} in told["rules"]
