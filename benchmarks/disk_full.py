"""The disk is full, at every stage of what writes: a sentence, nothing half, reading goes on, and then it works.

python -m benchmarks.disk_full                       (`make faults`: every act at every level, and a server)
python -m benchmarks.disk_full --points 30 --seed 7
python -m benchmarks.disk_full --careless told       (says that it recorded, whatever the disk said)
python -m benchmarks.disk_full --careless journal    (SQLite without a journal)

A county's ledger is laid on a file system of a few megabytes, which is filled until so many bytes are left. Then one
command is typed: it must end with what it is for, or with a sentence and nothing done. While the disk is full
`stock` and `audit check` must work and tell the truth. Once there is room the same command is typed again and
must succeed, and every row is compared with what the command leaves where there was room all the time.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fault_ground import LEDGER, State, ground, laid_out, laws_broken, state_of, url_of
from benchmarks.small_disk import PAGE_BYTES, Disk, small_disk
from benchmarks.typed import Answer, load, typed

__all__ = ["ACTS", "Filled", "disk_full", "tell_before_writing"]

DISK_MEBIBYTES = 12
LEVELS = tuple(PAGE_BYTES * n for n in (0, 1, 2, 3, 4, 6, 8, 9, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 512))
"""Bytes that are left, a page of the file system apart where they are few."""

Words = Callable[[Path, Path], tuple[str, ...]]
"""A command, given the ground's folder and the disk's."""


@dataclass
class Filled:
    """What became of all points: how many, at how many the act was done or refused, what did not hold."""

    points: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """At how many the disk was too full."""
        return sum(count for (_, what), count in self.outcomes.items() if what == "refused")


ACTS: dict[str, Words] = {
    "receive": lambda *_: ("receive", "DEP01", "MASK", "70", "--partner", "ABROAD", "--key", "r1"),
    "receive 400 lines": lambda base, _: (
        *("receive", "DEP01", "--partner", "ABROAD", "--from", str(base / "lines.csv"), "--key", "r2"),
    ),
    "import documents": lambda base, _: ("import", str(base / "receipts.csv"), "--as", "receipts"),
    "import sites": lambda base, _: ("import", str(base / "sites-new.csv"), "--as", "sites"),
    "allocate": lambda *_: ("allocate",),
    "count": lambda *_: ("count", "DEP01", "MASK", "5", "--lot", "MASK-2001B", "--key", "c1"),
    "backup": lambda _, disk: ("backup", "--out", str(disk / "kept.ledger")),
    "restore": lambda base, disk: ("restore", str(base / "backup.ledger"), "--db", f"sqlite:///{disk / 'new.sqlite'}"),
    "init": lambda _, disk: ("init", "--db", f"sqlite:///{disk / 'made.sqlite'}"),
    "snapshot": lambda _, disk: ("snapshot", "--out", str(disk / "case")),
    "plan files": lambda base, disk: ("plan", str(base / "case"), "--out", str(disk / "plan")),
    "export": lambda _, disk: ("audit", "export", "--out", str(disk / "proof.zip")),
}


def disk_full(
    folder: Path,
    points: int | None = None,
    *,
    acts: Sequence[str] = tuple(ACTS),
    levels: Sequence[int] = LEVELS,
    seed: int = 1,
    careless: str = "",
) -> Filled | None:
    """Try every act at every level, or so many points drawn; None where no small disk can be mounted here."""
    load()
    with small_disk(folder, DISK_MEBIBYTES) as disk:
        if disk is None:
            return None
        base = ground(folder)
        wanted = [(name, left) for name in acts for left in levels]
        if points is not None:
            wanted = random.Random(seed).sample(wanted, min(points, len(wanted)))
        truth = {name: _with_room(disk, base, ACTS[name]) for name in {name for name, _ in wanted}}
        found = Filled()
        for name, left in wanted:
            point = _Point(disk, base, ACTS[name], _CARELESS[careless])
            faults = [f"{name}, {left} bytes left: {fault}" for fault in point.faults(left, truth[name])]
            found.points += 1
            found.outcomes[name, point.outcome] += 1
            found.faults += faults
        return found


_Truth = tuple[State, State, set[str]]


def _with_room(disk: Disk, base: Path, act: Words) -> _Truth:
    """Return what is in the ledger before an act and after it, and what then lies on the disk, where there is room."""
    _lay(disk, base)
    before = state_of(disk.place / LEDGER)
    answer = typed(*act(base, disk.place), db=url_of(disk.place))
    if answer.status:
        raise SystemExit(f"{act(base, disk.place)}: {answer.said}")
    return before, state_of(disk.place / LEDGER), _lying(disk)


def _lay(disk: Disk, base: Path) -> None:
    disk.clear()
    laid_out(base, disk.place)


def _lying(disk: Disk) -> set[str]:
    """Return what lies on the disk, but for what SQLite keeps beside a ledger while it is open."""
    return {name for name in disk.names() if not name.endswith(("-wal", "-shm"))}


class _Point:
    """One act at one level. `outcome`: "done", or "refused" where the disk was too full."""

    def __init__(self, disk: Disk, base: Path, act: Words, patch: Callable[[], None] | None) -> None:
        self.disk, self.base, self.act, self.patch = disk, base, act, patch
        self.db, self.outcome = url_of(disk.place), ""

    def faults(self, left: int, truth: _Truth) -> list[str]:
        """Do it; return what does not hold."""
        before, after, lying = truth
        _lay(self.disk, self.base)
        first = _lying(self.disk)
        self.disk.leave(left)
        answer = self._typed()
        done = answer.status == 0
        self.outcome = "done" if done else "refused"
        found = [] if answer.is_told else [f"told badly ({answer.status}): {answer.said}"]
        found += self._while_full(done, (after,) if done else (before,))
        self.disk.empty()
        if not done and _lying(self.disk) - first - _MAY_STAY:
            found.append(f"half: {sorted(_lying(self.disk) - first)} lies there")
        again = answer if done else self._typed()
        if again.status:
            found.append(f"with room again it ends with {again.status}: {again.said}")
        if _told_apart(state_of(self.disk.place / LEDGER)) != _told_apart(after):
            found.append("with room again the ledger is another than it would be")
        if _lying(self.disk) != lying:
            found.append(f"with room again other files lie there: {sorted(_lying(self.disk) ^ lying)}")
        return found + self._laws()

    def _typed(self) -> Answer:
        return typed(*self.act(self.base, self.disk.place), db=self.db, patch=self.patch)

    def _while_full(self, done: bool, states: Sequence[State]) -> list[str]:  # noqa: FBT001
        """Return what does not hold while the disk is full: reading, proving, and what a fresh look finds."""
        found = []
        for words in (("stock", "--json"), ("audit", "check")):
            answer = typed(*words, db=self.db)
            if answer.status:
                found.append(f"{words[0]} on the full disk ends with {answer.status}: {answer.said}")
        held = _told_apart(_copied_state(self.disk))
        if held not in [_told_apart(each) for each in states]:
            found.append(
                f"{'lost: it was said to be done' if done else 'half: it was refused'}, and the ledger differs"
            )
        return found

    def _laws(self) -> list[str]:
        return laws_broken(self.db)


_MAY_STAY = {f"{LEDGER}.key", "made.sqlite"}
"""An empty file that `init` makes, and takes for its own the next time."""


def _copied_state(disk: Disk) -> State:
    """Return what is in the ledger, looked at in a copy, for SQLite needs room beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("", "-wal"):
            source = disk.place / f"{LEDGER}{ending}"
            if source.exists():
                (Path(folder) / f"{LEDGER}{ending}").write_bytes(source.read_bytes())
        return state_of(Path(folder) / LEDGER)


