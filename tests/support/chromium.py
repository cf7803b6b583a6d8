"""Debian's Chromium at the pages, as a person sees them: it tells what went wrong in it, and what left the machine."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import PASSWORD
from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["Seen", "chromium"]

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = (1280, 900), (390, 800)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; skip where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not here: apt-get install chromium")
    with sync_playwright() as playwright:
        # It runs as root in CI, where its own sandbox cannot; it opens nothing but the pages of these tests.
        browser = playwright.chromium.launch(executable_path=found, args=list(_FLAGS), chromium_sandbox=False)
        yield browser
        browser.close()


class Seen:
    """A window of somebody at the pages of `origin`. `told`: what the console said, and what left the machine."""

    def __init__(
        self, browser: Browser, origin: str, *, lang: str = "en", size: tuple[int, int] = DESK, scripts: bool = True
    ) -> None:
        self.origin, self.told = origin, []
        self._context = browser.new_context(
            base_url=origin,
            locale={"en": "en-GB", "zh": "zh-CN"}[lang],
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
        )
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda message: self._tell(message.type, message.text))
        self.page.on("pageerror", lambda error: self._tell("error", str(error)))
        self.page.on("request", lambda request: self._tell_strange(request.url))

    def _tell(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.told.append(f"{urlsplit(self.page.url).path}: {text}")

    def _tell_strange(self, address: str) -> None:
        asked = urlsplit(address)
        if asked.scheme != "data" and asked.netloc != urlsplit(self.origin).netloc:
            self.told.append(f"{urlsplit(self.page.url).path} asks {address}")

    def sign_in(self, id_: str) -> None:
        """Type the id and the password, without a mouse."""
        self.page.goto("/sign-in")
        self.page.locator("#id").focus()
        self.page.keyboard.type(id_)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def tab_to(self, what: str, *, most: int = 150) -> None:
        """Press Tab until what is meant has the focus: whoever has no mouse comes there too."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("what => document.activeElement.matches(what)", what):
                return
        raise AssertionError(f"{what} is not reached with Tab on {urlsplit(self.page.url).path}")

    def enter(self, what: str) -> None:
        """Go to a link or button with Tab, and press it with Enter; wait for the page that follows."""
        self.tab_to(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def faults(self) -> list[str]:
        """Return what axe finds wrong with the page that is open, a line each: the rule, and where."""
        found = Axe().run(self.page).response["violations"]
        return [f"{urlsplit(self.page.url).path} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]

    def too_wide(self) -> bool:
        """Say whether the page must be pushed aside to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def close(self) -> None:
        """Close the window, with what it knew."""
        self._context.close()
