"""How long the pages and the API take, how large they are, and what 50 people at once make of it.

python -m benchmarks.pages                                   (`make bench-pages`; some four minutes)
python -m benchmarks.pages --sites 200 --seconds 10 --processes 1
python -m benchmarks.pages --out docs/benchmarks-pages.md

A county is opened in an SQLite ledger, one day is allocated, and `allocator serve` serves it as people start it. Who
asks is a process of its own (`benchmarks.pages_asking`), on the same machine, and takes its share of it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.machine import machine
from benchmarks.pages_asking import REPORTS_SHARE, THINK_SECONDS, USERS, pages
from benchmarks.serving import free_port, running, served
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

SITES, SECONDS, TIMES, PROCESSES = 2000, 120, 30, 2
PAGE_BYTES, PAGE_SECONDS, MIXED_SECONDS, API_PER_SECOND = 60_000, 1.0, 0.3, 1000
_PERSON, _PASSWORD = "all", "a county of many sites"
_RATE_SECONDS = 10


def main() -> None:
    """Measure; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long 50 people go on")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="how many serve")
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(_page(Path(folder), asked.sites, asked.seconds, asked.processes)) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(folder: Path, sites: int, seconds: int, processes: int) -> Iterator[str]:
    yield "# Pages and API\n\n`python -m benchmarks.pages`\n"
    yield from (f"- {name}: {fact}" for name, fact in machine().items())
    yield f"- processes that wanted a core when it began: {os.getloadavg()[0]:.1f}\n"
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    plan, lines = _county(url, sites)
    yield (
        f"An invented county of {sites:,} sites in SQLite, and a plan of {lines:,} lines, served by `allocator serve "
        f"--processes {processes}`. Who asks is a process of its own and shares the two cores with it.\n"
    )
    with served(url, processes) as server:
        origin = server.origin
        browser = _signed_in(origin)
        yield from _alone(browser, plan)
        yield from _programs(browser, folder)
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
    for address in pages(plan):
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


def _programs(browser: httpx.Client, folder: Path) -> Iterator[str]:
    """Ask for 100 rows as fast as they are answered: the same ones, all in turn, and a bare answer of as many bytes."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    origin, first = str(browser.base_url).rstrip("/"), "/api/v1/stock?limit=100"
    turned, cursor = [first], browser.get(first).json()["next"]
    while cursor and len(turned) < _TURNED:
        turned.append(f"{first}&cursor={cursor}")
        cursor = browser.get(turned[-1]).json()["next"]
    (folder / "bare.json").write_bytes(browser.get(first).content)
    port = free_port()
    with running("-m", "benchmarks.bare_answer", str(folder / "bare.json"), port, port=port) as bare:
        plain = _asked("rate", bare.origin, "/bare", str(_RATE_SECONDS), "")
    yield "## Programs\n"
    yield "| 100 rows of the stock | requests/s | of a bare answer | CPU of who asks, µs each |\n|---|---:|---:|---:|"
    yield f"| as many bytes of a bare FastAPI, one process | {_per_second(plain):,.0f} | 1 | {_cpu_each(plain):.0f} |"
    for says, addresses in (("the same", [first]), (f"all of them in turn, {len(turned)} pages", turned)):
        told = _asked("rate", origin, *addresses, str(_RATE_SECONDS), cookie)
        rate = _per_second(told)
        mark = "" if rate >= API_PER_SECOND and not told["wrong"] else " **missed**"
        ratio = rate / _per_second(plain)
        yield f"| {says} | {rate:,.0f}{mark} | {ratio:.2f} | {_cpu_each(told):.0f} |"
    yield f"\nPromised: {API_PER_SECOND:,} requests/s.\n"


_TURNED = 50


def _asked(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pages_asking", *words], check=True, capture_output=True, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _per_second(told: dict[str, Any]) -> float:
    return float(told["answers"] / _RATE_SECONDS)


def _cpu_each(told: dict[str, Any]) -> float:
    return float(told["cpu_seconds"] / told["answers"] * 1_000_000)


def _mixed(origin: str, plan: str, seconds: int) -> Iterator[str]:
    """Let 50 people read and report at their own pace."""
    told = _asked("people", origin, plan, str(seconds), _PERSON, _PASSWORD)
    times = [each for _, each in told["times"]]
    p50, p95 = (statistics.quantiles(times, n=100)[n - 1] for n in (50, 95))
    mark = "" if p95 <= MIXED_SECONDS and not told["errors"] else " **missed**"
    low, high = THINK_SECONDS
    yield f"## {USERS} people\n"
    yield (
        f"{USERS} people for {seconds} s, each with one of these every {low:.0f} to {high:.0f} s, and one time in "
        f"{1 / REPORTS_SHARE:.0f} a report of use by its form: {len(times):,} answers, {told['reports']:,} reports "
        f"recorded and sealed, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms{mark}, longest "
        f"{max(times) * 1000:.0f} ms, errors: {told['errors']}; who asks took {told['cpu_seconds']:.0f} s of CPU. "
        f"Promised: p95 {MIXED_SECONDS * 1000:.0f} ms, no error.\n"
    )
    yield "| | times | p50 ms | p95 ms | longest, ms |\n|---|---:|---:|---:|---:|"
    for address in dict.fromkeys(name for name, _ in sorted(told["times"])):
        own = [(each, 0) for name, each in told["times"] if name == address]
        longest = max(each for each, _ in own) * 1000
        shown = f"{_ms(own, 50)} | {_ms(own, 95)}" if len(own) > 1 else "– | –"
        yield f"| `{address}` | {len(own)} | {shown} | {longest:.0f} |"
    yield from (f"- {each}" for each in told["wrong"])


if __name__ == "__main__":
    main()
