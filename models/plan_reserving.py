"""Lots for a plan's lines, off the depots' shelves and under lock: first expiring first, none that is kept for others.

Those are served first who need the longest shelf life. Within a shelf what is kept for the fewest sites is used
first by those it is kept for, so that nobody goes short of what others could have done without.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.days import day_of
from models.entry import Entry, Line, LotKey
from models.lots_out import Choice, Terms, choose
from models.stockroom import OnShelf, Stockroom
from models.tables import balance, location, lot

__all__ = ["Load", "Loaded", "Short", "choose_lots", "note_number", "reserve_entries"]


@dataclass(frozen=True, kw_only=True)
class Load:
    """One line of a plan. `life_days_min`: days a lot must have left; `arrives`: ISO day at the site."""

    depot: str
    site: str
    item: str
    units: int
    life_days_min: int
    arrives: str


@dataclass(frozen=True, kw_only=True)
class Short:
    """A line for which a depot no longer has enough that may go to the site. `passed`: lots left, where, and why."""

    load: Load
    short_units: int
    passed: tuple[Sentence, ...]

    @property
    def sentence(self) -> Sentence:
        """The line in words."""
        load = self.load
        return say(
            "{depot} can give {found} of the {units} units of {item} that the plan sends to {site}; {short} are short.",
            depot=load.depot,
            found=load.units - self.short_units,
            units=load.units,
            item=load.item,
            site=load.site,
            short=self.short_units,
        )


@dataclass(frozen=True)
class Loaded:
    """The lots of each line, in the lines' order, and what is short."""

    picks: tuple[tuple[tuple[LotKey, int], ...], ...]
    short: tuple[Short, ...]


def choose_lots(room: Stockroom, loads: Sequence[Load], day: dt.date) -> Loaded:
    """Return lots for every line, to leave on a day; the shelves stay locked.

    Raises:
        UnknownCodes: items or depots that are not there.

    """
    room.know({load.item for load in loads}, places=sorted({load.depot for load in loads}))
    _lock_shelves(room, loads)
    areas = _areas(room.connection, {load.site for load in loads})
    shelves: dict[tuple[str, str], list[OnShelf]] = {}
    picks: list[tuple[tuple[LotKey, int], ...]] = [()] * len(loads)
    short: list[Short] = []
    for place, load in sorted(enumerate(loads), key=lambda each: -each[1].life_days_min):
        shelf = shelves.get((load.depot, load.item))
        if shelf is None:
            shelf = room.shelf(load.depot, load.item)
        terms = Terms(
            day=max(day, day_of(room.at, room.zone)),
            site=load.site,
            area=areas.get(load.site, ""),
            life_days_min=load.life_days_min,
        )
        choice = choose(_in_order(shelf, load.site), load.units, terms)
        shelves[load.depot, load.item] = _without(shelf, choice)
        picks[place] = choice.picks
        if choice.short_units:
            passed = tuple(say("At {site}: {lot}", site=load.depot, lot=each.sentence) for each in choice.passed)
            short.append(Short(load=load, short_units=choice.short_units, passed=passed))
    return Loaded(tuple(picks), tuple(short))


def _in_order(shelf: Iterable[OnShelf], site: str) -> list[OnShelf]:
    """Return lots as a site should take them: its own, its area's, then what is kept for nobody, by expiry."""

    def order(each: OnShelf) -> tuple[bool, bool, int, str, LotKey]:
        key = each.key
        return key.earmark == "", key.earmark != site, -len(key.earmark), key.expires, key

    return sorted(shelf, key=order)


def _without(shelf: Iterable[OnShelf], choice: Choice) -> list[OnShelf]:
    taken = dict(choice.picks)
    left = (replace(each, units=each.units - taken.get(each.key, 0)) for each in shelf)
    return [each for each in left if each.units]


def _lock_shelves(room: Stockroom, loads: Iterable[Load]) -> None:
    """Lock every account the lines may take from, all at once, as no second lock may follow."""
    items: dict[str, set[int]] = defaultdict(set)
    for load in loads:
        items[load.depot].add(room.item(load.item).id)
    accounts: dict[tuple[int, int], int] = {}
    for depot, ids in items.items():
        place = room.place_id(depot)
        query = sa.select(balance.c.location, balance.c.lot).join(lot, lot.c.id == balance.c.lot)
        rows = room.connection.execute(query.where(balance.c.location == place, lot.c.item.in_(ids)))
        accounts |= {(row.location, row.lot): 1 for row in rows}
    if accounts:
        room.book.lock(accounts)


_AT_ONCE = 500


def _areas(connection: sa.Connection, sites: Iterable[str]) -> Mapping[str, str]:
    codes = sorted(sites)
    areas: dict[str, str] = {}
    for start in range(0, len(codes), _AT_ONCE):
        query = sa.select(location.c.code, location.c.area).where(location.c.code.in_(codes[start : start + _AT_ONCE]))
        areas |= {row.code: row.area for row in connection.execute(query)}
    return areas


def note_number(plan: str, number: int) -> str:
    """Return what a note of a plan is called.

    >>> note_number("P2020-02-10-1", 7)
    'P2020-02-10-1-007'
    """
    return f"{plan}-{number:03}"


def reserve_entries(
    plan: str, loads: Sequence[Load], loaded: Loaded, *, actor: str, occurred_at: int
) -> list[tuple[str, Entry]]:
    """Return the number of each note and the document that reserves its lots; a note with nothing in it is none.

    Notes are numbered in the order of depots and sites.
    """
    by_note: dict[tuple[str, str], list[tuple[Load, tuple[tuple[LotKey, int], ...]]]] = defaultdict(list)
    for load, picks in zip(loads, loaded.picks, strict=True):
        if picks:
            by_note[load.depot, load.site].append((load, picks))
    place = f"RESERVED:{plan}"
    found: list[tuple[str, Entry]] = []
    for n, ((depot, site), rows) in enumerate(sorted(by_note.items()), start=1):
        number = note_number(plan, n)
        lines = tuple(Line(depot, place, key, units) for _, picks in rows for key, units in picks)
        details: dict[str, Any] = {"to": site, "note_number": number, "arrives": rows[0][0].arrives}
        if rows[0][0].life_days_min:
            # So that whoever sends the note later knows how long its lots must still last.
            details["life_days_min"] = rows[0][0].life_days_min
        entry = Entry(
            key=f"reserve {number}",
            type="reserve",
            actor=actor,
            occurred_at=occurred_at,
            site=depot,
            lines=lines,
            allocation=plan,
            details=details,
        )
        found.append((number, entry))
    return found
