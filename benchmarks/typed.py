"""Commands, typed as people type them, each in a process of its own that dies alone.

Processes are forked from one that has everything loaded, so a command takes what it takes and not a start of Python.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Answer", "child", "load", "typed"]

TRACEBACK = "Traceback (most recent call last)"
_SHOWN = 300


@dataclass(frozen=True)
class Answer:
    """What a command said. `status`: its exit status, minus the signal where one ended it."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The last of what it said to a person."""
        return (self.err or self.out).strip()[-_SHOWN:]

    @property
    def is_told(self) -> bool:
        """Whether it ended as commands should: by itself, without a traceback, with words where it was refused."""
        spoken = self.status == 0 or bool(self.err.strip() or self.out.strip())
        return self.status >= 0 and spoken and TRACEBACK not in self.err + self.out


def load() -> None:
    """Load what commands need, so that those that are forked have it."""
    import cli
    import models.audit
    import models.backing_up
    from data import import_taking, notes, texts  # noqa: F401

    _ = (cli.root, models.audit.audit, models.backing_up.backup)
    for lang in texts.LANGUAGES:
        texts.translator(lang)


def typed(
    *words: str,
    db: str,
    lang: str = "en",
    patch: Callable[[], Any] | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: int = 120,
) -> Answer:
    """Type a command at a ledger. `patch`: done in its process before; `seconds`: after which it is killed."""

    def run() -> int:
        from cli import root

        os.environ.update({"ALLOCATOR_DB": db} | dict(environment or {}))
        if patch is not None:
            patch()
        try:
            root.main(["--lang", lang, *words], prog_name="allocator")
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return child(run, seconds=seconds)


def child(work: Callable[[], int], *, seconds: int = 120) -> Answer:
    """Run something in a forked process; return its status and what it wrote."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            status = 99
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until it ends
                sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
                signal.alarm(seconds)
                status = work()
            except BaseException:  # noqa: BLE001 - as Python itself ends
                traceback.print_exc()
            finally:
                with contextlib.suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)
        _, ended = os.waitpid(pid, 0)
        return Answer(os.waitstatus_to_exitcode(ended), _read(out), _read(err))


def _read(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", "replace"))
