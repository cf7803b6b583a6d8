"""How long the pages and the API take, how large they are, and what 50 people at once make of it.

python -m benchmarks.pages                                   (`make bench-pages`; some four minutes)
python -m benchmarks.pages --sites 200 --seconds 10
python -m benchmarks.pages --out docs/benchmarks-pages.md

A county is opened in an SQLite ledger, one day is allocated, and `allocator serve` serves it as people start it. Who
asks runs on the same machine and takes its share of it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from benchmarks.machine import machine
from commands.allocate import keep_plan
from commands.demo_county import open_county
from commands.on_ledger import Desk
from commands.planning import decide
from commands.session import Session
from commands.snapshotting import take_snapshot
from data.sample_days import Day
from data.samples import make_sample
from models.database import writing
from models.passwords import set_password
from models.people import LOCAL, ROLES, Person, add_person
from models.versions import Stamp

SITES, USERS, SECONDS, TIMES = 2000, 50, 120, 30
PAGE_BYTES, PAGE_SECONDS, MIXED_SECONDS, API_PER_SECOND = 60_000, 1.0, 0.3, 1000
_PERSON, _PASSWORD = "all", "a county of many sites"
_THINK_SECONDS = (1.0, 5.0)


def main() -> None:
    """Measure; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long 50 people go on")
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(_page(Path(folder), asked.sites, asked.seconds)) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(folder: Path, sites: int, seconds: int) -> Iterator[str]:
    yield "# Pages and API\n\n`python -m benchmarks.pages`\n"
    yield from (f"- {name}: {fact}" for name, fact in machine().items())
    yield f"- processes that wanted a core when it began: {os.getloadavg()[0]:.1f}\n"
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    plan, lines = _county(url, sites)
    yield (
        f"An invented county of {sites:,} sites in SQLite, and a plan of {lines:,} lines. One server process; who asks "
        "shares the two cores with it.\n"
    )
    with _served(url) as origin:
        browser = _signed_in(origin)
        yield from _alone(browser, plan)
        yield from _programs(browser)
        yield from _mixed(origin, plan, seconds)


def _county(url: str, sites: int) -> tuple[str, int]:
    """Open a county with one person who has every role, and allocate its day; return the plan and its lines."""
    session = Session(db=url, loudness=-1)
    case = make_sample("county", sites=sites)
    ledger = open_county(session, case)
    day = Day(case.policy.date, ledger.zone, LOCAL)
    desk = Desk(session, ledger, LOCAL, day.at(8))
    taken = take_snapshot(desk, day.date)
    name, plan = keep_plan(desk, taken, decide(session, taken.case), workbook=False)
    stamp = Stamp(LOCAL, day.at(9))
    with writing(ledger.engine) as connection:
        add_person(connection, Person(id=_PERSON, roles=tuple((role, "") for role in ROLES)), stamp)
        set_password(connection, _PERSON, _PASSWORD, Stamp(_PERSON, day.at(9)))
    ledger.engine.dispose()
    return name, len(plan.lines)


