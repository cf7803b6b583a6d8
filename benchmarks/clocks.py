"""Clocks that are wrong: hours and years ahead and behind, before 1970, at changes of summer time.

python -m benchmarks.clocks                          (`make faults`)
python -m benchmarks.clocks --rounds 10 --seed 4
python -m benchmarks.clocks --careless               (documents say what the clock says: must be caught)

Commands are typed at one ledger, each in a process whose clock shows another time. After each: every law of the ledger
and the audit hold, at the right time and at the wrong one; documents say times in the order of their numbers; where
they say a time that is still to come, a command tells of it; heads are signed in the order of their sizes, or the
audit tells; nothing ends with a traceback.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from benchmarks.fault_ground import LEDGER, ground, laid_out, laws_broken, url_of
from benchmarks.typed import Answer, load, typed
from models.database import sqlite_module

__all__ = ["TIMES", "Clocked", "clocks"]

_HOUR, _DAY = 3_600, 86_400
_YEAR = 365 * _DAY
TIMES: dict[str, Callable[[float], float]] = {
    "right": lambda now: now,
    "2 hours ahead": lambda now: now + 2 * _HOUR,
    "2 hours behind": lambda now: now - 2 * _HOUR,
    "30 days ahead": lambda now: now + 30 * _DAY,
    "30 days behind": lambda now: now - 30 * _DAY,
    "10 years ahead": lambda now: now + 10 * _YEAR,
    "10 years behind": lambda now: now - 10 * _YEAR,
    "1970": lambda _: 60.0,
    "1969": lambda _: -float(_DAY),
    "1938": lambda _: -float(32 * _YEAR),
    "summer time begins": lambda _: _at("2026-03-29T01:59:59.5+01:00"),
    "summer time ends": lambda _: _at("2026-10-25T02:30:00+02:00"),
    "summer time ended": lambda _: _at("2026-10-25T02:30:00+01:00"),
    "29 February": lambda _: _at("2028-02-29T23:59:59.9+00:00"),
    "2038": lambda _: float(2**31),
    "2106": lambda _: float(2**32),
}
"""What a clock shows, given the right time, in seconds since 1970."""

_ACTS = (
    ("receive", "DEP01", "MASK", "70", "--partner", "ABROAD"),
    ("issue", "CLI01", "MASK", "1"),
    ("transfer", "DEP01", "CLI01", "MASK", "10"),
    ("count", "DEP01", "MASK", "5", "--lot", "MASK-2001B"),
    ("allocate",),
    ("stock",),
    ("plans",),
    ("forecast",),
    ("shortfall",),
    ("report", "day"),
    ("audit", "findings", "list"),
)


@dataclass
class Clocked:
    """What became of all rounds. `ends`: by exit status; `told`: how often a time to come was told."""

    rounds: int = 0
    ends: Counter[int] = field(default_factory=Counter)
    told: int = 0
    faults: list[str] = field(default_factory=list)


def _at(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def clock_at(seconds: float, *, careless: bool = False) -> Callable[[], None]:
    """Return what sets the clock of a process, which goes on from there."""

    def patch() -> None:
        from models import days
        from models.posting_sqlite import SqliteBook

        begun = time.monotonic()
        vars(days)["time"] = SimpleNamespace(time_ns=lambda: int((seconds + time.monotonic() - begun) * 1_000_000_000))
        if careless:
            SqliteBook._read_last_recorded = lambda _: 0  # type: ignore[method-assign, assignment] # noqa: SLF001

    return patch


def clocks(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False, acts: int = len(_ACTS)) -> Clocked:
    """Type so many commands, of the first so many acts, each under a clock of its own."""
    load()
    place = folder / "clocks"
    place.mkdir()
    laid_out(ground(folder), place)
    found, rng = Clocked(), random.Random(seed)
    for number in range(rounds):
        name = rng.choice(list(TIMES))
        shows = TIMES[name](time.time())
        words = rng.choice(_ACTS[:acts])
        answer = typed(*words, db=url_of(place), patch=clock_at(shows, careless=careless))
        found.rounds, found.ends[answer.status] = number + 1, found.ends[answer.status] + 1
        told = [] if answer.is_told and answer.status in (0, 1, 3) else [f"told badly ({answer.status}): {answer.said}"]
        faults = [*told, *_order(place / LEDGER), *laws_broken(url_of(place)), *_proved(place, shows, answer, found)]
        found.faults += [f"{' '.join(words)}, clock {name} (round {number}): {fault}" for fault in faults]
    return found


def _order(file: Path) -> list[str]:
    """Return where documents or heads say times that are not in the order of their numbers."""
    connection = sqlite_module().connect(str(file))
    try:
        times = [each for (each,) in connection.execute("SELECT recorded_at FROM document ORDER BY id")]
        signed = [each for (each,) in connection.execute("SELECT signed_at FROM tree_head ORDER BY size")]
    finally:
        connection.close()
    found = [] if times == sorted(times) else ["documents say times out of the order of their numbers"]
    return found + ([] if signed == sorted(signed) else ["heads are signed at times out of the order of their sizes"])


def _proved(place: Path, shows: float, answer: Answer, found: Clocked) -> list[str]:
    """Return what an audit finds at the right time and at the wrong one; and whether times to come are told."""
    faults = []
    for when in (time.time(), shows):
        audit = typed("audit", "check", "--plans", "1", db=url_of(place), patch=clock_at(when))
        if audit.status:
            faults.append(f"the audit ends with {audit.status}: {audit.said}")
    connection = sqlite_module().connect(str(place / LEDGER))
    last = connection.execute("SELECT recorded_at FROM document ORDER BY id DESC LIMIT 1").fetchone()[0]
    connection.close()
    ahead = last > (shows + 600) * 1_000_000
    said = "hours from now" in answer.err
    found.told += said
    if ahead and not said and answer.status == 0:
        faults.append("a document of a time to come is not told")
    return faults


def main() -> None:
    """Set clocks; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clocks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="documents say what the clock says: must be caught")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = clocks(Path(folder), asked.rounds, seed=asked.seed, careless=asked.careless)
    ends = ", ".join(f"{count} with {status}" for status, count in sorted(found.ends.items()))
    print(f"{found.rounds} commands under {len(TIMES)} clocks, ended {ends}; a time to come told {found.told} times")
    print(f"{len(found.faults)} faults, {time.monotonic() - began:.0f} s", *found.faults[:20], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
