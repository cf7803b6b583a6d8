"""What somebody at a site typed of a count, use or a receipt: read field by field, then a document as commands make it.

Every fault stands under the field it is of, so that a page can show it there and keep what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.certificates import standard_read, waits_for_certificate
from data.quantities import units_in
from data.report_words import WordsOfItems, day_typed, expiry_typed, time_typed
from models.documents import Draft
from models.documents_count import Sheet, count
from models.documents_in import receive
from models.documents_out import issue
from models.entry import Refusal
from models.occurred import occurred_at
from models.requests import NO_LOT, Head, Row
from models.tables import NO_EXPIRY, document, partner

__all__ = ["ANY_LOT", "HELD", "KINDS", "ReadReport", "TypedLine", "TypedReport", "is_recorded", "read_report"]

KINDS = {"count": "count", "use": "issue", "receipt": "receive"}
"""What is reported at sites, and the type of document that it becomes."""

HELD, ANY_LOT = "held", "any"
"""Rows of what a site holds: of one lot with all that names it, or of whichever lots there are."""


@dataclass(frozen=True, kw_only=True)
class TypedLine:
    """One line as it was typed. `row`: `HELD`, `ANY_LOT`, or "" for one that the page did not offer."""

    item: str = ""
    lot: str = ""
    expires: str = ""
    fund: str = ""
    earmark: str = ""
    units: str = ""
    row: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells a row that was offered from others."""
        return (self.row, self.item, self.lot, self.expires, self.fund, self.earmark)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed in it."""
        said = (self.units,) if self.row else (self.item, self.lot, self.expires, self.units)
        return not any(text.strip() for text in said)


@dataclass(frozen=True, kw_only=True)
class TypedReport:
    """A form as it was typed. `key`: a random one, by which a report that is sent twice is recorded once.

    `seen`: the last document that the ledger held when the form was opened; `scan`: what a scanner typed;
    `whole`: of the items counted nothing else was there; `moves_known`: what moved since is known.
    """

    kind: str
    site: str
    key: str = ""
    seen: str = ""
    day: str = ""
    time: str = ""
    note: str = ""
    scan: str = ""
    partner: str = ""
    reference: str = ""
    certificate: str = ""
    standard: str = ""
    quarantine: bool = False
    whole: bool = False
    moves_known: bool = False
    lines: tuple[TypedLine, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @staticmethod
    def of_json(said: Mapping[str, Any]) -> TypedReport:
        """Return what `as_json` gave."""
        return TypedReport(**{**said, "lines": tuple(TypedLine(**each) for each in said["lines"])})

    @property
    def is_blank(self) -> bool:
        """Whether nothing worth keeping was typed."""
        return all(line.is_blank for line in self.lines) and not (self.note.strip() or self.scan.strip())


@dataclass(frozen=True)
class ReadReport:
    """What a form says. `faults`: by field, as "units-3" of the fourth line, "" of the whole; `says`: what to know.

    `draft`: the document, None after a fault.
    """

    draft: Draft | None
    faults: Mapping[str, Sentence]
    says: tuple[Sentence, ...] = ()


@dataclass
class _Reading:
    """A form while it is read."""

    connection: sa.Connection
    typed: TypedReport
    words: WordsOfItems
    faults: dict[str, Sentence] = field(default_factory=dict)
    says: list[Sentence] = field(default_factory=list)

    def take(self, name: str, value: Any) -> Any:
        """Return a value that was read, None where a fault stands in its place."""
        if isinstance(value, Sentence):
            self.faults[name] = value
            return None
        return value


def read_report(connection: sa.Connection, typed: TypedReport, *, actor: str, now: int, zone: ZoneInfo) -> ReadReport:
    """Return the document that a form says, or all that is wrong with it. `now`: UTC microseconds."""
    read = _Reading(connection, typed, WordsOfItems(connection))
    head = _head(read, actor, now, zone)
    rows = [row for number, line in enumerate(typed.lines) for row in _rows(read, number, line)]
    if not read.faults and all(row.quantity is None for row in rows):
        read.faults[""] = say("Nothing was typed. Write how many at one line at least.")
    if typed.kind == "receipt":
        _check_papers(read, rows)
    if read.faults or head is None:
        return ReadReport(None, read.faults)
    try:
        return ReadReport(_draft(read, head, rows), {}, tuple(read.says))
    except Refusal as refusal:
        return ReadReport(None, {"": refusal.sentences[0]})


def is_recorded(connection: sa.Connection, actor: str, typed: TypedReport) -> bool:
    """Say whether a form was recorded already, whatever it said then."""
    query = sa.select(document.c.id).where(document.c.idem_key == _key(actor, typed))
    return connection.execute(query).first() is not None


def _key(actor: str, typed: TypedReport) -> str:
    # With the person's id before it nobody can use up the key of another's form.
    return f"{actor}:{typed.key}"


def _head(read: _Reading, actor: str, now: int, zone: ZoneInfo) -> Head | None:
    typed = read.typed
    day, time = read.take("day", day_typed(typed.day)), read.take("time", time_typed(typed.time))
    if read.faults:
        return None
    try:
        at = occurred_at(day, time, now=now, zone=zone)
    except Refusal as refusal:
        read.faults["day"] = refusal.sentences[0]
        return None
    said = " ".join(part.isoformat() for part in (day, time) if part is not None)
    key = _key(actor, typed)
    return Head(key=key, actor=actor, occurred_at=at, said_when=said, note=typed.note.strip())


def _rows(read: _Reading, number: int, line: TypedLine) -> list[Row]:
    """Return the row of a line; none of a blank one, but of a lot that a count left blank one without a quantity."""
    if line.is_blank:
        is_lot = read.typed.kind == "count" and line.row == HELD
        return [_row(line, line.item, line.expires or NO_EXPIRY, None)] if is_lot else []
    code = line.item if line.row else read.take(f"item-{number}", read.words.item_typed(line.item))
    expires = line.expires if line.row else read.take(f"expires-{number}", expiry_typed(line.expires))
    units = read.take(f"units-{number}", _units(line.units, least=0 if read.typed.kind == "count" else 1))
    return [] if code is None or units is None or expires is None else [_row(line, code, expires, units)]


def _row(line: TypedLine, code: str, expires: str, units: int | None) -> Row:
    if line.row == ANY_LOT:
        return Row(item=code, quantity=units)
    if line.row == HELD:
        return Row(
            item=code, quantity=units, lot_no=line.lot, expires=expires or NO_EXPIRY,
            owner_fund=line.fund, earmark=line.earmark,
        )  # fmt: skip
    lot_no = line.lot.strip()
    return Row(item=code, quantity=units, lot_no=("" if lot_no == NO_LOT else lot_no or None), expires=expires or None)


def _units(text: str, *, least: int) -> int | Sentence:
    if not text.strip():
        return say("Write how many, or leave the whole line empty.")
    read = units_in(text.strip())
    if isinstance(read, int) and read < least:
        return say("{units} is not a quantity. Write a whole number of at least {least}.", units=read, least=least)
    return read


def _check_papers(read: _Reading, rows: list[Row]) -> None:
    """Check from whom a receipt came, and the standard on its box."""
    typed = read.typed
    if not typed.partner:
        read.faults["partner"] = say("Say from whom it came.")
    elif read.connection.execute(sa.select(partner.c.code).where(partner.c.code == typed.partner)).first() is None:
        read.faults["partner"] = say("There is no partner {code}. Choose one of the list.", code=typed.partner)
    found = standard_read(read.connection, typed.standard.strip(), [row.item for row in rows])
    if found.wrong:
        read.faults["standard"] = found.wrong[0]
    read.says += found.remarks


def _draft(read: _Reading, head: Head, rows: list[Row]) -> Draft:
    typed = read.typed
    if typed.kind == "count":
        seen = int(typed.seen) if typed.seen.isdecimal() and len(typed.seen) < _DIGITS else None
        sheet = None if seen is None else Sheet(document=seen, moves_known=typed.moves_known)
        whole = {row.item for row in rows if row.quantity is not None} if typed.whole else ()
        return count(head, site=typed.site, rows=rows, whole=whole, sheet=sheet)
    if typed.kind == "use":
        return issue(head, site=typed.site, rows=rows)
    certificate, waits = typed.certificate.strip(), False
    if not typed.quarantine and waits_for_certificate(read.connection, certificate):
        waits = True
        read.says.append(
            say("It came without a certificate, so by the policy it waits in quarantine until it is released.")
        )
    return receive(
        head,
        site=typed.site,
        partner=typed.partner,
        rows=rows,
        reference=typed.reference.strip(),
        certificate=certificate,
        standard=typed.standard.strip(),
        into_quarantine=typed.quarantine or waits,
    )


_DIGITS = 18
