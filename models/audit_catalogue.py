"""What documents refer to, read once: places, lots and marks by id, with their texts as bodies write them."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from json.encoder import encode_basestring
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.audit_reading import Reader, Wholes
from models.canonical import normal
from models.days import end_of_day
from models.entry import LotKey
from models.locations import SIGNS, kind_of
from models.tables import NO_EXPIRY, instance, item, location, lot, lot_mark, open_exception

__all__ = ["KINDS", "Catalogue", "Lots", "Places", "load", "positions", "quoted"]

KINDS = tuple(SIGNS)
"""Kinds of places; a place's kind is kept as its position here."""

NEVER = 2**62


def quoted(text: str | None) -> str:
    """Return a text as canonical JSON writes it; null where there is none.

    >>> quoted("masks"), quoted(None)
    ('"masks"', 'null')
    """
    return "null" if text is None else encode_basestring(normal(text))


def positions(ids: Wholes, asked: Wholes) -> Wholes:
    """Return where ids stand in sorted ids; -1 for one that is not there."""
    if not len(ids):
        return np.full(len(asked), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    return np.where(ids[found] == asked, found, -1)


@dataclass(frozen=True)
class Places:
    """Places by position: sorted by id."""

    ids: Wholes
    codes: Sequence[str]
    texts: Sequence[str]
    signs: Wholes
    kinds: Wholes
    text_of: Mapping[int, str]  # by id

    def code_of(self, id_: int) -> str | None:
        """Return the code of a place by its id, None where there is none."""
        text = self.text_of.get(id_)
        return None if text is None else str(json.loads(text))

    def positions(self, ids: Wholes) -> Wholes:
        """Return positions of ids; -1 for one that is not there."""
        return positions(self.ids, ids)


@dataclass(frozen=True)
class Lots:
    """Lots by position: sorted by id. `before`, `after`: their fields in a line, around "from"."""

    ids: Wholes
    items: Wholes
    keys: Sequence[LotKey]
    before: Sequence[str]
    after: Sequence[str]
    usable_until: Wholes  # the last microsecond of the day on which it may be used

    def positions(self, ids: Wholes) -> Wholes:
        """Return positions of ids; -1 for one that is not there."""
        return positions(self.ids, ids)


@dataclass(frozen=True)
class Catalogue:
    """Everything that documents refer to. `exceptions`: documents posted although an earlier day fell short."""

    zone: ZoneInfo
    places: Places
    lots: Lots
    items: dict[int, str]
    exceptions: frozenset[int]
    marks: dict[int, list[tuple[int, int, str]]]  # by lot's id: (instant, document, mark), in order

    def name(self, place: int, lot_position: int) -> tuple[str, Sentence]:
        """Return the code of a place and what people call a lot, both by position."""
        key = self.lots.keys[lot_position]
        which = say("{item}, lot {lot}", item=key.item, lot=key.lot_no or "-")
        return self.places.codes[place], which


def load(reader: Reader) -> Catalogue:
    """Read it all."""
    zone = ZoneInfo(reader.one(sa.select(instance.c.timezone)) or "UTC")
    items = {row[0]: row[1] for row in reader.rows(sa.select(item.c.id, item.c.code))}
    marks: dict[int, list[tuple[int, int, str]]] = {}
    query = sa.select(lot_mark.c.lot, lot_mark.c.at, lot_mark.c.document, lot_mark.c.mark)
    for lot_id, at, document_id, mark in reader.rows(query.order_by(lot_mark.c.at, lot_mark.c.document)):
        marks.setdefault(lot_id, []).append((at, document_id, mark))
    exceptions = frozenset(row[0] for row in reader.rows(sa.select(open_exception.c.document)))
    return Catalogue(zone, _places(reader), _lots(reader, items, zone), items, exceptions, marks)


def _places(reader: Reader) -> Places:
    query = sa.select(location.c.id, location.c.code, location.c.sign).order_by(location.c.id)
    rows = reader.rows(query)
    texts = [quoted(row[1]) for row in rows]
    return Places(
        ids=_column(row[0] for row in rows),
        codes=[row[1] for row in rows],
        texts=texts,
        signs=_column(row[2] for row in rows),
        kinds=_column(KINDS.index(kind_of(row[1])) for row in rows),
        text_of={row[0]: text for row, text in zip(rows, texts, strict=True)},
    )


def _lots(reader: Reader, items: dict[int, str], zone: ZoneInfo) -> Lots:
    columns = (lot.c.id, lot.c.item, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    rows = reader.rows(sa.select(*columns).order_by(lot.c.id))
    keys = [LotKey(items.get(row[1], ""), *row[2:]) for row in rows]
    return Lots(
        ids=_column(row[0] for row in rows),
        items=_column(row[1] for row in rows),
        keys=keys,
        before=[f'"earmark":{quoted(key.earmark)},"expires":{quoted(key.expires)},' for key in keys],
        after=[
            f'"fund":{quoted(key.owner_fund)},"item":{quoted(key.item)},"lot":{quoted(key.lot_no)},' for key in keys
        ],
        usable_until=_column(map(_usable_until(zone), (key.expires for key in keys))),
    )


def _usable_until(zone: ZoneInfo) -> Callable[[str], int]:
    @cache
    def until(expires: str) -> int:
        # A day that is none is no lot's as any document wrote it, which the rows' check says.
        with contextlib.suppress(ValueError):
            return NEVER if expires == NO_EXPIRY else end_of_day(dt.date.fromisoformat(expires), zone)
        return NEVER

    return until


def _column(values: Iterable[int]) -> Wholes:
    return np.fromiter(values, dtype=np.int64)
