"""Which rows of a table are of one document, so that none is taken in without the others.

Rows are of one document that have the same number at the same site; without a number, the same site, day and
source. All opening stock of a site counts as one, and all rows of an order. What could not be read may be anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Texts
from data.cell_codes import texts
from data.import_documents import source_of
from data.import_lines import Lines, Rows, numbered
from data.problems import ProblemList
from data.raw_table import RawTable
from models.canonical import normal

__all__ = ["DocumentRows", "rows_by_document", "rows_by_order"]

_SITE = ("site", "site_name", "area_name")
"""Columns by which a site is known."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentRows:
    """What says of which document each row of a table is; texts by column, "" where nobody said.

    `row_numbers`: as the file counts rows. Rows with a `number` are of one document where its own column and
    `with_number` agree; others where `without` do.
    """

    row_numbers: Sequence[int]
    said: Mapping[str, Texts]
    number: str
    with_number: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def held_with(self, at_fault: Mapping[int, Collection[str]]) -> list[int]:
        """Return the numbers of all rows that are, or may be, of one document with rows at fault.

        `at_fault`: the columns at fault by the number of the row; "" among them: nothing of the row is certain, and
        it need not be in the table at all. Such a row may be of any document.
        """
        if any("" in columns for columns in at_fault.values()):
            return list(self.row_numbers)
        by_unread: dict[frozenset[str], list[int]] = {}
        for row, number in enumerate(self.row_numbers):
            if number in at_fault:
                by_unread.setdefault(self._unread(row, at_fault[number]), []).append(row)
        held = np.zeros(len(self.row_numbers), dtype=bool)
        for unread, rows in by_unread.items():
            held |= self._like(np.asarray(rows), unread)
        return [self.row_numbers[row] for row in np.flatnonzero(held).tolist()]

    def _unread(self, row: int, columns: Collection[str]) -> frozenset[str]:
        unread = {name for name in self.said if name in columns}
        if "site" in self.said and (not self.said["site"][row] or any(name in columns for name in _SITE)):
            unread.add("site")
        return frozenset(unread)

    def _like(self, rows: Rows, unread: frozenset[str]) -> Bools:
        """Say of every row whether it may be of one document with some of these, whose `unread` is not known."""
        has_number = self.said[self.number] != ""
        like: Bools = np.zeros(len(has_number), dtype=bool)
        like[rows] = True
        for are_numbered, names in ((True, (self.number, *self.with_number)), (False, self.without)):
            own = rows if self.number in unread else rows[has_number[rows] == are_numbered]
            if not len(own):
                continue
            known = [self.said[name] for name in names if name not in unread]
            group = numbered(*known) if known else np.zeros(len(has_number), dtype=np.int64)
            like |= (has_number == are_numbered) & np.isin(group, group[own])
        return like


def rows_by_document(lines: Lines) -> DocumentRows:
    """Return of which document each line is."""
    source = "arrives" if lines.kind == "in_transit" else "partner"
    said = {"number": lines.number, "site": lines.site, "day": lines.day, source: source_of(lines)}
    without: tuple[str, ...] = ("site", "day", source)
    if lines.kind in ("opening", "stock"):
        # A site's stock is opened once, whatever numbers and days its rows say.
        said = {"number": np.full(lines.table.rows, "", dtype=object), "site": lines.site}
        without = ("site",)
    return DocumentRows(
        row_numbers=_row_numbers(lines.table), said=said, number="number", with_number=("site",), without=without
    )


def rows_by_order(table: RawTable) -> DocumentRows:
    """Return of which order each row is; one without a number may be of any."""
    orders = [normal(number) for number in texts(table, "order", ProblemList())]
    return DocumentRows(row_numbers=_row_numbers(table), said={"order": np.array(orders, dtype=object)}, number="order")


def _row_numbers(table: RawTable) -> list[int]:
    return [table.row_number(row) for row in range(table.rows)]
