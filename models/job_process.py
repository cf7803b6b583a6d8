"""A job in a process of its own, within limits of memory and time: what it takes down with it is only itself."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.sentence import Sentence, say
from models.faults import unavailable
from models.job_work import Clock, JobKind, do_claimed
from models.jobs import Job, Outcome, claim_job, end_job, give_back
from models.ledger import Ledger

__all__ = ["Limits", "do_next_apart", "may_divide", "memory_of_machine"]

_LOOKS_SECONDS = 0.05
_GIVES_BACK_SECONDS = 3.0
_MEBIBYTE = 1 << 20

_LEFT = 75
"""How a process ends whose ledger cannot be written just now: its job waits until its lease ends."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a job may take: `memory_bytes` beyond what its worker has, as the system counts addresses, and `seconds`."""

    memory_bytes: int
    seconds: float


def memory_of_machine() -> int:
    """Return the memory of this machine in bytes; 4 GiB where the system does not tell it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 4 << 30


def may_divide() -> bool:
    """Say whether this process can be divided: the system does that, and no thread would be missing in the other."""
    return hasattr(os, "fork") and threading.active_count() == 1


def do_next_apart(
    ledger: Ledger, kinds: Mapping[str, JobKind], clock: Clock, limits: Limits, *, gone: Callable[[], bool]
) -> Job | None:
    """Do the job that has waited longest, as `do_next` does, in a process of its own that is held to its limits.

    Where it dies, or takes too long and is ended, the job has failed and says so. `gone`: whether nobody wants this
    worker any more; the job then waits for another one.
    """
    job = claim_job(ledger.engine, kinds, at=clock())
    if job is None:
        return None
    # A connection belongs to one process: both make their own.
    ledger.engine.dispose()
    child = os.fork()
    if child == 0:
        _in_child(ledger, kinds, clock, job, limits)
    try:
        why = _waited(child, limits, gone)
    except BaseException:
        _end(child)
        give_back(ledger.engine, job)
        raise
    if why is not None:
        end_job(ledger.engine, job, "failed", Outcome(says=(why,)), at=clock())
    return job


def _in_child(ledger: Ledger, kinds: Mapping[str, JobKind], clock: Clock, job: Job, limits: Limits) -> None:
    """Do a job and end this process, without any of what its parent would still do."""
    status = 1
    try:
        os.setsid()
        _hold_to(limits)
        do_claimed(ledger, kinds, clock, job)
        ledger.engine.dispose()
        status = 0
    except KeyboardInterrupt:
        status = 0  # it gave its job back
    except Exception as error:  # noqa: BLE001 - the parent tells that it died; this process has nobody to raise to
        status = 1 if unavailable(error) is None else _LEFT
        sys.stderr.write(f"job {job.id} ended: {type(error).__name__}\n")
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _hold_to(limits: Limits) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _taken() + limits.memory_bytes
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    # Should nobody be left to end it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + 60)


def _taken() -> int:
    """Return the addresses that this process has, in bytes; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _waited(child: int, limits: Limits, gone: Callable[[], bool]) -> Sentence | None:
    """Wait until a job's process has ended, and return why it failed, None where it saw to its job itself.

    Raises:
        KeyboardInterrupt: nobody wants this worker any more.

    """
    until = time.monotonic() + limits.seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return None if code in (0, _LEFT) else _died(code, limits)
        if time.monotonic() > until:
            _end(child, politely=False)
            return say(
                "It took longer than the {minutes} minutes that a job may take, and was ended. Ask for less at once – "
                "fewer sites, days or scenarios – or let it take longer: allocator worker --minutes N",
                minutes=max(1, round(limits.seconds / 60)),
            )
        if gone():
            raise KeyboardInterrupt
        time.sleep(_LOOKS_SECONDS)


def _died(status: int, limits: Limits) -> Sentence:
    return say(
        "Its process ended before it was done ({what}), most likely for want of memory: it may take {mebibytes:,} "
        "MiB. Look whether what it was to make is there; else ask for less at once – fewer sites, days or scenarios – "
        "or let it take more: allocator worker --memory-mib N",
        what=f"signal {-status}" if status < 0 else f"status {status}",
        mebibytes=limits.memory_bytes // _MEBIBYTE,
    )


def _end(child: int, *, politely: bool = True) -> None:
    """End a job's process and all that it started; politely, so that it gives its job back first."""
    until = time.monotonic() + (_GIVES_BACK_SECONDS if politely else 0)
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        if politely:
            os.kill(child, signal.SIGTERM)
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG)[0]:
                return
            time.sleep(_LOOKS_SECONDS)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
