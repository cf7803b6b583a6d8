"""What a database says when it cannot: which faults pass by themselves, and how the rest is said to people.

Every door has one place that says it: `commands/unavailable.py` of a command, `web/unavailable.py` of a page or a call.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say

__all__ = ["Unavailable", "interrupted", "is_lost", "is_met", "unavailable"]

_MET = ("40001", "40P01", "23505")  # serialization failure, deadlock, a key or place that another made just before
_LOST = ("08", "57P")  # connection exceptions; the server is shut down, or starting up


class Unavailable(Exception):
    """The database could not do it just now: no refusal, for the same may be asked again.

    `is_lost`: the connection was, so that what was sent may have been recorded or not.
    """

    def __init__(self, sentence: Sentence, *, is_lost: bool = False) -> None:
        super().__init__(str(sentence))
        self.sentence, self.is_lost = sentence, is_lost


def code_of(error: Exception) -> str:
    """Return PostgreSQL's five characters for an error, "" where it has none."""
    return str(getattr(_own(error), "sqlstate", None) or "")


def is_met(error: Exception) -> bool:
    """Say whether a transaction met another one and may simply be tried again."""
    return code_of(error) in _MET


def is_lost(error: Exception) -> bool:
    """Say whether the connection to the server was lost, or could not be made."""
    if code_of(error):
        return code_of(error).startswith(_LOST)
    return type(_own(error)).__module__.startswith("psycopg") and type(_own(error)).__name__ in (
        "OperationalError",
        "InterfaceError",
        "ConnectionTimeout",
    )


def unavailable(error: Exception) -> Unavailable | None:
    """Return what is said of a fault that a program cannot help; None for an error of our own."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable(_BUSY)
    if is_met(error) or code_of(error) in ("55P03", "57014"):  # lock not available, statement cancelled
        return Unavailable(_BUSY)
    if is_lost(error):
        return Unavailable(_LOST_SENTENCE, is_lost=True)
    if code_of(error).startswith("53"):  # disk full, out of memory, too many connections
        return Unavailable(_full(_why(error)))
    return _sqlite(error)


def _sqlite(error: Exception) -> Unavailable | None:
    own = _own(error)
    if type(own).__name__ not in ("OperationalError", "DatabaseError") or code_of(error):
        return None
    why = str(own)
    if "locked" in why or "busy" in why:
        return Unavailable(_BUSY)
    if "full" in why or "disk I/O" in why or "readonly" in why or "unable to open" in why:
        return Unavailable(_full(why))
    return None


def _own(error: Exception) -> Any:
    return getattr(error, "orig", None) or error


def _why(error: Exception) -> str:
    return str(_own(error)).strip().partition("\n")[0]


def interrupted() -> Sentence:
    """Return what is said to those for whom somebody wrote who was interrupted."""
    return say(
        "Writing was interrupted. What was sent may have been recorded or not; "
        "post it again with the same key, and it is recorded once."
    )


_BUSY = say("The ledger is busy: others have been writing all the time. Nothing was recorded; try again in a moment.")
_LOST_SENTENCE = say(
    "The connection to the ledger was lost: its server was stopped, or cannot be reached. Try again in a moment. What "
    "was to be recorded may have been recorded or not; sent again with the same key, it is recorded once."
)


def _full(why: str) -> Sentence:
    return say(
        "The ledger cannot be written: {why}. Nothing was recorded. See to its disk, then post it again.", why=why
    )
