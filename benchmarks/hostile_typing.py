"""Commands typed in a folder of their own, and what is wrong with what they answered or left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

from benchmarks.hostile_fence import fence
from benchmarks.hostile_said import fault_in_text
from cli import root

__all__ = ["Typed", "begin_typing", "judged"]

STATUSES = (0, 1, 2, 3, 4)
"""With what a command may end; docs/cli.md says what each means."""

Typed = tuple[tuple[str, ...], str]
"""The words of a command, and what stands on its standard input."""


def begin_typing(folder: str) -> Any:
    """Return what types a command in the folder `here` within a folder, beside which nothing may appear."""
    outside = Path(folder)
    inside = outside / "here"
    (outside / "tmp").mkdir(exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(outside / "tmp")
    fence((outside,))
    os.chdir(inside)
    os.environ["ALLOCATOR_DB"] = f"sqlite:///{inside / 'ledger.sqlite'}"
    os.environ["HOME"] = str(inside)
    os.environ.pop("ALLOCATOR_ACTOR", None)
    beside = _listing(outside)
    _stay_here()

    def type_(piece: Typed) -> tuple[str, str]:
        words, given = piece
        try:
            answer = CliRunner().invoke(
                root, list(words), input=given.encode(errors="surrogatepass"), prog_name="allocator"
            )
        except BaseException:  # noqa: BLE001 - a library in another language panics past every net
            return "broke", traceback.format_exc()[-1500:]
        finally:
            os.chdir(inside)
        fault = judged(answer) or _left(outside, beside)
        _tidy(inside)
        return f"ended with {answer.exit_code}", fault

    return type_


def judged(answer: Result) -> str:
    """Return what is wrong with an answer: an exception, a status that means nothing, silence, a text that is loud."""
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        return "".join(traceback.format_exception(answer.exception))[-1500:]
    if answer.exit_code not in STATUSES:
        return f"ended with {answer.exit_code}"
    if answer.exit_code and not (answer.stderr.strip() or answer.stdout.strip()):
        return f"ended with {answer.exit_code} and said nothing"
    return fault_in_text(answer.stdout) or fault_in_text(answer.stderr)


def _listing(folder: Path) -> frozenset[str]:
    return frozenset(os.listdir(folder))


def _left(outside: Path, beside: frozenset[str]) -> str:
    """Return what was made beside the folder."""
    made = _listing(outside) - beside
    for name in made:
        with contextlib.suppress(OSError):
            shutil.rmtree(outside / name) if (outside / name).is_dir() else (outside / name).unlink()
    return f"left {sorted(made)} outside its folder" if made else ""


_KEPT = 400


def _tidy(inside: Path) -> None:
    """Remove what commands wrote, once it is much: their names are drawn, and a folder of thousands is slow."""
    names = os.listdir(inside)
    if len(names) < _KEPT:
        return
    for name in names:
        if not (inside / "kept" / name).exists() and name not in (
            "kept",
            "ledger.sqlite",
            "ledger.sqlite-wal",
            "ledger.sqlite-shm",
        ):
            path = inside / name
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _stay_here() -> None:
    """Let nothing be asked of other machines, and no server begin that would never end."""
    asked = socket.getaddrinfo

    def only_here(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in (None, "", "localhost", "127.0.0.1", "::1"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return asked(host, *rest, **more)

    socket.getaddrinfo = only_here
    for name in ("commands.serve", "commands.worker", "data.witness_app", "scenarios.cluster"):
        import_module(name)
    for name in ("commands.serve._listen", "data.witness_app.serve", "commands.worker.time.sleep"):
        mock.patch(name, lambda *_, **__: None).start()
    mock.patch("commands.serve.own_worker", lambda *_: contextlib.nullcontext()).start()
    mock.patch("commands.worker.parent_gone", lambda: True).start()
    mock.patch("scenarios.cluster.work_for", lambda *_, **__: True).start()
