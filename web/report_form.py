"""The forms of what is reported at a site: whose site it is, the rows that are offered, and what was sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa
from fastapi import HTTPException, Request
from starlette.datastructures import FormData

from allocator.sentence import Named
from allocator.words import unit_named
from data.typed_report import ANY_LOT, HELD, KINDS, TypedLine, TypedReport
from models.cuts import Asked
from models.database import reading
from models.days import day_of, now_micros
from models.ledger import Ledger
from models.rights import Reach, reach_of
from models.stock import StockRow, stock
from models.tables import document, item, location
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = [
    "BLANKS",
    "REPORT",
    "ROWS",
    "ShownLine",
    "Site",
    "is_site",
    "new_report",
    "offered",
    "reporting_at",
    "shown_lines",
    "sites_of",
    "text_of",
    "typed_of",
    "with_blanks",
    "with_draft",
]

REPORT = "report"

ROWS = 40
"""Rows that one form offers: with the sheet and the script some forty kilobytes."""

BLANKS = 2
"""Lines for what the form does not offer."""

LINES_MAX = 120
_LETTERS_MAX, _SCAN_LETTERS_MAX = 1024, 20_000
_LIES = ("usable", "expired", "recalled")
_TEXTS = ("key", "seen", "day", "time", "note", "partner", "reference", "certificate", "standard")
_MARKS = ("quarantine", "whole", "moves_known")


@dataclass(frozen=True)
class Site:
    """A site at which somebody reports, and how far their right to do so reaches."""

    visitor: Visitor
    code: str
    reach: Reach


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """A line of a form: `number` from 0; `there`: units that lie there, None where they are not shown."""

    number: int
    line: TypedLine
    name: Named
    unit: Named
    pack_units: int
    there: int | None = None

    @property
    def row(self) -> str:
        """What the form says of a row that it offers, "" of another."""
        return "|".join(quote(text, safe="") for text in self.line.identity) if self.line.row else ""


def reporting_at(request: Request, kind: str, site: str) -> Site:
    """Return the site at which something is reported.

    Raises:
        HTTPException: 404: nothing of this kind is reported, or there is no such site for this person.

    """
    visitor = visitor_with(request, REPORT)
    with reading(ledger_of(request).engine) as connection:
        reach = reach_of(connection, visitor.person, REPORT)
        if kind not in KINDS or not reach.holds(site) or not is_site(connection, site):
            raise HTTPException(status_code=404)
    return Site(visitor, site, reach)


def is_site(connection: sa.Connection, code: str) -> bool:
    """Say whether there is a site of a code."""
    query = sa.select(location.c.id).where(location.c.code == code, location.c.kind == "SITE")
    return connection.execute(query).first() is not None


def sites_of(connection: sa.Connection, reach: Reach, most: int) -> list[str]:
    """Return the sites at which somebody may report, by code, the first `most`."""
    query = sa.select(location.c.code).where(location.c.kind == "SITE").order_by(location.c.code)
    if reach.everywhere:
        return list(connection.execute(query.limit(most)).scalars())
    return sorted(reach.sites)[:most]


def new_report(connection: sa.Connection, kind: str, site: str) -> TypedReport:
    """Return an empty form: with a key of its own, and the last document that the ledger holds now."""
    last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0
    return TypedReport(kind=kind, site=site, key=secrets.token_hex(8), seen=str(last))


def offered(connection: sa.Connection, ledger: Ledger, kind: str, site: str, only: str = "") -> list[TypedLine]:
    """Return the rows that a form offers: what lies at the site, first expiring first. `only`: of this item."""
    if kind == "receipt":
        return []
    lines: list[TypedLine] = []
    rows = [row for row in _there(connection, ledger, site, only) if row.units or kind == "count"]
    if kind == "use":
        rows = [row for row in rows if row.state == "usable"]
    for place, row in enumerate(rows):
        own = [each for each in rows if each.item == row.item]
        is_first = place == 0 or rows[place - 1].item != row.item
        if (kind == "use" and len(own) > 1 and is_first) or not row.units:
            # Who used of several lots need not know which: the first expiring leaves first.
            lines.append(TypedLine(item=row.item, row=ANY_LOT))
        if row.units:
            lines.append(_line(row))
    return lines


def _there(connection: sa.Connection, ledger: Ledger, site: str, only: str = "") -> list[StockRow]:
    rows = stock(connection, day=day_of(now_micros(), ledger.zone), asked=Asked(site, only or None))
    return [row for row in rows if row.place == site and row.state in _LIES]


def _line(row: StockRow) -> TypedLine:
    return TypedLine(
        item=row.item, lot=row.lot, expires=row.expires, fund=row.owner_fund, earmark=row.earmark, row=HELD
    )


def with_blanks(typed: TypedReport, more: int = 0) -> TypedReport:
    """Return a form that ends with some lines in which nothing stands, or with so many `more`."""
    blank = sum(not line.row and line.is_blank for line in typed.lines)
    wanted = max(0, BLANKS - blank) + more
    room = max(0, LINES_MAX - len(typed.lines))
    return replace(typed, lines=(*typed.lines, *[TypedLine()] * min(wanted, room)))


def with_draft(lines: Sequence[TypedLine], draft: TypedReport) -> TypedReport:
    """Return a draft with all rows that are offered now: in those what was typed, and after them all else typed."""
    typed = {line.identity: line for line in draft.lines if line.row and not line.is_blank}
    rows = [typed.pop(line.identity, line) for line in lines]
    others = [line for line in draft.lines if not line.row and not line.is_blank]
    return replace(draft, lines=(*rows, *typed.values(), *others))


def shown_lines(connection: sa.Connection, ledger: Ledger, typed: TypedReport) -> list[ShownLine]:
    """Return the lines of a form with what is known of their items; of use also what lies there.

    Who counts is not shown what the book says before what was found is written down.
    """
    query = sa.select(item.c.code, item.c.name, item.c.name_zh, item.c.unit, item.c.pack_units)
    known = {row.code: row for row in connection.execute(query)}
    there: dict[tuple[str, ...], int] = {}
    if typed.kind == "use":
        for row in _there(connection, ledger, typed.site):
            there[_line(row).identity] = row.units
            if row.state == "usable":
                of_any = TypedLine(item=row.item, row=ANY_LOT).identity
                there[of_any] = there.get(of_any, 0) + row.units
    lines = []
    for number, line in enumerate(typed.lines):
        found = known.get(line.item)
        named = Named(line.item) if found is None else Named(found.code, found.name, found.name_zh)
        lines.append(
            ShownLine(
                number=number, line=line, name=named, unit=unit_named("" if found is None else found.unit),
                pack_units=1 if found is None else found.pack_units, there=there.get(line.identity),
            )
        )  # fmt: skip
    return lines


def typed_of(sent: FormData, kind: str, site: str) -> TypedReport:
    """Return a form as it was sent.

    Raises:
        HTTPException: 422: it is no form of ours: it is longer than its fields allow.

    """
    said: dict[str, Any] = {name: text_of(sent, name) for name in _TEXTS}
    said |= {name: bool(text_of(sent, name)) for name in _MARKS}
    said |= {"key": said["key"] or secrets.token_hex(8), "scan": text_of(sent, "scan", most=_SCAN_LETTERS_MAX)}
    return TypedReport(kind=kind, site=site, lines=tuple(_lines(sent)), **said)


def text_of(sent: FormData, name: str, *, most: int = _LETTERS_MAX) -> str:
    """Return the text of a field, "" where none was sent.

    Raises:
        HTTPException: 422: it is longer than its field allows.

    """
    return _plain(sent.get(name, ""), most)


def _plain(value: object, most: int = _LETTERS_MAX) -> str:
    text = value if isinstance(value, str) else ""
    if len(text) > most:
        raise HTTPException(status_code=422)
    return text.replace("\x00", "")


def _lines(sent: FormData) -> Iterator[TypedLine]:
    rows, units = sent.getlist("row"), sent.getlist("units")
    if len(rows) != len(units) or len(rows) > LINES_MAX:
        raise HTTPException(status_code=422)
    more = zip(*(sent.getlist(name) for name in ("item", "lot", "expires")), strict=False)
    for row, typed in zip(map(_plain, rows), map(_plain, units), strict=True):
        if row:
            said = [unquote(part) for part in row.split("|")]
            if len(said) != len(TypedLine().identity) or said[0] not in (HELD, ANY_LOT):
                raise HTTPException(status_code=422)
            names = ("row", "item", "lot", "expires", "fund", "earmark")
            yield TypedLine(units=typed, **dict(zip(names, said, strict=True)))
        else:
            item_typed, lot, expires = map(_plain, next(more, ("", "", "")))
            yield TypedLine(item=item_typed, lot=lot, expires=expires, units=typed)
