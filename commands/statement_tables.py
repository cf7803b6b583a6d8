"""`allocator statements --out FILE.csv`: the rows that statements were read into, as a table to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from data.statement_rows import SaidRow
    from data.tables_out import TableOut

__all__ = ["asked_of", "statement_table"]

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


def asked_of(asks: Sequence[Sentence]) -> Sentence | str:
    """Return all that is to be asked as one text, in the reader's language."""
    named = {f"ask_{n}": ask for n, ask in enumerate(asks)}
    return Sentence("; ".join(f"{{{name}}}" for name in named), named) if named else ""


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
                *(asked_of(row.asks), row.statement.text),
            )
        )
    return rows_out("statements", say("Statements"), _COLUMNS, cells)
