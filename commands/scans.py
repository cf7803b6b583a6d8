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
    from data.scanned import Scanned, Unreadable
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
    from data.scanned import Unreadable, read_scan
    from models.catalogue_gtins import gtins_known
    from models.database import reading

    session = desk.session
    if typed.get("item") is not None or typed.get("file") is not None or typed.get("packs"):
        session.refuse(say("Give what was scanned, or an item, or a file; not several of them."), status=2)
    with reading(desk.ledger.engine) as connection:
        known = gtins_known(connection)
    wrong: list[Sentence] = []
    read: list[tuple[str, int, Scanned]] = []
    for number, line in _lines(desk, typed["scan"]):
        scanned = read_scan(line)
        fault = scanned if isinstance(scanned, Unreadable) else _fault(scanned, known)
        if isinstance(scanned, Unreadable) or isinstance(fault, Unreadable):
            why = fault.sentence if isinstance(fault, Unreadable) else Sentence("")
            wrong.append(say("Line {number}: {why}", number=number, why=why))
            if str(typed["scan"]) == "-":
                # Who holds the scanner hears it at once; of a file everything wrong is said together below.
                session.tell(wrong[-1])
            continue
        code, units = _item_and_units(scanned, known)
        read.append((code, units, scanned))
        session.tell(_told(number, code, units, scanned))
    if wrong:
        last = say("{count} of {lines} lines cannot be taken; nothing was posted.", count=len(wrong), lines=number)
        session.refuse(*wrong, last, status=2)
    if not read:
        session.refuse(say("Nothing was scanned. Scan a code, then type: end"), status=2)
    return _rows(read)


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


def _fault(scanned: Scanned, known: Mapping[str, tuple[str, int]]) -> Unreadable | None:
    from data.scanned import Unreadable

    if scanned.gtin in known:
        return None
    return Unreadable(
        say(
            "GTIN {gtin} is of no item of the ledger. Take it in first, from a file gtins.csv with the columns "
            "gtin, item, units: allocator import gtins.csv",
            gtin=scanned.gtin,
        )
    )


def _item_and_units(scanned: Scanned, known: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    code, pack = known[scanned.gtin]
    return code, scanned.times * scanned.contained * (pack if scanned.units is None else scanned.units)


def _told(number: int, code: str, units: int, scanned: Scanned) -> Sentence:
    return say(
        "Line {number}: {units:,} of {item}, lot {lot}, usable until {day} (GTIN {gtin})",
        number=number,
        units=units,
        item=code,
        lot=scanned.lot or "-",
        day=scanned.expires.isoformat() if scanned.expires else "-",
        gtin=scanned.gtin,
    )


def _rows(read: Iterable[tuple[str, int, Scanned]]) -> list[Row]:
    """Return one row for each lot, in the order in which lots were first scanned."""
    from models.requests import Row

    sums: dict[tuple[str, str | None, str | None], int] = {}
    for code, units, scanned in read:
        lot = (code, scanned.lot, scanned.expires.isoformat() if scanned.expires else None)
        sums[lot] = sums.get(lot, 0) + units
    return [
        Row(item=code, quantity=units, lot_no=lot_no, expires=expires)
        for (code, lot_no, expires), units in sums.items()
    ]
