"""The worker that `allocator serve` starts beside itself, and that ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import allocator
from commands.session import Session

__all__ = ["own_worker", "parent_gone"]

_PARENT = "ALLOCATOR_WORKER_OF"
_ENDS_WITHIN = 5  # seconds


@contextlib.contextmanager
def own_worker(session: Session, address: str) -> Iterator[None]:
    """Run a worker for a ledger as long as the block runs."""
    # A server that is told to end dies of the signal itself, unless somebody makes an ordinary end of it.
    signal.signal(signal.SIGTERM, _end)
    words = [sys.executable, "-m", "allocator", "--lang", session.lang, "-q", "worker"]
    with subprocess.Popen(words, env=_environment(address), stdin=subprocess.DEVNULL) as worker:
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                # It computes and does not look up. The next worker begins its job anew.
                worker.kill()


def _environment(address: str) -> dict[str, str]:
    """Return what the worker is told where nobody else reads it: an address may hold a password."""
    code = os.pathsep.join(filter(None, [str(Path(allocator.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return os.environ | {"ALLOCATOR_DB": address, _PARENT: str(os.getpid()), "PYTHONPATH": code}


def _end(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def parent_gone() -> bool:
    """Say whether this process is the worker of a server that is no more, however that ended."""
    said = os.environ.get(_PARENT)
    return said is not None and os.getppid() != int(said)
