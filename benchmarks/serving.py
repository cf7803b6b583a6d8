"""Servers as people start them, for as long as something is measured, and what their processes take."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psutil

__all__ = ["Server", "free_port", "running", "served"]

_STARTS_WITHIN = 60  # seconds


@dataclass(frozen=True)
class Server:
    """A server that runs at an address. `pid`: of its first process."""

    origin: str
    pid: int

    def cpu_seconds(self) -> dict[int, float]:
        """Return the CPU that each process took so far."""
        return {each.pid: sum(each.cpu_times()[:2]) for each in self._processes()}

    def resident_bytes(self) -> dict[int, int]:
        """Return the memory of each process."""
        return {each.pid: each.memory_info().rss for each in self._processes()}

    def kill(self) -> None:
        """Kill every process of it at once."""
        doomed = self._processes()
        for each in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(each.pid, signal.SIGKILL)
        psutil.wait_procs(doomed, timeout=_STARTS_WITHIN)

    def _processes(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.pid)
            return [first, *first.children(recursive=True)]
        return []


def free_port() -> str:
    """Return a port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@contextlib.contextmanager
def served(url: str, processes: int, *, worker: bool = False, port: str = "") -> Iterator[Server]:
    """Serve a ledger as `allocator serve` does, as long as the block runs."""
    port = port or free_port()
    words = ("--db", url, "serve", "--port", port, "--processes", str(processes))
    with running("-m", "allocator", *words, *([] if worker else ["--no-worker"]), port=port) as server:
        yield server


@contextlib.contextmanager
def running(*words: str, port: str) -> Iterator[Server]:
    """Run a server as long as the block runs."""
    process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
    origin = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + _STARTS_WITHIN
        while not _answers(origin):
            if time.monotonic() > until:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield Server(origin, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(origin: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{origin}/healthz").status_code == httpx.codes.OK
    return False
