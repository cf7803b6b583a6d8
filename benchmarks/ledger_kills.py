"""kill -9 at random moments: what was acknowledged is there whole, and nothing else is half there.

python -m benchmarks.ledger_kills                    (`make faults`: 2,000 rounds on SQLite, 300 on PostgreSQL)
python -m benchmarks.ledger_kills --rounds 12 --server-rounds 12

A forked writer posts documents of four lines from four threads, now and then a batch that is all or
nothing, and says each key once it is durable. It is killed some milliseconds after its first word. On
PostgreSQL every tenth round kills the server's processes instead, which leaves its pid file behind. Then
a fresh process opens the ledger, goes through every row, and posts once more. Each ledger bears a hundred
rounds, after which a new one is begun: what is gone through would grow without end.
`--careless` acknowledges before posting: the control that must be caught, and ends once it is.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.killing import forked, in_child, kill, kill_server, read_first, read_rest, started, stop
from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_rush import stocked
from models.database import open_database
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger, open_ledger

__all__ = ["Killed", "kills_on_postgres", "kills_on_sqlite", "new_database", "stock", "write"]

THREADS = 4
LINES_EACH = 4
BATCH = 20
_LOTS = 40
_UNITS = 10**9
_LIVES_SECONDS = 0.12
_SERVER_EVERY = 10
_ROUNDS_OF_A_LEDGER = 100


@dataclass
class Killed:
    """What became of all rounds. `unsaid`: documents there that nobody was told of, which is no fault."""

    rounds: int = 0
    servers: int = 0
    acknowledged: int = 0
    unsaid: int = 0
    faults: list[str] = field(default_factory=list)


def kills_on_sqlite(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False) -> Killed:
    """Kill writers on files in `folder`, so many times."""
    return _kills(
        lambda number: f"sqlite:///{folder / f'killed-{number}.sqlite'}", rounds, random.Random(seed), careless=careless
    )


def kills_on_postgres(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False) -> Killed | None:
    """Kill writers on a server of our own, and now and then the server; None where there is no wheel for it."""
    data = Path(tempfile.mkdtemp(prefix="allocator-killed-", dir=folder))
    url = started(data)
    if url is None:
        return None
    try:
        return _kills(
            lambda number: new_database(url, f"killed_{number}"),
            rounds,
            random.Random(seed),
            careless=careless,
            data=data,
        )
    finally:
        stop(data)


def new_database(url: str, name: str) -> str:
    """Make a database on a server, in a process of its own; return its address. `url`: of the server's first one."""
    in_child(lambda: _create_database(url, name))
    return url.replace("/postgres?", f"/{name}?")


def _create_database(url: str, name: str) -> None:
    engine = open_database(url, connections=1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")


def _kills(
    place: Callable[[int], str], rounds: int, rng: random.Random, *, careless: bool, data: Path | None = None
) -> Killed:
    found = Killed()
    for first in range(0, rounds, _ROUNDS_OF_A_LEDGER):
        url = place(first)
        in_child(partial(stock, url))
        numbers = range(first, min(first + _ROUNDS_OF_A_LEDGER, rounds))
        _kills_of_one(url, numbers, rng, found, careless=careless, data=data)
    return found


def _kills_of_one(
    url: str, numbers: range, rng: random.Random, found: Killed, *, careless: bool, data: Path | None
) -> None:
    """Kill writers of one ledger."""
    told, there = set[str](), set[str]()
    for number in numbers:
        server = data is not None and number % _SERVER_EVERY == _SERVER_EVERY - 1
        told |= _killed_writer(url, number, rng.uniform(0, _LIVES_SECONDS), careless=careless, data=data, server=server)
        found.rounds, found.servers = number + 1, found.servers + server
        if server and data is not None:
            started(data)
        faults, there = _looked_through(url, told, number)
        found.faults += faults
        if careless and faults:
            break
    found.acknowledged += len(told)
    found.unsaid += len(there - told)


def stock(url: str) -> None:
    """Make a ledger with enough of everything."""
    stocked(url, lots=_LOTS, units=_UNITS)[0].engine.dispose()


# --- The writer, and its end ---------------------------------------------------------------------


def _killed_writer(url: str, number: int, lives: float, *, careless: bool, data: Path | None, server: bool) -> set[str]:
    """Let a writer post until it is killed; return the keys it said were durable."""
    child, pipe = forked(lambda writing: write(url, number, writing, careless=careless))
    words = read_first(pipe)
    time.sleep(lives)
    if server and data is not None:
        kill_server(data)
    kill(child)
    words += read_rest(pipe)
    # The last line may be cut; what was not said whole was not said.
    return {line.decode() for line in words.split(b"\n")[:-1]}


def write(url: str, number: int, pipe: int, *, careless: bool = False) -> None:
    """Post for ever, saying each key into a pipe once its document is durable."""
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


# --- What is there afterwards --------------------------------------------------------------------


def _looked_through(url: str, told: set[str], number: int) -> tuple[list[str], set[str]]:
    """Return what does not hold, and the keys that are there, as a fresh process finds them."""
    lines = in_child(lambda: "\n".join(_look(url, told, number))).splitlines()
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


def main() -> None:
    """Kill writers on both databases; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2_000, help="on SQLite")
    parser.add_argument("--server-rounds", type=int, default=300, help="on PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="acknowledge before posting: must be caught")
    asked = parser.parse_args()
    wrong = 0
    print(f"{'database':12}{'rounds':>8}{'servers':>9}{'acknowledged':>14}{'unsaid':>8}{'seconds':>9}  faults")
    with tempfile.TemporaryDirectory() as folder:
        for name, kills, rounds in (
            ("SQLite", kills_on_sqlite, asked.rounds),
            ("PostgreSQL", kills_on_postgres, asked.server_rounds),
        ):
            began = time.monotonic()
            found = kills(Path(folder), rounds, seed=asked.seed, careless=asked.careless)
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
