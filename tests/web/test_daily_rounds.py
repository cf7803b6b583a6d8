"""The daily round of everybody at their own screen: the main path in one language here, the rest by `make e2e`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from browser import free_port, served_at
from chromium import DESK, PHONE, Seen, chromium
from county_plans import county
from desk import Clerk
from pypdf import PdfReader

PLAN = "P2020-02-10-1"
"""Sent before the day begins."""

PEOPLE = {
    "lin": ("logistics",),
    "hao": ("approver",),
    "rep": ("reporter T1",),
    "buy": ("procurement",),
    "aud": ("auditor",),
}
READ_ALONE = ("/audit", "/audit/decisions?from=2020-02-10", "/plans", f"/plans/{PLAN}", "/shipments", "/stock")
"""Where an auditor finds nothing to send, but for keeping a view of their own."""

LANGUAGES = ["en", pytest.param("zh", marks=pytest.mark.e2e)]


@dataclass
class Day:
    """A county, its pages, and everybody at their window."""

    clerk: Clerk
    chrome: Any
    origin: str
    lang: str
    opened: list[Seen] = field(default_factory=list)

    def window(self, id_: str, *, scripts: bool = True, size: tuple[int, int] = DESK) -> Seen:
        """Open a window in which somebody has signed in."""
        self.opened.append(Seen(self.chrome, self.origin, lang=self.lang, scripts=scripts, size=size))
        self.opened[-1].sign_in(id_)
        return self.opened[-1]

    def told(self) -> list[str]:
        """Close all windows; return what their consoles said, and what was asked of another host."""
        for each in self.opened:
            each.close()
        return [told for each in self.opened for told in each.told]


def sent_out(clerk: Clerk) -> None:
    """Let a plan of yesterday be on its way."""
    for words, who in (
        (("allocate", "--date", "2020-02-10", "--no-workbook"), "lin"),
        (("review", PLAN), "lin"),
        (("approve", PLAN), "hao"),
        (("dispatch", PLAN), "lin"),
    ):
        done = clerk(*words, "--actor", who)
        assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def chrome() -> Iterator[object]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=LANGUAGES)
def day(request, tmp_path_factory, chrome) -> Iterator[Day]:
    """A county of 40 sites, of which CLI01 and CLI02 lie in township T1."""
    for clerk in county(tmp_path_factory.mktemp("day"), PEOPLE):
        sent_out(clerk)
        with served_at(clerk.url) as origin:
            made = Day(clerk, chrome, origin, request.param)
            yield made
            assert made.told() == []


def worked(day: Day, seen: Seen) -> None:
    """Let a worker do what was asked for, and go on to what came of it."""
    assert "/jobs/" in seen.page.url
    assert day.clerk("worker", "--once").exit_code == 0
    seen.page.reload()
    seen.enter("main a.button:not(.quiet)")


def status_of(clerk: Clerk, plan: str) -> str:
    found = re.search(rf"^{plan} +(\w+)", clerk("plans").stdout, re.MULTILINE)
    assert found is not None
    return found[1]


def test_logistics_and_approver_by_keyboard_from_allocating_to_sending(day, tmp_path):
    lin = day.window("lin")
    lin.enter('nav a[href="/plans"]')
    lin.tab_to("#day")
    # Today is offered.
    with lin.page.expect_navigation():
        lin.page.keyboard.press("Enter")
    worked(day, lin)
    plan = lin.page.url.rpartition("/")[2]
    assert plan.startswith("P2")
    assert plan != PLAN

    lin.page.goto(f"/plans/{plan}/lines?sort=-final")
    lin.tab_to("#lines tbody [tabindex='0']")
    lin.page.keyboard.press("F2")
    lin.page.keyboard.type("0")
    lin.page.keyboard.press("Tab")
    lin.page.keyboard.press("ArrowDown")
    lin.page.keyboard.press("Tab")
    lin.page.keyboard.press("Enter")
    lin.page.locator("#edit-keep").wait_for()
    with lin.page.expect_navigation():
        lin.page.keyboard.press("Enter")
    assert lin.page.locator("#lines tbody tr.overridden, #lines tbody tr:has(td:text-is('0'))").count() > 0

    lin.page.goto(f"/plans/{plan}")
    lin.enter('form[action$="/review"] button')
    hao = day.window("hao")
    hao.page.goto(f"/plans/{plan}")
    hao.enter('form[action$="/approve"] button')
    assert status_of(day.clerk, plan) == "approved"
    lin.page.goto(f"/plans/{plan}")
    lin.enter('form[action$="/dispatch"] button')
    assert status_of(day.clerk, plan) == "dispatched"

    lin.page.goto(f"/plans/{plan}")
    lin.page.pdf(path=str(tmp_path / "plan.pdf"), format="A4")
    assert plan in "".join(each.extract_text() for each in PdfReader(tmp_path / "plan.pdf").pages)


def test_a_reporter_on_a_phone_without_scripts_confirms_and_reports_use(day):
    rep = day.window("rep", scripts=False, size=PHONE)
    rep.page.goto("/shipments")
    rep.page.locator('main td a[href^="/shipments/"], main th a[href^="/shipments/"]').first.click()
    rep.page.locator('button[value="all"]').click()
    assert rep.page.locator(".note-good").count() == 1

    rep.page.goto("/reports")
    rep.page.locator("#site").select_option("CLI01")
    rep.page.locator('form[action="/reports"] button').click()
    rep.page.locator('a[href^="/reports/use"]').click()
    rep.page.locator('input[name="units"]').first.fill("1")
    rep.page.locator('button[value="check"]').click()
    rep.page.locator('button[value="record"]').click()
    assert "/reports/recorded/" in rep.page.url
    assert not rep.too_wide()


def test_procurement_has_a_report_worked_out_and_saves_it(day, tmp_path):
    buy = day.window("buy")
    buy.enter('nav a[href="/shortfall"]')
    buy.tab_to("#horizon")
    buy.page.keyboard.press("Control+a")
    buy.page.keyboard.type("14")
    with buy.page.expect_navigation():
        buy.page.keyboard.press("Enter")
    worked(day, buy)
    assert buy.page.locator("main table").count() > 0
    with buy.page.expect_download() as saved:
        buy.page.locator('main a[href*=".xlsx"]').first.click()
    assert Path(saved.value.path()).read_bytes().startswith(b"PK")


def test_an_auditor_traces_a_document_and_can_change_nothing(day):
    aud = day.window("aud")
    aud.enter('nav a[href="/audit"]')
    aud.page.goto("/audit/documents")
    aud.page.locator('main a[href^="/audit/documents/"]').first.click()
    assert aud.page.locator("main h1").inner_text()
    aud.page.locator('main a[href^="/audit/trace?"]').first.click()
    assert aud.page.locator("main svg, main table").count() > 0
    for address in READ_ALONE:
        aud.page.goto(address)
        assert aud.page.locator('main form[method="post"]:not([action="/views"])').count() == 0, address


def test_an_administrator_adds_somebody_gives_a_role_and_ends_it(day):
    bo = day.window("bo")
    bo.enter('nav a[href="/people"]')
    bo.page.locator("#new-id").fill(f"new-{day.lang}")
    bo.page.locator("#new-role").select_option("reporter")
    bo.page.locator("#new-area").fill("T1")
    with bo.page.expect_navigation():
        bo.page.locator("#new-area").press("Enter")
    bo.page.goto(f"/people/new-{day.lang}")
    bo.page.locator("#role").select_option("auditor")
    bo.page.locator('form[action$="/give-role"] button').click()
    bo.page.locator('form[action$="/disable"] button').click()
    assert bo.page.locator('form[action$="/enable"]').count() == 1


@pytest.mark.e2e
def test_the_server_is_restarted_while_somebody_types_and_nothing_is_lost(day, chrome):
    port = free_port()
    with served_at(day.clerk.url, port=port) as origin:
        rep = Seen(chrome, origin, lang=day.lang, size=PHONE)
        rep.sign_in("rep")
        rep.page.goto("/reports/use?site=CLI02")
        rep.page.locator('input[name="units"]').first.fill("1")
    with served_at(day.clerk.url, port=port):
        rep.page.locator('button[value="check"]').click()
        rep.page.locator('button[value="record"]').click()
        rep.page.wait_for_url("**/reports/recorded/**")
    rep.close()


@pytest.mark.e2e
@pytest.mark.parametrize("who", ["lin", "hao", "rep", "buy", "aud", "bo"])
def test_everything_in_one_s_menu_is_read_without_scripts_on_a_phone_and_printed(day, who, tmp_path):
    seen = day.window(who, scripts=False, size=PHONE)
    for address in seen.page.eval_on_selector_all("nav a[href]", "all => all.map(each => each.getAttribute('href'))"):
        seen.page.goto(address)
        assert seen.page.locator("h1").inner_text().strip(), address
        assert not seen.too_wide(), address
        seen.page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
        assert len(PdfReader(tmp_path / "page.pdf").pages) > 0
