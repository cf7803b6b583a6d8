"""What a scanner typed into a report goes to the lines of it: to the row of that lot, else to a line of its own."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.scanned import Unreadable
from data.scanned_lines import ScannedLine, rows_of, scanned_line
from data.typed_report import HELD, TypedLine, TypedReport
from models.catalogue_gtins import gtins_known
from models.requests import Row

__all__ = ["with_scanned"]


def with_scanned(connection: sa.Connection, typed: TypedReport) -> tuple[TypedReport, list[Sentence]]:
    """Return a report with what was scanned as lines, and what is wrong with lines that cannot be read: those stay."""
    if not typed.scan.strip():
        return typed, []
    known = gtins_known(connection)
    read: list[ScannedLine] = []
    left: list[str] = []
    wrong: list[Sentence] = []
    for number, text in enumerate(typed.scan.splitlines(), start=1):
        if not text.strip():
            continue
        line = scanned_line(text, known)
        if isinstance(line, Unreadable):
            left.append(text)
            wrong.append(say("Line {number}: {why}", number=number, why=line.sentence))
        else:
            read.append(line)
    lines = list(typed.lines)
    for row in rows_of(read):
        _put(lines, row)
    return replace(typed, scan="\n".join(left), lines=tuple(lines)), wrong


def _put(lines: list[TypedLine], row: Row) -> None:
    """Write what was scanned of one lot: into its row where nothing stands there, else into the first blank line."""
    units = str(row.quantity)
    own = [n for n, line in enumerate(lines) if line.row == HELD and not line.units and _is_of(line, row)]
    if len(own) == 1:
        lines[own[0]] = replace(lines[own[0]], units=units)
        return
    made = TypedLine(item=row.item, lot=row.lot_no or "", expires=row.expires or "", units=units)
    blank = [n for n, line in enumerate(lines) if not line.row and line.is_blank]
    if blank:
        lines[blank[0]] = made
    else:
        lines.append(made)


def _is_of(line: TypedLine, row: Row) -> bool:
    return (
        line.item == row.item
        and (row.lot_no is None or line.lot == row.lot_no)
        and (row.expires is None or line.expires == row.expires)
    )
