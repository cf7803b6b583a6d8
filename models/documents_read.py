"""A document as it stands in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Named
from models.countersigning import EMERGENCY, Countersigned, countersigned
from models.entry import LotKey
from models.prepared import Prepared
from models.shipments import SENDS
from models.tables import balance, document, item, location, lot, move, open_exception

__all__ = ["SeenDocument", "SeenLine", "is_under_way", "read_document"]


@dataclass(frozen=True, kw_only=True)
class SeenLine:
    """One line: `from_after`, `to_after` are the balances of both ends after it. `counters`: the count it stands at."""

    from_location: str
    to_location: str
    lot: LotKey
    units: int
    at: int
    from_after: int
    to_after: int
    counters: int | None


@dataclass(frozen=True, kw_only=True)
class SeenDocument:
    """A posted document. Times in UTC microseconds; `counted` and `marks` as its body holds them.

    `open_exception`: posted although an earlier day fell below zero, and not explained yet. `names`: those of
    its items and its site, by code, as they are now. `under_way`: something that it sent has not been accounted for.
    """

    number: int
    key: str
    type: str
    site: str | None
    actor: str
    approver: str | None
    occurred_at: int
    recorded_at: int
    reason: str
    refers_to: int | None
    reverses: int | None
    allocation: str | None
    shipment: str | None
    details: Mapping[str, Any]
    lines: tuple[SeenLine, ...]
    counted: tuple[Mapping[str, Any], ...]
    marks: tuple[Mapping[str, Any], ...]
    open_exception: bool
    names: Mapping[str, Named]
    countersigned: Countersigned | None = None
    under_way: bool = False


def read_document(connection: sa.Connection, number: int) -> SeenDocument | None:
    """Return a document by its number, None where there is none."""
    row = _DOCUMENT.first(connection, number=number)
    if row is None:
        return None
    head: dict[str, Any] = dict(zip(_HEAD, row, strict=True))
    body, lines = json.loads(head.pop("body")), tuple(_lines(connection, number))
    return SeenDocument(
        number=number,
        site=body["site"],
        **head,
        details=body["details"],
        lines=lines,
        counted=tuple(body["counted"]),
        marks=tuple(body["marks"]),
        open_exception=_OPEN.first(connection, number=number) is not None,
        names=_names(connection, lines, body),
        countersigned=countersigned(connection, number) if head["type"] == EMERGENCY else None,
        under_way=head["type"] in SENDS and is_under_way(connection, head["shipment"]),
    )


def is_under_way(connection: sa.Connection, shipment: str | None) -> bool:
    """Say whether something of a shipment has not been accounted for."""
    held = sa.select(balance.c.lot).join(location, location.c.id == balance.c.location)
    query = held.where(location.c.code == f"IN_TRANSIT:{shipment}", balance.c.units > 0)
    return connection.execute(query.limit(1)).first() is not None


def _names(connection: sa.Connection, lines: Iterable[SeenLine], body: Mapping[str, Any]) -> dict[str, Named]:
    codes = {line.lot.item for line in lines} | {row["item"] for row in (*body["counted"], *body["marks"])}
    rows = [*_ITEMS.rows(connection, codes=list(codes)), *_SITE.rows(connection, code=body["site"])]
    return {code: Named(code, name, name_zh, with_code=True) for code, name, name_zh in rows}


def _lines(connection: sa.Connection, number: int) -> Iterator[SeenLine]:
    for source, target, units, at, from_after, to_after, counters, *key in _LINES.rows(connection, number=number):
        yield SeenLine(
            from_location=source,
            to_location=target,
            lot=LotKey(*key),
            units=units,
            at=at,
            from_after=from_after,
            to_after=to_after,
            counters=counters,
        )


_OF_LINE = ("units", "at", "from_after", "to_after", "counters")


def _lines_query() -> sa.Select[Any]:
    from_place, to_place = location.alias(), location.alias()
    key = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    return (
        sa.select(from_place.c.code, to_place.c.code, *(move.c[name] for name in _OF_LINE), *key)
        .join_from(move, from_place, from_place.c.id == move.c.from_location)
        .join(to_place, to_place.c.id == move.c.to_location)
        .join(lot, lot.c.id == move.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(move.c.document == sa.bindparam("number"))
        .order_by(move.c.line)
    )


_HEAD = {
    "key": document.c.idem_key,
    **{
        name: document.c[name]
        for name in ("type", "actor", "approver", "occurred_at", "recorded_at", "reason", "refers_to", "reverses")
    },
    **{name: document.c[name] for name in ("allocation", "shipment", "body")},
}
"""What is read of a document, by its name in a `SeenDocument`."""
_DOCUMENT = Prepared(sa.select(*_HEAD.values()).where(document.c.id == sa.bindparam("number")))
_OPEN = Prepared(
    sa.select(open_exception.c.document).where(
        open_exception.c.document == sa.bindparam("number"), open_exception.c.explained_by.is_(None)
    )
)
_ITEMS = Prepared(
    sa.select(item.c.code, item.c.name, item.c.name_zh).where(item.c.code.in_(sa.bindparam("codes", expanding=True)))
)
_SITE = Prepared(
    sa.select(location.c.code, location.c.name, location.c.name_zh).where(location.c.code == sa.bindparam("code"))
)
_LINES = Prepared(_lines_query())
