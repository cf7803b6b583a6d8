"""What came of many hostile inputs at one door: how many, how they ended, the slowest, the largest, what went wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.hostile_watch import Came, Watched

__all__ = ["Tally", "told_though_ended"]

_SHOWN = 400
_DEAD_MOST = 10


@dataclass
class Tally:
    """Inputs at one door. `faults`: what went wrong, with the input that did it."""

    door: str
    inputs: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds_most: float = 0.0
    mebibytes_most: float = 0.0
    slowest: str = ""
    largest: str = ""
    is_ended_early: bool = False

    def add(self, name: str, came: Came) -> None:
        """Count one input."""
        self.inputs += 1
        self.ended[came.outcome] += 1
        if came.fault:
            self.faults.append(f"{name}\n    {came.outcome}: {came.fault}")
        if came.seconds > self.seconds_most:
            self.seconds_most, self.slowest = came.seconds, name
        if came.mebibytes > self.mebibytes_most:
            self.mebibytes_most, self.largest = came.mebibytes, name

    def run(self, work: Watched, pieces: Iterable[tuple[str, Any]]) -> Tally:
        """Work through pieces with their names.

        Raises:
            RuntimeError: nothing works here: one process after the other died.

        """
        dead = 0
        for name, piece in pieces:
            came = work(piece)
            self.add(f"{name} {ascii(piece)}"[:_SHOWN], came)
            dead = dead + 1 if came.outcome == "died" else 0
            if dead > _DEAD_MOST:
                raise RuntimeError(f"{self.door}: one process after the other dies: {self.faults[-1]}")
        return self

    def row(self) -> str:
        """Return the line of a table."""
        ended = ", ".join(f"{count:,} {how}" for how, count in self.ended.most_common(8))
        early = " (ended early)" if self.is_ended_early else ""
        return (
            f"| {self.door}{early} | {self.inputs:,} | {len(self.faults)} | {self.seconds_most:.1f} | "
            f"{self.mebibytes_most:.0f} | {ended} |"
        )


@contextlib.contextmanager
def told_though_ended(*tallies: Tally) -> Iterator[None]:
    """Let what runs be ended by Ctrl-C or SIGTERM, and tell in any case what came until then, and how busy it was."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    began, load = time.monotonic(), os.getloadavg()[0]
    try:
        yield
    except KeyboardInterrupt:
        for tally in tallies:
            tally.is_ended_early = True
    finally:
        signal.signal(signal.SIGTERM, before)
        loads = f"load {load:.1f} at its beginning, {os.getloadavg()[0]:.1f} at its end"
        print(f"{time.monotonic() - began:.0f} s, {loads}")
        for tally in tallies:
            print(
                tally.row(),
                f"slowest: {tally.slowest}",
                f"largest: {tally.largest}",
                *tally.faults,
                sep="\n",
                flush=True,
            )
