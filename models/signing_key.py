"""The private key that signs tree heads: in a file of its own, outside the database, for its owner alone.

Whoever can write to the database cannot sign with it, and a copy of the database does not carry it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import tempfile
from pathlib import Path

from allocator.sentence import say
from models.checkpoint import BadNote, Signer
from models.entry import Refusal

__all__ = ["BYTES_MAX", "key_of"]

BYTES_MAX = 4096
"""The largest key file that is read; a key takes a hundred bytes and its name."""


def key_of(path: Path, *, name: str) -> Signer:
    """Return the signer in a file, making both where there is none yet.

    `name`: what a new key signs under, as `models.checkpoint.key_name` gives it.

    Raises:
        Refusal: the file cannot be read or made, others may read it, or it holds no key.

    """
    try:
        text = _read(path)
        if text is None:
            # Another process may make it at the same moment; the one whose file is there counts.
            _make(path, Signer(name))
            text = _read(path)
    except OSError as error:
        raise Refusal(
            say(
                "The signing key {path} cannot be read or made: {why}. Give yourself the right to it, "
                "or name another file.",
                path=str(path),
                why=error.strerror or str(error),
            )
        ) from error
    try:
        return Signer.of((text or "").strip())
    except BadNote:
        raise Refusal(
            say(
                "{path} holds no signing key. Restore it from a backup; without one, move it away, and a new "
                "key is made and recorded.",
                path=str(path),
            )
        ) from None


def _read(path: Path) -> str | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        _refuse_if_open_to_others(path, os.fstat(handle).st_mode)
        return file.read(BYTES_MAX).decode("utf-8", "replace")


def _refuse_if_open_to_others(path: Path, mode: int) -> None:
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(say("Others may read the signing key {path}. Close it to them: chmod 600 {path}", path=str(path)))


def _make(path: Path, signer: Signer) -> None:
    """Write a key file whole or not at all, never over one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes it readable by its owner alone.
    handle, begun = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(signer.secret_text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            _put(begun, path)
    finally:
        Path(begun).unlink(missing_ok=True)


def _put(begun: str, path: Path) -> None:
    try:
        os.link(begun, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        # A disk without links; a rename would go over a file that is there, so look once more.
        if not path.exists():
            Path(begun).rename(path)
