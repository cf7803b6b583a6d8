"""PostgreSQL cut off under those who write: connections ended, statements cancelled, the server stopped or frozen.

python -m benchmarks.database_cuts                             (part of `make faults`: 70 cuts, seven kinds in turn)
python -m benchmarks.database_cuts --cuts 12
python -m benchmarks.database_cuts --careless                  (acknowledges before posting: the control)

One process posts documents, batches and seals from a thread each; one takes in files by the command; one posts to
`allocator serve` over HTTP, pages and calls beside. At random moments a share of all connections is ended in whatever
they do, statements are cancelled, the server is stopped ("fast", "immediate") or killed, and started again, or all
its processes stand still for some seconds. Whoever is told that the database cannot just now sends the same again
under the same key. Anything else that they are told is a fault: another error, a traceback, a 500. So is a process
that does not record again within ten seconds of the server's return (forty for a command that takes in a file), what
was acknowledged and is not there, half a batch or file, a law that does not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.killing import forked, frozen, in_child, kill, kill_server, started, stop, stopped
from benchmarks.ledger_laws import faults_of
from benchmarks.recording import BATCH, IMPORTED, record, record_by_imports, record_over_http
from benchmarks.served_ledger import Serving, begun
from benchmarks.typed import TRACEBACK, load
from models.audit import audit
from models.checkpoint import Signer
from models.database import open_database
from models.days import now_micros
from models.ledger import open_ledger
from models.sealing import seal

__all__ = ["CutOff", "database_cuts"]

RECOVERS_SECONDS = {"ledger": 10.0, "http": 10.0, "imports": 40.0}
"""A command that takes in a file begins anew, and a few dozen documents take it seconds beside all else."""

_DOWN_SECONDS, _FROZEN_SECONDS = 1.5, 6.0
_APART_SECONDS = (0.2, 0.8)
_KEY = Signer("after")


@dataclass
class CutOff:
    """What became of all cuts.

    `waits`: how often somebody was told to come again; `slowest`: the longest until each recorded again, in seconds.
    """

    cuts: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    waits: int = 0
    slowest: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def _each_backend(url: str, function: str, share: float) -> None:
    """Call a function for a share of all connections but our own, whatever they do."""
    query = f"SELECT {function}(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"  # noqa: S608 - ours
    engine = open_database(url, connections=1)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"{query} AND pid <> pg_backend_pid() AND random() < {share}").all()


class _Crowd:
    """Processes that record, and what they say."""

    def __init__(self) -> None:
        self.children: dict[str, tuple[int, int]] = {}
        self.words: list[str] = []
        self._rest: dict[int, bytes] = {}

    def add(self, name: str, work: Callable[[int], None]) -> None:
        """Let one more work."""
        self.children[name] = forked(work)

    def listen(self, seconds: float) -> set[str]:
        """Hear what is said for some seconds; return who had something acknowledged."""
        until, heard = time.monotonic() + seconds, set[str]()
        pipes = {pipe: name for name, (_, pipe) in self.children.items()}
        while (left := until - time.monotonic()) > 0:
            for pipe in select.select(list(pipes), [], [], left)[0]:
                if self._take(pipe):
                    heard.add(pipes[pipe])
        return heard

    def _take(self, pipe: int) -> bool:
        said = os.read(pipe, 1 << 16)
        if not said:
            raise RuntimeError("a process that records has ended")
        *lines, rest = (self._rest.get(pipe, b"") + said).split(b"\n")
        self._rest[pipe] = rest
        self.words += [line.decode() for line in lines]
        return any(line.startswith(b"key ") for line in lines)

    def end(self) -> None:
        """Kill all of them, and hear what they had said."""
        for child, pipe in self.children.values():
            kill(child)
            while select.select([pipe], [], [], 0)[0]:
                try:
                    self._take(pipe)
                except RuntimeError:
                    break


def database_cuts(
    folder: Path, cuts: int, *, seed: int = 1, careless: bool = False, serves: bool = True
) -> CutOff | None:
    """Cut so often, seven kinds in turn; None where there is no wheel for a server of our own.

    `serves`: some record over HTTP too; where not, the pages' own tests stand for it.
    """
    data = Path(tempfile.mkdtemp(prefix="allocator-cut-", dir=folder))
    url = started(data)
    if url is None:
        return None
    load()
    server, crowd, found = Serving(url, folder / "served.log"), _Crowd(), CutOff()
    try:
        token = begun(url, folder)
        crowd.add("ledger", lambda pipe: record(url, "l", pipe, careless=careless))
        crowd.add("imports", lambda pipe: record_by_imports(url, folder, pipe))
        if serves:
            server.start()
            crowd.add("http", lambda pipe: record_over_http(server.origin, token, "h", pipe))
        _cut_in_turn(data, url, crowd, cuts, random.Random(seed), found)
        crowd.end()
        _count(crowd.words, found)
        if TRACEBACK in server.said:
            found.faults.append(f"the server said: {server.said[-6000:]}")
        told = [word for word in crowd.words if word.startswith(("key ", "head "))]
        found.faults += in_child(lambda: "\n".join(_look(url, told))).splitlines()
    finally:
        server.kill()
        stop(data)
    return found


def _cut_in_turn(data: Path, url: str, crowd: _Crowd, cuts: int, rng: random.Random, found: CutOff) -> None:
    kinds = ("ended all", "stopped immediately", "cancelled", "ended some", "stopped fast", "killed", "frozen")
    _all_record(crowd, "at first", found)
    for number in range(cuts):
        kind = kinds[number % len(kinds)]
        crowd.listen(rng.uniform(*_APART_SECONDS))
        if kind == "killed":
            kill_server(data)
        elif kind == "frozen":
            with frozen(data):
                crowd.listen(rng.uniform(1, _FROZEN_SECONDS))
        elif kind.startswith("stopped"):
            stopped(data, how=signal.SIGINT if kind.endswith("fast") else signal.SIGQUIT)
        else:
            function = "pg_cancel_backend" if kind == "cancelled" else "pg_terminate_backend"
            in_child(partial(_each_backend, url, function, 0.4 if kind == "ended some" else 1.0))
        if kind == "killed" or kind.startswith("stopped"):
            crowd.listen(rng.uniform(0, _DOWN_SECONDS))
            started(data)
        found.cuts[kind] += 1
        _all_record(crowd, f"cut {number} ({kind})", found)


def _all_record(crowd: _Crowd, when: str, found: CutOff) -> None:
    """Wait until everybody had something acknowledged again."""
    began, missing, patience = time.monotonic(), set(crowd.children), 1 if found.cuts else 6
    while missing:
        for name in crowd.listen(0.1) & missing:
            missing.remove(name)
            if found.cuts:
                found.slowest[name] = max(found.slowest.get(name, 0.0), time.monotonic() - began)
        late = {name for name in missing if time.monotonic() > began + patience * RECOVERS_SECONDS[name]}
        found.faults += [f"{when}: {name} does not record again" for name in sorted(late)]
        missing -= late


def _count(words: list[str], found: CutOff) -> None:
    found.acknowledged = sum(word.startswith("key ") for word in words)
    found.waits = words.count("wait")
    found.faults += [f"told: {word}" for word in words if word.startswith("fault ")]
    found.faults += ["the server of the pages went away"] * words.count("gone")


def _look(url: str, told: list[str]) -> Iterator[str]:
    """Tell what does not hold, as a fresh process finds it."""
    ledger = open_ledger(url)
    yield from faults_of(ledger.engine)
    with ledger.engine.connect() as connection:
        keys = set(connection.exec_driver_sql("SELECT idem_key FROM document").scalars())
        heads = {
            f"{row[0]} {bytes(row[1]).hex()}" for row in connection.exec_driver_sql("SELECT size, root FROM tree_head")
        }
    for word in told:
        kind, _, what = word.partition(" ")
        if what not in (keys if kind == "key" else heads):
            yield f"lost: {word}"
    batches = Counter(key.partition("/")[0] for key in keys if key.startswith("l-batch"))
    yield from (f"half: {count} of {name}" for name, count in batches.items() if count != BATCH)
    files = Counter(key.split("/")[2].partition(".")[0] for key in keys if key.startswith("import/receipts/f"))
    yield from (f"half: {count} of file {name}" for name, count in files.items() if count != IMPORTED)
    seal(ledger, key=_KEY, at=now_micros())
    fault = audit(ledger, at=now_micros()).fault
    if fault is not None:
        yield f"audit: {fault.sentence}"


def main() -> None:
    """Cut; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.database_cuts", description=__doc__)
    parser.add_argument("--cuts", type=int, default=70)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="acknowledge before posting: must be caught")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = database_cuts(Path(folder), asked.cuts, seed=asked.seed, careless=asked.careless)
    if found is None:
        print("PostgreSQL is not here: no wheel for this machine")
        return
    print(f"{found.cuts.total()} cuts in {time.monotonic() - began:.0f} s: {dict(found.cuts)}")
    print(f"{found.acknowledged:,} documents acknowledged; told to come again {found.waits:,} times")
    print("recorded again after at most:", ", ".join(f"{name} {each:.1f} s" for name, each in found.slowest.items()))
    print(f"{len(found.faults)} faults {found.faults[:5] or ''}")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
