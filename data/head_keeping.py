"""Heads kept in a folder, a file each, and signed by whoever keeps them once they extend the last one there.

The same folder is a ledger's witness of the simplest kind (a stick, a drive elsewhere) and what a witness that is
asked by others keeps. A file is written whole under its head's size and never overwritten; answers are those of
c2sp.org/tlog-witness, by its status numbers.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.sentence import say
from models.checkpoint import BadNote, Checkpoint, Signer, VerifierKey, checkpoint_of, opened, verified
from models.cosigning import Submission, cosign
from models.merkle import EMPTY_ROOT, consistency_holds

__all__ = ["HEAD_BYTES_MAX", "Answer", "Keeper", "folder_of", "head_text", "heads_in"]

HEAD_BYTES_MAX = 100_000
"""The largest head that is read; one takes some hundred bytes."""

_NAME = re.compile(r"([0-9]{19})\.head")
_NAME_LONGEST = 60

SIGNED, UNREADABLE, NOT_SIGNED, UNKNOWN, CONFLICT, NOT_EXTENDING = 200, 400, 403, 404, 409, 422


@dataclass(frozen=True)
class Answer:
    """What a witness says. `status`: as c2sp.org/tlog-witness has it; `lines`: its signatures; `known`: its size."""

    status: int
    lines: str = ""
    known: int | None = None


def folder_of(state: Path, origin: str) -> Path:
    """Return the folder in which the heads of a ledger are.

    >>> folder_of(Path("w"), "county stock").name
    'county_stock-b1f06fae'
    """
    safe = re.sub(r"[^\w.-]", "_", origin)[:_NAME_LONGEST].lstrip(".")
    return state / f"{safe}-{hashlib.sha256(origin.encode()).hexdigest()[:8]}"


def heads_in(folder: Path, most: int = 0) -> list[Path]:
    """Return the files of heads in a folder, the smallest first; `most`: only so many of the largest, 0 for all.

    Raises:
        OSError: the folder cannot be read.

    """
    found = sorted(entry for entry in folder.iterdir() if _NAME.fullmatch(entry.name))
    return found[-most:]


@dataclass(frozen=True)
class Keeper:
    """Keeps the heads of one ledger. `keys`: that may sign them; `name`: what it signs as, "" for the signer's own."""

    folder: Path
    keys: Sequence[VerifierKey]
    signer: Signer
    name: str = ""

    def newest(self) -> tuple[Checkpoint, str] | None:
        """Return the largest head that is kept, and its note, None where there is none.

        Raises:
            OSError: the folder cannot be read.
            BadNote: what is kept there is no head, or not that of its name.

        """
        if not self.folder.exists():
            return None
        files = heads_in(self.folder, 1)
        if not files:
            return None
        note = head_text(files[0])
        checkpoint = checkpoint_of(opened(note)[0])
        if int(files[0].stem) != checkpoint.size:
            raise BadNote(say("{file} holds a head of another size", file=files[0].name))
        return checkpoint, note

    def submit(self, asked: Submission, *, seconds: int) -> Answer:
        """Sign a head that extends the last one, once it is kept. `seconds`: now, in UTC.

        Raises:
            OSError: the folder cannot be read or written.
            BadNote: what is kept there is no head.

        """
        try:
            head, _ = verified(asked.note, self.keys)
        except BadNote:
            return Answer(NOT_SIGNED)
        if asked.old > head.size:
            return Answer(UNREADABLE)
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder):
            last = self.newest()
            known = last[0].size if last else 0
            if asked.old != known:
                return Answer(CONFLICT, known=known)
            if last is not None and head.size == known:
                # Signed before: say so again, if it is the same head.
                return self._again(asked, head, last, seconds)
            if not _extends(head, asked, last[0] if last else None):
                return Answer(NOT_EXTENDING, known=known)
            line = cosign(asked.note, self.signer, seconds=seconds, name=self.name)
            _write(self.folder / f"{head.size:019}.head", _without_others(asked.note) + line)
        return Answer(SIGNED, line)

    def _again(self, asked: Submission, head: Checkpoint, last: tuple[Checkpoint, str], seconds: int) -> Answer:
        if head.root != last[0].root:
            return Answer(CONFLICT, known=head.size)
        return Answer(SIGNED, cosign(asked.note, self.signer, seconds=seconds, name=self.name))


def _extends(head: Checkpoint, asked: Submission, last: Checkpoint | None) -> bool:
    if last is None or last.size == 0:
        return not asked.proof and (head.size > 0 or head.root == EMPTY_ROOT)
    return consistency_holds(former=last.size, size=head.size, former_root=last.root, root=head.root, proof=asked.proof)


def head_text(path: Path) -> str:
    """Return what a file says that holds a head, a request or an answer; what goes beyond the largest is left unread.

    Raises:
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        return file.read(HEAD_BYTES_MAX).decode("utf-8", "replace")


def _without_others(note: str) -> str:
    """Return a note with its first signature only: that of its ledger."""
    text, blank, lines = note.rpartition("\n\n")
    return f"{text}{blank}{lines.splitlines()[0]}\n"


def _write(path: Path, text: str) -> None:
    """Write a file whole, never over one that is there.

    Raises:
        OSError: it cannot be written, or one of its name is there.

    """
    handle, begun = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(begun).chmod(0o644)
        try:
            os.link(begun, path)
        except OSError:
            # A stick without links; a rename would go over a file that is there, so look once more.
            if path.exists():
                raise
            Path(begun).rename(path)
    finally:
        Path(begun).unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time compare and write: two heads that both extend the last need not extend each other."""
    with (folder / ".lock").open("ab") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            with contextlib.suppress(OSError):  # a share that knows no locks
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
