"""The documents that have to do with what is traced, with who told them and the papers that came with them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from models.cuts import NOW, Cut
from models.locations import kind_of
from models.reversal import was_reversed
from models.tables import document, location, move

__all__ = ["Source", "Step", "documents_of", "sources_of", "steps_numbered"]

_SOURCES = ("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING")


@dataclass(frozen=True)
class Step:
    """A document that has to do with what is traced. `reported`: who told it and how (`models/reporting.py`)."""

    number: int
    type: str
    occurred_at: int
    site: str
    units: int
    reported: Mapping[str, str] = field(default_factory=dict)
    papers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document by which units of a lot came: from whom, to where, with which papers; `reversed`: taken back since."""

    document: int
    occurred_at: int
    from_place: str
    to_place: str
    units: int
    papers: Mapping[str, str]
    reversed: bool


def documents_of(
    connection: sa.Connection, *, number: int | None = None, shipment: str | None = None, cut: Cut = NOW
) -> list[Step]:
    """Return a document, or those of a shipment, with what they refer to, reverse, or are reversed by."""
    first = document.c.id == number if shipment is None else document.c.shipment == shipment
    rows = connection.execute(sa.select(document.c.id, document.c.refers_to, document.c.reverses).where(first)).all()
    if not rows:
        return []
    own = [row.id for row in rows]
    near = {*own, *(row.refers_to for row in rows), *(row.reverses for row in rows)} - {None}
    later = sa.or_(document.c.refers_to.in_(own), document.c.reverses.in_(own))
    near |= set(connection.execute(sa.select(document.c.id).where(later)).scalars())
    return steps_numbered(connection, sorted(near), cut)


def steps_numbered(connection: sa.Connection, numbers: Sequence[int], cut: Cut = NOW) -> list[Step]:
    """Return some documents by their numbers, without those beyond a cut."""
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(move.c.document == document.c.id)
    query = (
        sa.select(
            document.c.id,
            document.c.type,
            document.c.occurred_at,
            sa.func.coalesce(location.c.code, ""),
            sa.cast(units.scalar_subquery(), sa.BigInteger),
            document.c.body,
        )
        .outerjoin(location, location.c.id == document.c.site)
        .where(document.c.id.in_(numbers), *cut.of_documents())
        .order_by(document.c.id)
    )
    return [
        Step(number, type_, at, site, units, *_said_of(json.loads(body)["details"]))
        for number, type_, at, site, units, body in connection.execute(query)
    ]


def sources_of(
    connection: sa.Connection, lots: Iterable[int], places: Iterable[str], cut: Cut = NOW
) -> dict[int, list[Source]]:
    """Return the documents by which lots came from outside, by lot, in the order in which they were recorded.

    `places`: from which units of them came at all, as codes; those from outside are looked for.
    """
    outside = sorted({place for place in places if kind_of(place) in _SOURCES})
    if not outside:
        return {}
    found: dict[int, list[Source]] = defaultdict(list)
    for row in connection.execute(_came(connection, lots, outside, cut)):
        # Asked of the database, "reverses IS NULL" draws SQLite to an index in which nearly all documents stand.
        if row.reverses is not None:
            continue
        _, papers = _said_of(json.loads(row.body)["details"])
        found[row.lot].append(
            Source(
                document=row.id,
                occurred_at=row.occurred_at,
                from_place=row.from_place,
                to_place=row.to_place,
                units=row.units,
                papers=papers,
                reversed=bool(row.gone),
            )
        )
    return found


def _came(connection: sa.Connection, lots: Iterable[int], outside: Sequence[str], cut: Cut) -> sa.Select[Any]:
    """Return the query for what documents moved of lots out of some places, a row for each lot and place it came to."""
    givers = list(connection.execute(sa.select(location.c.id).where(location.c.code.in_(outside))).scalars())
    giver, target = location.alias(), location.alias()
    told = (
        move.c.lot,
        document.c.id,
        document.c.occurred_at,
        giver.c.code.label("from_place"),
        target.c.code.label("to_place"),
        document.c.reverses,
        document.c.body,
    )
    units = sa.cast(sa.func.sum(move.c.units), sa.BigInteger).label("units")
    return (
        sa.select(*told, units, was_reversed(known=cut.document).label("gone"))
        .join_from(move, giver, giver.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .join(document, document.c.id == move.c.document)
        .where(
            move.c.lot.in_(list(lots)), move.c.from_location.in_(givers), move.c.counters.is_(None), *cut.within(move)
        )
        .group_by(*told)
        .order_by(document.c.id)
    )


def _said_of(details: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return who reported a document and how, and the papers that came with it."""
    papers = {name: details[name] for name in ("order", "reference", "certificate", "standard") if details.get(name)}
    return details.get("reported", {}), papers
