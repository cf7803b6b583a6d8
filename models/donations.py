"""A donation as its donor may read it: what was received, and where its lots are by now.

Units of one lot are not told apart. Where a lot came with other receipts too, what is said of where it is
holds for all of it, and how much that is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Named, say
from models.cuts import NOW, Cut
from models.entry import LotKey, Refusal
from models.locations import kind_of, owner_of
from models.reversal import was_reversed
from models.tables import document, item, location, lot, move, partner
from models.trace import LotTrace, trace
from models.words import type_word

__all__ = [
    "SORTS",
    "DonatedLot",
    "Donation",
    "GivenLots",
    "Reached",
    "donation",
    "donation_number",
    "donations_under",
    "given_back_of",
    "items_of",
    "sort_of",
    "sorts_of_places",
]

SORTS: Mapping[str, tuple[str, ...]] = {
    "used": ("CONSUMED",),
    "at_sites": ("SITE",),
    "at_depots": ("RESERVED",),
    "under_way": ("IN_TRANSIT",),
    "set_aside": ("QUARANTINE",),
    "lost": ("LOST", "DAMAGED", "DESTROYED", "COUNT_SHORT"),
    "outside": ("OUTSIDE",),
    "given_back": ("SUPPLIER", "DONOR", "UPPER_LEVEL"),
}
"""Where a lot may be, by the kinds of places; a depot is a place of its own among the sites."""

_SORT_OF = {kind: sort for sort, kinds in SORTS.items() for kind in kinds}
_DEPOT = "warehouse"
_GIVING = ("receive", "settle")  # the types of documents by which a donor may give something
_LISTED_MOST = 10
_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True, kw_only=True)
class DonatedLot:
    """One lot of a donation: `units` of it were given, `came_units` of the lot in all; `where`: units by `SORTS`."""

    item: Named
    unit: str
    lot: LotKey
    units: int
    came_units: int
    where: Mapping[str, int]

    @property
    def mixed(self) -> bool:
        """Whether the lot came with other receipts too."""
        return self.came_units > self.units


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A site that got some of it: what it has used, and holds, in units of an item."""

    site: Named
    item: Named
    used: int
    held: int


@dataclass(frozen=True, kw_only=True)
class Donation:
    """A donation. `occurred_at`: UTC microseconds; `digest`: SHA-256 of the document, in hexadecimal.

    `reached`: who has what of the lots that are of this donation alone.
    """

    document: int
    donor: Named
    site: Named
    occurred_at: int
    reference: str
    certificate: str
    digest: str
    lots: tuple[DonatedLot, ...]
    reached: tuple[Reached, ...]


