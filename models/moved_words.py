"""What a ledger says that moves to another database, or has: in its database's own words, and in people's.

Whatever writes there is refused by a trigger, whose message any program shows. `models/faults.py` knows it again.
"""

from __future__ import annotations

import re

from allocator.sentence import Sentence, say

__all__ = ["copy_words", "moved_sentence", "moving_words"]

_BEING = "this ledger is being moved to "
_HAS = "this ledger has moved to "
_COPY = "this ledger is a copy that is still being made"

_KNOWN = re.compile(rf"({_BEING}|{_HAS}|{_COPY})(.*)")


def moving_words(place: str, *, is_done: bool) -> str:
    """Return what the database of the former ledger says. `place`: where it goes, without a password.

    >>> moving_words("postgresql://localhost/county", is_done=True)
    'this ledger has moved to postgresql://localhost/county'
    """
    return f"{_HAS if is_done else _BEING}{place}"


def copy_words() -> str:
    """Return what the database of the new ledger says until it is the ledger."""
    return _COPY


def moved_sentence(message: str, *, told: bool) -> Sentence | None:
    """Return what is said to people where a database said this; None where it said something else.

    `told`: whether whoever reads may know where things lie.
    """
    known = _KNOWN.match(message.strip())
    if known is None:
        return None
    kind, place = known[1], known[2]
    if kind == _COPY:
        return say(
            "This is a copy that `allocator move` has not finished: nothing is recorded in it. Type the move again at "
            "the ledger that moves, which finishes it or says how; else take this copy away."
        )
    if kind == _HAS:
        return _moved(place) if told else _MOVED
    return _being_moved(place) if told else _BEING_MOVED


def _moved(place: str) -> Sentence:
    return say(
        "This ledger has moved to {place}: nothing is recorded here any more, and reading goes on. Work there, with "
        "--db {place} or in ALLOCATOR_DB.",
        place=place,
    )


def _being_moved(place: str) -> Sentence:
    return say(
        "This ledger is being moved to {place}: nothing is recorded meanwhile, and reading goes on. Wait until it is "
        "there. Where the move was cut off, allocator move --cancel lets it go on here.",
        place=place,
    )


_MOVED = say(
    "The ledger has moved to another database, and this server still reads the former one. Nothing was recorded; "
    "reading goes on. Whoever runs the server starts it with the new one; then send it again."
)

_BEING_MOVED = say(
    "The ledger is being moved to another database. Nothing was recorded; reading goes on. Send it again in some "
    "minutes."
)
