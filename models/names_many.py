"""Look up many places and lots at once, and make the lots that are missing: before thousands of documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from models.entry import LotKey
from models.names import Names, insert_once
from models.tables import item, location, lot

__all__ = ["know_lots", "know_places"]

_AT_ONCE = 500  # so that no statement passes a database's limit of variables

_KEY = (lot.c.item, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)


def know_places(connection: sa.Connection, names: Names, codes: Iterable[str]) -> None:
    """Learn the places that are there; those that are not are made, or refused, when they are used."""
    query = sa.select(location.c.code, location.c.id, location.c.sign)
    for part in _parts([code for code in codes if names.location(code) is None]):
        for code, id_, sign in connection.execute(query.where(location.c.code.in_(part))):
            names.learn_location(code, id_, sign)


def know_lots(connection: sa.Connection, names: Names, keys: Iterable[LotKey]) -> None:
    """Learn lots, making those that are missing; lots of items that do not exist are refused when they are used."""
    wanted: dict[str, list[LotKey]] = defaultdict(list)
    for key in keys:
        if names.lot(key) is None:
            wanted[key.item].append(key)
    ids: dict[str, int] = {}
    for part in _parts(sorted(wanted)):
        ids |= dict(connection.execute(sa.select(item.c.code, item.c.id).where(item.c.code.in_(part))).all())
    _learn(connection, names, wanted, ids)
    rows = [
        {
            "item": ids[code],
            "lot_no": key.lot_no,
            "expires": key.expires,
            "owner_fund": key.owner_fund,
            "earmark": key.earmark,
        }
        for code in sorted(ids)
        for key in sorted(wanted[code])
        if names.lot(key) is None
    ]
    if rows:
        make = insert_once(connection, lot, *(column.name for column in _KEY)).returning(lot.c.id)
        names.made_lots.update(connection.execute(make, rows).scalars())
        _learn(connection, names, wanted, ids)


def _learn(connection: sa.Connection, names: Names, wanted: dict[str, list[LotKey]], ids: dict[str, int]) -> None:
    """Learn the lots that are there."""
    for code, item_id in ids.items():
        numbers = sorted({key.lot_no for key in wanted[code] if names.lot(key) is None})
        for part in _parts(numbers):
            query = sa.select(lot.c.id, *_KEY[1:]).where(lot.c.item == item_id, lot.c.lot_no.in_(part))
            for id_, *said in connection.execute(query):
                names.learn_lot(LotKey(code, *said), id_, item_id)


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
