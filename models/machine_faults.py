"""What a machine says when it cannot – no room, no right, no memory, a broken file – in a sentence with the remedy."""

from __future__ import annotations

import errno
import tempfile
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["BROKEN", "BUSY", "broken", "file_fault", "is_no_database", "is_of_disk", "machine_fault"]

BUSY = say("The ledger is busy: others have been writing all the time. Nothing was recorded; try again in a moment.")

BROKEN = "its tables cannot be read"
"""What is said of a database that says nothing itself."""

# SQLite's primary codes; of PostgreSQL's five characters as many as tell.
_SQLITE_BUSY, _SQLITE_MEMORY, _SQLITE_CLOSED = (5, 6), 7, (3, 8, 23)
_SQLITE_BROKEN, _SQLITE_DISK, _SQLITE_FULL, _SQLITE_NO_DATABASE = (11, 24, 26), (10, 14), 13, 26
_POSTGRES = {
    "53100": "full",
    "53200": "memory",
    "53300": "busy",
    "53": "disk",
    "58": "disk",
    "25006": "closed",
    "XX001": "broken",
    "XX002": "broken",
}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_DISK = (*_NO_ROOM, errno.EROFS, errno.EIO)


def is_no_database(error: Exception) -> bool:
    """Say whether SQLite finds that a file is none of its own."""
    return _code(_own(error)) == _SQLITE_NO_DATABASE


def is_of_disk(error: Exception) -> bool:
    """Say whether a database could not read or write its files."""
    return _kind(_own(error)) in ("full", "disk", "closed")


def file_fault(error: Exception, place: str) -> Sentence | None:
    """Return what is said where a database could not write one file that is being made; None for any other fault."""
    own = _own(error)
    if _kind(own) == "full":
        return _full_disk(place)
    return _bad_disk(place, str(own)) if is_of_disk(error) else None


def machine_fault(error: Exception, place: str = "") -> Sentence | None:
    """Return what is said of a fault of the machine; None for any other.

    `place`: the ledger's address; "" where whoever reads need not know where things lie.
    """
    if isinstance(error, MemoryError) or _is_unmapped(error):
        return _MEMORY
    if isinstance(error, OSError):
        return _of_system(error, told=bool(place))
    own = _own(error)
    return _worded(_kind(own), _ledger(place), str(own).strip().partition("\n")[0])


def _is_unmapped(error: Exception) -> bool:
    """Say whether a library could not be loaded because there is no memory for it."""
    said = str(error).lower()
    return isinstance(error, ImportError) and ("failed to map segment" in said or "cannot allocate memory" in said)


def broken(place: str, why: str) -> Sentence:
    """Return what is said of a ledger whose file is damaged."""
    return _broken(_ledger(place), why)


def _ledger(place: str) -> Sentence:
    return say("The ledger at {place}", place=place) if place else say("The ledger")


def _broken(ledger: Sentence, why: str) -> Sentence:
    return say(
        "{ledger} is damaged: {why}. Record nothing more in it and keep its files. Make it anew elsewhere from the "
        "last backup: allocator restore BACKUP --db ADDRESS",
        ledger=ledger,
        why=why,
    )


def _own(error: Exception) -> Any:
    return getattr(error, "orig", None) or error


def _code(own: Any) -> int:
    """Return SQLite's primary code of an error, 0 where it has none."""
    return int(getattr(own, "sqlite_errorcode", None) or 0) & 0xFF


def _kind(own: Any) -> str:
    state = str(getattr(own, "sqlstate", None) or "")
    if state:
        return next((kind for begins, kind in _POSTGRES.items() if state.startswith(begins)), "")
    code = _code(own)
    if code in _SQLITE_BUSY:
        return "busy"
    if code in _SQLITE_CLOSED:
        return "closed"
    if code in _SQLITE_DISK:
        return "disk"
    if code in _SQLITE_BROKEN or (not code and str(own).startswith((BROKEN, "Could not decode to UTF-8"))):
        return "broken"
    return {_SQLITE_FULL: "full", _SQLITE_MEMORY: "memory"}.get(code, "")


def _worded(kind: str, ledger: Sentence, why: str) -> Sentence | None:
    values = {"ledger": ledger, "why": why}
    return {
        "busy": BUSY,
        "memory": _MEMORY,
        "full": say(
            "{ledger} cannot be written: its disk is full ({why}). Nothing was recorded; reading goes on. "
            "Make room on that disk, then do it again.",
            **values,
        ),
        "closed": say(
            "{ledger} cannot be written: {why}. Nothing was recorded; reading goes on. Let whoever runs this program "
            "write the file and its folder, then do it again.",
            **values,
        ),
        "disk": say(
            "{ledger} cannot be read or written: {why}. Nothing was recorded. See to its disk, then do it again.",
            **values,
        ),
        "broken": _broken(ledger, why),
    }.get(kind)


_MEMORY = say(
    "There is not enough memory for this. Nothing was recorded. Ask for less at once – fewer sites, days or scenarios "
    "– or give this machine more."
)


def _of_system(error: OSError, *, told: bool) -> Sentence | None:
    if error.errno not in _NO_DISK:
        return None
    place = str(error.filename or tempfile.gettempdir()) if told else say("What was to be made")
    return _full_disk(place) if error.errno in _NO_ROOM else _bad_disk(place, error.strerror or str(error))


def _full_disk(place: str | Sentence) -> Sentence:
    return say(
        "{place} cannot be written: the disk is full. Nothing half was kept. Make room on that disk, then do it again.",
        place=place,
    )


def _bad_disk(place: str | Sentence, why: str) -> Sentence:
    return say(
        "{place} cannot be written: {why}. Nothing half was kept. See to that disk, then do it again.",
        place=place,
        why=why,
    )
