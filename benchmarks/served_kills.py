"""kill -9 of a server of pages while programs record through it; part of `python -m benchmarks.command_kills`."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.killing import CommandsKilled, forked, in_child, kill, read_rest
from benchmarks.recording import record_over_http
from benchmarks.served_ledger import Serving, begun
from benchmarks.sound_files import unsound
from benchmarks.typed import TRACEBACK
from models.ledger import open_ledger

__all__ = ["servers_killed"]

_LIVES_SECONDS = 2.0


def servers_killed(folder: Path, kills: int, *, seed: int = 1) -> CommandsKilled:
    """Kill `allocator serve` so often while two programs record through it, and start it again."""
    place, found, rng = folder / "served", CommandsKilled(), random.Random(seed)
    place.mkdir()
    url = f"sqlite:///{place / 'county.sqlite'}"
    token = begun(url, place)
    server = Serving(url, place / "log")
    server.start()
    crowd = [
        forked(lambda pipe, name=name: record_over_http(server.origin, token, name, pipe))  # type: ignore[misc]
        for name in ("a", "b")
    ]
    for number in range(kills):
        time.sleep(rng.uniform(0.2, _LIVES_SECONDS))
        server.kill()
        server.start()
        found.kills = found.met = number + 1
    time.sleep(_LIVES_SECONDS)
    words: list[str] = []
    for child, pipe in crowd:
        kill(child)
        words += [line.decode() for line in read_rest(pipe).split(b"\n")[:-1]]
    server.kill()
    keys = [word.removeprefix("key ") for word in words if word.startswith("key ")]
    found.faults += [f"told: {word}" for word in words if word.startswith("fault ")]
    found.faults += in_child(lambda: "\n".join(_lost(url, keys))).splitlines() + unsound(place / "county.sqlite")
    found.faults += [f"the server said: {server.said[-300:]}"] * (TRACEBACK in server.said)
    print(f"{len(keys)} documents acknowledged through HTTP, the server killed {kills} times")
    return found


def _lost(url: str, keys: Sequence[str]) -> Iterator[str]:
    with open_ledger(url).engine.connect() as connection:
        there = set(connection.exec_driver_sql("SELECT idem_key FROM document").scalars())
    yield from (f"lost: {key} was acknowledged" for key in keys if key not in there)
