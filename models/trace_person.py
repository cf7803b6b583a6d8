"""What a person has to do with the ledger: which documents, what they moved, what became of what the person sent.

    sent = arrived + set aside + damaged + lost + sent back + outstanding, for every item

Everything is net of reversals, whoever made them. People are told by id alone; whether there is such a person is for
`person` to say, as whoever acted may have been taken out of it since.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.countersign_tables import countersignature
from models.cuts import NOW, Cut
from models.locations import kind_of, owner_of
from models.reversal import was_reversed
from models.shipments import SENDS
from models.tables import document, item, location, lot, lot_mark, move, person
from models.trace_accounted import Unaccounted, partly_confirmed

__all__ = ["MOVED", "SENT", "Acted", "PersonDocument", "PersonTrace", "is_known", "traced_person"]

MOVED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "received": (("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING"), ("SITE", "QUARANTINE", "IN_TRANSIT")),
    "sent": (("SITE", "RESERVED"), ("IN_TRANSIT",)),
    "confirmed": (("IN_TRANSIT", "SURPLUS"), ("SITE", "QUARANTINE", "DAMAGED", "LOST")),
    "used": (("SITE",), ("CONSUMED",)),
    "written_off": (("SITE", "QUARANTINE"), ("LOST", "DAMAGED", "DESTROYED", "OUTSIDE")),
    "missing": (("SITE", "QUARANTINE"), ("COUNT_SHORT",)),
    "found": (("COUNT_GAIN",), ("SITE", "QUARANTINE")),
    "given_back": (("SITE", "QUARANTINE"), ("SUPPLIER", "DONOR", "UPPER_LEVEL")),
    "set_aside": (("SITE", "RESERVED", "IN_TRANSIT"), ("QUARANTINE",)),
}
"""What a line of a document did, by the kinds of places it moved stock between; the first that fits counts."""

SENT = ("arrived", "set_aside", "damaged", "lost", "sent_back", "outstanding")
"""What became of what was sent; together they are all of it."""

_BECAME = {
    "SITE": "arrived",
    "QUARANTINE": "set_aside",
    "DAMAGED": "damaged",
    "LOST": "lost",
    "IN_TRANSIT": "sent_back",
}


@dataclass(frozen=True, kw_only=True)
class PersonDocument:
    """A document and what the person did with it: "recorded", "approved", "reported" or "countersigned"."""

    document: int
    role: str
    type: str
    occurred_at: int
    recorded_at: int
    site: str
    units: int


@dataclass(frozen=True, kw_only=True)
class Acted:
    """So many documents of a type that a person recorded, approved, reported or countersigned, and their units."""

    role: str
    type: str
    documents: int
    units: int
    first_at: int
    last_at: int


@dataclass(frozen=True, kw_only=True)
class PersonTrace:
    """A person. `moved`: units by item and `MOVED`, of what was recorded; `sent`: by item and `SENT`, and "sent".

    `open`: what of it is unaccounted for, by item.
    """

    person: str
    documents: tuple[PersonDocument, ...]
    moved: Mapping[str, Mapping[str, int]]
    sent: Mapping[str, Mapping[str, int]]
    open: tuple[tuple[str, Unaccounted], ...]

    @property
    def acted(self) -> tuple[Acted, ...]:
        """Return the documents by what was done and by type."""
        sums: dict[tuple[str, str], list[PersonDocument]] = defaultdict(list)
        for each in self.documents:
            sums[each.role, each.type].append(each)
        return tuple(
            Acted(
                role=role,
                type=type_,
                documents=len(own),
                units=sum(each.units for each in own),
                first_at=min(each.occurred_at for each in own),
                last_at=max(each.occurred_at for each in own),
            )
            for (role, type_), own in sorted(sums.items(), key=lambda each: (-len(each[1]), each[0]))
        )


def is_known(connection: sa.Connection, who: str) -> bool:
    """Say whether there is such a person, or was one who acted."""
    there = sa.select(person.c.id).where(person.c.id == who)
    acted = sa.select(document.c.id).where(sa.or_(document.c.actor == who, document.c.approver == who)).limit(1)
    return any(connection.execute(query).first() is not None for query in (there, acted))


def traced_person(connection: sa.Connection, who: str, cut: Cut = NOW) -> PersonTrace:
    """Return what a person has to do with the ledger under a cut."""
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for code, start, end, units in _lines(connection, document.c.actor == who, cut):
        what = next((n for n, (a, b) in MOVED.items() if kind_of(start) in a and kind_of(end) in b), None)
        if what is not None:
            moved[code][what] += units
        if what in ("missing", "found"):
            counted[code, start if what == "missing" else end] += units if what == "missing" else -units
    sent, left = _sent(connection, who, cut)
    found = [
        (code, Unaccounted(why="missing" if units > 0 else "found", place=place, units=abs(units)))
        for (code, place), units in counted.items()
        if units
    ]
    partly = partly_confirmed(connection, sorted({owner_of(place) for _, place in left}), cut)
    found += [
        (code, Unaccounted(why="left_open", place=place, units=units))
        for (code, place), units in left.items()
        if units > 0 and owner_of(place) in partly
    ]
    return PersonTrace(
        person=who,
        documents=tuple(_documents(connection, who, cut)),
        moved={code: dict(terms) for code, terms in sorted(moved.items())},
        sent=sent,
        open=tuple(sorted(found, key=lambda each: (-each[1].units, each[0], each[1].place))),
    )


def _lines(connection: sa.Connection, of_whom: sa.ColumnElement[bool], cut: Cut) -> Iterator[tuple[str, str, str, int]]:
    """Return item, both places and units of what documents that stand moved; those taken back are as if never made."""
    source, target = location.alias(), location.alias()
    # As a list of documents, so that no database begins with the lines of all others.
    standing = sa.select(document.c.id).where(
        of_whom, document.c.type != "reverse", ~was_reversed(known=cut.document), *cut.of_documents()
    )
    query = (
        sa.select(item.c.code, source.c.code, target.c.code, sa.cast(sa.func.sum(move.c.units), sa.BigInteger))
        .select_from(move)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .join(source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .where(move.c.document.in_(standing), move.c.counters.is_(None))
        .group_by(item.c.code, source.c.code, target.c.code)
    )
    yield from ((code, start, end, units) for code, start, end, units in connection.execute(query))


def _sent(
    connection: sa.Connection, who: str, cut: Cut
) -> tuple[dict[str, dict[str, int]], dict[tuple[str, str], int]]:
    """Return what became of what was sent, by item; and what is left of each shipment, by item and place."""
    own = document.alias()
    numbers = sa.select(own.c.shipment).where(own.c.actor == who, own.c.type.in_(SENDS), own.c.shipment.is_not(None))
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("sent", *SENT), 0))
    left: dict[tuple[str, str], int] = defaultdict(int)
    ways = {f"IN_TRANSIT:{number}" for number in connection.execute(numbers.distinct()).scalars()}
    for code, start, end, units in _lines(connection, document.c.shipment.in_(numbers), cut):
        if end in ways and kind_of(start) not in ("IN_TRANSIT", "SURPLUS"):
            sums[code]["sent"] += units
            left[code, end] += units
        elif start in ways and kind_of(end) in _BECAME:
            sums[code][_BECAME[kind_of(end)]] += units
            left[code, start] -= units
    _recalled(connection, sums, left, cut)
    for (code, _), units in left.items():
        sums[code]["outstanding"] += units
    return {code: terms for code, terms in sorted(sums.items()) if any(terms.values())}, left


def _recalled(
    connection: sa.Connection, sums: dict[str, dict[str, int]], left: dict[tuple[str, str], int], cut: Cut
) -> None:
    """Take off what a recall set aside of shipments under way: its document belongs to no shipment."""
    for code, start, end, units in _lines(connection, document.c.id.in_(sa.select(lot_mark.c.document)), cut):
        if (code, start) in left and kind_of(end) == "QUARANTINE":
            sums[code]["set_aside"] += units
            left[code, start] -= units


def _documents(connection: sa.Connection, who: str, cut: Cut) -> list[PersonDocument]:
    found = [
        *_of_role(connection, "recorded", document.c.actor == who, cut),
        *_of_role(connection, "approved", document.c.approver == who, cut),
        *_reported(connection, who, cut),
    ]
    signed = sa.select(countersignature.c.document).where(countersignature.c.actor == who)
    found += _of_role(connection, "countersigned", document.c.id.in_(signed), cut)
    return sorted(found, key=lambda each: (each.document, each.role))


def _reported(connection: sa.Connection, who: str, cut: Cut) -> list[PersonDocument]:
    like = document.c.body.contains(f'"person":{json.dumps(who, ensure_ascii=False)}', autoescape=True)
    columns = sa.select(document.c.id, document.c.body).where(like, *cut.of_documents())
    numbers = [number for number, body in connection.execute(columns) if _reporter(body) == who]
    found: list[PersonDocument] = []
    for start in range(0, len(numbers), 500):
        found += _of_role(connection, "reported", document.c.id.in_(numbers[start : start + 500]), cut)
    return found


def _reporter(body: str) -> Any:
    return json.loads(body)["details"].get("reported", {}).get("person")


def _of_role(connection: sa.Connection, role: str, which: sa.ColumnElement[bool], cut: Cut) -> list[PersonDocument]:
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(move.c.document == document.c.id)
    query = (
        sa.select(
            document.c.id,
            document.c.type,
            document.c.occurred_at,
            document.c.recorded_at,
            sa.func.coalesce(location.c.code, ""),
            sa.cast(units.scalar_subquery(), sa.BigInteger),
        )
        .outerjoin(location, location.c.id == document.c.site)
        .where(which, *cut.of_documents())
        .order_by(document.c.id)
    )
    return [
        PersonDocument(
            document=number, role=role, type=type_, occurred_at=at, recorded_at=recorded_at, site=site, units=moved
        )
        for number, type_, at, recorded_at, site, moved in connection.execute(query)
    ]
