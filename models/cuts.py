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

from models.database import is_sqlite
from models.often import answers
from models.reversal import was_reversed
from models.tables import balance, counted, document, item, location, lot, lot_mark, move

__all__ = [
    "ALL",
    "NOW",
    "Asked",
    "Cut",
    "counted_whole",
    "form_of",
    "held",
    "held_by",
    "held_under",
    "is_anything_beyond",
    "known_by",
    "lines_of",
    "recalled_under",
    "unsaid",
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

    @property
    def is_now(self) -> bool:
        """Say whether it is no cut at all."""
        return self.at is None and self.document is None

    def within(self, table: sa.Table) -> list[sa.ColumnElement[bool]]:
        """Return the conditions under which a row of `move`, `counted` or `lot_mark` is looked at."""
        return self._up_to(table.c.at, table.c.document)

    def of_documents(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions under which a row of `document` is looked at."""
        return self._up_to(document.c.occurred_at, document.c.id)

    def _up_to(self, at: sa.Column[int], number: sa.Column[int]) -> list[sa.ColumnElement[bool]]:
        return [column <= most for column, most in ((at, self.at), (number, self.document)) if most is not None]


NOW = Cut()
"""Everything that is known, whenever it happened."""


@dataclass(frozen=True)
class Asked:
    """Which accounts: those of a location and of what stands beside it, of an item, of a lot number. None: any."""

    place: str | None = None
    item: str | None = None
    lot_no: str | None = None

    @property
    def is_all(self) -> bool:
        """Say whether every account is asked for."""
        return self.place is None and self.item is None and self.lot_no is None


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
    if asked.is_all and not cut.is_now:
        return _beyond_taken_off(connection, _accounts(asked, kinds), cut, empty=empty)
    return held_by(asked, cut, kinds=kinds, empty=empty)


def held_by(asked: Asked, cut: Cut, *, kinds: Sequence[str], empty: bool = True) -> Held:
    """Return the same query for now, or for some accounts: nothing need be read to put it together."""
    query = _accounts(asked, kinds)
    if cut.is_now:
        return query if empty else query.where(balance.c.units != 0)
    return _summed(query, cut, empty=empty)


def held(
    connection: sa.Connection, cut: Cut = NOW, *, kinds: Sequence[str], asked: Asked
) -> sa.Result[tuple[int, int, int]]:
    """Return (location, lot, units) of the accounts that are asked for, empty ones too; the query is made once."""
    if asked.is_all:
        return connection.execute(held_under(connection, cut, kinds=kinds))
    return answers(connection, _held_form, (tuple(kinds), *form_of(asked, cut)), vars(asked) | vars(cut))


def _held_form(kinds: tuple[str, ...], *given: bool) -> Held:
    return held_by(*unsaid(*given), kinds=kinds)


def form_of(asked: Asked, cut: Cut) -> tuple[bool, ...]:
    """Return which parts of a question are given."""
    return tuple(value is not None for value in (*vars(asked).values(), *vars(cut).values()))


def unsaid(*given: bool) -> tuple[Asked, Cut]:
    """Return a question of a form, with a parameter for each value that will be given."""
    names = ("place", "item", "lot_no", "at", "document")
    types = (sa.Text, sa.Text, sa.Text, sa.BigInteger, sa.BigInteger)
    parts: list[Any] = [
        sa.bindparam(name, type_=type_) if is_given else None
        for name, type_, is_given in zip(names, types, given, strict=True)
    ]
    return Asked(*parts[:3]), Cut(*parts[3:])


def _accounts(asked: Asked, kinds: Sequence[str]) -> Held:
    return sa.select(balance.c.location, balance.c.lot, balance.c.units.label("units")).where(*_asked_for(asked, kinds))


def _asked_for(asked: Asked, kinds: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what is asked for. Each is a list of ids, so that accounts are found by their key."""
    own_kinds: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{kind}'") for kind in kinds]  # words of our own
    places = sa.select(location.c.id).where(location.c.kind.in_(own_kinds))
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
            .join_from(balance, move, lines_of(connection, end))
            .where(balance.c.last_at > cut.at, move.c.at > cut.at, *known)
            for end, units in ends
        ]
    if not parts:
        return None
    lines = sa.union_all(*parts).subquery()
    place, lot_id, units = (lines.c[n] for n in range(3))
    sums = sa.select(place.label("location"), lot_id.label("lot"), sa.func.sum(units).label("units"))
    return sums.group_by(place, lot_id).cte("beyond")


def lines_of(connection: sa.Connection, end: sa.Column[int]) -> sa.ColumnElement[bool]:
    """Return the condition that joins to accounts of `balance` the lines with them at one `end`, accounts first."""
    lot_id, place = balance.c.lot, balance.c.location
    if is_sqlite(connection):
        # Nobody counts rows for it (ANALYZE): it would go through all lines of history, and look up the account of
        # each. With a + before them, accounts are not looked up, so they are read first.
        return sa.and_(move.c.lot == _plus(lot_id), end == _plus(place))
    return sa.and_(move.c.lot == lot_id, end == place)


def _plus(column: sa.Column[int]) -> sa.ColumnElement[int]:
    return sa.UnaryExpression(column, operator=sa.sql.operators.custom_op("+"), type_=column.type)


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
    return (
        sa.select(location.c.code.label("site"), item.c.code.label("item"), item.c.pack_units, item.c.unit)
        .select_from(counted)
        .join(location, location.c.id == counted.c.location)
        .join(item, item.c.id == counted.c.item)
        .where(counted.c.lot.is_(None), location.c.kind == "SITE", *cut.within(counted))
        .where(~was_reversed(counted.c.document, known=cut.document))
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
