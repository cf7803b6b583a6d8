"""Tables as results are told: columns of one kind each, whoever writes or shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from allocator.sentence import Sentence

__all__ = ["ColumnOut", "TableOut", "rows_out"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnOut:
    """One column. `name`: for programs, never worded; `title`: for readers; `values`: one for each row.

    `holds`: "text" (str, Sentence or Named), "whole", "decimal", "share" (0…1, shown as per cent),
    "date" (a date or ISO text) or "time" (a datetime of the ledger's zone, without one). None, "" and
    nan are empty cells: absent is not zero.
    """

    name: str
    title: Sentence
    values: Any
    holds: str = "text"


@dataclass(frozen=True, kw_only=True, eq=False)
class TableOut:
    """A table: its `name` for files, its `title` for the sheet, its columns, equally long.

    `added_up`: names of columns whose sums a workbook has below, as formulas that can be followed.
    """

    name: str
    title: Sentence
    columns: tuple[ColumnOut, ...]
    added_up: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].values)


def rows_out(
    name: str,
    title: Sentence,
    columns: Iterable[tuple[str, Sentence, str]],
    rows: Sequence[Sequence[Any]],
    *,
    added_up: tuple[str, ...] = (),
) -> TableOut:
    """Return a table of rows, where rows are few. `columns`: name, title and what each holds.

    >>> from allocator.sentence import say
    >>> shown = rows_out("stock", say("Stock"), [("site", say("site"), "text"), ("units", say("units"), "whole")],
    ...                  [("D1", 130), ("P1", None)])
    >>> [list(column.values) for column in shown.columns]
    [['D1', 'P1'], [130, None]]
    """
    own = list(columns)
    values: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(own)
    made = (
        ColumnOut(name=each, title=said, holds=holds, values=cells)
        for (each, said, holds), cells in zip(own, values, strict=True)
    )
    return TableOut(name=name, title=title, columns=tuple(made), added_up=added_up)
