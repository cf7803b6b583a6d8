"""What sealing costs those who post: the same documents with a sealer at work beside them and without, in turns.

python -m benchmarks.sealing                                           (SQLite in a temporary file, and PostgreSQL)
python -m benchmarks.sealing --writers 64 --documents 20000 --pairs 5

The sealer runs every five seconds, twelve times as often as it must, as a thread of the process that posts: so all its
computing is counted. Wall time tells the cost on a quiet machine; CPU of this process and of the server
together tells it on a busy one too.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from benchmarks.ledger_places import databases
from benchmarks.ledger_rush import rush, stocked, takes
from models.checkpoint import Signer
from models.days import now_micros
from models.entry import Entry
from models.ledger import Ledger
from models.sealing import seal

__all__ = ["Cost", "measure"]

KEY = Signer("rush")
EVERY_SECONDS = 5.0


@dataclass
class Run:
    """Some runs of the same documents: seconds of each, CPU seconds of all, the longest that one document waited."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    worst_seconds: float = 0.0


@dataclass
class Cost:
    """The same documents without a sealer and with one."""

    documents: int
    without: Run = field(default_factory=Run)
    sealed: Run = field(default_factory=Run)

    def line(self, name: str) -> str:
        """Return the row of the table."""
        rates = [self.documents / statistics.median(run.seconds) for run in (self.without, self.sealed)]
        pairs = zip(self.sealed.seconds, self.without.seconds, strict=True)
        time_ratio = statistics.median(one / other for one, other in pairs)
        cells = [
            f"{rates[0]:,.0f}",
            f"{rates[1]:,.0f}",
            f"{100 * (time_ratio - 1):+.1f} %",
            f"{100 * (self.sealed.cpu_seconds / self.without.cpu_seconds - 1):+.1f} %",
            f"{1000 * self.without.worst_seconds:.0f}",
            f"{1000 * self.sealed.worst_seconds:.0f}",
        ]
        return f"| {name} | {' | '.join(cells)} |"


def measure(url: str, *, writers: int, documents: int, pairs: int) -> Cost:
    """Post the same number of documents again and again, every second time with a sealer beside."""
    ledger, lots = stocked(url, lots=40, units=documents * (2 * pairs + 1))
    entries = takes(lots, documents, lots_each=4)
    cost = Cost(documents)
    rush(ledger, _named(entries, "warm"), writers=writers)
    for pair in range(pairs):
        _run(ledger, _named(entries, f"without-{pair}"), writers, cost.without)
        seal(ledger, key=KEY, at=now_micros())
        with _sealer(ledger):
            _run(ledger, _named(entries, f"with-{pair}"), writers, cost.sealed, ends_sealed=True)
    ledger.engine.dispose()
    return cost


def _run(ledger: Ledger, entries: Sequence[Entry], writers: int, run: Run, *, ends_sealed: bool = False) -> None:
    server = _server_processes(ledger)
    began = _cpu_seconds(server)
    found = rush(ledger, entries, writers=writers)
    if ends_sealed:
        seal(ledger, key=KEY, at=now_micros())
    run.cpu_seconds += _cpu_seconds(server) - began
    run.seconds.append(found.seconds)
    run.worst_seconds = max(run.worst_seconds, found.worst_seconds)


def _server_processes(ledger: Ledger) -> list[psutil.Process]:
    if ledger.engine.dialect.name == "sqlite":
        return []
    with ledger.engine.connect() as connection:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    server = psutil.Process(number).parent()
    return server.children(recursive=True) if server else []


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Return the CPU seconds of this process and of others that are still there."""
    total = time.process_time()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = process.cpu_times()
            total += used.user + used.system
    return total


def _named(entries: Sequence[Entry], run: str) -> list[Entry]:
    return [replace(entry, key=f"{run}-{entry.key}") for entry in entries]


@contextlib.contextmanager
def _sealer(ledger: Ledger) -> Iterator[None]:
    """Seal every few seconds until the block ends."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(EVERY_SECONDS):
            seal(ledger, key=KEY, at=now_micros())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main() -> None:
    """Measure on each database, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--documents", type=int, default=15_000)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    print("| database | documents/s | with a sealer | time | CPU | worst wait, ms | with a sealer |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="allocator-sealing-") as folder:
        for name, place in databases(Path(folder)):
            cost = measure(place(), writers=asked.writers, documents=asked.documents, pairs=asked.pairs)
            print(cost.line(name), flush=True)


if __name__ == "__main__":
    main()