@contextlib.contextmanager
def _served(url: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ("-m", "allocator", "--db", url, "serve", "--port", port, "--no-worker")
    server = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while not _answers(origin):
            if time.monotonic() > until:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield origin
    finally:
        server.terminate()
        server.wait()


def _answers(origin: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{origin}/healthz").status_code == httpx.codes.OK
    return False


def _signed_in(origin: str) -> httpx.Client:
    browser = httpx.Client(base_url=origin, follow_redirects=True, timeout=60, headers={"origin": origin})
    answer = browser.post("/sign-in", data={"id": _PERSON, "password": _PASSWORD, "to": "/scenarios"})
    found = re.search(r'name="form" value="([0-9a-f]+)"', answer.text)
    if found is None:
        raise SystemExit("nobody could sign in")
    browser.headers["x-form-token"] = found[1]
    return browser


def _alone(browser: httpx.Client, plan: str) -> Iterator[str]:
    yield "## One person\n"
    yield f"{TIMES} times each; kB: what is sent for it, without the sheet and scripts, which browsers keep.\n"
    yield "| page | kB | p50 ms | p95 ms | the first, ms |\n|---|---:|---:|---:|---:|"
    for address in _pages(plan):
        first, *rest = (_timed(browser, address) for _ in range(TIMES + 1))
        size = first[1] / 1000
        mark = " **missed**" if size * 1000 > PAGE_BYTES else ""
        yield f"| `{address}` | {size:.0f}{mark} | {_ms(rest, 50)} | {_ms(rest, 95)} | {first[0] * 1000:.0f} |"
    kept = sum(len(browser.get(each).content) for each in _kept_files(browser, plan))
    ready = _ready(browser, plan)
    yield (
        f"\nSheet and scripts of the grid: {kept / 1000:.0f} kB, once. A plan ready to work on (its lines, the sheet "
        f"and the script asked for one after the other, cold): {ready:.2f} s; promised: {PAGE_SECONDS:.0f} s, and "
        f"{PAGE_BYTES // 1000} kB a page.\n"
    )


def _pages(plan: str) -> tuple[str, ...]:
    return (
        *("/today", "/stock", "/plans", f"/plans/{plan}", f"/plans/{plan}/lines"),
        f"/api/v1/plans/{plan}/lines?limit=200",
        *("/scenarios", "/audit", "/audit/documents", "/jobs"),
    )  # fmt: skip


def _kept_files(browser: httpx.Client, plan: str) -> list[str]:
    return sorted(set(re.findall(r'"(/static/[^"]+\.(?:css|js)\?[^"]+)"', browser.get(f"/plans/{plan}/lines").text)))


def _ready(browser: httpx.Client, plan: str) -> float:
    began = time.perf_counter()
    for each in (f"/plans/{plan}/lines", *_kept_files(browser, plan)):
        browser.get(each)
    return time.perf_counter() - began


def _timed(browser: httpx.Client, address: str) -> tuple[float, int]:
    began = time.perf_counter()
    answer = browser.get(address)
    if answer.status_code != httpx.codes.OK:
        raise SystemExit(f"{address}: {answer.status_code}")
    return time.perf_counter() - began, len(answer.content)


def _ms(times: Sequence[tuple[float, int]], percent: int) -> str:
    return f"{statistics.quantiles([each for each, _ in times], n=100)[percent - 1] * 1000:.0f}"


def _programs(browser: httpx.Client) -> Iterator[str]:
    """Ask for 100 rows again and again over eight connections."""
    seconds, counts = 10.0, [0] * 8

    def ask(n: int) -> None:
        with httpx.Client(base_url=browser.base_url, cookies=browser.cookies, timeout=60) as own:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                own.get("/api/v1/stock?limit=100").raise_for_status()
                counts[n] += 1

    _together([threading.Thread(target=ask, args=(n,)) for n in range(len(counts))])
    rate = sum(counts) / seconds
    mark = "" if rate >= API_PER_SECOND else " **missed**"
    yield f"## Programs\n\n`/api/v1/stock?limit=100`: {rate:,.0f} requests/s{mark}; promised: {API_PER_SECOND:,}.\n"


def _mixed(origin: str, plan: str, seconds: int) -> Iterator[str]:
    """Let 50 people read at their own pace."""
    times: list[float] = []
    wrong: list[str] = []

    def live(n: int) -> None:
        rng, browser = random.Random(n), _signed_in(origin)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(rng.uniform(*_THINK_SECONDS))
            address, began = rng.choice(_pages(plan)), time.perf_counter()
            answer = browser.get(address)
            times.append(time.perf_counter() - began)
            if answer.status_code != httpx.codes.OK:
                wrong.append(f"{address}: {answer.status_code}")

    _together([threading.Thread(target=live, args=(n,)) for n in range(USERS)])
    p50, p95 = (statistics.quantiles(times, n=100)[n - 1] for n in (50, 95))
    mark = "" if p95 <= MIXED_SECONDS else " **missed**"
    low, high = _THINK_SECONDS
    yield f"## {USERS} people\n"
    yield (
        f"{USERS} people for {seconds} s, each with a page of the list above every {low:.0f} to {high:.0f} s: "
        f"{len(times):,} pages, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms{mark}, longest "
        f"{max(times) * 1000:.0f} ms, errors: {len(wrong)}. Promised: p95 {MIXED_SECONDS * 1000:.0f} ms, no error."
    )
    yield from (f"- {each}" for each in sorted(set(wrong)))


def _together(threads: Sequence[threading.Thread]) -> None:
    for each in threads:
        each.start()
    for each in threads:
        each.join()


if __name__ == "__main__":
    main()
