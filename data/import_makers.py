"""What one document of each kind says: receipts and opening stock line by line, issues and counts as asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from allocator.sentence import Sentence
from data.import_lines import Lines
from models.documents import Draft
from models.documents_count import count
from models.documents_in import SOURCES
from models.documents_out import issue, shipment_number
from models.entry import Counted, Entry, Line, LotKey
from models.requests import NO_LOT, Head, Row

__all__ = ["INCOMING", "MAKERS", "Sheet"]

INCOMING = ("opening", "stock", "in_transit", "receipts")
"""Kinds whose lots are as they were said; of others the ledger knows them."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The rows of one document. `at`: when it happened, in UTC microseconds; `digest`: of what its rows say.

    `part`: which part it is of a document with very many rows, from 1.
    """

    key: str
    actor: str
    site: str
    day: str
    at: int
    rows: Sequence[int]
    digest: str
    place: Sentence
    part: int = 1


Make = Callable[[Sheet], Draft | None]


def _as_said(entry: Entry) -> Draft:
    return Draft(entry, lambda _, said: said)


def _opening(lines: Lines, lots: Sequence[LotKey]) -> Make:
    def make(sheet: Sheet) -> Draft | None:
        site, units = sheet.site, lines.units
        moved = [
            Line("OPENING", f"QUARANTINE:{site}" if lines.aside[row] else site, lots[row], int(units[row]))
            for row in sheet.rows
            if units[row]
        ]
        # Where 0 stands, somebody looked: the item was counted, and none of it was there.
        none = sorted({lines.item[row] for row in sheet.rows} - {line.lot.item for line in moved})
        return _as_said(
            Entry(
                key=sheet.key,
                type="opening",
                actor=sheet.actor,
                occurred_at=sheet.at,
                site=site,
                lines=tuple(moved),
                counted=tuple(Counted(site, item, None, 0) for item in none),
            )
        )

    return make


def _in_transit(lines: Lines, lots: Sequence[LotKey]) -> Make:
    """Stock under way when the ledger was opened is a shipment that nobody in the ledger sent."""

    def make(sheet: Sheet) -> Draft | None:
        number = shipment_number(sheet.key)
        moved = tuple(
            Line("OPENING", f"IN_TRANSIT:{number}", lots[row], int(lines.units[row]))
            for row in sheet.rows
            if lines.units[row]
        )
        if not moved:
            return None
        return _as_said(
            Entry(
                key=sheet.key,
                type="opening",
                actor=sheet.actor,
                occurred_at=sheet.at,
                lines=moved,
                shipment=number,
                details={"to": sheet.site, "arrives": lines.more["arrives"][sheet.rows[0]]},
            )
        )

    return make


def _receipt(lines: Lines, lots: Sequence[LotKey]) -> Make:
    said = [name for name in ("unit_price", "reference", "certificate", "standard") if (lines.more[name] != "").any()]
    # Once for the table: worked out for each row, they would take as many steps as rows times rows.
    waits, units = lines.set_aside.tolist(), lines.units.tolist()

    def make(sheet: Sheet) -> Draft | None:
        first, site = sheet.rows[0], sheet.site
        partner, kind = lines.more["partner"][first], lines.more["partner_kind"][first].upper()
        source, aside = f"{kind}:{partner}", f"QUARANTINE:{site}"
        return _as_said(
            Entry(
                key=sheet.key,
                type="receive",
                actor=sheet.actor,
                occurred_at=sheet.at,
                site=site,
                lines=tuple(Line(source, aside if waits[row] else site, lots[row], units[row]) for row in sheet.rows),
                details={"partner": partner, "source": SOURCES[kind], **_papers(lines, said, sheet.rows, lots)},
            )
        )

    return make


def _papers(lines: Lines, said: Sequence[str], rows: Sequence[int], lots: Sequence[LotKey]) -> dict[str, Any]:
    """Return prices, references and certificates: once where all lines have the same, else line by line.

    `said`: which of these columns say anything anywhere in the table.
    """
    names: list[str] = []
    told: dict[str, Any] = {}
    for name in said:
        values = {lines.more[name][row] for row in rows}
        if len(values) > 1 or name == "unit_price":
            names.append(name)
        elif values != {""}:
            told[name] = values.pop()
    by_line = []
    for row in rows if names else ():
        facts = {name: lines.more[name][row] for name in names if lines.more[name][row]}
        if facts:
            by_line.append({"item": lots[row].item, "lot": lots[row].lot_no, **facts})
    return told | ({"lines": by_line} if by_line else {})


def _head(sheet: Sheet, note: str = "") -> Head:
    return Head(key=sheet.key, actor=sheet.actor, occurred_at=sheet.at, said_when=sheet.day, note=note)


def _asked(lines: Lines, row: int) -> Row:
    lot = lines.lot[row]
    return Row(
        item=lines.item[row],
        quantity=int(lines.units[row]),
        lot_no="" if lot == NO_LOT else lot or None,
        expires=lines.expires[row] or None,
    )


def _issue(lines: Lines, _lots: Sequence[LotKey]) -> Make:
    def make(sheet: Sheet) -> Draft | None:
        purposes = dict.fromkeys(lines.more["purpose"][row] for row in sheet.rows if lines.more["purpose"][row])
        rows = [_asked(lines, row) for row in sheet.rows]
        return issue(_head(sheet, "; ".join(purposes)), site=sheet.site, rows=rows)

    return make


def _count(lines: Lines, _lots: Sequence[LotKey]) -> Make:
    def make(sheet: Sheet) -> Draft | None:
        found = [row for row in sheet.rows if lines.units[row] >= 0]
        whole = {lines.item[row] for row in found if not lines.lot[row]}
        by_lot = {lines.item[row] for row in found if lines.lot[row]}
        rows = [_asked(lines, row) for row in found]
        # Beside lots that are named, a row without a lot is what lies there without a number.
        rows = [replace(row, lot_no="") if row.lot_no is None and row.item in by_lot else row for row in rows]
        return count(_head(sheet), site=sheet.site, rows=rows, whole=whole) if found else None

    return make


MAKERS = {
    "opening": _opening,
    "stock": _opening,
    "in_transit": _in_transit,
    "receipts": _receipt,
    "issues": _issue,
    "counts": _count,
}
