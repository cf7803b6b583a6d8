"""`python -m benchmarks.tracing`: what `audit trace` takes in a ledger of 10,000,000 postings, as it is typed and told.

Beside the lots of the grown ledger, of 1,000 lines each, one hot lot is posted through the ledger's own door: sent to
a thousand sites, received there and used twice. Prints the page, or writes it to --out:

python -m benchmarks.tracing --lines 100000 --database sqlite
python -m benchmarks.tracing --out docs/benchmarks-trace.md   (some ten minutes)
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from benchmarks.grown_ledger import LOTS, Grown, depot_code, grown, lot_item, site_code
from benchmarks.grown_writing import write_grown
from benchmarks.ledger_reading import DATABASES, server, told, version_of
from benchmarks.machine import machine
from commands.on_ledger import Desk
from commands.session import Session
from commands.trace_view import show_account, show_traced
from data.trace_sheet import trace_svg
from models.cuts import Cut
from models.database import reading
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger
from models.tables import document
from models.trace_account import account_of
from models.trace_asked import Traced, depots_of, traced_site, traced_what

Measured = tuple[list[float], list[float]]
TIMES, WARM, COMMANDS = 30, 2, 3
HOT = LotKey("I00", "HOT", "2021-12-28")
_NEW_YEAR_MICROS = 1_577_836_800_000_000  # 2020-01-01, after all that the grown ledger holds
_HOUR = 3_600_000_000

_HEAD = """# Tracing in a grown ledger

Written by `python -m benchmarks.tracing --out docs/benchmarks-trace.md`; do not edit by hand.
The ledger is that of [reading a grown ledger](benchmarks-ledger-reading.md), of 10,000,000 postings. Beside its lots of
1,000 lines each, one hot lot was posted through the ledger's own door: sent to {sites:,} sites, received there and used
twice. Times are in milliseconds on one connection, each call with arguments of its own, and are those of all that the
command computes: reading, adding up, folding and wording; CPU is that of this process alone, the database within it or
beside it; the last row is the command as it is typed, with Python's start. Promised: 500 ms for a lot.
"""


def main() -> None:
    """Grow, heat, measure, word."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracing", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=5_000_000, help="movement lines of the ledger")
    parser.add_argument("--sites", type=int, default=1_000, help="sites that the hot lot went to")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one or both; default: both")
    parser.add_argument("--out", type=Path, help="write the page here")
    asked = parser.parse_args()
    columns = grown(asked.lines)
    sites = min(asked.sites, columns.sites)
    parts = [_HEAD.format(sites=sites), "\n## Machine\n\n"]
    parts += [f"- {what}: {value}\n" for what, value in machine().items()]
    for name in asked.database or DATABASES:
        folder = Path(tempfile.mkdtemp(prefix="allocator-tracing-"))
        try:
            with server(name, folder) as url:
                parts.append(measured(url, columns, sites, name))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if asked.out:
        asked.out.write_text("".join(parts), encoding="utf-8")
    else:
        print("".join(parts))


