"""`--scan`: what a barcode scanner types becomes the lines of one document."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import option
from commands.on_ledger import Desk

if TYPE_CHECKING:
    from models.requests import Row

__all__ = ["scan_option", "scanned_rows"]

_ENDS = ("end", "完", "结束")


def scan_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare `--scan FILE`."""
    says = say(
        "The lines, from a barcode scanner: a file, or - for what it types, until end is typed. GTIN, lot, expiry and "
        "count are read; 3* before a code stands for three such packs."
    )
    kind = click.Path(path_type=Path, allow_dash=True)
    return option("--scan", type=kind, metavar="FILE|-", says=says)(function)


def scanned_rows(desk: Desk, typed: Mapping[str, Any]) -> list[Row]:
    """Return the lines of a document from what was scanned, each lot once; tell each line as it was read.

    Raises:
        Refused: with status 2, everything that cannot be read, or was given beside it; nothing is posted.

    """
    from data.scanned import Unreadable
    from data.scanned_lines import ScannedLine, rows_of, scanned_line
    from models.catalogue_gtins import gtins_known
    from models.database import reading

    session = desk.session
    if typed.get("item") is not None or typed.get("file") is not None or typed.get("packs"):
        session.refuse(say("Give what was scanned, or an item, or a file; not several of them."), status=2)
    with reading(desk.ledger.engine) as connection:
        known = gtins_known(connection)
    wrong: list[Sentence] = []
    read: list[ScannedLine] = []
    for number, text in _lines(desk, typed["scan"]):
        line = scanned_line(text, known)
        if isinstance(line, Unreadable):
            wrong.append(say("Line {number}: {why}", number=number, why=line.sentence))
            if str(typed["scan"]) == "-":
                # Who holds the scanner hears it at once; of a file everything wrong is said together below.
                session.tell(wrong[-1])
            continue
        read.append(line)
        session.tell(line.told(number))
    if wrong:
        last = say("{count} of {lines} lines cannot be taken; nothing was posted.", count=len(wrong), lines=number)
        session.refuse(*wrong, last, status=2)
    if not read:
        session.refuse(say("Nothing was scanned. Scan a code, then type: end"), status=2)
    return list(rows_of(read))


def _lines(desk: Desk, source: Path) -> Iterable[tuple[int, str]]:
    """Give each line that is not empty, with its number, until the end or the word for it."""
    from data.os_reasons import reason_of

    if str(source) == "-":
        lines: Iterable[str] = sys.stdin
    else:
        try:
            lines = source.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError as error:
            why = reason_of(error)
            desk.session.refuse(say("{file} cannot be read: {why}.", file=str(source), why=why), status=2)
    for number, line in enumerate(lines, start=1):
        if line.strip().casefold() in _ENDS:
            return
        if line.strip():
            yield number, line.rstrip("\r\n")
