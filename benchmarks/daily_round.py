"""How long a county's daily round takes, step by step, from the ledger to printed notes, on both databases.

python -m benchmarks.daily_round                                     (`make bench-round`; about two minutes)
python -m benchmarks.daily_round --out docs/benchmarks-daily-round.md
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from allocator.case import Case
from allocator.plan import Plan
from allocator.routes import plan_routes
from benchmarks.ledger_places import databases
from benchmarks.machine import machine, versions_of_databases
from commands.allocate import keep_plan
from commands.demo_county import open_county
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk
from commands.planning import decide
from commands.session import Session
from commands.snapshotting import take_snapshot
from data.notes import notes_pdf
from data.plan_printing import Printed, sheets_of
from data.plan_shown import read_shown_plan
from data.plan_standing import lines_of, loads_of
from data.sample_days import Day
from data.samples import make_sample
from data.snapshot_taken import Taken
from data.stored_plan import catalogue_of, verify_stored
from models.database import reading, writing
from models.ledger import Ledger
from models.people import LOCAL
from models.plan_notes import notes_of
from models.plan_overrides import Decision, standing, write_decisions
from models.plan_steps import When, approve, dispatch, review
from models.plans import find_plan
from models.versions import Stamp

SITES, ITEMS, OVERRIDES, STOPS = 600, 12, 50, 300
PROMISED = {
    "allocate": 5.0,
    "approve and dispatch": 5.0,
    "notes": 5.0,
}
"""Seconds."""

_T = TypeVar("_T")


@dataclass
class Timed:
    """Seconds of each step, by the clock and of this process' CPU, and what it did."""

    steps: list[tuple[str, float, float, str]] = field(default_factory=list)

    def __call__(self, step: str, work: Callable[[], _T], told: Callable[[_T], str] = lambda _: "") -> _T:
        """Do a step, note how long it took, and return what it gave."""
        clock, cpu = time.monotonic(), time.process_time()
        found = work()
        clock, cpu = time.monotonic() - clock, time.process_time() - cpu
        self.steps.append((step, clock, cpu, told(found)))
        return found

    def total(self, *steps: str) -> float:
        """Return the seconds by the clock of some steps."""
        return sum(clock for step, clock, *_ in self.steps if step in steps)


