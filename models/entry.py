"""A document before it is posted: what moves, what was counted, who says so and when.

Pure values: making one reads nothing and writes nothing. `models/posting.py` posts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from allocator.sentence import Sentence, say
from models.canonical import canonical, digest_of, quoted
from models.locations import is_allowed
from models.tables import NO_EXPIRY, UNITS_PER_LINE_MAX

__all__ = ["Counted", "Entry", "Line", "LotKey", "Mark", "Refusal", "check"]


class Refusal(Exception):
    """A document was not posted, and nothing of it was: each sentence says why and what to do."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(" ".join(str(sentence) for sentence in sentences))
        self.sentences = sentences


class LotKey(NamedTuple):
    """What makes a lot this lot. `expires`: ISO day, the last it may be used on, or `NO_EXPIRY`.

    `earmark`: a site or area code these units are only for.
    """

    item: str
    lot_no: str = ""
    expires: str = NO_EXPIRY
    owner_fund: str = ""
    earmark: str = ""


@dataclass(frozen=True)
class Line:
    """`units` > 0 of a lot go from one location to another.

    A counter-line says at which count it stands: `at`, that count's occurred time in UTC microseconds,
    and `counters`, its document.
    """

    from_location: str
    to_location: str
    lot: LotKey
    units: int
    at: int | None = None
    counters: int | None = None


@dataclass(frozen=True)
class Counted:
    """What was found at a location: `units` of a lot, or, where `lot` is None, none of any other lot of the item."""

    location: str
    item: str
    lot: LotKey | None
    units: int


@dataclass(frozen=True)
class Mark:
    """A recall, or its end, of a lot."""

    lot: LotKey
    mark: str  # "recalled" or "cleared"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One document. `occurred_at`: UTC microseconds. `key`: a retry with the same key posts nothing twice.

    `asked`: what was asked for, where lines were chosen by the program (lots, differences of a count):
    a retry is the same document when it asks the same, whatever stock there is by then.
    `exception`: post although an earlier day falls below zero; stays open until explained.
    """

    key: str
    type: str
    actor: str
    occurred_at: int
    lines: tuple[Line, ...] = ()
    counted: tuple[Counted, ...] = ()
    marks: tuple[Mark, ...] = ()
    site: str | None = None
    approver: str | None = None
    reason: str = ""
    refers_to: int | None = None
    reverses: int | None = None
    allocation: str | None = None
    shipment: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Any] | None = None
    exception: bool = False

    def with_lines(self, *more: Line) -> Entry:
        """Return the same document with further lines."""
        return replace(self, lines=(*self.lines, *more)) if more else self

    def request_hash(self) -> bytes:
        """Return the SHA-256 of what was asked, by which a retry is known."""
        return digest_of(canonical(self.asked)) if self.asked is not None else digest_of(self.body())

    def body(self) -> str:
        """Return the canonical text of the whole document, which its hash seals.

        Put together piece by piece: all documents have the same keys, and very many are written.
        """
        at = self.occurred_at
        counted = ",".join([canonical(_counted(row, at)) for row in self.counted])
        lines = ",".join([_line(line, at) for line in self.lines])
        marks = ",".join([canonical({**_lot(mark.lot), "mark": mark.mark}) for mark in self.marks])
        return (
            f'{{"actor":{quoted(self.actor)},"allocation":{canonical(self.allocation)},'
            f'"approver":{canonical(self.approver)},"counted":[{counted}],"details":{canonical(dict(self.details))},'
            f'"exception":{canonical(self.exception)},"key":{quoted(self.key)},"lines":[{lines}],"marks":[{marks}],'
            f'"occurred_at":{canonical(at)},"reason":{quoted(self.reason)},"refers_to":{canonical(self.refers_to)},'
            f'"reverses":{canonical(self.reverses)},"shipment":{canonical(self.shipment)},'
            f'"site":{canonical(self.site)},"type":{quoted(self.type)}}}'
        )


def _lot(lot: LotKey) -> dict[str, Any]:
    return {
        "item": lot.item,
        "lot": lot.lot_no,
        "expires": lot.expires,
        "fund": lot.owner_fund,
        "earmark": lot.earmark,
    }


_place = lru_cache(10_000)(quoted)
"""The same, for codes that stand in many lines."""


@lru_cache(10_000)
def _around_place(lot: LotKey) -> tuple[str, str]:
    """Return what a line says of its lot before it names a place, and after it."""
    before = f'"earmark":{quoted(lot.earmark)},"expires":{quoted(lot.expires)},"from":'
    return before, f',"fund":{quoted(lot.owner_fund)},"item":{quoted(lot.item)},"lot":{quoted(lot.lot_no)},"to":'


def _line(line: Line, occurred_at: int) -> str:
    before, after = _around_place(line.lot)
    at = canonical(occurred_at if line.at is None else line.at)
    counters = "" if line.counters is None else f'"counters":{canonical(line.counters)},'
    places = f"{before}{_place(line.from_location)}{after}{_place(line.to_location)}"
    return f'{{"at":{at},{counters}{places},"units":{canonical(line.units)}}}'


def _counted(row: Counted, occurred_at: int) -> dict[str, Any]:
    which = {"item": row.item, "lot": None} if row.lot is None else _lot(row.lot)
    return {"location": row.location, **which, "units": row.units, "at": occurred_at}


def check(entry: Entry) -> None:
    """Refuse a document that could never be posted, whatever the stock.

    Raises:
        Refusal: nothing in it, units that are not whole and positive or too many, a move its type
            does not make, an approver who is its author.

    """
    if not entry.lines and not entry.counted and not entry.marks and entry.reverses is None:
        raise Refusal(say("The document moves nothing and counts nothing. Give at least one line."))
    if entry.approver is not None and entry.approver == entry.actor:
        raise Refusal(
            say("{actor} cannot approve their own document. Have another person approve it.", actor=entry.actor)
        )
    for line in entry.lines:
        if not 1 <= line.units <= UNITS_PER_LINE_MAX:
            _refuse_units(line.units, least=1)
        if line.counters is not None:
            continue
        if line.from_location == line.to_location or not is_allowed(entry.type, line.from_location, line.to_location):
            raise Refusal(
                say(
                    "A document of type {type} cannot move stock from {source} to {target}. "
                    "Use the document that does, or check the codes.",
                    type=entry.type,
                    source=line.from_location,
                    target=line.to_location,
                )
            )
    for row in entry.counted:
        if not 0 <= row.units <= UNITS_PER_LINE_MAX:
            _refuse_units(row.units, least=0)


def _refuse_units(units: int, *, least: int) -> NoReturn:
    if units < least:
        raise Refusal(
            say("{units} is not a quantity. Write a whole number of at least {least}.", units=units, least=least)
        )
    raise Refusal(
        say(
            "{units} units are more than one line can hold ({most}). Check the number.",
            units=units,
            most=UNITS_PER_LINE_MAX,
        )
    )
