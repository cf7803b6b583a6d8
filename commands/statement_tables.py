"""`allocator statements --out FILE.csv`: the rows that statements were read into, as a table to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.table_files import one_text

if TYPE_CHECKING:
    from data.statement_rows import SaidRow
    from data.tables_out import TableOut

__all__ = ["statement_table"]

_COLUMNS = (
    ("row", say("row"), "whole"),
    ("site", say("site"), "text"),
    ("item", say("item"), "text"),
    ("says", say("says"), "text"),
    ("low", say("at least"), "whole"),
    ("high", say("at most"), "whole"),
    ("unit", say("unit"), "text"),
    ("low_units", say("at least, base units"), "decimal"),
    ("high_units", say("at most, base units"), "decimal"),
    ("days", say("days"), "decimal"),
    ("day", say("day"), "date"),
    ("confidence", say("sure of it"), "text"),
    ("words", say("words"), "text"),
    ("asks", say("to ask"), "text"),
    ("text", say("statement"), "text"),
)


def statement_table(rows: Sequence[SaidRow], meanings: Mapping[str, Sentence]) -> TableOut:
    """Return every row that was read. `meanings`: what each meaning is called."""
    from data.statement_book import CONFIDENCE_WORDS, plain
    from data.tables_out import rows_out

    cells: list[tuple[Any, ...]] = []
    for row in rows:
        said = row.said
        cells.append(
            (
                *(row.statement.row, row.site, row.item or said.item, meanings[said.meaning]),
                *(said.low, said.high, said.unit, plain(row.low), plain(row.high), said.days),
                *(said.on or row.statement.on, CONFIDENCE_WORDS[row.confidence], said.words),
                *(one_text(row.asks), row.statement.text),
            )
        )
    return rows_out("statements", say("Statements"), _COLUMNS, cells)
