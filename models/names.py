"""Codes and ids: a document speaks in codes, the tables in numbers.

Sites, partners, items and people are made by the catalogue; what stands beside them (quarantine,
use, shipments, reservations) and lots are made when a document first needs them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.entry import Entry, LotKey, Refusal
from models.locations import COUNT_GAIN, COUNT_SHORT, SIGNS, kind_of, owner_of
from models.prepared import Prepared
from models.tables import item, location, lot, partner

__all__ = ["Names", "Placed", "difference_accounts", "insert_once", "known", "place", "placed", "unknown"]

_BESIDE_SITES = ("QUARANTINE", "CONSUMED")
_PARTNERS = {"SUPPLIER": "supplier", "DONOR": "donor", "UPPER_LEVEL": "upper_level"}


class Names:
    """Ids by code, as looked up before: one that is shared, and one for each transaction.

    What is found or made in a transaction may yet be undone, so it is shared only by `keep`.
    """

    def __init__(self, shared: Names | None = None) -> None:
        self._shared = shared
        self._locations: dict[str, tuple[int, int]] = {}
        self._lots: dict[LotKey, tuple[int, int]] = {}
        self.made_locations: set[int] = set()
        """Locations made in this transaction, by id: nobody else knows them yet."""
        self.made_lots: set[int] = set()
        """Lots made in this transaction, by id."""

    def begin(self) -> Names:
        """Return names for one transaction."""
        return Names(self)

    def keep(self) -> None:
        """Share what was learned: the transaction was committed."""
        if self._shared is not None:
            self._shared._locations.update(self._locations)  # noqa: SLF001 - another of the same class
            self._shared._lots.update(self._lots)  # noqa: SLF001

    def location(self, code: str) -> tuple[int, int] | None:
        """Return (id, sign) of a location that is known."""
        found = self._locations.get(code)
        return found if found or self._shared is None else self._shared.location(code)

    def lot(self, key: LotKey) -> tuple[int, int] | None:
        """Return (id, item's id) of a lot that is known."""
        found = self._lots.get(key)
        return found if found or self._shared is None else self._shared.lot(key)

    def learn_location(self, code: str, id_: int, sign: int) -> None:
        """Note a location."""
        self._locations[code] = (id_, sign)

    def learn_lot(self, key: LotKey, id_: int, item_id: int) -> None:
        """Note a lot."""
        self._lots[key] = (id_, item_id)


class Placed(NamedTuple):
    """One line of a document by ids, with the signs of its ends."""

    from_id: int
    from_sign: int
    to_id: int
    to_sign: int
    lot: int
    item: int
    units: int
    at: int
    counters: int | None


def place(connection: sa.Connection, names: Names, entry: Entry) -> list[Placed]:
    """Return the lines of a document by ids, making lots and places beside sites where they are missing.

    Raises:
        Refusal: codes that do not exist, all of them.

    """
    codes, keys = unknown(names, entry)
    if codes or keys:
        bound_for = str(entry.details.get("to", ""))
        wrong = _find_locations(connection, names, codes, bound_for) + _find_lots(connection, names, keys)
        if wrong:
            raise Refusal(*wrong)
    return placed(names, entry)


def unknown(names: Names, entry: Entry) -> tuple[set[str], set[LotKey]]:
    """Return the location codes and lots of a document that have not been looked up yet."""
    location, lot = names.location, names.lot
    codes, keys = set[str](), set[LotKey]()
    for line in entry.lines:
        if location(line.from_location) is None:
            codes.add(line.from_location)
        if location(line.to_location) is None:
            codes.add(line.to_location)
        if lot(line.lot) is None:
            keys.add(line.lot)
    if entry.site and location(entry.site) is None:
        codes.add(entry.site)
    if entry.counted or entry.marks:
        codes |= {row.location for row in entry.counted if location(row.location) is None}
        more = {row.lot for row in entry.counted if row.lot} | {mark.lot for mark in entry.marks}
        keys |= {key for key in more if lot(key) is None}
    return codes, keys


def placed(names: Names, entry: Entry) -> list[Placed]:
    """Return the lines of a document by ids, all of which are known."""
    location, lot = names.location, names.lot
    lines: list[Placed] = []
    for line in entry.lines:
        source, target, key = location(line.from_location), location(line.to_location), lot(line.lot)
        if source is None or target is None or key is None:
            raise LookupError("a code was used before it was placed")
        at = entry.occurred_at if line.at is None else line.at
        lines.append(Placed(*source, *target, *key, line.units, at, line.counters))
    return lines


def known(found: tuple[int, int] | None) -> tuple[int, int]:
    """Return what `place` has seen to; anything else is an error of ours."""
    if found is None:
        raise LookupError("a code was used before it was placed")
    return found


def _find_locations(
    connection: sa.Connection, names: Names, codes: Iterable[str], bound_for: str = ""
) -> list[Sentence]:
    """Look up places, making what stands beside others. `bound_for`: the site that a new shipment goes to."""
    wrong: list[Sentence] = []
    # Sorted, so that two writers that make the same places wait for each other rather than for ever.
    for code in sorted(code for code in codes if names.location(code) is None):
        row = _LOCATION.first(connection, code=code)
        if row is None:
            sentence = _make_beside(connection, names, code, bound_for)
            if sentence is not None:
                wrong.append(sentence)
                continue
            (row,) = _LOCATION.rows(connection, code=code)
            names.made_locations.add(row[0])
        names.learn_location(code, *row)
    return wrong


_LOCATION = Prepared(sa.select(location.c.id, location.c.sign).where(location.c.code == sa.bindparam("code")))


def _make_beside(connection: sa.Connection, names: Names, code: str, bound_for: str) -> Sentence | None:
    """Make a location that is not in the catalogue by itself, or say why it cannot be."""
    kind, owner = kind_of(code), owner_of(code)
    # What is under way stands beside the site it goes to, so that the site finds it among all shipments ever sent.
    beside = owner if kind in _BESIDE_SITES else bound_for if kind == "IN_TRANSIT" else ""
    parent: int | None = None
    if kind == "SITE":
        return say("There is no site {code}. Check the code, or import the site first.", code=code)
    if beside:
        sentences = _find_locations(connection, names, [beside])
        if sentences:
            return sentences[0]
        parent = known(names.location(beside))[0]
    if kind in _PARTNERS:
        own_kind = _PARTNER.scalar(connection, code=owner)
        if own_kind != _PARTNERS[kind]:
            word = _PARTNER_WORDS[kind]
            return say("There is no {kind} {code}. Check the code, or add it first.", kind=word, code=owner)
    row = {"code": code, "kind": kind, "sign": SIGNS[kind], "parent": parent}
    connection.execute(insert_once(connection, location, "code"), row)
    return None


_PARTNER = Prepared(sa.select(partner.c.kind).where(partner.c.code == sa.bindparam("code")))
_PARTNER_WORDS = {"SUPPLIER": say("supplier"), "DONOR": say("donor"), "UPPER_LEVEL": say("upper level")}


def difference_accounts(connection: sa.Connection, names: Names) -> tuple[int, int]:
    """Return the ids of the accounts that take what counts find too much and too little."""
    _find_locations(connection, names, [COUNT_GAIN, COUNT_SHORT])
    return known(names.location(COUNT_GAIN))[0], known(names.location(COUNT_SHORT))[0]


def insert_once(connection: sa.Connection, table: sa.Table, *unique: str) -> sa.Insert:
    """Return a statement that inserts rows into a table, except those whose unique columns are there already."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)


def _find_lots(connection: sa.Connection, names: Names, keys: Iterable[LotKey]) -> list[Sentence]:
    missing = sorted(keys)
    if not missing:
        return []
    codes = {key.item for key in missing}
    items: dict[str, int] = dict(_ITEMS.rows(connection, codes=list(codes)))
    wrong = [
        say("There is no item {code}. Check the code, or import the item first.", code=code)
        for code in sorted(codes - items.keys())
    ]
    for key in missing:
        if key.item not in items:
            continue
        row = {
            "item": items[key.item],
            "lot_no": key.lot_no,
            "expires": key.expires,
            "owner_fund": key.owner_fund,
            "earmark": key.earmark,
        }
        found = _LOT.scalar(connection, **row)
        if found is None:
            connection.execute(insert_once(connection, lot, "item", "lot_no", "expires", "owner_fund", "earmark"), row)
            ((found,),) = _LOT.rows(connection, **row)
            names.made_lots.add(found)
        names.learn_lot(key, found, items[key.item])
    return wrong


_ITEMS = Prepared(sa.select(item.c.code, item.c.id).where(item.c.code.in_(sa.bindparam("codes", expanding=True))))
_LOT = Prepared(
    sa.select(lot.c.id).where(
        lot.c.item == sa.bindparam("item"),
        lot.c.lot_no == sa.bindparam("lot_no"),
        lot.c.expires == sa.bindparam("expires"),
        lot.c.owner_fund == sa.bindparam("owner_fund"),
        lot.c.earmark == sa.bindparam("earmark"),
    )
)
