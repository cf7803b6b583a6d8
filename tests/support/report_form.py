"""A form of what is reported at a site as a browser without scripts holds it: typed into, sent, and read again."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import httpx
from browser import Browser

__all__ = ["ReportForm"]

_INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>")
_SELECT = re.compile(r'<select\b[^>]*name="(\w+)".*?</select>', re.DOTALL)
_SELECTED = re.compile(r'<option value="([^"]*)" selected>')
_SAID = re.compile(r'([\w-]+)="([^"]*)"')


class ReportForm:
    """Opens a form; `text`: the page it stands on; `fields`: name and value of each, in the page's order."""

    def __init__(self, browser: Browser, kind: str, site: str) -> None:
        self.browser, self.kind = browser, kind
        self._read(browser.get(f"/reports/{kind}?site={site}"))

    def _read(self, page: httpx.Response) -> None:
        self.status, self.text = page.status_code, html.unescape(page.text)
        own = page.text.partition('id="report"')[2].partition("</form>")[0]
        self.fields = []
        for tag in _INPUT.findall(own):
            said = {name: html.unescape(value) for name, value in _SAID.findall(tag)}
            if said.get("type") != "checkbox" or tag.endswith(" checked>"):
                self.fields.append((said["name"], said.get("value", "")))
        for select in _SELECT.finditer(own):
            chosen = _SELECTED.search(select[0])
            self.fields.append((select[1], html.unescape(chosen[1]) if chosen else ""))

    def type(self, name: str, value: str, line: int = 0) -> ReportForm:
        """Type into a field, or choose; of those that every line has, into those of a line."""
        own = [n for n, (each, _) in enumerate(self.fields) if each == name]
        if own:
            self.fields[own[line]] = (name, value)
        else:
            self.fields.append((name, value))
        return self

    def press(self, do: str) -> httpx.Response:
        """Send it by one of its buttons."""
        sent = urlencode([*self.fields, ("do", do)])
        said = {"origin": self.browser.origin, "content-type": "application/x-www-form-urlencoded"}
        answer = self.browser.client.post(f"/reports/{self.kind}", content=sent, headers=said)
        if 'id="report"' in answer.text:
            self._read(answer)
        return answer
