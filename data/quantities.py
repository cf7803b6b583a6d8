"""Whole numbers of units as people type them; what they write instead is answered with what to write."""

from __future__ import annotations

from allocator.sentence import Sentence, say
from data.cell_text import number_in

__all__ = ["units_in"]

_DIGITS_MAX = 100
"""So many digits are read as they stand, so that a number out of bounds is told as it was typed."""


def units_in(text: str) -> int | Sentence:
    """Return a typed number of units, or what is wrong with it.

    >>> units_in("１２００")
    1200
    >>> print(units_in("about 40"))
    "about 40" is not a whole number of units. Write one such as 120.
    """
    if text.isdecimal() and len(text) <= _DIGITS_MAX:
        return int(text)
    read = number_in(text)
    if isinstance(read, float) and read >= 0 and read.is_integer():
        return int(read)
    if isinstance(read, tuple) and "number" in read[1]:
        return say('"{found}" is not a plain number. If you mean {number}, write {number}.', found=text, **read[1])
    return say('"{found}" is not a whole number of units. Write one such as 120.', found=text)
