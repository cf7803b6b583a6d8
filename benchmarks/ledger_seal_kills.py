"""kill -9 of a sealer at work: no document is forgotten or sealed twice, and every head it said stays true.

python -m benchmarks.ledger_seal_kills               (part of `make faults`: 200 rounds on SQLite and on PostgreSQL)
python -m benchmarks.ledger_seal_kills --rounds 12

One forked process posts from four threads while another seals without pause, in small batches, and says each head
once it is signed. The sealer is killed some milliseconds after its first word, the writer after it; on PostgreSQL
every fifth round kills the server's processes instead. Then a fresh process goes through every row, finds the heads
that were said over the very leaves, seals what is left, and replays the whole ledger.
`--careless` takes what waits to be sealed away in a transaction of its own: the control that must be caught, and
ends once it is.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.killing import forked, in_child, kill, kill_server, read_first, read_rest, started, stop
from benchmarks.ledger_kills import stock, write
from benchmarks.ledger_laws import faults_of
from models import sealing
from models.audit import audit
from models.checkpoint import Signer
from models.days import now_micros
from models.ledger import Ledger, open_ledger

__all__ = ["SealersKilled", "sealers_killed_on_postgres", "sealers_killed_on_sqlite"]

BATCH_LEAVES = 8
"""So few, that most kills meet a sealer between two batches of one head."""

_DAWDLE_SECONDS = 0.03
_LIVES_SECONDS = 0.25
_SERVER_EVERY = 5
_KEY = Signer("killed")


@dataclass
class SealersKilled:
    """What became of all rounds. `unsigned`: rounds after which leaves stood without a head, which is no fault."""

    rounds: int = 0
    servers: int = 0
    heads: int = 0
    leaves: int = 0
    unsigned: int = 0
    faults: list[str] = field(default_factory=list)


def sealers_killed_on_sqlite(folder: Path, rounds: int, *, seed: int = 1, careless: bool = False) -> SealersKilled:
    """Kill sealers on a file in `folder`, so many times."""
    url = f"sqlite:///{folder / 'sealed.sqlite'}"
    return _kills(url, rounds, random.Random(seed), careless=careless)


def sealers_killed_on_postgres(
    folder: Path, rounds: int, *, seed: int = 1, careless: bool = False
) -> SealersKilled | None:
    """Kill sealers on a server of our own, and now and then the server; None where there is no wheel for it."""
    data = Path(tempfile.mkdtemp(prefix="allocator-sealed-", dir=folder))
    url = started(data)
    if url is None:
        return None
    try:
        return _kills(url, rounds, random.Random(seed), careless=careless, data=data)
    finally:
        stop(data)


def _kills(url: str, rounds: int, rng: random.Random, *, careless: bool, data: Path | None = None) -> SealersKilled:
    in_child(lambda: stock(url))
    found = SealersKilled()
    for number in range(rounds):
        server = data is not None and number % _SERVER_EVERY == _SERVER_EVERY - 1
        lives = rng.uniform(0, _LIVES_SECONDS)
        told = _killed_sealer(url, number, lives, careless=careless, server=data if server else None)
        if server and data is not None:
            started(data)
        faults, leaves, unsigned = _looked_through(url, told)
        found.rounds, found.servers, found.leaves = number + 1, found.servers + server, leaves
        found.heads += len(told)
        found.unsigned += unsigned
        found.faults += [f"round {number}: {fault}" for fault in faults]
        if careless and faults:
            break
    return found


# --- The sealer, and its end ---------------------------------------------------------------------


def _killed_sealer(url: str, number: int, lives: float, *, careless: bool, server: Path | None) -> list[str]:
    """Let a sealer work beside a writer until it is killed; return the heads it said: size and root."""
    writer, keys = forked(lambda pipe: write(url, number, pipe))
    sealer, pipe = forked(lambda pipe: _seal_for_ever(url, pipe, careless=careless))
    words = read_first(pipe)
    time.sleep(lives)
    if server is not None:
        kill_server(server)
    kill(sealer)
    kill(writer)
    read_rest(keys)
    words += read_rest(pipe)
    # The last line may be cut; what was not said whole was not said.
    return [line.decode() for line in words.split(b"\n")[:-1]]


def _seal_for_ever(url: str, pipe: int, *, careless: bool) -> None:
    sealing.BATCH_LEAVES = BATCH_LEAVES
    ledger = open_ledger(url)
    while True:
        if careless:
            _take_away_first(ledger)
        head = sealing.seal(ledger, key=_KEY, at=now_micros())
        if head is not None:
            os.write(pipe, f"{head.size} {head.root.hex()}\n".encode())


def _take_away_first(ledger: Ledger) -> None:
    """Take what waits to be sealed away, and put it back in another transaction."""
    with ledger.engine.begin() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("SELECT kind, ref FROM pending_seal")]
    for statement in (
        "DELETE FROM pending_seal WHERE kind = '{0}' AND ref = {1}",
        "INSERT INTO pending_seal (kind, ref) VALUES ('{0}', {1})",
    ):
        with ledger.engine.connect().execution_options(writes=True) as connection, connection.begin():
            for row in rows:
                connection.exec_driver_sql(statement.format(*row))
        # Dawdling, so that most kills come between the two and not one in many.
        time.sleep(_DAWDLE_SECONDS)


# --- What is there afterwards --------------------------------------------------------------------


def _looked_through(url: str, told: Sequence[str]) -> tuple[list[str], int, bool]:
    """Return what does not hold, how many leaves there are, and whether some stood without a signed head."""
    lines = in_child(lambda: "\n".join(_look(url, told))).splitlines()
    leaves, unsigned = lines[-1].split()
    return lines[:-1], int(leaves), unsigned == "True"


def _look(url: str, told: Sequence[str]) -> Iterator[str]:
    ledger = open_ledger(url)
    yield from faults_of(ledger.engine)
    with ledger.engine.connect() as connection:
        hashes = [bytes(row[0]) for row in connection.exec_driver_sql("SELECT hash FROM leaf ORDER BY position")]
        query = "SELECT pending_seal.ref FROM pending_seal JOIN leaf ON leaf.kind = pending_seal.kind"
        twice = connection.exec_driver_sql(f"{query} AND leaf.ref = pending_seal.ref").scalars().all()
        signed = {row[0]: bytes(row[1]) for row in connection.exec_driver_sql("SELECT size, root FROM tree_head")}
    yield from (f"twice: document {number} is sealed and waits to be" for number in twice)
    for line in told:
        size, root = line.split()
        if signed.get(int(size), b"").hex() != root:
            yield f"lost: the head of {size} leaves that was said is not there"
        if _root(hashes[: int(size)]).hex() != root:
            yield f"altered: the head of {size} leaves that was said is not over the leaves that are there"
    unsigned = len(hashes) > max(signed, default=0)
    sealing.seal(ledger, key=_KEY, at=now_micros())
    fault = audit(ledger, at=now_micros()).fault
    if fault is not None:
        yield f"audit: {fault.sentence}"
    yield f"{len(hashes)} {unsigned}"


def _root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, by the definition of RFC 9162, section 2.1.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256().digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def main() -> None:
    """Kill sealers on both databases; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_seal_kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="forget before sealing: must be caught")
    asked = parser.parse_args()
    wrong = 0
    print(f"{'database':12}{'rounds':>8}{'servers':>9}{'heads':>8}{'leaves':>9}{'unsigned':>10}{'seconds':>9}  faults")
    with tempfile.TemporaryDirectory() as folder:
        for name, kills in (("SQLite", sealers_killed_on_sqlite), ("PostgreSQL", sealers_killed_on_postgres)):
            began = time.monotonic()
            found = kills(Path(folder), asked.rounds, seed=asked.seed, careless=asked.careless)
            if found is None:
                print(f"{name:12}is not here: no wheel for this machine")
                continue
            numbers = f"{found.rounds:>8}{found.servers:>9}{found.heads:>8,}{found.leaves:>9,}{found.unsigned:>10}"
            seconds = time.monotonic() - began
            print(f"{name:12}{numbers}{seconds:>9.0f}  {len(found.faults)} {found.faults[:3] or ''}", flush=True)
            wrong += len(found.faults)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
