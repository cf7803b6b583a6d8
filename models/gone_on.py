"""Why a document cannot be reversed: what it moved has gone on with later documents, and those come first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.entry import Line, LotKey, Refusal
from models.locations import SIGNS, kind_of
from models.reversal import was_reversed
from models.tables import balance, document, item, location, lot, move
from models.words import lot_word, place_word, type_word

__all__ = ["refuse_if_gone_on"]

_PASSED_THROUGH = ("CONSUMED", "IN_TRANSIT", "SURPLUS", "SUPPLIER", "DONOR", "UPPER_LEVEL")
"""Kinds of places in which few documents meet: what is missing there was taken by one that can be named."""


def refuse_if_gone_on(connection: sa.Connection, number: int, lines: Iterable[Line]) -> None:
    """Refuse to reverse a document whose units were returned, confirmed or explained since. `lines`: its mirror.

    Raises:
        Refusal: with the documents that are to be reversed first, the latest first.

    """
    changes: dict[tuple[str, LotKey], int] = defaultdict(int)
    for line in lines:
        changes[line.from_location, line.lot] -= line.units
        changes[line.to_location, line.lot] += line.units
    wrong: list[Sentence] = []
    for (place, key), units in sorted(changes.items()):
        sign = SIGNS[kind_of(place)]
        if kind_of(place) not in _PASSED_THROUGH or units * sign >= 0:
            continue
        place_id, lot_id, held_units = _account(connection, place, key)
        missing = -(held_units + units) * sign
        taken = _took(connection, number, place_id, lot_id, missing, gives=sign > 0) if missing > 0 else []
        if taken:
            wrong.append(
                say(
                    "Document {number} cannot be reversed: {units} units of {item} ({lot}) have gone on from there "
                    "({place}). Reverse first: {documents}.",
                    number=number,
                    units=missing,
                    item=key.item,
                    lot=lot_word(key.lot_no),
                    place=place_word(place),
                    documents=[say("document {number} ({type})", number=id_, type=type_word(type_))
                               for id_, type_ in taken],
                )
            )  # fmt: skip
    if wrong:
        raise Refusal(*wrong)


def _account(connection: sa.Connection, place: str, key: LotKey) -> tuple[int, int, int]:
    """Return the place, the lot and the units of an account that the document to be reversed moved."""
    columns = (item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    query = (
        sa.select(balance.c.location, balance.c.lot, balance.c.units)
        .join(location, location.c.id == balance.c.location)
        .join(lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .where(location.c.code == place, *(column == value for column, value in zip(columns, key, strict=True)))
    )
    row = connection.execute(query).one()
    return row[0], row[1], row[2]


def _took(
    connection: sa.Connection, number: int, place: int, lot_id: int, missing: int, *, gives: bool
) -> list[tuple[int, str]]:
    """Return the latest documents that stand and took what is missing; `gives`: the account gives, else it takes."""
    end = move.c.from_location if gives else move.c.to_location
    query = (
        sa.select(document.c.id, document.c.type, sa.cast(sa.func.sum(move.c.units), sa.BigInteger).label("units"))
        .join_from(move, document, document.c.id == move.c.document)
        .where(move.c.lot == lot_id, end == place, document.c.id > number)
        .where(document.c.reverses.is_(None), ~was_reversed())
        .group_by(document.c.id, document.c.type)
        .order_by(document.c.id.desc())
    )
    found: list[tuple[int, str]] = []
    for row in connection.execute(query):
        if missing <= 0:
            break
        found.append((row.id, row.type))
        missing -= row.units
    return found
