"""`python -m benchmarks.hostile_pages`: hostile requests to a server that is watched; its log is read afterwards."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from benchmarks.hostile_requests import requests
from benchmarks.hostile_server import served
from benchmarks.hostile_tally import Tally, told_though_ended
from benchmarks.hostile_wire import still_answers, wire_bytes
from benchmarks.hostile_world import world

__all__ = ["main", "pages_asked"]


def pages_asked(tally: Tally, seeds: range, *, wire: int = 0, seconds: float = 900) -> None:
    """Ask a server of its own, and read its log. `wire`: as many that are no requests; `seconds`: for all of it.

    Requests and bytes share the seconds by their numbers. Where it is ended early, the log is read all the same.
    """
    with world() as made, served(made) as server:
        until = time.monotonic() + seconds
        turn = until - seconds * wire / max(1, len(seeds) + wire)
        try:
            for name, request in requests(server, seeds):
                tally.add(f"{name} {ascii(request[:3_000])}"[:1_500], server.came(request))
                if server.process.poll() is not None or time.monotonic() > turn:
                    break
            if wire:
                tally.add("those who send slowly", still_answers(server))
            for name, request in wire_bytes(range(seeds.start, seeds.start + wire)):
                server.close()
                tally.add(f"{name} {ascii(request[:600])}"[:900], server.came(request, may_close=True))
                if server.process.poll() is not None or time.monotonic() > until:
                    break
        finally:
            told = Counter(server.log_faults())
            tally.faults += [f"log, {count} times: {fault}" for fault, count in told.items()]


def main(arguments: list[str]) -> int:
    """Ask; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_pages", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--wire", type=int, default=0, help="inputs that are no requests, after the others")
    parser.add_argument("--seconds", type=float, default=900, help="how long at the most, for all of it")
    asked = parser.parse_args(arguments)
    tally = Tally("pages, forms and API")
    with told_though_ended(tally):
        pages_asked(tally, range(asked.first, asked.first + asked.inputs), wire=asked.wire, seconds=asked.seconds)
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
