"""What sealing costs those who record: the stretches in which a sealer works beside them against those between.

python -m benchmarks.sealing                                            (part of `make bench-ledger`; six minutes)
python -m benchmarks.sealing --only SQLite --every 5 --seals 6
python -m benchmarks.sealing --out docs/benchmarks-ledger-sealing.md

Writers record documents of four lines all the time. Everything recorded since is sealed once a minute, as late as
the design allows, and every five seconds, as often as commands would. The sealer is a thread of the process that
records, so all its computing is counted. With and without a sealer alternate within one run, seconds apart, so what
else the machine does weighs on both alike.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import psutil

from benchmarks.ledger_places import Place, databases
from benchmarks.ledger_story import Story, stocked
from benchmarks.ledger_writing import CLIENTS, LINES_EACH
from benchmarks.machine import machine, versions_of_databases
from models.checkpoint import Signer
from models.days import now_micros
from models.ledger import Ledger
from models.sealing import seal

__all__ = ["Cost", "Stretch", "measure"]

KEY = Signer("writing")
EVERY_SECONDS = {60.0: 2, 5.0: 12}
"""How often everything is sealed, and how many times that is measured."""

PROMISED_PERCENT = 5


@dataclass
class Stretch:
    """Some time in which documents were recorded. `cpu_seconds`: of this process and the server's."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    documents: int = 0
    longest_wait_seconds: float = 0.0

    def __iadd__(self, other: Stretch) -> Self:
        """Add another stretch of the same kind."""
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.documents += other.documents
        self.longest_wait_seconds = max(self.longest_wait_seconds, other.longest_wait_seconds)
        return self


@dataclass
class Cost:
    """What was recorded between seals, and while they were made."""

    between: Stretch
    sealing: Stretch
    seals: int

    @property
    def throughput_lost(self) -> float:
        """Return the share of documents that would have been recorded beside, had nobody sealed."""
        possible = self.between.documents / self.between.seconds * (self.between.seconds + self.sealing.seconds)
        return 1 - (self.between.documents + self.sealing.documents) / possible

    @property
    def cpu_more(self) -> float:
        """Return the CPU seconds of sealing, as a share of those that recording alone takes."""
        each = self.between.cpu_seconds / self.between.documents
        recording = each * (self.between.documents + self.sealing.documents)
        return (self.between.cpu_seconds + self.sealing.cpu_seconds) / recording - 1

    def cells(self) -> list[str]:
        """Return the cells of its row."""
        documents = self.between.documents + self.sealing.documents
        return [
            f"{self.between.documents / self.between.seconds:,.0f}",
            f"{documents / self.seals:,.0f}",
            f"{self.sealing.seconds / self.seals:.2f}",
            f"{100 * self.throughput_lost:+.1f} %",
            f"{100 * self.cpu_more:+.1f} %",
            f"{1000 * self.between.longest_wait_seconds:.0f}",
            f"{1000 * self.sealing.longest_wait_seconds:.0f}",
        ]


class Recording:
    """Threads that record documents until the block ends."""

    def __init__(self, ledger: Ledger, story: Story, writers: int) -> None:
        self._ledger = ledger
        self._story = story
        self._done = threading.Event()
        self._counts = [0] * writers
        self._waits = [0.0] * writers
        self._threads = [threading.Thread(target=self._record, args=(number,)) for number in range(writers)]
        self._server = _server_of(ledger)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def during(self, act: Callable[[], Any]) -> Stretch:
        """Return what is recorded while something is done."""
        self._waits = [0.0] * len(self._waits)
        began, cpu, documents = time.monotonic(), self._cpu_seconds(), sum(self._counts)
        act()
        return Stretch(
            seconds=time.monotonic() - began,
            cpu_seconds=self._cpu_seconds() - cpu,
            documents=sum(self._counts) - documents,
            longest_wait_seconds=max(self._waits),
        )

    def _record(self, number: int) -> None:
        for entry in self._story.singles("spread", number, LINES_EACH):
            if self._done.is_set():
                return
            began = time.monotonic()
            self._ledger.post(entry, recorded_at=now_micros())
            self._waits[number] = max(self._waits[number], time.monotonic() - began)
            self._counts[number] += 1

    def _cpu_seconds(self) -> float:
        total = time.process_time()
        for process in self._server.children(recursive=True) if self._server else []:
            with contextlib.suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                total += used.user + used.system
        return total


def measure(ledger: Ledger, story: Story, *, every: float, seals: int, writers: int) -> Cost:
    """Record all the time and seal every so many seconds, some times over."""
    cost = Cost(Stretch(), Stretch(), seals)
    with Recording(ledger, story, writers) as recording:
        time.sleep(2)  # until connections are made and accounts are known
        seal(ledger, key=KEY, at=now_micros())
        took = 0.0
        for _ in range(seals):
            cost.between += recording.during(partial(time.sleep, max(every - took, 0)))
            sealing = recording.during(lambda: seal(ledger, key=KEY, at=now_micros()))
            took = sealing.seconds
            cost.sealing += sealing
    return cost


def _server_of(ledger: Ledger) -> psutil.Process | None:
    """Return the process whose children are a server's connections, None where there is no server."""
    if ledger.engine.dialect.name == "sqlite":
        return None
    with ledger.engine.connect() as connection:
        return psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()).parent()


def main() -> None:
    """Measure both databases; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sealing", description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=float, action="append", help="seconds from seal to seal; default: 60 and 5")
    parser.add_argument("--seals", type=int, help="how many are measured; default: 2 and 12")
    parser.add_argument("--folder", type=Path, help="where the databases lie: on the disk that is measured")
    parser.add_argument("--only", choices=list(CLIENTS), help="one database")
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="allocator-sealing-", dir=asked.folder) as folder:
        lines = list(_page(Path(folder), asked))
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    yield from ["# What sealing costs those who record", "", "`python -m benchmarks.sealing`", ""]
    facts = machine() | versions_of_databases()
    yield from [*(f"- {name}: {fact}" for name, fact in facts.items()), ""]
    load = f"{os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"
    yield f"Load of the machine before: {load}. Promised: sealing costs at most {PROMISED_PERCENT} %."
    yield ""
    yield from [f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}"]
    for name, new_address in databases(folder):
        if asked.only in (None, name):
            for label, cost in _costs(name, new_address, asked):
                yield f"| {' | '.join([label, *cost.cells()])} |"


_COLUMNS: Sequence[str] = (
    "",
    "documents/s between seals",
    "documents a seal",
    "seconds a seal",
    "documents/s lost to sealing",
    "CPU more",
    "longest wait between, ms",
    "longest wait while sealing, ms",
)


def _costs(name: str, new_address: Place, asked: argparse.Namespace) -> Iterator[tuple[str, Cost]]:
    for every in asked.every or EVERY_SECONDS:
        ledger, story = stocked(new_address())
        seals = asked.seals or EVERY_SECONDS.get(every, 2)
        yield f"{name}, every {every:g} s", measure(ledger, story, every=every, seals=seals, writers=CLIENTS[name])
        ledger.engine.dispose()


if __name__ == "__main__":
    main()
