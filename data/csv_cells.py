"""Cells of CSV files that no spreadsheet works out: a ' stands before what begins as a formula does.

Whoever opens a file of ours sees the ' and the text; whatever reads it again here takes the one ' away. A sign alone is
only a sign: "-" is stock without a lot number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["BEGINS_A_FORMULA", "meant", "named_rows", "safe", "write_rows"]

BEGINS_A_FORMULA = r"^'*[=+\-@\t\r]."
"""What gets a ', as a pattern in which . is any character; a text that has one already gets another."""

_BEGINS = re.compile(BEGINS_A_FORMULA, re.DOTALL)


def safe(text: str) -> str:
    r"""Return a text as it stands in a cell.

    >>> safe("=1+1"), safe("'=1+1"), safe("-"), safe("'tis")
    ("'=1+1", "''=1+1", '-', "'tis")
    """
    return f"'{text}" if _BEGINS.match(text) else text


def meant(cell: str) -> str:
    """Return the text of a cell; one that begins as a formula, as others write it, is that text.

    >>> [meant(safe(text)) for text in ("=1+1", "'=1+1", "-", "'tis")]
    ['=1+1', "'=1+1", '-', "'tis"]
    """
    return cell[1:] if cell[:1] == "'" and _BEGINS.match(cell) else cell


def write_rows(file: Any, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of texts and numbers to a text file that leaves line ends as they are."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


def named_rows(file: Iterable[str]) -> Iterator[dict[str, str]]:
    """Give the rows of a file with a header, each by its names; one that is too short lacks some of them."""
    rows = csv.reader(file)
    names = next(rows, [])
    for row in rows:
        if row:
            yield dict(zip(names, map(meant, row), strict=False))
