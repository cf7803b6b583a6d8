"""Files of a ledger that were spoilt: bytes, pages, logs cut or exchanged. A sentence with the way back, or the truth.

python -m benchmarks.broken_files                    (`make faults`)
python -m benchmarks.broken_files --cases 60 --seed 9
python -m benchmarks.broken_files --careless         (nobody audits: wrong balances must then be seen)

A county's ledger lies in a file, or in a file and its log as a server that was killed leaves them. Something of it is
spoilt; then stock is read, a plan is shown, everything is audited against a head that was kept elsewhere, a receipt
is posted and a backup is written. None may end with a traceback or a signal, or without words where it is refused.
Stock that is shown is the truth, or the audit ends with a fault.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fault_ground import LEDGER, ground, url_of
from benchmarks.typed import Answer, load, typed
from models.database import sqlite_module

__all__ = ["KINDS", "Broken", "broken_files"]

PAGE_BYTES = 4096
WAL, SHM = f"{LEDGER}-wal", f"{LEDGER}-shm"

_BACK = ("restore", "备份", "allocator audit check", "init")
"""Some of this stands in what is said of a ledger that cannot be opened: the remedy."""


@dataclass
class Broken:
    """What became of all cases. `outcomes`: by kind of damage: "true", "found" by the audit, "refused" by all."""

    cases: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


Spoil = Callable[[Path, Path, random.Random], None]
"""Spoil a copy of the ledger in the first folder; the second is the ledger of somebody else."""


def _overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


def _bytes(name: str) -> Spoil:
    def spoil(place: Path, _: Path, rng: random.Random) -> None:
        file = place / name
        for _each in range(rng.choice((1, 1, 2, 8, 64))):
            _overwrite(file, rng.randrange(file.stat().st_size), rng.randbytes(1))

    return spoil


def _pages(content: Callable[[random.Random], bytes]) -> Spoil:
    def spoil(place: Path, _: Path, rng: random.Random) -> None:
        file = place / LEDGER
        for _each in range(rng.choice((1, 1, 2, 4))):
            _overwrite(file, PAGE_BYTES * rng.randrange(file.stat().st_size // PAGE_BYTES), content(rng))

    return spoil


def _page_elsewhere(place: Path, _: Path, rng: random.Random) -> None:
    """Put one page where another one was, as a disk does that confuses addresses."""
    content = (place / LEDGER).read_bytes()
    source, target = (PAGE_BYTES * rng.randrange(len(content) // PAGE_BYTES) for _ in range(2))
    _overwrite(place / LEDGER, target, content[source : source + PAGE_BYTES])


def _cut(name: str) -> Spoil:
    def spoil(place: Path, _: Path, rng: random.Random) -> None:
        with (place / name).open("r+b") as opened:
            opened.truncate(rng.randrange((place / name).stat().st_size))

    return spoil


def _zeros(place: Path, _: Path, rng: random.Random) -> None:
    size = (place / LEDGER).stat().st_size
    (place / LEDGER).write_bytes(bytes(rng.choice((size, PAGE_BYTES, 100))))


def _empty(place: Path, *_: object) -> None:
    (place / LEDGER).write_bytes(b"")


def _header(place: Path, _: Path, rng: random.Random) -> None:
    _overwrite(place / LEDGER, rng.randrange(100), rng.randbytes(rng.choice((1, 4, 16))))


def _exchanged(*names: str) -> Spoil:
    def spoil(place: Path, other: Path, _: random.Random) -> None:
        for name in names:
            shutil.copyfile(other / name, place / name)

    return spoil


def _gone(name: str) -> Spoil:
    def spoil(place: Path, *_: object) -> None:
        (place / name).unlink()

    return spoil


KINDS: dict[str, tuple[Spoil, str, int]] = {
    "some bytes": (_bytes(LEDGER), "closed", 12),
    "bytes of the header": (_header, "closed", 3),
    "pages of noise": (_pages(lambda rng: rng.randbytes(PAGE_BYTES)), "closed", 8),
    "pages of zeros": (_pages(lambda _: bytes(PAGE_BYTES)), "closed", 4),
    "a page in another's place": (_page_elsewhere, "closed", 4),
    "the file cut": (_cut(LEDGER), "closed", 4),
    "a file of zeros": (_zeros, "closed", 1),
    "an empty file": (_empty, "closed", 1),
    "some bytes beside a log": (_bytes(LEDGER), "killed", 4),
    "bytes of the log": (_bytes(WAL), "killed", 6),
    "the log cut": (_cut(WAL), "killed", 4),
    "the log gone": (_gone(WAL), "killed", 1),
    "the log's index gone": (_gone(SHM), "killed", 1),
    "bytes of the log's index": (_bytes(SHM), "killed", 2),
    "the log of another ledger": (_exchanged(WAL, SHM), "killed", 1),
    "another's log without its index": (_exchanged(WAL), "killed", 1),
    "another's index": (_exchanged(SHM), "killed", 1),
    "another's log beside a closed file": (_exchanged(WAL), "closed", 1),
}
"""What is spoilt: how, of which ledger ("closed", or "killed" with its log), and how often of each round."""

ROUND = sum(often for _, _, often in KINDS.values())


def broken_files(
    folder: Path, cases: int, *, seed: int = 1, careless: bool = False, kinds: Sequence[str] = tuple(KINDS)
) -> Broken:
    """Spoil so many ledgers, each in its own way; `careless`: nobody audits."""
    load()
    sources, heads = _sources(folder)
    truths = {name: _shown(typed(*_STOCK, db=url_of(place))) for name, place in sources["truth"].items()}
    found, rng = Broken(), random.Random(seed)
    order = [name for name in kinds for _ in range(KINDS[name][2])]
    for number in range(cases):
        name = order[number % len(order)]
        spoil, which, _ = KINDS[name]
        place = folder / "spoilt"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(sources["laid"][which], place)
        spoil(place, sources["laid"]["other"], rng)
        outcome, faults = _Looked(place, heads[which], truths[which], careless=careless).outcome()
        found.cases += 1
        found.outcomes[name, outcome] += 1
        found.faults += [f"{name} (case {number}): {fault}" for fault in faults]
    return found


def _sources(folder: Path) -> tuple[dict[str, dict[str, Path]], dict[str, Path]]:
    """Make the ledgers that are spoilt, each also as it is whole, and the last head of each, kept elsewhere."""
    base = ground(folder)
    laid: dict[str, Path] = {}
    for name, receipts in (("closed", 1), ("killed", 3), ("other", 5)):
        live, still = folder / f"{name}-live", folder / name
        live.mkdir()
        still.mkdir()
        for each in (LEDGER, f"{LEDGER}.key"):
            shutil.copyfile(base / each, live / each)
            (live / each).chmod(0o600)
        _live(live, still, receipts, with_log=name != "closed")
        laid[name] = still
    truth = {name: folder / f"{name}-true" for name in laid}
    for name, place in truth.items():
        shutil.copytree(laid[name], place)
    heads = {name: folder / f"{name}-head.txt" for name in laid}
    for name, head in heads.items():
        head.write_text(_head_of(truth[name]), encoding="utf-8")
    return {"laid": laid, "truth": truth}, heads


def _live(live: Path, still: Path, receipts: int, *, with_log: bool) -> None:
    """Post receipts while somebody holds the ledger open, so that its log stays, and copy the files as they are."""
    holder = sqlite_module().connect(str(live / LEDGER))
    holder.execute("SELECT count(*) FROM document").fetchall()
    for number in range(receipts):
        words = ("receive", "DEP01", "MASK", "70", "--partner", "ABROAD", "--key", f"{live.name} {number}")
        answer = typed(*words, db=url_of(live))
        if answer.status:
            raise SystemExit(answer.said)
    if not with_log:
        holder.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        holder.close()
    for each in live.iterdir():
        shutil.copyfile(each, still / each.name)
    (still / f"{LEDGER}.key").chmod(0o600)
    if with_log:
        holder.close()


def _head_of(place: Path) -> str:
    connection = sqlite_module().connect(str(place / LEDGER))
    try:
        return str(connection.execute("SELECT checkpoint FROM tree_head ORDER BY size DESC LIMIT 1").fetchone()[0])
    finally:
        connection.close()


_STOCK = ("stock", "--json")


def _shown(answer: Answer) -> Any:
    return json.loads(answer.out)["rows"] if answer.status == 0 else None


class _Looked:
    """One spoilt ledger, as commands find it."""

    def __init__(self, place: Path, head: Path, truth: Any, *, careless: bool) -> None:
        self.place, self.head, self.truth, self.careless = place, head, truth, careless
        self.db = url_of(place)

    def outcome(self) -> tuple[str, list[str]]:
        """Return what became of it, and what should not have."""
        faults: list[str] = []
        stock = self._typed(faults, *_STOCK)
        shown = _shown(stock)
        self._typed(faults, "plans")
        proved = self._typed(faults, "audit", "check", "--head", str(self.head), "--plans", "1")
        posted = self._typed(faults, "receive", "DEP01", "MASK", "10", "--partner", "ABROAD", "--key", "after")
        self._typed(faults, "--lang", "zh", "backup", "--out", str(self.place / "kept.ledger"))
        if stock.status and not any(word in stock.err for word in _BACK):
            faults.append(f"no way back is said: {stock.said}")
        held = proved.status == 0 or self.careless
        if shown is not None and shown != self.truth and held:
            faults.append("wrong balances are shown, and the audit finds nothing")
        refused = all(each.status for each in (stock, proved, posted))
        return ("refused" if refused else "found" if proved.status else "true"), faults

    def _typed(self, faults: list[str], *words: str) -> Answer:
        answer = typed(*words, db=self.db)
        if not answer.is_told:
            faults.append(f"{words[0]} is told badly ({answer.status}): {answer.said}")
        return answer


def main() -> None:
    """Spoil ledgers; end with status 1 where anything is told badly, or is wrong and not found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.broken_files", description=__doc__)
    parser.add_argument("--cases", type=int, default=6 * ROUND)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="nobody audits: must be caught")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = broken_files(Path(folder), asked.cases, seed=asked.seed, careless=asked.careless)
    print(f"{'what was spoilt':38}{'refused':>8}{'found':>7}{'true':>6}")
    for name in KINDS:
        refused, told, true = (found.outcomes[name, each] for each in ("refused", "found", "true"))
        print(f"{name:38}{refused:>8}{told:>7}{true:>6}")
    print(f"{found.cases} spoilt ledgers, {time.monotonic() - began:.0f} s")
    print(f"{len(found.faults)} faults", *found.faults[:30], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
