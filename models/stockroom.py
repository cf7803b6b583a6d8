"""What lies where, as a document finds it while it is worked out: read under the locks of its transaction.

What one line takes is gone for the next line of the same document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.book import Held
from models.careful import Account, lowest_since
from models.entry import LotKey, Refusal
from models.fitness import recalled_lots
from models.locations import kind_of, owner_of
from models.names import Names
from models.prepared import Prepared
from models.requests import NO_LOT, Row
from models.tables import NO_EXPIRY, balance, item, location, lot, partner

__all__ = ["ItemFacts", "OnShelf", "Shelves", "Stockroom", "UnknownCodes", "lots_named"]


@dataclass(frozen=True)
class ItemFacts:
    """What a document needs to know of an item."""

    id: int
    code: str
    unit: str
    pack_units: int


@dataclass(frozen=True)
class OnShelf:
    """`units` of a lot that can leave a place at the document's time. `recalled`: nothing may be sent of it."""

    key: LotKey
    units: int
    recalled: bool = False


class UnknownCodes(Refusal):
    """Codes that do not exist. `codes`: (what, code), where what is "site" or "item" or "partner"."""

    def __init__(self, codes: Sequence[tuple[str, str]]) -> None:
        super().__init__(*(Sentence(_UNKNOWN[what].message, {"code": code}) for what, code in codes))
        self.codes = tuple(codes)


_UNKNOWN = {
    "site": say("There is no site {code}. Check the code, or import the site first."),
    "partner": say("There is no partner {code}. Check the code, or import the partner first."),
    "item": say("There is no item {code}. Check the code, or import the item first."),
}


class Shelves(Protocol):
    """Where a document is worked out: a book, whose locks hold until it is posted, or a glance, which locks nothing."""

    connection: sa.Connection
    names: Names

    def lock(self, accounts: Mapping[Account, int], /) -> dict[Account, Held]:
        """Lock accounts, with their signs, where it locks; return what they hold."""

    def look(self, held: Mapping[Account, Held], /) -> None:
        """Lock accounts that were read to hold something, where it locks; else remember it."""

    def was_marked(self, lots: Iterable[int], /) -> bool:
        """Say whether any of some lots, by id, was ever recalled."""


