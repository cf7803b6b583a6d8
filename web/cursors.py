"""Lists that programs are given a page at a time: `next` of a page is the cursor where the following one begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["cursor_of", "start_of", "turned"]

Row = TypeVar("Row")


def cursor_of(start: int) -> str:
    """Return the cursor of a place in a list."""
    return str(start)


def start_of(cursor: str) -> int:
    """Return where a cursor begins; "" begins at 0.

    >>> start_of(""), start_of(cursor_of(200))
    (0, 200)
    """
    return int(cursor or 0)


def turned(rows: Sequence[Row], cursor: str, limit: int) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a page, and the cursor of the next one; None where these are the last.

    >>> turned("abcde", "2", 2), turned("abcde", "4", 2)
    (('cd', '4'), ('e', None))
    """
    start = start_of(cursor)
    return rows[start : start + limit], cursor_of(start + limit) if start + limit < len(rows) else None
