"""Texts that a workbook keeps once and names in many cells come to gigabytes in whoever reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.hostile_books import book_of
from data import problem_kinds as kinds
from data.problems import ProblemList
from data.workbook_caps import IMPORT_CELLS_MAX, inspect

LINK = (
    '<Relationship Id="r2" Target="sharedStrings.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
)


def refused(folder: Path, texts: list[str], named: list[int], *, cell: str = '<c r="A{row}" t="s"><v>{n}</v></c>'):
    """Look at a workbook whose cells name the texts by number; return the kinds of what is wrong with it."""
    rows = "".join(f'<row r="{row}">{cell.format(row=row, n=n)}</row>' for row, n in enumerate(named, 1))
    shared = "<sst>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
    file = folder / "book.xlsx"
    file.write_bytes(book_of(rows, more={"xl/sharedStrings.xml": shared.encode()}, links=LINK))
    problems = ProblemList()
    inspect(file, problems, cells_max=IMPORT_CELLS_MAX)
    return [each.kind for each in problems.problems]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A{row}" t="s"><v>{n}</v></c>',
        "<c r=\"A{row}\" s='1' t = 's' ><v> {n} </v></c>",
        '<c r="A{row}" t="s"><!-- --><v>{n}</v></c>',
        '<c r="A{row}" t="s"><f>A1</f><v>{n}</v></c>',
    ],
)
def test_one_long_text_in_very_many_cells_is_refused_before_it_is_read(tmp_path, cell):
    """300 MB of texts in a file of a few kB."""
    assert refused(tmp_path, ["x" * 100_000], [0] * 3_000, cell=cell) == [kinds.WORKBOOK_TEXTS]


def test_a_long_remark_among_many_short_texts_is_read(tmp_path):
    assert refused(tmp_path, ["x" * 100_000, "masks"], [0] + [1] * 5_000) == []


def test_a_cell_that_names_a_text_that_is_not_there_counts_as_the_longest(tmp_path):
    assert refused(tmp_path, ["x" * 100_000], [7] * 3_000) == [kinds.WORKBOOK_TEXTS]