def main() -> None:
    """Measure both databases; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.daily_round", description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--folder", type=Path, help="where the databases lie: on the disk that is measured")
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        lines = list(_page(Path(folder), asked.sites, asked.items))
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(folder: Path, sites: int, items: int) -> Iterator[str]:
    yield "# The daily round\n\n`python -m benchmarks.daily_round`\n"
    yield from (f"- {name}: {fact}" for name, fact in (machine() | versions_of_databases()).items())
    load = os.getloadavg()[0]
    yield f"- processes that wanted a core when it began: {load:.1f}\n"
    yield f"An invented county: {sites:,} sites × {items} items. CPU is this process' own, without a server's.\n"
    case = make_sample("county", sites=sites, items=items)
    found = [(name, _measured(place(), case)) for name, place in databases(folder)]
    yield "| promised | " + " | ".join(name for name, _ in found) + " |"
    yield "|---|" + "---|" * len(found)
    for promise, steps in (
        ("allocate", ["allocate"]),
        ("approve and dispatch", ["approve", "dispatch"]),
        ("notes", ["notes"]),
    ):
        cells = [_against(timed.total(*steps), PROMISED[promise]) for _, timed in found]
        yield f"| {promise} ≤ {PROMISED[promise]:.0f} s | " + " | ".join(cells) + " |"
    for name, timed in found:
        yield f"\n## {name}\n\n| step | seconds | CPU seconds | |\n|---|---|---|---|"
        for step, clock, cpu, told in timed.steps:
            yield f"| {step} | {clock:.2f} | {cpu:.2f} | {told} |"


def _against(seconds: float, promised: float) -> str:
    return f"{seconds:.1f} s" + ("" if seconds <= promised else ", **missed**")


def _measured(url: str, case: Case) -> Timed:
    session = Session(db=url, loudness=-1)
    ledger = open_county(session, case)
    day = Day(case.policy.date, ledger.zone, LOCAL)
    desk, timed = Desk(session, ledger, LOCAL, day.at(8)), Timed()
    try:
        taken, first, _ = _allocated(desk, day.date, timed, "allocate", workbook=True)
        _allocated(desk, day.date, timed, "allocate, without plan.xlsx", workbook=False)
        name = _overridden(desk, day, taken, first, timed)
        timed("verify", lambda: _hold(ledger, name), lambda _: "the plan as proposed, and with its overrides")
        _sent(ledger, desk, day, name, timed)
    finally:
        ledger.engine.dispose()
    return timed


def _allocated(desk: Desk, date: dt.date, timed: Timed, step: str, *, workbook: bool) -> tuple[Taken, Plan, str]:
    """Take the snapshot, decide and keep, as `allocator allocate` does."""

    def work() -> tuple[Taken, Plan, str]:
        taken = take_snapshot(desk, date)
        proposed = decide(desk.session, taken.case)
        return taken, proposed, keep_plan(desk, taken, proposed, workbook=workbook)[0]

    return timed(step, work, lambda found: f"{len(found[1].lines):,} lines, {len(found[1].stops):,} stops")


def _overridden(desk: Desk, day: Day, taken: Taken, plan: Plan, timed: Timed) -> str:
    """Override many lines to a pack less, plan the day anew, and see that none of them changed."""
    stamp = Stamp(LOCAL, day.at(8))
    decisions = _decisions(taken.case, plan, stamp)
    with reading(desk.ledger.engine) as connection:
        last = max((f"P{day.date}-{n}" for n in (1, 2)), key=lambda each: find_plan(connection, each).id)
    with writing(desk.ledger.engine) as connection:
        write_decisions(connection, last, decisions, stamp)
    step = f"allocate again, {len(decisions)} overrides"
    name = _allocated(desk, day.date, timed, step, workbook=False)[2]
    with reading(desk.ledger.engine) as connection:
        stands = {(each.site, each.item): each.units for each in standing(connection, name)}
    with kept_plan(desk, name) as kept:
        sent: dict[tuple[str, str], int] = {}
        for line in lines_of(kept.standing):
            sent[line.site, line.item] = sent.get((line.site, line.item), 0) + line.units
    asked = {(each.site, each.item): each.units for each in decisions}
    if stands != asked or {pair: sent.get(pair, 0) for pair in asked} != asked:
        raise SystemExit("an override changed when the day was planned again")
    return name


def _decisions(case: Case, plan: Plan, stamp: Stamp) -> list[Decision]:
    lines = plan.lines
    pairs, counts = np.unique(np.stack([lines.site, lines.item]), axis=1, return_counts=True)
    alone = {(int(site), int(item)) for (site, item), count in zip(pairs.T, counts, strict=True) if count == 1}
    chosen = [
        row for row in np.flatnonzero(lines.packs > 1).tolist() if (int(lines.site[row]), int(lines.item[row])) in alone
    ][:OVERRIDES]
    return [
        Decision(
            site=case.sites.code[lines.site[row]],
            item=case.items.code[lines.item[row]],
            units=int(lines.units[row] // lines.packs[row] * (lines.packs[row] - 1)),
            proposed_units=int(lines.units[row]),
            reason="holds-more",
            note="",
            actor=stamp.actor,
            recorded_at=stamp.recorded_at,
        )
        for row in chosen
    ]


def _hold(ledger: Ledger, name: str) -> None:
    with reading(ledger.engine) as connection:
        fault = verify_stored(connection, find_plan(connection, name), ledger.zone)
    if fault is not None:
        raise SystemExit(f"what was measured does not hold: {fault}")


def _sent(ledger: Ledger, desk: Desk, day: Day, name: str, timed: Timed) -> None:
    """Review, approve, dispatch, lay routes, print."""
    when = When(actor=LOCAL, occurred_at=day.at(9), recorded_at=day.at(9))
    review(ledger, name, when.stamp)
    with kept_plan(desk, name) as kept:
        catalogue = catalogue_of(kept.folder)
        loads = loads_of(kept.folder, catalogue)
        stops = read_shown_plan(kept.standing, catalogue, "en").stops
    timed(
        "approve",
        lambda: approve(ledger, name, loads, when),
        lambda done: f"{len(loads):,} lines, {done.notes:,} notes",
    )
    timed("dispatch", lambda: dispatch(ledger, name, when), lambda done: f"{len(done.notes):,} notes")
    routes = timed("routes", lambda: plan_routes(catalogue, stops), lambda done: f"{len(done.legs):,} legs")
    with reading(ledger.engine) as connection:
        notes = notes_of(connection, name)[:STOPS]
    printed = Printed(name, catalogue, notes, routes)
    pdf = timed(
        "notes",
        lambda: notes_pdf(sheets_of(printed), lang="zh", title=name),
        lambda made: f"{len(notes)} stops, {len(made):,} bytes",
    )
    if not pdf.startswith(b"%PDF"):
        raise SystemExit("the notes are no PDF")


if __name__ == "__main__":
    main()
