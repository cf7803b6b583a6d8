"""Two servers and commands at one SQLite file: what they acknowledge is there, nobody waits for ever, "locked" is told.

python -m benchmarks.two_servers                     (`make faults`: 60 seconds of writing)
python -m benchmarks.two_servers --seconds 10
python -m benchmarks.two_servers --careless          (programs that take what they sent for done: must be caught)

`allocator serve` runs twice over one file, each with programs that receive and issue, while commands are typed at the
same ledger; they issue more than there is. Then a third process keeps the file locked for longer than anybody waits:
pages, calls and commands must say so, read on, and work once it lets go.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.fault_ground import LEDGER, ground, laid_out, laws_broken, url_of
from benchmarks.fault_server import Program, is_told, joined, served
from benchmarks.typed import load, typed
from models.database import sqlite_module

__all__ = ["Shared", "impatient", "two_servers"]

PROGRAMS_EACH = 4
WAITS_SECONDS = 30
"""The longest that anybody may wait for the file: `models.database.BUSY_MS`, and a little for the answer itself."""

_LOCK_MS = 300
_IMPATIENT = "from benchmarks.two_servers import impatient; impatient()"


@dataclass
class Shared:
    """What became of it. `acknowledged`: keys that were said to be recorded; `waits`: of each answer, in seconds."""

    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    locked: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, who: str, key: str, status: int, *, careless: bool) -> None:
        """Note an answer; what is neither done, refused nor told to come later is a fault."""
        self.answers[f"{who} {status}"] += 1
        if status in (0, 201) or careless:
            self.acknowledged.add(key)
        elif status not in (1, 409, 503):
            self.faults.append(f"{who} {key} is answered {status}")


def two_servers(folder: Path, seconds: float, *, careless: bool = False) -> Shared:
    """Write from everywhere for so long, then keep the file locked."""
    load()
    place = folder / "shared"
    place.mkdir()
    laid_out(ground(folder), place)
    db, found = url_of(place), Shared()
    token = joined(db)
    logs = [folder / f"server-{number}.log" for number in range(2)]
    with contextlib.ExitStack() as stack:
        origins = [stack.enter_context(served(db, log, "--no-worker", before=_IMPATIENT)) for log in logs]
        programs = [Program(origin, token, "zh") for origin in origins for _ in range(PROGRAMS_EACH)]
        _write(programs, db, seconds, found, careless=careless)
        found.waits += [wait for each in programs for wait in each.waits]
        with _locked(place / LEDGER):
            _while_locked(programs[::PROGRAMS_EACH], db, found)
        for number, each in enumerate(programs[::PROGRAMS_EACH]):
            key = f"after {number}"
            found.note("program", key, each.receive(key).status_code, careless=False)
    found.faults += [*laws_broken(db), *_lost(place / LEDGER, found.acknowledged)]
    found.faults += [f"{log.name} shows a fault" for log in logs if " Error at" in log.read_text(encoding="utf-8")]
    slow = [wait for wait in found.waits if wait > WAITS_SECONDS]
    return _with(found, [f"{len(slow)} answers took longer than {WAITS_SECONDS} s"] if slow else [])


def _with(found: Shared, faults: list[str]) -> Shared:
    found.faults += faults
    return found


def _write(programs: list[Program], db: str, seconds: float, found: Shared, *, careless: bool) -> None:
    """Have programs and commands record at once until the time is over."""
    until = time.monotonic() + seconds

    def ask(number: int, program: Program) -> None:
        for turn in range(1_000_000):
            if time.monotonic() > until:
                return
            key = f"p{number}-{turn}"
            answer = program.receive(key) if turn % 2 else _issue(program, key)
            found.note("program", key, answer.status_code, careless=careless)

    threads = [threading.Thread(target=ask, args=each) for each in enumerate(programs)]
    for each in threads:
        each.start()
    # Commands are forked, so they are typed from here, where no thread of ours holds anything that they need.
    turn = 0
    while time.monotonic() < until:
        key = f"c-{turn}"
        began = time.monotonic()
        words = ("receive", "DEP01", "MASK", "10", "--partner", "ABROAD", "--lot", key, "--key", key, "--actor", "ann")
        found.note("command", key, typed(*words, db=db).status, careless=careless)
        found.waits.append(time.monotonic() - began)
        turn += 1
    for each in threads:
        each.join()


def _issue(program: Program, key: str) -> httpx.Response:
    """Take the last of a lot that all of them take from: most are refused in the end, and none goes below nothing."""
    line = {"item": "MASK", "units": 7, "lot": "MASK-1912C"}
    return program.post("/api/v1/documents", key, json={"type": "issue", "site": "DEP01", "lines": [line]})


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold the file's write lock, as a program does that hangs in the middle of writing."""
    holder = sqlite_module().connect(str(file), isolation_level=None)
    holder.execute("PRAGMA busy_timeout = 30000")
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def _while_locked(programs: list[Program], db: str, found: Shared) -> None:
    """Ask everything while nobody can write; note what is not told, and what cannot be read."""
    for number, program in enumerate(programs):
        began = time.monotonic()
        for lang in ("en", "zh"):
            key = f"locked {number} {lang}"
            answer = program.post("/api/v1/documents", key, json=_ANY, params={"lang": lang})
            found.locked["told"] += is_told(answer)
            if not is_told(answer):
                found.faults.append(f"a call on a locked ledger is answered {answer.status_code}: {answer.text[:200]}")
        entering = program.enter()
        found.locked["told"] += is_told(entering)
        if not is_told(entering):
            found.faults.append(f"a form on a locked ledger is answered {entering.status_code}")
        for address in ("/api/v1/stock", "/healthz", "/sign-in"):
            read = program.get(address)
            found.locked["read"] += read.status_code == 200
            if read.status_code != 200:
                found.faults.append(f"{address} on a locked ledger is answered {read.status_code}")
        found.locked["milliseconds"] = max(found.locked["milliseconds"], round(1000 * (time.monotonic() - began)))
    words = ("receive", "DEP01", "MASK", "10", "--partner", "ABROAD", "--actor", "ann")
    for lang in ("en", "zh"):
        typed_now = typed(*words, db=db, lang=lang, patch=impatient)
        told = typed_now.status == 1 and typed_now.is_told
        found.locked["told"] += told
        if not told:
            found.faults.append(f"a command on a locked ledger ends with {typed_now.status}: {typed_now.said}")


