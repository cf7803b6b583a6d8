"""Scanned codes with the items they are of: how many units of which lot each line says, and the lots added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from data.scanned import Scanned, Unreadable, read_scan
from models.requests import Row

__all__ = ["ScannedLine", "rows_of", "scanned_line"]


@dataclass(frozen=True, kw_only=True)
class ScannedLine:
    """What one line says: `units` in base units of an item of the ledger."""

    item: str
    units: int
    scanned: Scanned

    def told(self, number: int) -> Sentence:
        """Say how line `number` was read."""
        return say(
            "Line {number}: {units:,} of {item}, lot {lot}, usable until {day} (GTIN {gtin})",
            number=number,
            units=self.units,
            item=self.item,
            lot=self.scanned.lot or "-",
            day=self.scanned.expires.isoformat() if self.scanned.expires else "-",
            gtin=self.scanned.gtin,
        )


def scanned_line(line: str, known: Mapping[str, tuple[str, int]]) -> ScannedLine | Unreadable:
    """Return what one line says. `known`: the item of each GTIN and the base units of its pack.

    >>> pack = {"06901234567892": ("MASK", 50)}
    >>> read = scanned_line("3*(01)06901234567892(10)A1", pack)
    >>> (read.item, read.units, read.scanned.lot)
    ('MASK', 150, 'A1')
    """
    scanned = read_scan(line)
    if isinstance(scanned, Unreadable):
        return scanned
    if scanned.gtin not in known:
        return Unreadable(
            say(
                "GTIN {gtin} is of no item of the ledger. Take it in first, from a file gtins.csv with the columns "
                "gtin, item, units: allocator import gtins.csv",
                gtin=scanned.gtin,
            )
        )
    code, pack = known[scanned.gtin]
    units = scanned.times * scanned.contained * (pack if scanned.units is None else scanned.units)
    return ScannedLine(item=code, units=units, scanned=scanned)


def rows_of(lines: Iterable[ScannedLine]) -> Sequence[Row]:
    """Return one row for each lot, in the order in which lots were first scanned."""
    sums: dict[tuple[str, str | None, str | None], int] = {}
    for line in lines:
        expires = line.scanned.expires.isoformat() if line.scanned.expires else None
        lot = (line.item, line.scanned.lot, expires)
        sums[lot] = sums.get(lot, 0) + line.units
    return [
        Row(item=code, quantity=units, lot_no=lot_no, expires=expires)
        for (code, lot_no, expires), units in sums.items()
    ]
