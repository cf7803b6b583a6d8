"""Who asks the server in the measurement of pages: a process of its own, whose work is told apart from the server's.

python -m benchmarks.pages_asking rate ORIGIN ADDRESS… SECONDS COOKIE     as fast as the server answers
python -m benchmarks.pages_asking people ORIGIN PLAN SECONDS PERSON PASSWORD     50 people at their own pace

It prints JSON. Connections are plain sockets: a client that reads headers into objects costs more than the server.
"""

from __future__ import annotations

import html
import json
import random
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

__all__ = ["CONNECTIONS", "REPORTS_SHARE", "THINK_SECONDS", "USERS", "Asker", "pages"]

USERS, CONNECTIONS = 50, 8
THINK_SECONDS = (1.0, 5.0)
REPORTS_SHARE = 0.1
"""How often somebody reports use by the form, where else they would read a page."""

_APART_SECONDS = 0.1  # between one sign-in and the next: a password is made to cost
_SEPARATOR = b"\r\n\r\n"
_INPUT = re.compile(r"<input\b[^>]*>")
_SAID = re.compile(r'([\w-]+)="([^"]*)"')


def pages(plan: str) -> tuple[str, ...]:
    """Return what is read: pages that people open, and two calls of the API."""
    return (
        *("/today", "/stock", "/plans", f"/plans/{plan}", f"/plans/{plan}/lines"),
        *(f"/api/v1/plans/{plan}/lines?limit=200", "/api/v1/stock?limit=100"),
        *("/scenarios", "/audit", "/audit/documents", "/jobs", "/reports"),
    )  # fmt: skip


