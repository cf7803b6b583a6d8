"""Work done in a process of its own that is watched: how long each piece takes, and how much memory at its worst.

The memory is that of the whole process, interpreter and libraries within it: Linux is asked to forget the highest
mark before each piece (`/proc/self/clear_refs`) and tells it afterwards (`VmHWM`). What takes too long is ended
together with its process, as is what takes more than the kernel then gives.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

__all__ = ["MEBIBYTES_MAX", "SECONDS_MAX", "Came", "Watched", "forget_peak", "peak_mebibytes", "watched"]

SECONDS_MAX = 20.0
"""What one hostile input may take."""
MEBIBYTES_MAX = 512.0
"""What the process that works on it may hold at its worst."""

_STOP_BYTES = 4 * 2**30
_BEGIN_SECONDS = 120.0
_WAITED_SECONDS = 100.0

Work = Callable[[Any], tuple[str, str]]
"""Does one piece of work, and returns what came of it and, where that is a fault, what is wrong ("" where nothing is)."""


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of one input: `outcome` in a word or two, `fault` "" where it is as promised.

    `seconds`: without those in which a busy machine gave it no core, where that is known.
    """

    outcome: str
    fault: str
    seconds: float
    mebibytes: float


def forget_peak(process: int | str) -> None:
    """Let the highest mark of a process's memory begin anew at what it holds now."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


def peak_mebibytes(process: int | str) -> float:
    """Return the most memory a process held since then, in MiB."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


class Watched:
    """A process that works piece by piece. `begin`, with `arguments`, returns what does a piece; it is called there."""

    def __init__(self, begin: Callable[..., Work], *arguments: Any) -> None:
        self._begin, self._arguments = begin, arguments
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_fresh = True

    def __call__(self, piece: Any) -> Came:
        """Work on one piece; where it took too much, once more in a fresh process, and what that says counts."""
        came = self._once(piece)
        if came.mebibytes > MEBIBYTES_MAX and not came.fault and not self._is_fresh:
            # A process that worked before may hold what an earlier piece left behind.
            self.end()
            came = self._once(piece)
        self._is_fresh = False
        if came.fault or came.mebibytes > MEBIBYTES_MAX:
            self.end()
        if not came.fault and came.mebibytes > MEBIBYTES_MAX:
            return _with_fault(came, f"took {came.mebibytes:.0f} MiB")
        if not came.fault and came.seconds > SECONDS_MAX:
            return _with_fault(came, f"took {came.seconds:.0f} s")
        return came

    def _once(self, piece: Any) -> Came:
        pipe = self._running()
        process = self._process.pid if self._process and self._process.pid else "self"
        # From here: the process itself may be fenced in.
        forget_peak(process)
        began = time.perf_counter()
        pipe.send(piece)
        try:
            # Longer than may be: a busy machine lets it wait for a core, which is taken off.
            if not pipe.poll(_WAITED_SECONDS):
                self.end()
                return Came(outcome="ended", fault="took too long and was ended", seconds=_WAITED_SECONDS, mebibytes=0)
            outcome, fault, seconds = pipe.recv()
            mebibytes = peak_mebibytes(process)
        except EOFError:
            status = self._ended()
            seconds = time.perf_counter() - began
            return Came(outcome="died", fault=f"the process died: {status}", seconds=seconds, mebibytes=0)
        return Came(outcome=outcome, fault=fault, seconds=seconds, mebibytes=mebibytes)

    def _running(self) -> Connection:
        if self._pipe is None:
            # Spawned: what is forked inherits threads' locks, and the memory of who asks.
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_work, args=(theirs, self._begin, self._arguments), daemon=True)
            self._process.start()
            theirs.close()
            if not self._pipe.poll(_BEGIN_SECONDS):
                raise TimeoutError("the watched process did not begin")
            self._pipe.recv()
            self._is_fresh = True
        return self._pipe

    def _ended(self) -> int | None:
        process, self._process = self._process, None
        self._pipe = None
        if process is None:
            return None
        process.join(5)
        return process.exitcode

    def end(self) -> None:
        """End the process; the next piece begins another."""
        if self._process is not None:
            self._process.kill()
        self._ended()


def _with_fault(came: Came, fault: str) -> Came:
    return Came(outcome=came.outcome, fault=fault, seconds=came.seconds, mebibytes=came.mebibytes)


def _work(pipe: Connection, begin: Callable[..., Work], arguments: tuple[Any, ...]) -> None:
    """Work for as long as somebody asks."""
    resource.setrlimit(resource.RLIMIT_DATA, (_STOP_BYTES, _STOP_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    work = begin(*arguments)
    pipe.send("ready")
    with contextlib.suppress(EOFError):
        while True:
            piece = pipe.recv()
            began, waited = time.perf_counter(), _waited_seconds()
            outcome, fault = work(piece)
            pipe.send((outcome, fault, time.perf_counter() - began - (_waited_seconds() - waited)))
    sys.exit(0)


def _waited_seconds() -> float:
    """Return how long this thread could have run, and no core was free (Linux; else 0)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


@contextlib.contextmanager
def watched(begin: Callable[..., Work], *arguments: Any) -> Iterator[Watched]:
    """Give such a process, and end it afterwards."""
    made = Watched(begin, *arguments)
    try:
        yield made
    finally:
        made.end()
