"""What was said on the command line about a file's headers, checked before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    from commands.session import Session
    from data.sheet_header import Readers

__all__ = ["readers_of"]


def readers_of(session: Session, told: Sequence[str], words: Path | None) -> Readers:
    """Return what headers are read with.

    Raises:
        Refused: a `--map` that is none, or names no column of ours; a file of words that cannot be read.

    """
    from data.header_match import ToldHeaders
    from data.header_words import read_header_words
    from data.sheet_header import Readers

    wrong: list[Sentence] = []
    said = _told(told, wrong)
    known = read_header_words()
    if words is not None:
        try:
            known = read_header_words(words)
        except (OSError, UnicodeDecodeError) as fault:
            from data.os_reasons import reason_of

            reason = reason_of(fault) if isinstance(fault, OSError) else say("it is not UTF-8")
            wrong.append(say("{file} cannot be opened: {reason}.", file=str(words), reason=reason))
        except ValueError as fault:
            wrong.append(say("{file} is no list of words: {reason}.", file=str(words), reason=str(fault)))
    if wrong:
        session.refuse(*wrong, status=2)
    return Readers(known, ToldHeaders(said))


def _told(told: Sequence[str], wrong: list[Sentence]) -> dict[str, str]:
    from data.aside_columns import ASIDE
    from data.header_match import NOT_READ
    from data.header_words import folded
    from data.import_columns import IMPORT_TABLES
    from data.nearest import nearest

    tables = IMPORT_TABLES.values()
    columns = {header: column.name for table in tables for header, column in table.by_header.items()}
    columns |= {header: column.name for column in ASIDE for header in (column.name, column.zh)}
    said: dict[str, str] = {}
    for text in told:
        header, mark, column = (part.strip() for part in text.rpartition("="))
        if not mark or not header or not column:
            wrong.append(say('"{found}" is no mapping. Write it as: --map "their header=our column"', found=text))
        elif column == NOT_READ:
            said[folded(header)] = NOT_READ
        elif column in columns:
            said[folded(header)] = columns[column]
        else:
            near = nearest(column, list(columns)) or "units"
            wrong.append(say('No table has a column "{found}". Is {near} meant?', found=column, near=near))
    return said
