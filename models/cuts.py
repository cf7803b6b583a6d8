"""What every account holds, now or under a cut: as it was on a day, as it was known at a time.

A *cut* says which part of the ledger is looked at: what happened up to an instant, by documents
recorded up to one of them. Under a cut, an account that is asked for is the sum of its own lines,
which stand in two covering indexes; the whole ledger is what is held now, less every line beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.tables import balance, counted, document, item, location, lot, lot_mark, move

__all__ = [
    "ALL",
    "NOW",
    "Asked",
    "Cut",
    "counted_whole",
    "held_under",
    "is_anything_beyond",
    "known_by",
    "recalled_under",
    "was_there",
]

_ONE: sa.ColumnElement[int] = sa.literal_column("1")

Held = sa.Select[tuple[int, int, int]]


@dataclass(frozen=True)
class Cut:
    """What is looked at: all that happened up to `at` (UTC microseconds), of documents up to `document`.

    None: no limit.
    """

    at: int | None = None
    document: int | None = None

    def within(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        """Return the conditions under which a row of `move`, `counted` or `lot_mark` is looked at."""
        limits = ((table.c.at, self.at), (table.c.document, self.document))
        return [column <= most for column, most in limits if most is not None]


NOW = Cut()
"""Everything that is known, whenever it happened."""


@dataclass(frozen=True)
class Asked:
    """Which accounts: those of a location and of what stands beside it, of an item, of a lot number. None: any."""

    place: str | None = None
    item: str | None = None
    lot_no: str | None = None


ALL = Asked()


def known_by(connection: sa.Connection, time: int) -> int:
    """Return the last document that had been recorded by a time (UTC microseconds), 0 where none had."""
    query = (
        sa.select(document.c.id)
        .where(document.c.recorded_at <= time)
        .order_by(document.c.recorded_at.desc(), document.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or 0


def held_under(
    connection: sa.Connection, cut: Cut = NOW, *, kinds: Sequence[str], asked: Asked = ALL, empty: bool = True
) -> Held:
    """Return the query for (location, lot, units) of what locations of some kinds hold under a cut.

    `empty`: also accounts of 0 units, where something was once, or was counted.
    """
    query = sa.select(balance.c.location, balance.c.lot, balance.c.units.label("units")).where(
        *_asked_for(asked, kinds)
    )
    if cut == NOW:
        return query if empty else query.where(balance.c.units != 0)
    if asked == ALL:
        return _beyond_taken_off(connection, query, cut, empty=empty)
    return _summed(query, cut, empty=empty)


def _asked_for(asked: Asked, kinds: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what is asked for. Each is a list of ids, so that accounts are found by their key."""
    places = sa.select(location.c.id).where(location.c.kind.in_(kinds))
    if asked.place is not None:
        own = sa.select(location.c.id).where(location.c.code == asked.place).scalar_subquery()
        places = places.where(sa.or_(location.c.id == own, location.c.parent == own))
    conditions: list[sa.ColumnElement[bool]] = [balance.c.location.in_(places)]
    if asked.item is not None or asked.lot_no is not None:
        lots = sa.select(lot.c.id)
        if asked.item is not None:
            lots = lots.where(lot.c.item == sa.select(item.c.id).where(item.c.code == asked.item).scalar_subquery())
        if asked.lot_no is not None:
            lots = lots.where(lot.c.lot_no == asked.lot_no)
        conditions.append(balance.c.lot.in_(lots))
    return conditions


def _summed(query: Held, cut: Cut, *, empty: bool) -> Held:
    """Return the query with each account's own lines summed under a cut."""
    came, went = (
        sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(*_of_account(end, cut)).scalar_subquery()
        for end in (move.c.to_location, move.c.from_location)
    )
    units = sa.cast(came - went, sa.BigInteger)
    some = was_there(cut) if empty else units != 0
    return query.with_only_columns(balance.c.location, balance.c.lot, units.label("units")).where(some)


def _of_account(end: sa.Column[int], cut: Cut) -> list[sa.ColumnElement[bool]]:
    return [move.c.lot == balance.c.lot, end == balance.c.location, *cut.within(move)]


