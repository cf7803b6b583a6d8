"""The disk is full under a running server: programs and people are told, read on, and go on once there is room.

python -m benchmarks.disk_full_served                  (`make faults`)
python -m benchmarks.disk_full_served --careless       (a server that takes every commit for done: must be caught)

`allocator serve` serves a county's ledger from a file system of a few megabytes. It is filled until so many bytes are
left, and a program posts receipts of a hundred lots until one is refused, then sends a file. While it is full, stock is
read over the API and on its page. With room again both are sent once more under their keys. Nothing is started anew.
At the end every answer is compared with the ledger: each key that was answered 201 stands in it once and whole.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.disk_full import LEVELS
from benchmarks.fault_ground import LEDGER, ground, laid_out, laws_broken, url_of
from benchmarks.fault_server import Program, is_told, joined, served
from benchmarks.small_disk import Disk, small_disk
from benchmarks.typed import load
from models.database import sqlite_module

__all__ = ["Served", "disk_full_served"]

_LINES, _TRIES = 100, 60
DISK_MEBIBYTES = 128


@dataclass
class Served:
    """What became of all points. `told`: refusals that came as they should; `slowest`: of all answers, in seconds."""

    points: int = 0
    acknowledged: set[str] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


def disk_full_served(folder: Path, levels: Sequence[int] = LEVELS[:-1], *, careless: bool = False) -> Served | None:
    """Fill the disk under one server, level by level; None where no small disk can be mounted here."""
    load()
    with small_disk(folder, DISK_MEBIBYTES) as disk:
        if disk is None:
            return None
        laid_out(ground(folder), disk.place)
        db, found = url_of(disk.place), Served()
        token = joined(db)
        before = "from benchmarks.disk_full import tell_before_writing as careless; careless()" if careless else ""
        with served(db, folder / "server.log", "--no-worker", before=before) as origin:
            asks = Program(origin, token, "zh"), Program(origin, token, "en")
            if not asks[0].sign_in():
                raise SystemExit("nobody could sign in")
            for left in levels:
                # Two of them, in both languages, so that refusals are seen in each.
                found.faults += _tried(disk, asks[found.points % 2], left, found, asks[0])
                found.points += 1
            found.slowest = max(wait for each in asks for wait in each.waits)
        log = (folder / "server.log").read_text(encoding="utf-8")
        found.faults += ["the server's log shows a traceback"] if "Traceback" in log else []
        found.faults += [*laws_broken(db), *_lost(disk.place / LEDGER, found.acknowledged)]
        return found


def _tried(disk: Disk, program: Program, left: int, found: Served, reader: Program) -> list[str]:
    """Fill the disk, ask until it is too full, read, make room, ask again; return what does not hold."""
    disk.leave(left)
    faults, refused = [], ""
    for turn in range(_TRIES):
        key = f"{left}-{turn}"
        answer = program.receive(key, lines=_LINES)
        if answer.status_code == 201:
            found.acknowledged.add(key)
            continue
        refused = key
        found.told["documents"] += is_told(answer)
        faults += [] if is_told(answer) else [f"{left} bytes left: a document is answered {answer.status_code}"]
        break
    faults += [] if refused else [f"{left} bytes left: {_TRIES} documents were taken in"]
    sent = {"content": _counts(left).encode(), "params": {"name": "receipts.csv", "as": "receipts"}}
    taken = program.post("/api/v1/imports", f"file {left}", **sent)
    if taken.status_code != 200:
        found.told["files"] += is_told(taken)
        faults += [] if is_told(taken) else [f"{left} bytes left: a file is answered {taken.status_code}"]
    for address in ("/api/v1/stock", "/stock", "/healthz"):
        read = reader.get(address)
        faults += [] if read.status_code == 200 else [f"{left} bytes left: {address} is answered {read.status_code}"]
    disk.empty()
    again = program.receive(refused, lines=_LINES) if refused else None
    if again is not None and again.status_code == 201:
        found.acknowledged.add(refused)
    elif again is not None:
        faults.append(f"{left} bytes left: with room again a document is answered {again.status_code}")
    retaken = program.post("/api/v1/imports", f"file {left}", **sent)
    if retaken.status_code != 200:
        faults.append(f"{left} bytes left: with room again a file is {retaken.status_code}: {retaken.text[:200]}")
    return faults


def _counts(number: int) -> str:
    return f"number,site,partner,item,units,lot\nR{number},DEP01,ABROAD,MASK,10,F{number}\n"


def _lost(file: Path, acknowledged: set[str]) -> list[str]:
    """Return what was acknowledged and is not there whole, or is there twice."""
    connection = sqlite_module().connect(str(file))
    query = "SELECT idem_key, count(*) FROM document JOIN move ON move.document = document.id GROUP BY document.id"
    lines = Counter[str]()
    for key, count in connection.execute(query):
        lines[key.removeprefix("ann ")] += count
    connection.close()
    return [f"lost: {key} has {lines[key]} lines" for key in sorted(acknowledged) if lines[key] != _LINES]


def main() -> None:
    """Fill the disk under a server; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disk_full_served", description=__doc__)
    parser.add_argument("--careless", action="store_true", help="a server that answers first: must be caught")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = disk_full_served(Path(folder), careless=asked.careless)
    if found is None:
        print("disk full under a server: not tried, this process may not mount a file system (run it as root)")
        return
    told = ", ".join(f"{count} {what}" for what, count in found.told.items())
    print(f"{found.points} points under a server, {len(found.acknowledged)} documents acknowledged; refused: {told}")
    print(f"slowest answer {found.slowest:.2f} s; {time.monotonic() - began:.0f} s")
    print(f"{len(found.faults)} faults", *found.faults[:20], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
