"""How many rows a page shows: some, or with `all=1` in its address as many as are printed on paper."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

__all__ = ["All", "rows_shown"]

ROWS_PRINTED = 5_000
"""So many rows are a pile of paper; more are in the workbook."""

All = Annotated[str, Query(alias="all", max_length=10)]
"""Whether all rows are asked for, to be printed."""


def rows_shown(whole: str, most: int) -> int:
    """Return how many rows one page shows; `most`: where not all are asked for.

    >>> rows_shown("", 100), rows_shown("1", 100)
    (100, 5000)
    """
    return ROWS_PRINTED if whole else most
