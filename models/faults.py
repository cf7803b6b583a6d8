"""What a database says when it cannot: which faults pass by themselves, and how the rest is said to people.

Every door has one place that says it: `commands/unavailable.py` of a command, `web/unavailable.py` of a page or a call.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.machine_faults import BUSY, machine_fault
from models.moved_words import moved_sentence

__all__ = ["Unavailable", "interrupted", "is_lost", "is_met", "unavailable"]

_MET = ("40001", "40P01", "23505")  # serialization failure, deadlock, a key or place that another made just before
_LOST = ("08", "57P")  # connection exceptions; the server is shut down, or starting up


class Unavailable(Exception):
    """The database could not do it just now: no refusal, for the same may be asked again.

    `is_lost`: the connection was, so that what was sent may have been recorded or not; `is_moved`: the ledger moves or
    has moved, so that it is of no use to ask again at once.
    """

    def __init__(self, sentence: Sentence, *, is_lost: bool = False, is_moved: bool = False) -> None:
        super().__init__(str(sentence))
        self.sentence, self.is_lost, self.is_moved = sentence, is_lost, is_moved


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


def unavailable(error: Exception, place: str = "") -> Unavailable | None:
    """Return what is said of a fault that a program cannot help; None for an error of our own.

    `place`: the ledger's address without its password; "" where whoever reads need not know where things lie.
    """
    if isinstance(error, Unavailable):
        cause = error.__cause__
        return (unavailable(cause, place) if place and isinstance(cause, Exception) else None) or error
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable(BUSY)
    if is_met(error) or code_of(error) in ("55P03", "57014"):  # lock not available, statement cancelled
        return Unavailable(BUSY)
    if is_lost(error):
        return Unavailable(_LOST_SENTENCE, is_lost=True)
    moved = moved_sentence(str(_own(error)).partition("\n")[0], told=bool(place))
    if moved is not None:
        return Unavailable(moved, is_moved=True)
    said = machine_fault(error, place)
    return None if said is None else Unavailable(said)


def _own(error: Exception) -> Any:
    return getattr(error, "orig", None) or error


def interrupted() -> Sentence:
    """Return what is said to those for whom somebody wrote who was interrupted."""
    return say(
        "Writing was interrupted. What was sent may have been recorded or not; "
        "post it again with the same key, and it is recorded once."
    )


_LOST_SENTENCE = say(
    "The connection to the ledger was lost: its server was stopped, or cannot be reached. Try again in a moment. What "
    "was to be recorded may have been recorded or not; sent again with the same key, it is recorded once."
)
