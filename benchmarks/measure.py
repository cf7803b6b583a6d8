"""Run one measurement in a process of its own: CPU seconds, wall seconds, peak memory, what it says.

CPU seconds are user plus system time of the process and of every child it waited for (a solver
run as a program counts). This module and everything that imports it stay small: on Linux a child
inherits the peak memory of whoever started it, so the starter must not have loaded a table.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Measured", "run"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What one process used. `says`: the JSON object it printed last, {} where it printed none."""

    status: int
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    says: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def ok(self) -> bool:
        """It ended by itself and well."""
        return self.status == 0


def run(*arguments: str, seconds_max: float = 3600) -> Measured:
    """Run `python -m <arguments>` from the repository's root and measure it.

    After `seconds_max` of wall time the process and its children are ended (status 124).
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        late = threading.Event()
        timer = threading.Timer(seconds_max, _end, [process.pid, late])
        timer.start()
        # wait4 tells what exactly this child and its own children used.
        _, wait_status, used = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(wait_status)
        wall_seconds = time.monotonic() - started
        text, message = _text(out), _text(err)
    return Measured(
        status=124 if late.is_set() else process.returncode,
        cpu_seconds=used.ru_utime + used.ru_stime,
        wall_seconds=wall_seconds,
        peak_mb=used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
        says=_last_json(text),
        message=message.strip()[-600:],
    )


def _end(group: int, late: threading.Event) -> None:
    late.set()
    os.killpg(group, signal.SIGKILL)


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", "replace"))


def _last_json(text: str) -> dict[str, Any]:
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                return {}
    return {}
