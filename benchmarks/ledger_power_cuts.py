"""Power cuts, simulated: what was acknowledged is there whole, whatever of the unflushed writes was lost.

python -m benchmarks.ledger_power_cuts --cuts 1000
python -m benchmarks.ledger_power_cuts --synchronous 1         (NORMAL: the control that loses documents)

A writer posts documents of four lines to SQLite under a watched disk and notes each once it is durable.
Then the power is cut at random moments: the files hold what had been flushed and any part of the rest;
the ledger is opened from them and every row is looked at. PostgreSQL is refused without fsync, so its own
tests stand for it. kill -9 (`ledger_kills`) loses no write that the system has taken; only this does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_rush import stocked, takes
from benchmarks.watched_disk import Event, after_power_cut, by_file, watch
from models import database
from models.days import now_micros
from models.entry import LotKey, Refusal
from models.ledger import open_ledger

__all__ = ["Cuts", "power_cuts"]

_LOTS = 40
FULL = 2


@dataclass
class Cuts:
    """What became of all cuts: how many, how many documents had been acknowledged before them, what did not hold."""

    cuts: int = 0
    acknowledged: int = 0
    faults: list[str] = field(default_factory=list)


def power_cuts(folder: Path, cuts: int, *, documents: int = 250, seed: int = 1, synchronous: int = FULL) -> Cuts:
    """Post so many documents in `folder`, then look at what so many power cuts would have left of them.

    `synchronous`: SQLite's setting, which a ledger wants at 2 (FULL); 1 is NORMAL, 0 is OFF.
    """
    file = folder / "cut.sqlite"
    stocked(f"sqlite:///{file}", lots=_LOTS, units=10**9)[0].engine.dispose()
    before = {file.name: file.read_bytes()}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        events = child.submit(_written, str(file), documents, synchronous).result()
    rng, found = random.Random(seed), Cuts()
    for number in range(cuts):
        moment = rng.randrange(len(events) + 1)
        place = folder / f"cut-{number}"
        told = _cut(place, before, events[:moment], rng)
        found.cuts, found.acknowledged = number + 1, found.acknowledged + len(told)
        found.faults += [f"cut {number}: {fault}" for fault in _looked_through(place / file.name, told)]
    return found


def _written(file: str, documents: int, synchronous: int) -> list[Event]:
    """Post documents one after the other; return what happened to the files, and when each was acknowledged."""
    events: list[Event] = []
    watch(events)
    database._PRAGMAS["synchronous"] = synchronous  # noqa: SLF001 - what nobody else may change
    ledger = open_ledger(f"sqlite:///{file}")
    lots = [LotKey("I1", f"L{number:04}") for number in range(_LOTS)]
    for entry in takes(lots, documents, lots_each=4):
        ledger.post(entry, recorded_at=now_micros())
        events.append(Event("told", data=entry.key.encode()))
    return events


def _cut(place: Path, before: dict[str, bytes], events: list[Event], rng: random.Random) -> set[str]:
    """Write the files that a power cut after some events leaves; return the keys that had been acknowledged."""
    place.mkdir()
    changed = by_file(events)
    for name in before.keys() | changed.keys():
        (place / name).write_bytes(after_power_cut(before.get(name, b""), changed.get(name, []), rng))
    return {event.data.decode() for event in events if event.kind == "told"}


def _looked_through(file: Path, told: set[str]) -> list[str]:
    try:
        ledger = open_ledger(f"sqlite:///{file}")
        with ledger.engine.connect() as connection:
            damage = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            keys = set(connection.exec_driver_sql("SELECT idem_key FROM document").scalars())
        faults = [f"damaged: {each}" for each in damage if each != "ok"] or faults_of(ledger.engine)
        ledger.engine.dispose()
    except (Refusal, sa.exc.DatabaseError) as error:
        return [f"damaged: {error}"]
    return [*faults, *(f"lost: {key} was acknowledged" for key in sorted(told - keys))]


def main() -> None:
    """Cut the power; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_power_cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--documents", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synchronous", type=int, default=FULL, choices=(0, 1, FULL))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = power_cuts(
            Path(folder), asked.cuts, documents=asked.documents, seed=asked.seed, synchronous=asked.synchronous
        )
    print(f"{found.cuts} power cuts, {found.acknowledged:,} acknowledged documents looked for")
    print(f"{len(found.faults)} faults {found.faults[:3] or ''}")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