@dataclass
class Asker:
    """One connection to a server, and the session on it."""

    origin: str
    cookie: str = ""
    _socket: socket.socket | None = field(default=None, repr=False)

    def get(self, address: str) -> tuple[int, bytes, bytes]:
        """Return status, headers and body of an answer."""
        return self._ask(f"GET {address} HTTP/1.1\r\n", b"")

    def post(self, address: str, fields: Sequence[tuple[str, str]]) -> tuple[int, bytes, bytes]:
        """Send a form."""
        body = urlencode(fields).encode()
        kind = f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
        return self._ask(f"POST {address} HTTP/1.1\r\norigin: {self.origin}\r\n{kind}", body)

    def sign_in(self, person: str, password: str) -> None:
        """Sign in."""
        status, head, _ = self.post("/sign-in", [("id", person), ("password", password), ("to", "/today")])
        found = re.search(rb"set-cookie: ([^;]+)", head, re.IGNORECASE)
        if status != 303 or found is None:
            raise SystemExit(f"nobody could sign in: {status}")
        self.cookie = found[1].decode()

    def _ask(self, head: str, body: bytes) -> tuple[int, bytes, bytes]:
        cookie = f"cookie: {self.cookie}\r\n" if self.cookie else ""
        sent = f"{head}host: {self.origin.partition('//')[2]}\r\n{cookie}\r\n".encode() + body
        for again in (True, False):
            try:
                return self._exchange(sent)
            except ConnectionError:
                # The server closes what was idle for some seconds, as it may.
                self._socket = None
                if not again:
                    raise
        raise AssertionError("unreachable")

    def _exchange(self, sent: bytes) -> tuple[int, bytes, bytes]:
        if self._socket is None:
            host, _, port = self.origin.partition("//")[2].partition(":")
            self._socket = socket.create_connection((host, int(port)), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(sent)
        got = bytearray()
        while (ends := got.find(_SEPARATOR)) < 0:
            got += self._more(65536)
        head = bytes(got[:ends])
        found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        whole = ends + len(_SEPARATOR) + (int(found[1]) if found else 0)
        while len(got) < whole:
            got += self._more(whole - len(got))
        return int(head[9:12]), head, bytes(got[ends + len(_SEPARATOR) :])

    def _more(self, most: int) -> bytes:
        assert self._socket is not None  # noqa: S101 - it was opened before anything was sent
        got = self._socket.recv(most)
        if not got:
            raise ConnectionResetError("closed")
        return got


def _rate(origin: str, *rest: str) -> dict[str, Any]:
    """Ask for addresses in turn over eight connections, each as fast as it is answered."""
    *addresses, seconds, cookie = rest
    counts, wrong = [0] * CONNECTIONS, list[str]()

    def ask(n: int) -> None:
        asker, until = Asker(origin, cookie), time.monotonic() + float(seconds)
        while time.monotonic() < until:
            address = addresses[(n + counts[n]) % len(addresses)]
            status, _, _ = asker.get(address)
            counts[n] += 1
            if status != 200:
                wrong.append(f"{address}: {status}")

    _together(ask, CONNECTIONS)
    return {"answers": sum(counts), "wrong": sorted(set(wrong))}


def _people(origin: str, plan: str, seconds: str, person: str, password: str) -> dict[str, Any]:
    """Let 50 people read, and report use now and then, each at their own pace."""
    times, wrong, reports = list[tuple[str, float]](), list[str](), list[int]()
    first = Asker(origin)
    first.sign_in(person, password)
    sites = _sites(first)
    until = time.monotonic() + float(seconds)

    def live(n: int) -> None:
        rng, asker = random.Random(n), Asker(origin)
        time.sleep(n * _APART_SECONDS)
        asker.sign_in(person, password)
        while time.monotonic() < until:
            time.sleep(rng.uniform(*THINK_SECONDS))
            if sites and rng.random() < REPORTS_SHARE:
                number = _report(asker, rng.choice(sites), times, wrong)
                if number is not None:
                    reports.append(number)
                continue
            _read(asker, rng.choice(pages(plan)), times, wrong)

    _together(live, USERS)
    told = {"reports": len(reports), "recorded": reports}
    return {"times": times, "wrong": sorted(set(wrong)), "errors": len(wrong), **told}


def _read(asker: Asker, address: str, times: list[tuple[str, float]], wrong: list[str]) -> None:
    began = time.perf_counter()
    try:
        status, _, _ = asker.get(address)
    except OSError as error:
        wrong.append(f"{address}: {type(error).__name__}")
        return
    times.append((address, time.perf_counter() - began))
    if status != 200:
        wrong.append(f"{address}: {status}")


def _sites(asker: Asker) -> list[str]:
    """Return sites that hold something to be used."""
    lines = json.loads(asker.get("/api/v1/stock?limit=1000")[2])["lines"]
    return sorted({each["site"] for each in lines if each["state"] == "usable" and each["units"] > USERS})


def _report(asker: Asker, site: str, times: list[tuple[str, float]], wrong: list[str]) -> int | None:
    """Report a day's use as the form is filled in: opened, checked, recorded; return the document's number."""
    began = time.perf_counter()
    status, head, page = asker.get(f"/reports/use?site={site}")
    times.append(("open a report", time.perf_counter() - began))
    for do in ("check", "record"):
        if status != 200:
            break
        fields = _fields(page.decode())
        units = next(n for n, (name, _) in enumerate(fields) if name == "units")
        fields[units] = ("units", "1")
        began = time.perf_counter()
        status, head, page = asker.post("/reports/use", [*fields, ("do", do)])
        times.append((f"{do} a report", time.perf_counter() - began))
    found = re.search(rb"location: /reports/recorded/(\d+)", head, re.IGNORECASE)
    if status != 303 or found is None:
        wrong.append(f"a report was not recorded: {status}")
        return None
    return int(found[1])


def _fields(page: str) -> list[tuple[str, str]]:
    own = page.partition('id="report"')[2].partition("</form>")[0]
    found = ({name: html.unescape(value) for name, value in _SAID.findall(tag)} for tag in _INPUT.findall(own))
    return [(each["name"], each.get("value", "")) for each in found if each.get("type") != "checkbox"]


def _together(work: Callable[[int], None], many: int) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(many)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def main() -> None:
    """Ask, and print what came of it with the seconds of CPU that asking took."""
    kind, *rest = sys.argv[1:]
    kinds: dict[str, Callable[..., dict[str, Any]]] = {"rate": _rate, "people": _people}
    told = kinds[kind](*rest)
    print(json.dumps(told | {"cpu_seconds": time.process_time()}))


if __name__ == "__main__":
    main()