def donation_number(connection: sa.Connection, said: str, cut: Cut = NOW) -> int:
    """Return the number of a donation's document: `said` itself, or that of the paper or donor it came from.

    A paper's number is that of a receipt that was taken in from a table, or the reference of a document.

    Raises:
        Refusal: no donation came with such a paper or from such a donor, or several did; with the documents there are.

    """
    if said.isdecimal():
        return int(said)
    given = _donations(connection, cut)
    named = [each.number for each in given if said in each.papers or each.key.startswith(f"import/receipts/{said}/")]
    by_donor = [each.number for each in given if each.donor == said]
    if not named and len(by_donor) > 1:
        raise Refusal(
            say("{donor} gave several times: documents {numbers}. Name one of them.", donor=said,
                numbers=[str(each) for each in by_donor])
        )  # fmt: skip
    named = named or by_donor
    if len(named) == 1:
        return named[0]
    if named:
        raise Refusal(
            say("Several donations came with the number {said}: documents {numbers}. Name one of them.", said=said,
                numbers=[str(each) for each in named])
        )  # fmt: skip
    latest = [say("{number} from {donor}", number=each.number, donor=each.donor) for each in given[-_LISTED_MOST:]]
    if not latest:
        raise Refusal(say("No donation is in the ledger. Receive it first: allocator receive"))
    raise Refusal(
        say("No donation came with the number {said}. Name a document; the latest are: {documents}.", said=said,
            documents=latest[::-1])
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Given:
    """A document by which a donor gave something."""

    number: int
    occurred_at: int
    key: str
    papers: tuple[str, ...]
    donor: str


def _donations(connection: sa.Connection, cut: Cut = NOW) -> list[_Given]:
    """Return the donations that stand, by number."""
    query = sa.select(document.c.id, document.c.type, document.c.idem_key, document.c.occurred_at, document.c.body)
    rows = connection.execute(
        query.where(document.c.type.in_(_GIVING), ~was_reversed(known=cut.document))
        .where(*cut.of_documents())
        .order_by(document.c.id)
    )
    read = [(number, type_, key, at, json.loads(body)["details"]) for number, type_, key, at, body in rows]
    unsaid = [number for number, type_, _, _, details in read if not _says_source(type_, details)]
    came_from = _donors_of(connection, unsaid)
    found = []
    for number, type_, key, at, details in read:
        donor = _donor_said(details) if _says_source(type_, details) else came_from.get(number, "")
        if donor:
            papers = (details.get("reference", ""),)
            found.append(_Given(number=number, occurred_at=at, key=key, papers=papers, donor=donor))
    return found


@dataclass(frozen=True, kw_only=True)
class GivenLots:
    """A donation that stands: by whom, when (UTC microseconds), and its units by lot's id and item."""

    number: int
    occurred_at: int
    donor: str
    lots: Mapping[tuple[int, str], int]


def donations_under(connection: sa.Connection, cut: Cut = NOW) -> list[GivenLots]:
    """Return all donations that stand under a cut, in the order in which they were recorded."""
    given = _donations(connection, cut)
    lots: dict[int, dict[tuple[int, str], int]] = defaultdict(dict)
    for start in range(0, len(given), _AT_ONCE):
        query = (
            sa.select(move.c.document, move.c.lot, item.c.code, sa.cast(sa.func.sum(move.c.units), sa.BigInteger))
            .join(lot, lot.c.id == move.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(move.c.document.in_([each.number for each in given[start : start + _AT_ONCE]]))
            .where(move.c.counters.is_(None))
            .group_by(move.c.document, move.c.lot, item.c.code)
            .order_by(move.c.document, item.c.code, move.c.lot)
        )
        for number, lot_id, code, units in connection.execute(query):
            lots[number][lot_id, code] = units
    return [
        GivenLots(number=each.number, occurred_at=each.occurred_at, donor=each.donor, lots=lots[each.number])
        for each in given
    ]


def _says_source(type_: str, details: Mapping[str, Any]) -> bool:
    return type_ == "receive" and "source" in details


def _donor_said(details: Mapping[str, Any]) -> str:
    """Return the donor by a receipt that says its source; "" where that is no donation."""
    return str(details["partner"]) if details["source"] == "donation" else ""


def _donors_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return the donors from whose places documents moved units, by document. Some give to what is under way."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        query = (
            sa.select(move.c.document, sa.func.min(location.c.code))
            .join_from(move, location, location.c.id == move.c.from_location)
            .where(move.c.document.in_(numbers[start : start + _AT_ONCE]), location.c.kind == "DONOR")
            .where(move.c.counters.is_(None))
            .group_by(move.c.document)
        )
        found |= {number: owner_of(code) for number, code in connection.execute(query)}
    return found


def _donor_code(connection: sa.Connection, number: int, type_: str, details: Mapping[str, Any]) -> str:
    """Return who gave what a document is of; "" where it is no donation."""
    if _says_source(type_, details):
        return _donor_said(details)
    return _donors_of(connection, [number]).get(number, "") if type_ in _GIVING else ""


def donation(connection: sa.Connection, number: int, cut: Cut = NOW) -> Donation:
    """Return a donation by the number of its receipt, as it was, or was known, under a cut.

    Raises:
        Refusal: there is no such document, it is no donation, or it was reversed.

    """
    row = connection.execute(sa.select(document).where(document.c.id == number)).first()
    if row is None or (cut.document is not None and number > cut.document):
        raise Refusal(say("There is no document {number}. Check its number.", number=number))
    body = json.loads(row.body)
    details = body["details"]
    donor = _donor_code(connection, number, row.type, details)
    if not donor:
        raise Refusal(
            say(
                "Document {number} ({type}) is no donation: only what was received from a donor is.",
                number=number,
                type=type_word(row.type),
            )
        )
    by = connection.execute(sa.select(document.c.id).where(document.c.reverses == number)).scalar()
    if by is not None and (cut.document is None or by <= cut.document):
        raise Refusal(
            say("Document {number} was reversed by document {by}: nothing was received.", number=number, by=by)
        )
    given = _given(connection, number)
    places, items = sorts_of_places(connection), items_of(connection)
    traces = trace(connection, list(given), cut)
    back = given_back_of(connection, list(given), cut)
    lots = tuple(
        _lot(each, units, back.get(lot_id, 0), items, places)
        for each, (lot_id, units) in zip(traces, given.items(), strict=True)
    )
    own = [traced for traced, each in zip(traces, lots, strict=True) if not each.mixed]
    return Donation(
        document=number,
        donor=_donor(connection, donor),
        site=places[body["site"]][0],
        occurred_at=row.occurred_at,
        reference=details.get("reference", ""),
        certificate=details.get("certificate", ""),
        digest=bytes(row.body_hash).hex(),
        lots=lots,
        reached=_reached(own, items, places),
    )


_Places = Mapping[str, tuple[Named, bool]]
_Items = Mapping[str, tuple[Named, str]]


def _given(connection: sa.Connection, number: int) -> dict[int, int]:
    query = (
        sa.select(move.c.lot, sa.cast(sa.func.sum(move.c.units), sa.BigInteger))
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(move.c.document == number, move.c.counters.is_(None))
        .group_by(move.c.lot, item.c.code, lot.c.expires)
        .order_by(item.c.code, lot.c.expires, move.c.lot)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def sorts_of_places(connection: sa.Connection) -> _Places:
    """Return each site's name and whether it is a depot, by its code."""
    columns = (location.c.code, location.c.name, location.c.name_zh, location.c.site_kind)
    rows = connection.execute(sa.select(*columns).where(location.c.kind == "SITE"))
    return {row.code: (Named(*row[:3], with_code=True), row.site_kind == _DEPOT) for row in rows}


def items_of(connection: sa.Connection) -> _Items:
    """Return each item's name and base unit, by its code."""
    rows = connection.execute(sa.select(item.c.code, item.c.name, item.c.name_zh, item.c.unit))
    return {row.code: (Named(*row[:3]), row.unit) for row in rows}


def _donor(connection: sa.Connection, code: str) -> Named:
    columns = (partner.c.code, partner.c.name, partner.c.name_zh)
    row = connection.execute(sa.select(*columns).where(partner.c.code == code)).first()
    return Named(code) if row is None else Named(*row)


def given_back_of(connection: sa.Connection, lots: Sequence[int], cut: Cut = NOW) -> dict[int, int]:
    """Return the units of each lot, by id, that went back to partners."""
    target = location.alias()
    query = (
        sa.select(move.c.lot, sa.cast(sa.func.sum(move.c.units), sa.BigInteger))
        .join(document, document.c.id == move.c.document)
        .join(target, target.c.id == move.c.to_location)
        .where(move.c.lot.in_(lots), document.c.type == "return", target.c.kind.in_(SORTS["given_back"]))
        .where(~was_reversed(known=cut.document), *cut.within(move))
        .group_by(move.c.lot)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _lot(traced: LotTrace, units: int, back: int, items: _Items, places: _Places) -> DonatedLot:
    where: dict[str, int] = dict.fromkeys(SORTS, 0) | {"given_back": back}
    for place, held in traced.held.items():
        where[sort_of(place, places)] += held
    named, unit = items[traced.lot.item]
    return DonatedLot(item=named, unit=unit, lot=traced.lot, units=units, came_units=sum(where.values()), where=where)


def sort_of(place: str, places: _Places) -> str:
    """Return where a place is, by `SORTS`; stock of a depot is at depots."""
    is_depot = kind_of(place) == "SITE" and places[place][1]
    return "at_depots" if is_depot else _SORT_OF[kind_of(place)]


def _reached(traces: Sequence[LotTrace], items: _Items, places: _Places) -> tuple[Reached, ...]:
    """Return the sites that got some, those with the most first."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for traced in traces:
        for place, units in traced.held.items():
            sort = sort_of(place, places)
            if sort in ("used", "at_sites"):
                sums[owner_of(place), traced.lot.item][sort == "at_sites"] += units
    found = [
        Reached(site=places[site][0], item=items[code][0], used=used, held=held)
        for (site, code), (used, held) in sums.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.used - each.held, each.site.code, each.item.code)))
