"""Cursors of lists that programs are given a page at a time: where the next page begins, not to be read by them."""

from __future__ import annotations

import base64
import binascii

from fastapi import HTTPException

__all__ = ["cursor_of", "start_of"]


def cursor_of(start: int) -> str:
    """Return the cursor of a place in a list."""
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def start_of(cursor: str) -> int:
    """Return where a cursor begins; "" begins at 0.

    >>> start_of(""), start_of(cursor_of(200))
    (0, 200)

    Raises:
        HTTPException: 400 where it is none.

    """
    try:
        said = base64.urlsafe_b64decode(cursor.encode()).decode() if cursor else "0"
    except (binascii.Error, ValueError):
        said = ""
    if not (said.isascii() and said.isdigit()):
        raise HTTPException(status_code=400)
    return int(said)