class Stockroom:
    """The stock at one instant (`at`, UTC microseconds) for one document in one transaction.

    `exception`: a day may fall short, so only what is there now counts.
    """

    def __init__(self, book: Shelves, zone: ZoneInfo, at: int, *, exception: bool = False) -> None:
        self.book = book
        self.connection = book.connection
        self.zone = zone
        self.at = at
        self.exception = exception
        self._items: dict[str, ItemFacts] = {}
        self._places: dict[str, int | None] = {}
        self._areas: dict[str, str] = {}
        self._partners: dict[str, str | None] = {}
        self._numbered: dict[tuple[str, str], list[LotKey]] = {}
        self._looked: dict[tuple[str, str], dict[int, LotKey]] = {}
        self._taken: dict[tuple[str, LotKey], int] = defaultdict(int)

    def know(self, items: Iterable[str], *, places: Iterable[str] = (), partners: Iterable[str] = ()) -> None:
        """Look up every code of a document.

        Raises:
            UnknownCodes: those that do not exist, all of them.

        """
        sites = [owner_of(place) if kind_of(place) in ("QUARANTINE", "CONSUMED") else place for place in places]
        self._know_places(sites)
        wrong = [("site", site) for site in sites if self._places[site] is None]
        wrong += [("partner", code) for code in partners if self._partner_kind(code) is None]
        wanted = set(items) - self._items.keys()
        if wanted:
            rows = _ITEMS.rows(self.connection, codes=list(wanted))
            self._items |= {facts.code: facts for facts in (ItemFacts(*row) for row in rows)}
        wrong += [("item", code) for code in sorted(wanted - self._items.keys())]
        if wrong:
            raise UnknownCodes(wrong)

    def item(self, code: str) -> ItemFacts:
        """Return what is known of an item."""
        self.know([code])
        return self._items[code]

    def units_of(self, row: Row) -> int:
        """Return the base units a line speaks of, refusing what is no quantity.

        Raises:
            Refusal: nothing, or less.

        """
        if row.quantity is None or row.quantity < 1:
            raise Refusal(
                say("{units} is not a quantity. Write a whole number of at least {least}.", units=row.quantity, least=1)
            )
        return row.quantity * (self.item(row.item).pack_units if row.in_packs else 1)

    def place_id(self, code: str) -> int | None:
        """Return the id of a location, None where nothing was ever there."""
        self._know_places([code])
        return self._places[code]

    def _know_places(self, codes: Iterable[str]) -> None:
        """Look up at once what is not known yet of some locations."""
        missing = [code for code in codes if code not in self._places]
        if missing:
            self._places |= dict.fromkeys(missing)
            for code, place_id, area in _PLACES.rows(self.connection, codes=missing):
                self._places[code], self._areas[code] = place_id, area or ""

    def area_of(self, site: str) -> str:
        """Return the area code of a site, "" where it has none."""
        self._know_places([site])
        return self._areas.get(site, "")

    def partner_place(self, code: str) -> str:
        """Return the location that stands for a partner who is known."""
        return f"{str(self._partner_kind(code)).upper()}:{code}"

    def _partner_kind(self, code: str) -> str | None:
        if code not in self._partners:
            self._partners[code] = _PARTNER.scalar(self.connection, code=code)
        return self._partners[code]

    def look_at(self, places: Iterable[str], items: Iterable[str]) -> None:
        """Read and lock at once what `shelf` gives of some items at some places: one by one that takes far longer.

        PostgreSQL begins the document anew where it needs more locks than it has.
        """
        codes, places = list(dict.fromkeys(items)), list(places)
        self.know(codes)
        self._looked |= {(place, code): {} for place in places for code in codes}
        held: dict[Account, Held] = {}
        for place, place_id, units, last_at, lot_id, *key in _ALL_AT.rows(
            self.connection, places=places, codes=codes, at=self.at
        ):
            own = LotKey(*key)
            self._looked[place, own.item][lot_id] = own
            self._places[place] = place_id
            held[place_id, lot_id] = Held(units, last_at)
        if held:
            self.book.look(held)

    def shelf(self, place: str, code: str, *, spare: bool = True) -> list[OnShelf]:
        """Return the lots of an item at a place, first expiring first, under lock.

        Their units: what can be taken at the document's time without a later day falling short; where not
        `spare`, what is there now.
        """
        facts, keys = self.item(code), self._looked.get((place, code))
        if keys is None:
            keys = self._keys_at(place, facts)
        place_id = self.place_id(place) if keys else None
        if place_id is None:
            return []
        held = self.book.lock({(place_id, lot_id): 1 for lot_id in keys})
        recalled = recalled_lots(self.connection, keys, self.at) if self.book.was_marked(keys) else set()
        shelf: list[OnShelf] = []
        for (_, lot_id), each in held.items():
            units = each.units
            if spare and not self.exception and each.last_at > self.at:
                units = lowest_since(self.connection, (place_id, lot_id), facts.id, self.at)
            units -= self._taken[place, keys[lot_id]]
            if units > 0:
                shelf.append(OnShelf(keys[lot_id], units, lot_id in recalled))
        return sorted(shelf, key=lambda each: (each.key.expires, each.key.earmark == "", each.key))

    def _keys_at(self, place: str, facts: ItemFacts) -> dict[int, LotKey]:
        """Return the lots, by id, that lie at a place or lay there at the document's time."""
        place_id = self.place_id(place)
        if place_id is None:
            return {}
        rows = _LOTS_AT.rows(self.connection, place=place_id, item=facts.id, at=self.at)
        return {row[0]: LotKey(facts.code, *row[1:]) for row in rows}

    def items_at(self, place: str) -> list[str]:
        """Return the codes of the items that lie at a place now."""
        query = (
            sa.select(item.c.code)
            .join_from(balance, lot, lot.c.id == balance.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(balance.c.location == self.place_id(place), balance.c.units > 0)
            .distinct()
            .order_by(item.c.code)
        )
        return list(self.connection.execute(query).scalars())

    def take(self, place: str, key: LotKey, units: int) -> None:
        """Note that a line of the document takes units away."""
        self._taken[place, key] += units

    def look_for(self, rows: Iterable[Row]) -> None:
        """Look up at once what `known_lots` gives of lines that say a lot's number."""
        asked = {(row.item, row.lot_no): list[LotKey]() for row in rows if row.lot_no}
        codes, numbers = list({code for code, _ in asked}), list({number for _, number in asked})
        for key in (LotKey(*row) for row in _NUMBERED.rows(self.connection, codes=codes, numbers=numbers)):
            asked.get((key.item, key.lot_no), []).append(key)
        self._numbered |= asked

    def known_lots(self, row: Row) -> list[LotKey]:
        """Return the lots that a line may mean, wherever they are or were."""
        if row.lot_no is None:
            found = [LotKey(row.item, *own) for own in _LOTS.rows(self.connection, item=self.item(row.item).id)]
        else:
            if (row.item, row.lot_no) not in self._numbered:
                self.look_for([row])
            found = self._numbered.get((row.item, row.lot_no), [])
        return sorted(key for key in found if row.names(key))


_ITEMS = Prepared(
    sa.select(item.c.id, item.c.code, item.c.unit, item.c.pack_units).where(
        item.c.code.in_(sa.bindparam("codes", expanding=True))
    )
)
_PARTNER = Prepared(sa.select(partner.c.kind).where(partner.c.code == sa.bindparam("code")))
_OF_ITEM = sa.select(lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark).where(
    lot.c.item == sa.bindparam("item")
)
_LOTS = Prepared(_OF_ITEM)
_NUMBERED = Prepared(
    sa.select(item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    .join(item, item.c.id == lot.c.item)
    .where(item.c.code.in_(sa.bindparam("codes", expanding=True)))
    .where(lot.c.lot_no.in_(sa.bindparam("numbers", expanding=True)))
)
_PLACES = Prepared(
    sa.select(location.c.code, location.c.id, location.c.area).where(
        location.c.code.in_(sa.bindparam("codes", expanding=True))
    )
)
_LOTS_AT = Prepared(
    sa.select(lot.c.id, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark)
    .join(balance, balance.c.lot == lot.c.id)
    .where(balance.c.location == sa.bindparam("place"), lot.c.item == sa.bindparam("item"))
    .where(sa.or_(balance.c.units > 0, balance.c.last_at > sa.bindparam("at")))
    .order_by(lot.c.id)
)

_ALL_AT = Prepared(
    sa.select(
        *(location.c.code, location.c.id, balance.c.units, balance.c.last_at, lot.c.id),
        *(item.c.code, lot.c.lot_no, lot.c.expires, lot.c.owner_fund, lot.c.earmark),
    )
    .join_from(location, balance, balance.c.location == location.c.id)
    .join(lot, lot.c.id == balance.c.lot)
    .join(item, item.c.id == lot.c.item)
    .where(location.c.code.in_(sa.bindparam("places", expanding=True)))
    .where(item.c.code.in_(sa.bindparam("codes", expanding=True)))
    .where(sa.or_(balance.c.units > 0, balance.c.last_at > sa.bindparam("at")))
    .order_by(lot.c.id)
)


def lots_named(shelf: Iterable[OnShelf]) -> list[str]:
    """Return lots and their units as a refusal lists them, at most a handful.

    >>> lots_named([OnShelf(LotKey("I1", "L7", "2020-03-01"), 30), OnShelf(LotKey("I1"), 5)])
    ['L7 (2020-03-01): 30', '-: 5']
    """
    rows = list(shelf)
    texts: list[str] = []
    for each in rows[:_NAMED_MAX]:
        key = each.key
        expires = "" if key.expires == NO_EXPIRY else key.expires
        marks = ", ".join(word for word in (expires, key.owner_fund, key.earmark) if word)
        texts.append(f"{key.lot_no or NO_LOT}{f' ({marks})' if marks else ''}: {each.units}")
    return texts + (["…"] if len(rows) > _NAMED_MAX else [])


_NAMED_MAX = 8