def measured(url: str, columns: Grown, sites: int, name: str) -> str:
    """Return the figures of one database, worded."""
    began = time.perf_counter()
    ledger = write_grown(url, columns)
    told(name, "written", began)
    began = time.perf_counter()
    heat(ledger, sites)
    told(name, "heated", began)
    load = os.getloadavg()[0]
    with ledger.engine.connect() as connection:
        version = version_of(connection)
    rows = traces(ledger, columns)
    ledger.engine.dispose()
    rows["`allocator audit trace HOT`, typed"] = (typed(url), [])
    size = f"{len(columns.lot):,} lines ({2 * len(columns.lot):,} postings) and {4 * sites + 1:,} of the hot lot."
    lines = [
        f"\n## {version}\n\n{size} Load of the machine before the traces, of {os.cpu_count()} cores: {load:.1f}.\n\n",
        "| trace | p50 | p95 | max | CPU p50 |\n|---|---:|---:|---:|---:|\n",
    ]
    for what, (times, cpu) in rows.items():
        ordered = sorted(times)
        three = (ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
        middle = f"{sorted(cpu)[len(cpu) // 2]:,.0f}" if cpu else ""
        lines.append(f"| {what} | {' | '.join(f'{each:,.0f}' for each in three)} | {middle} |\n")
    return "".join(lines)


def heat(ledger: Ledger, sites: int) -> None:
    """Post a lot that goes to many sites: an opening, then for each site a transfer, its receipt and use, twice."""
    at = _NEW_YEAR_MICROS
    depot = depot_code(0)
    ledger.post(
        Entry(key="hot", type="opening", actor="A", occurred_at=at, site=depot,
              lines=(Line("OPENING", depot, HOT, 100 * sites),)),
        recorded_at=at + _HOUR,
    )  # fmt: skip
    for n in range(sites):
        site, way, at = site_code(n), f"IN_TRANSIT:H{n}", at + 60_000_000
        steps: tuple[tuple[str, Line, dict[str, Any]], ...] = (
            ("transfer", Line(depot, way, HOT, 90), {"shipment": f"H{n}", "details": {"to": site}}),
            ("confirm", Line(way, site, HOT, 90 - n % 2), {"shipment": f"H{n}", "site": site}),
            ("issue", Line(site, f"CONSUMED:{site}", HOT, 30), {"site": site}),
            ("issue", Line(site, f"CONSUMED:{site}", HOT, 40), {"site": site}),
        )
        for number, (type_, line, more) in enumerate(steps):
            entry = Entry(key=f"hot{n}-{number}", type=type_, actor="A", occurred_at=at, lines=(line,), **more)
            ledger.post(entry, recorded_at=at + _HOUR)


def traces(ledger: Ledger, columns: Grown) -> dict[str, Measured]:
    """Return the milliseconds of every sort of trace."""
    rng = random.Random(1)
    desk = Desk(Session(lang="en"), ledger, "", _NEW_YEAR_MICROS)
    with reading(ledger.engine) as connection:
        depots = depots_of(connection)
        last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar_one()

        def lot() -> str:
            return f"L{rng.randrange(1, LOTS + 1)}"

        def shown(traced: Traced | None) -> None:
            if traced is None:
                raise LookupError("nothing was traced")
            show_traced(desk, traced)

        def at_site(site: str, item: str) -> None:
            show_account(desk, account_of(connection, site, item))
            shown(traced_site(connection, site, item))

        def drawn(_: str) -> None:
            traced = traced_what(connection, "HOT")
            if traced is not None:
                trace_svg(traced, title=say("flow"), under=[], depots=depots, sites={}, items={}, lang="en")

        return {
            "lot of 1,000 lines": timed(lambda what: shown(traced_what(connection, what)), lambda: (lot(),)),
            "hot lot": timed(lambda what: shown(traced_what(connection, what)), lambda: ("HOT",)),
            "hot lot, as it was known halfway": timed(
                lambda what: shown(traced_what(connection, what, cut=Cut(document=last - 2_000))), lambda: ("HOT",)
            ),
            "hot lot, drawn": timed(drawn, lambda: ("",)),
            "shipment of the hot lot": timed(lambda what: shown(traced_what(connection, what)), lambda: ("H3",)),
            "shipment of four lots": timed(
                lambda what: shown(traced_what(connection, what)),
                lambda: (f"T{rng.randrange(columns.sites * 25)}",),
            ),
            "document": timed(
                lambda what: shown(traced_what(connection, what)), lambda: (str(rng.randrange(1, last - 5_000)),)
            ),
            "item at a site": timed(
                at_site, lambda: (site_code(rng.randrange(columns.sites)), f"I{lot_item(rng.randrange(1, LOTS)):02d}")
            ),
        }


def timed(call: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]]) -> Measured:
    """Return the milliseconds of calls, and of our own CPU; each has new arguments, and what it prints goes nowhere."""
    times, cpu = [], []
    for number in range(WARM + TIMES):
        given = arguments()
        began, cpu_began = time.perf_counter(), time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            call(*given)
        if number >= WARM:
            times.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - cpu_began))
    return times, cpu


def typed(url: str) -> list[float]:
    """Return the milliseconds of the command as a process of its own."""
    times = []
    for _ in range(COMMANDS):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "allocator", "--db", url, "audit", "trace", "HOT"], check=True, capture_output=True
        )
        times.append(1000 * (time.perf_counter() - began))
    return times


if __name__ == "__main__":
    main()
