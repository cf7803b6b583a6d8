"""Power cuts, simulated: what was acknowledged is there whole, whatever of the unflushed writes was lost.

python -m benchmarks.ledger_power_cuts                         (`make faults`: 10,000 states of 25 runs)
python -m benchmarks.ledger_power_cuts --cuts 1000 --synchronous 1    (NORMAL: a control that loses documents)
python -m benchmarks.ledger_power_cuts --cuts 1000 --synchronous 0    (OFF: a control that loses the file)

Documents are written to SQLite – alone, by several threads at once, in batches, by `allocator import` – and
sealed, under a disk that is watched; what is acknowledged is noted between the writes. Then the power is cut at
random moments: the files hold what had been flushed and any part of the rest, the last sector perhaps torn. The
ledger is opened from them (every fifth as any command opens it, columns compared), every row is looked at, and
a document is posted; every fiftieth is sealed and audited whole. PostgreSQL is refused without fsync, so its own
tests stand for it. kill -9 (`ledger_kills`) loses no write that the system has taken; only this does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks.ledger_laws import faults_of
from benchmarks.power_cut_writing import BATCH, IMPORTED, stock, written
from benchmarks.watched_disk import Disk, Event
from models.audit import audit
from models.checkpoint import Signer
from models.database import open_database
from models.days import now_micros
from models.entry import Entry, Line, LotKey, Refusal
from models.faults import Unavailable
from models.ledger import Ledger, open_ledger
from models.sealing import seal

__all__ = ["Cuts", "power_cuts"]

FULL = 2
_FILE = "cut.sqlite"
_CUTS_OF_A_RUN = 400
_IN_CHECKPOINTS = 0.3
_OPENED_WHOLE_EVERY, _AUDITED_EVERY = 5, 50
_KEY = Signer("after")


@dataclass
class Cuts:
    """What became of all states. `acknowledged`: documents and heads that had been, and were looked for in each."""

    states: int = 0
    runs: int = 0
    in_checkpoints: int = 0
    acknowledged: int = 0
    audited: int = 0
    faults: list[str] = field(default_factory=list)


def power_cuts(folder: Path, cuts: int, *, documents: int = 220, seed: int = 1, synchronous: int = FULL) -> Cuts:
    """Write in `folder`, then look at what so many power cuts would have left.

    `documents`: written in each run, beside those that are imported. `synchronous`: SQLite's setting, which a ledger
    wants at 2 (FULL); 1 is NORMAL, 0 is OFF.
    """
    found = Cuts()
    for first in range(0, cuts, _CUTS_OF_A_RUN):
        found.runs += 1
        place = folder / f"run-{found.runs}"
        place.mkdir()
        file = place / _FILE
        stock(file)
        before = {file.name: file.read_bytes()}
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
            events = child.submit(written, str(file), documents, synchronous, seed + found.runs).result()
        _cut_run(place, before, events, min(_CUTS_OF_A_RUN, cuts - first), random.Random(seed + found.runs), found)
        shutil.rmtree(place)
    return found


def _cut_run(
    place: Path, before: Mapping[str, bytes], events: Sequence[Event], cuts: int, rng: random.Random, found: Cuts
) -> None:
    """Cut the power at random moments of one run."""
    # While the log is put into the ledger's own file, which is seldom, most is at stake.
    own = [at for at, event in enumerate(events, 1) if event.path.endswith(_FILE)]
    every = range(len(events) + 1)
    moments = Counter(rng.choice(own if own and rng.random() < _IN_CHECKPOINTS else every) for _ in range(cuts))
    found.in_checkpoints += sum(moments[at] for at in own)
    disk, told = Disk(before), list[str]()
    for moment in range(len(events) + 1):
        for _ in range(moments[moment]):
            found.states += 1
            found.acknowledged += len(told)
            files = disk.cut(rng)
            found.faults += [
                f"cut {found.states}: {fault}" for fault in _looked_through(place / "state", files, told, found)
            ]
        if moment < len(events):
            disk.happen(events[moment])
            if events[moment].kind == "told":
                told += events[moment].data.decode().split("\n")


def _looked_through(place: Path, files: Mapping[str, bytes], told: Sequence[str], found: Cuts) -> list[str]:
    place.mkdir()
    for name, content in files.items():
        (place / name).write_bytes(content)
    try:
        ledger = open_ledger(f"sqlite:///{place / 'cut.sqlite'}")
        try:
            return list(_faults(ledger, told, audits=found.states % _AUDITED_EVERY == 0, found=found))
        finally:
            ledger.engine.dispose()
    except (Refusal, Unavailable, sa.exc.DatabaseError) as error:
        return [f"damaged: {error}"]
    finally:
        shutil.rmtree(place)


def _opened(url: str, *, whole: bool) -> Ledger:
    """Open a ledger. `whole`: as commands do, which also look at every column of its tables; else the file alone."""
    return open_ledger(url) if whole else Ledger(open_database(url), ZoneInfo("UTC"))


def _faults(ledger: Ledger, told: Sequence[str], *, audits: bool, found: Cuts) -> Iterator[str]:
    with ledger.engine.connect() as connection:
        damage = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        keys = set(connection.exec_driver_sql("SELECT idem_key FROM document").scalars())
        heads = {
            (row[0], bytes(row[1] or b"").hex())
            for row in connection.exec_driver_sql("SELECT size, root FROM tree_head")
        }
    if damage != ["ok"]:
        yield from (f"damaged: {each}" for each in damage)
        return
    yield from faults_of(ledger.engine)
    yield from _lost(told, keys, heads)
    yield from _half(keys)
    lines = (Line("D1", "CONSUMED:D1", LotKey("I1", "L0000"), 1),)
    ledger.post(
        Entry(key="after", type="issue", actor="A", occurred_at=now_micros(), lines=lines), recorded_at=now_micros()
    )
    if audits:
        found.audited += 1
        seal(ledger, key=_KEY, at=now_micros())
        fault = audit(ledger, at=now_micros()).fault
        if fault is not None:
            yield f"audit: {fault.sentence}"


def _lost(told: Sequence[str], keys: set[str], heads: set[tuple[int, str]]) -> Iterator[str]:
    """Tell what was acknowledged and is not there."""
    for word in told:
        kind, _, what = word.partition(" ")
        if kind == "key" and what not in keys:
            yield f"lost: {what} was acknowledged"
        if kind == "head" and (int(what.split()[0]), what.split()[1]) not in heads:
            yield f"lost: the head of {what} was said"


def _half(keys: set[str]) -> Iterator[str]:
    """Tell batches and files of which a part is there."""
    parts = Counter(key.rpartition("/")[0] for key in keys if key.startswith("batch/"))
    yield from (f"half: {count} documents of {name}" for name, count in parts.items() if count != BATCH)
    files = Counter(key.split("/")[2].partition("-")[0] for key in keys if key.startswith("import/"))
    yield from (f"half: {count} documents of {name}" for name, count in files.items() if count != IMPORTED)


def main() -> None:
    """Cut the power; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_power_cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=220)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synchronous", type=int, default=FULL, choices=(0, 1, FULL))
    asked = parser.parse_args()
    began, memory = time.monotonic(), Path("/dev/shm")  # noqa: S108 - many small files, written and thrown away
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        found = power_cuts(
            Path(folder), asked.cuts, documents=asked.documents, seed=asked.seed, synchronous=asked.synchronous
        )
    print(f"{found.states:,} states after power cuts in {found.runs} runs, {time.monotonic() - began:.0f} s")
    print(f"{found.in_checkpoints:,} of them while the log was being put into the file")
    print(f"{found.acknowledged:,} acknowledged documents and heads looked for, {found.audited} states audited whole")
    print(f"{len(found.faults)} faults {found.faults[:3] or ''}")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
