"""Every page in Debian's Chromium, after a day of an invented county: who may see all of them follows every link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from browser import PASSWORD, served_at
from chromium import PHONE, Seen, chromium
from desk import Clerk
from lived import a_county_s_day

from models.people import ROLES
from web.menu import MENU

_FILE = re.compile(r"\.\w{2,5}$")
_CODE = re.compile(r"(?<=/scenarios)/[^/]+|(?<=/people)/[^/]+|/[^/]*[\dA-Z][^/]*")
PAGES_MAX = 60


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    """A county's day is over; all has every role, rep reports for one area."""
    folder = tmp_path_factory.mktemp("county")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        clerk = Clerk(folder)
        for file in (a_county_s_day(tmp_path_factory) / "demo").glob("ledger.sqlite*"):
            shutil.copy(file, folder)
        assert clerk("user", "add", "all", "--role", "administrator").exit_code == 0
        for role in ROLES[1:]:
            clerk("user", "role", "all", role, "--actor", "all")
        drafted = clerk("allocate", "--date", "2020-02-11", "--no-workbook", "--actor", "all")
        assert drafted.exit_code == 0, drafted.output
        clerk.typing(PASSWORD, "user", "password", "all", "--actor", "all")
        with served_at(clerk.url) as address:
            yield address


@pytest.fixture(scope="module")
def window() -> Iterator[object]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def seen(origin, window) -> Iterator[type]:
    opened: list[Seen] = []

    def open_one(**said: object) -> Seen:
        opened.append(Seen(window, origin, **said))
        opened[-1].sign_in("all")
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def shape_of(address: str) -> str:
    """Return an address without what it names, so that of many alike one is looked at."""
    return _CODE.sub("/*", urlsplit(address).path)


def links_of(page: Seen) -> list[str]:
    found = page.page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
    return [urljoin(page.page.url, each).split("#")[0] for each in found]


def followed(page: Seen) -> Iterator[str]:
    """Go to one page of every shape that links lead to; give the shape while it stands open."""
    waiting, known = [page.origin + "/"], {"/"}
    while waiting:
        answer = page.page.goto(waiting.pop(0))
        assert answer is not None
        assert answer.status == 200, (page.page.url, answer.status)
        yield shape_of(page.page.url)
        known.add(shape_of(page.page.url))
        for address in links_of(page):
            shape = shape_of(address)
            if address.startswith(page.origin) and shape not in known and not _FILE.search(urlsplit(address).path):
                known.add(shape)
                waiting.append(address)
        assert len(known) < PAGES_MAX, sorted(known)


def test_every_page_is_sound_for_axe_and_its_console_is_empty(seen):
    page = seen()
    faults, shapes = [], set()
    for shape in followed(page):
        shapes.add(shape)
        faults += page.faults()

    assert {entry.path for entry in MENU} <= shapes
    assert "\n".join([*faults, *page.told]) == ""


def test_every_page_fits_a_phone_and_speaks_chinese(seen):
    page = seen(lang="zh", size=PHONE)
    wide, english = [], []
    for shape in followed(page):
        wide += [shape] if page.too_wide() else []
        english += [shape] if page.page.locator("html").get_attribute("lang") != "zh-Hans" else []

    assert (wide, english, page.told) == ([], [], [])


def test_pages_are_read_without_scripts(seen):
    page = seen(scripts=False)
    for entry in MENU:
        page.page.goto(entry.path)
        assert page.page.locator("h1").inner_text().strip()
    assert page.told == []


def test_a_page_is_reached_and_left_by_keyboard_alone(seen):
    page = seen()
    page.page.goto("/stock")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "skip", "the first stop leads past the menu"
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.id") == "main"


def test_a_page_prints(seen, tmp_path):
    from pypdf import PdfReader

    page = seen()
    page.page.goto("/stock")
    page.page.pdf(path=str(tmp_path / "stock.pdf"), format="A4")

    text = "".join(each.extract_text() for each in PdfReader(tmp_path / "stock.pdf").pages)
    assert "MASK" in text or "mask" in text
    assert "Sign out" not in text, "the menu stays on the screen"


def test_a_line_is_overridden_by_keyboard_after_who_pays_was_shown(seen):
    page = seen()
    page.page.goto("/plans/P2020-02-11-1/lines?item=MASK")
    press, keep = page.page.keyboard.press, page.page.locator("#edit-keep")
    row = page.page.locator("#lines tbody tr").first
    before = int(row.locator("td").nth(3).inner_text().replace(",", ""))

    row.locator("th").focus()
    press("F2")
    page.page.keyboard.type(str(before + 10))
    press("Tab")
    page.page.keyboard.type("a task")
    press("Tab")
    press("Enter")
    keep.wait_for()
    assert page.page.locator("#edit-payers tbody tr, #edit-says p").count() > 0, "who pays, or that nobody does"
    with page.page.expect_navigation():
        press("Enter")

    assert row.locator("td").nth(4).inner_text() == str(before + 10)
    assert page.told == []