def _told_apart(state: State) -> State:
    """Return what must be the same: not the seals, which are made at any time, and the versions that name a key."""
    return {name: value for name, value in state.items() if name not in ("leaf", "tree_head")}


# --- Careless variants: controls that must be caught --------------------------------------------


def tell_before_writing() -> None:
    """Let a commit be taken for done, whatever came of it."""
    from sqlalchemy.dialects.sqlite.base import SQLiteDialect

    def committed(_self: SQLiteDialect, connection: Any) -> None:
        try:
            connection.commit()
        except Exception:  # noqa: BLE001 - that is what is careless
            connection.rollback()

    SQLiteDialect.do_commit = committed  # type: ignore[method-assign, assignment]


def _without_journal() -> None:
    """Let SQLite write into the file at once, with nothing to go back to, and hold little in memory before it does."""
    from models import database, sqlite_connecting

    sqlite_connecting.JOURNAL = "off"
    vars(database)["JOURNAL"] = "off"
    database._PRAGMAS |= {"journal_mode": "off", "cache_size": -64}  # noqa: SLF001 - what nobody else may change


_CARELESS: dict[str, Callable[[], None] | None] = {
    "": None,
    "told": tell_before_writing,
    "journal": _without_journal,
}


def main() -> None:
    """Fill the disk; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disk_full", description=__doc__)
    parser.add_argument("--points", type=int, help="how many, drawn; else all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", default="", choices=_CARELESS)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = disk_full(Path(folder), asked.points, seed=asked.seed, careless=asked.careless)
    if found is None:
        print("disk full: not tried, this process may not mount a file system (run it as root)")
        return
    for name in ACTS:
        done, refused = (found.outcomes[name, what] for what in ("done", "refused"))
        print(f"{name:20}{done + refused:>5} points, {refused:>4} too full")
    print(f"{found.points} points, {found.refused} too full, {time.monotonic() - began:.0f} s")
    print(f"{len(found.faults)} faults", *found.faults[:20], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