def was_there(cut: Cut) -> sa.ColumnElement[bool]:
    """Return whether anything had moved on an account of `balance`, or been counted, under a cut."""
    item_of_lot = sa.select(lot.c.item).where(lot.c.id == balance.c.lot).correlate(balance).scalar_subquery()
    counts = sa.select(_ONE).where(
        counted.c.location == balance.c.location,
        counted.c.item == item_of_lot,
        counted.c.lot == balance.c.lot,
        *cut.within(counted),
    )
    lines = (sa.select(_ONE).where(*_of_account(end, cut)) for end in (move.c.to_location, move.c.from_location))
    return sa.or_(*(sa.exists(each.correlate(balance)) for each in (*lines, counts)))


def _beyond_taken_off(connection: sa.Connection, query: Held, cut: Cut, *, empty: bool) -> Held:
    """Return the query with all lines beyond a cut taken off what is held now."""
    beyond = _beyond(connection, cut)
    if beyond is None:
        return query if empty else query.where(balance.c.units != 0)
    units = sa.cast(balance.c.units - sa.func.coalesce(beyond.c.units, 0), sa.BigInteger)
    same = sa.and_(beyond.c.location == balance.c.location, beyond.c.lot == balance.c.lot)
    # An account that holds nothing may be younger than the cut.
    some = sa.or_(units != 0, was_there(cut)) if empty else units != 0
    return (
        query.with_only_columns(balance.c.location, balance.c.lot, units.label("units"))
        .outerjoin_from(balance, beyond, same)
        .where(some)
    )


def _beyond(connection: sa.Connection, cut: Cut) -> sa.CTE | None:
    """Return the sums of all lines beyond a cut by account, None where there is no such line."""
    parts: list[Held] = []
    ends = ((move.c.to_location, move.c.units), (move.c.from_location, -move.c.units))
    if cut.document is not None and is_anything_beyond(connection, Cut(document=cut.document)):
        parts += [sa.select(end, move.c.lot, units).where(move.c.document > cut.document) for end, units in ends]
    if cut.at is not None and is_anything_beyond(connection, Cut(at=cut.at)):
        known = [] if cut.document is None else [move.c.document <= cut.document]
        # Only accounts to which something happened since are read, and of them only what happened since.
        parts += [
            sa.select(end, move.c.lot, units)
            .join_from(balance, move, sa.and_(move.c.lot == balance.c.lot, end == balance.c.location))
            .where(balance.c.last_at > cut.at, move.c.at > cut.at, *known)
            for end, units in ends
        ]
    if not parts:
        return None
    lines = sa.union_all(*parts).subquery()
    place, lot_id, units = (lines.c[n] for n in range(3))
    sums = sa.select(place.label("location"), lot_id.label("lot"), sa.func.sum(units).label("units"))
    return sums.group_by(place, lot_id).cte("beyond")


def is_anything_beyond(connection: sa.Connection, cut: Cut) -> bool:
    """Say whether any line or count may lie beyond a cut."""
    later = [] if cut.document is None else [sa.select(_ONE).where(document.c.id > cut.document)]
    if cut.at is not None:
        later.append(sa.select(_ONE).where(balance.c.last_at > cut.at))
    return any(connection.execute(query.limit(1)).first() is not None for query in later)


def counted_whole(cut: Cut = NOW) -> sa.Select[Any]:
    """Return the query for (site, item, pack_units, unit) that were counted as a whole under a cut, and still are.

    Where none of an item is found and no lot of it was there, such a count leaves no account.
    """
    undone = sa.select(document.c.reverses).where(document.c.reverses == counted.c.document)
    if cut.document is not None:
        undone = undone.where(document.c.id <= cut.document)
    return (
        sa.select(location.c.code.label("site"), item.c.code.label("item"), item.c.pack_units, item.c.unit)
        .select_from(counted)
        .join(location, location.c.id == counted.c.location)
        .join(item, item.c.id == counted.c.item)
        .where(counted.c.lot.is_(None), location.c.kind == "SITE", ~undone.exists(), *cut.within(counted))
        .distinct()
    )


def recalled_under(connection: sa.Connection, cut: Cut = NOW) -> set[int]:
    """Return the lots, by id, that were recalled and not cleared since, under a cut."""
    query = (
        sa.select(lot_mark.c.lot, lot_mark.c.mark)
        .where(*cut.within(lot_mark))
        .order_by(lot_mark.c.at, lot_mark.c.document)
    )
    last = {row.lot: row.mark for row in connection.execute(query)}
    return {lot_id for lot_id, mark in last.items() if mark == "recalled"}