_ANY = {
    "type": "receive",
    "site": "DEP01",
    "partner": "ABROAD",
    "lines": [{"item": "MASK", "units": 10, "lot": "locked"}],
}


def impatient() -> None:
    """Let nobody in this process wait for the file as long as a ledger's programs do."""
    from models import database

    database.BUSY_MS = _LOCK_MS
    database._PRAGMAS["busy_timeout"] = _LOCK_MS  # noqa: SLF001 - half a minute is the ledger's own


def _lost(file: Path, acknowledged: set[str]) -> list[str]:
    """Return what was acknowledged and is not there, or is there twice."""
    connection = sqlite_module().connect(str(file))
    keys = Counter(key.removeprefix("ann ") for (key,) in connection.execute("SELECT idem_key FROM document"))
    connection.close()
    return [f"lost: {key} was acknowledged" for key in sorted(acknowledged) if keys[key] != 1]


def main() -> None:
    """Serve twice; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_servers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--careless", action="store_true", help="what was sent is taken for done: must be caught")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = two_servers(Path(folder), asked.seconds, careless=asked.careless)
    print(f"{len(found.acknowledged):,} documents acknowledged by two servers and commands in {asked.seconds:.0f} s:")
    print("  " + ", ".join(f"{what}: {count:,}" for what, count in sorted(found.answers.items())))
    print(f"  longest wait {max(found.waits):.2f} s")
    print(
        f"locked: {found.locked['told']} told, {found.locked['read']} read, {found.locked['milliseconds']} ms at most"
    )
    print(f"{len(found.faults)} faults", *found.faults[:20], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
