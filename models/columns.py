"""Query results as columns of numbers, for what has as many rows as there are sites and items."""

from __future__ import annotations

from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from allocator.case import MICRO, Dates, Floats, Indices, Texts, Units
from models.tables import NO_EXPIRY

__all__ = ["Positions", "columns_of", "days", "decimals", "texts", "wholes"]


def columns_of(connection: sa.Connection, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """Return the columns of a query's rows, each as a tuple."""
    rows = connection.execute(query).all()
    return list(zip(*rows, strict=True)) if rows else [() for _ in query.selected_columns]


def texts(column: tuple[Any, ...]) -> Texts:
    """Return texts."""
    return np.array(column, dtype=object)


def wholes(column: tuple[Any, ...]) -> Units:
    """Return whole numbers; nothing may be absent."""
    return np.array(column, dtype=np.int64)


def decimals(column: tuple[Any, ...]) -> Floats:
    """Return whole millionths as the nearest decimals; nan where nobody said.

    >>> decimals((1_500_000, None)).tolist()
    [1.5, nan]
    """
    return np.array(column, dtype=np.float64) / MICRO


def days(column: tuple[Any, ...]) -> Dates:
    """Return ISO days; NaT where nobody said or for `NO_EXPIRY`.

    >>> days(("2020-02-10", "", NO_EXPIRY)).astype(str).tolist()
    ['2020-02-10', 'NaT', 'NaT']
    """
    # Few distinct days: each is read once.
    seen: dict[str, int] = {}
    which = np.fromiter((seen.setdefault(day, len(seen)) for day in column), dtype=np.intp, count=len(column))
    read = ["NaT" if day in ("", NO_EXPIRY) else day for day in seen]
    return np.array(read, dtype="datetime64[D]")[which]


class Positions:
    """Where the rows that a database names by id stand in a table of a case; -1 for none."""

    def __init__(self, ids: tuple[int, ...] | Units, positions: NDArray[np.integer]) -> None:
        ids = wholes(tuple(ids))
        self._of = np.full(int(ids.max(initial=-1)) + 2, -1, dtype=np.int32)
        self._of[ids] = positions

    @classmethod
    def by_code(cls, ids: tuple[int, ...], codes: Texts, sorted_codes: Texts) -> Positions:
        """Return positions of codes in sorted codes."""
        at = np.minimum(np.searchsorted(sorted_codes, codes), max(len(sorted_codes) - 1, 0))
        known = sorted_codes[at] == codes if len(sorted_codes) else np.zeros(len(codes), dtype=bool)
        return cls(ids, np.where(known, at, -1))

    def of(self, ids: tuple[int, ...] | Units) -> Indices:
        """Return the positions of ids."""
        asked = np.asarray(ids, dtype=np.int64)
        return self._of[np.where(asked < len(self._of), asked, -1)]
