"""What approved plans keep for sites and have not sent yet: nobody else can take it, and the site will have it.

A plan's reservations lie in one place, RESERVED:PLAN; for whom they are is said by the document that reserved
them, one for each note.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from models.cuts import ALL, NOW, Cut, held_by
from models.locations import owner_of
from models.reversal import was_reversed
from models.tables import balance, document, location, move

__all__ = ["Promise", "kept_by_plan", "promised"]

_AT_ONCE = 500  # plans in one statement

Account = tuple[int, int]  # the location where a plan's reservations lie, the lot


@dataclass(frozen=True, kw_only=True)
class Promise:
    """`units` of a lot, by id, that an approved plan keeps for a site. `arrives`: the ISO day it is expected there."""

    site: str
    lot: int
    units: int
    arrives: str


def kept_by_plan(connection: sa.Connection) -> dict[str, int]:
    """Return the units that lie reserved now, by plan."""
    query = (
        held_by(ALL, NOW, kinds=("RESERVED",), empty=False)
        .with_only_columns(location.c.code, sa.cast(sa.func.sum(balance.c.units), sa.BigInteger))
        .join(location, location.c.id == balance.c.location)
        .group_by(location.c.code)
        .order_by(location.c.code)
    )
    return {owner_of(code): units for code, units in connection.execute(query)}


def promised(connection: sa.Connection, held: Mapping[Account, int], cut: Cut) -> list[Promise]:
    """Return for whom what lies reserved is kept, as documents under a cut say.

    `held`: units by the location and the lot, both by id. Where less is left than was reserved, because a lot was
    recalled, the earlier notes have it, as when they are sent.
    """
    rest = {account: units for account, units in held.items() if units > 0}
    places = sorted({place for place, _ in rest})
    found: list[Promise] = []
    for start in range(0, len(places), _AT_ONCE):
        found += _of_plans(connection, places[start : start + _AT_ONCE], rest, cut)
    return found


def _of_plans(
    connection: sa.Connection, places: Sequence[int], rest: dict[Account, int], cut: Cut
) -> Iterator[Promise]:
    codes = connection.execute(sa.select(location.c.id, location.c.code).where(location.c.id.in_(places)))
    place_of = {owner_of(row.code): row.id for row in codes}
    reserved, sent = _moved(connection, list(place_of), cut)
    query = sa.select(document.c.id, document.c.allocation, document.c.body).where(
        document.c.allocation.in_(list(place_of)), document.c.type == "reserve"
    )
    for number, plan, body in connection.execute(query.order_by(document.c.id)):
        said = json.loads(body)["details"]
        for lot_id, units in reserved.get(number, {}).items():
            account = (place_of[plan], lot_id)
            stays = min(units - sent[number].get(lot_id, 0), rest.get(account, 0))
            if stays > 0:
                rest[account] -= stays
                yield Promise(site=said["to"], lot=lot_id, units=stays, arrives=said["arrives"])


def _moved(
    connection: sa.Connection, plans: Sequence[str], cut: Cut
) -> tuple[dict[int, dict[int, int]], dict[int, dict[int, int]]]:
    """Return the units of each lot that were reserved by each document, and those that were sent for it."""
    query = (
        sa.select(document.c.id, document.c.type, document.c.refers_to, move.c.lot, move.c.units)
        .join(move, move.c.document == document.c.id)
        .where(document.c.allocation.in_(plans), document.c.type.in_(("reserve", "dispatch")))
        .where(~was_reversed(known=cut.document), *cut.within(move))
        .order_by(document.c.id, move.c.line)
    )
    reserved: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    sent: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number, type_, refers_to, lot_id, units in connection.execute(query):
        into = reserved[number] if type_ == "reserve" else sent[refers_to]
        into[lot_id] += units
    return reserved, sent
