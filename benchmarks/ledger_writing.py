"""How fast documents are recorded, beside the disk's own limit and the bare driver writing the same rows.

python -m benchmarks.ledger_writing                                  (part of `make bench-ledger`; about two minutes)
python -m benchmarks.ledger_writing --out docs/benchmarks-ledger-writing.md
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.sentence import say
from benchmarks.ledger_bare import bare_bulk, bare_documents
from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_places import Place, databases
from benchmarks.ledger_story import Story, stocked
from benchmarks.machine import machine, versions_of_databases
from models.days import now_micros
from models.documents import Draft
from models.imports import Incoming, Paper, take_in
from models.ledger import Ledger
from models.versions import Stamp

CLIENTS = {"SQLite": 64, "PostgreSQL": 8}
LINES_EACH = 4


@dataclass(frozen=True)
class Paced:
    """Documents recorded one by one, each acknowledged when it is durable. `waits`: seconds, in order of size."""

    documents: int
    seconds: float
    waits: list[float]

    def cells(self) -> list[str]:
        """Return documents/s, median, p95 and longest wait in ms."""
        at = [self.waits[min(int(len(self.waits) * share), len(self.waits) - 1)] for share in (0.5, 0.95, 1)]
        return [f"{self.documents / self.seconds:,.0f}", *(f"{seconds * 1000:,.1f}" for seconds in at)]


def main() -> None:
    """Measure both databases; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_writing", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6, help="how long single documents are recorded")
    parser.add_argument("--lines", type=int, default=100_000, help="how many lines are imported")
    parser.add_argument("--folder", type=Path, help="where the databases lie: on the disk that is measured")
    parser.add_argument("--only", choices=["SQLite", "PostgreSQL"], help="one database")
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        lines = list(_page(Path(folder), asked))
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    yield from ["# Writing to the ledger", "", "`python -m benchmarks.ledger_writing`", ""]
    facts = machine() | versions_of_databases()
    yield from [*(f"- {name}: {fact}" for name, fact in facts.items()), ""]
    yield from ["| | lines/s | documents/s | median ms | p95 ms | longest ms |", "|---|---|---|---|---|---|"]
    for name, new_address in databases(folder):
        if asked.only in (None, name):
            for cells in _rows(folder, name, new_address, asked):
                yield f"| {' | '.join(cells)} |"


def _rows(folder: Path, name: str, new_address: Place, asked: argparse.Namespace) -> Iterator[list[str]]:
    yield [f"disk: one small append flushed at a time, before {name}", "", f"{flushes_per_second(folder):,.0f}", *_NONE]
    for lines_each in (100, LINES_EACH):
        ours, bare = _import_rates(new_address, asked.lines, lines_each)
        yield [f"{name}: import of {asked.lines:,} lines, {lines_each} a document", f"{ours:,.0f}", "", *_NONE]
        yield [f"{name}: the bare driver, the same rows", f"{bare:,.0f}", "", *_NONE]
    clients = CLIENTS[name]
    for kind, where in (("spread", "over 200 sites"), ("hot", "at one depot")):
        ledger, story = stocked(new_address())
        paced = recorded(ledger, story, kind=kind, clients=clients, seconds=asked.seconds)
        _hold(ledger)
        yield [f"{name}: single documents {where}, {clients} writers", "", *paced.cells()]
    writers = 1 if name == "SQLite" else clients
    for each in (1, 64):
        ledger, _ = stocked(new_address())
        rate = bare_documents(ledger.engine, writers=writers, each=each, seconds=asked.seconds)
        ledger.engine.dispose()
        label = f"{name}: the bare driver, such rows, {writers} writers, {each} documents a commit"
        yield [label, "", f"{rate:,.0f}", *_NONE]


_NONE = ["", "", ""]


def _import_rates(new_address: Place, lines: int, lines_each: int) -> tuple[float, float]:
    """Return the lines per second of an import, and of the bare driver writing the same rows."""
    ledger, story = stocked(new_address())
    papers = _papers(story, lines, lines_each)
    seconds = _seconds(lambda: _imported(ledger, papers))
    bare = bare_bulk(new_address(), ledger.engine)
    _hold(ledger)
    return lines / seconds, bare


def flushes_per_second(folder: Path, seconds: float = 1.5) -> float:
    """Return how often a small append reaches the disk, one after the other."""
    file = os.open(folder / "flushed", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    number, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        os.write(file, bytes(4096))
        os.fdatasync(file)
        number += 1
    os.close(file)
    return number / (time.monotonic() - began)


def _imported(ledger: Ledger, papers: list[Paper]) -> None:
    """Take documents in as one file: in one transaction, with every check."""
    take_in(ledger, Incoming(papers=papers), Stamp("importer", now_micros()))


def _papers(story: Story, lines: int, lines_each: int) -> list[Paper]:
    return [
        Paper(Draft(entry, lambda _, filled: filled), say("row"), "receipts", lines_each, as_said=True)
        for entry in story.imports(lines, lines_each)
    ]


def recorded(ledger: Ledger, story: Story, *, kind: str, clients: int, seconds: float) -> Paced:
    """Record single documents by so many threads at once for a while."""
    waits: list[float] = []
    until = time.monotonic() + seconds

    def client(number: int) -> None:
        own: list[float] = []
        for entry in story.singles(kind, number, LINES_EACH):
            began = time.monotonic()
            if began > until:
                break
            ledger.post(entry, recorded_at=now_micros())
            own.append(time.monotonic() - began)
        waits.extend(own)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    took = _seconds(lambda: _run(threads))
    return Paced(len(waits), took, sorted(waits))


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _seconds(act: Callable[[], Any]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _hold(ledger: Ledger) -> None:
    """What was measured must be right too."""
    faults = faults_of(ledger.engine)
    ledger.engine.dispose()
    if faults:
        raise SystemExit(f"what was measured does not hold: {faults[:3]}")


if __name__ == "__main__":
    main()
