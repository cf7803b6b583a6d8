"""Invented days of a county: what comes in overnight, what is sent by a plan, arrives, is used and counted.

Each function returns documents for `Ledger.post_all`. The same seed and the same stock give the same day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from allocator.case import MICRO, Case
from allocator.plan import Plan
from models.days import start_of_day
from models.entry import Counted, Entry, Line, LotKey
from models.shipments import Shipment
from models.stock import StockRow
from models.tables import NO_EXPIRY

__all__ = ["PARTNERS", "Day", "arrivals", "counts", "receipts", "reported", "sent", "used"]

PARTNERS = {
    "code": ["SUP1", "RCR1", "PRV1"],
    "kind": ["supplier", "donor", "upper_level"],
    "name": ["Tianling Protective Wear Works", "County Red Cross", "Prefecture command post"],
    "name_zh": ["天岭防护用品厂", "县红十字会", "市指挥部"],
}
"""Who gives and sells: columns of the table of partners."""

_HOUR = 3_600_000_000
_SOURCES = ("SUPPLIER:SUP1", "DONOR:RCR1", "UPPER_LEVEL:PRV1")
_REPORTED_SHARE, _LATE_SHARE, _DAMAGED_SHARE, _COUNTED_SHARE, _MISCOUNTED_SHARE = 0.1, 0.02, 0.008, 0.04, 0.25

Key = tuple[str, str]  # site, item


@dataclass(frozen=True)
class Day:
    """One day somewhere; `actor`: who writes everything down. Its chances are drawn from the date and a seed."""

    date: dt.date
    zone: ZoneInfo
    actor: str
    seed: int = 0

    def at(self, hour: int) -> int:
        """Return an hour of the day in UTC microseconds."""
        return start_of_day(self.date, self.zone) + hour * _HOUR

    def rng(self, about: int) -> np.random.Generator:
        """Return the chances of one part of the day."""
        return np.random.default_rng([self.seed, self.date.toordinal(), about])

    def entry(self, type_: str, name: str, hour: int, **content: object) -> Entry:
        """Return a document of this day; `name` tells it from others of its type."""
        key = f"{self.date} {type_} {name}"
        return Entry(key=key, type=type_, actor=self.actor, occurred_at=self.at(hour), **content)  # type: ignore[arg-type]


def reported(day: Day, case: Case) -> dict[str, list[Any]]:
    """Return the needs that some sites report anew, as columns for `models.catalogue.save_needs`."""
    rng, needs = day.rng(0), case.needs
    rows = np.flatnonzero(rng.random(len(needs)) < _REPORTED_SHARE)
    units = np.maximum(1, np.rint(needs.daily_units[rows] * rng.uniform(0.8, 1.3, len(rows)))).astype(np.int64)
    return {
        "site": case.sites.code[needs.site[rows]].tolist(),
        "item": case.items.code[needs.item[rows]].tolist(),
        "daily_units_micro": (units * MICRO).tolist(),
        "reported_on": [day.date.isoformat()] * len(rows),
        "max_units": [None if most < 0 else most for most in needs.max_units[rows].tolist()],
    }


def receipts(day: Day, case: Case) -> list[Entry]:
    """Return what came overnight to the depots: bought, donated, allotted from above, in new lots."""
    rng = day.rng(1)
    depots = np.unique(case.lanes.depot)
    daily = np.bincount(case.needs.item, weights=case.needs.daily_units, minlength=len(case.items))
    items = np.flatnonzero(~case.items.durable & (daily > 0))
    found = []
    for source in _SOURCES:
        depot = case.sites.code[rng.choice(depots)]
        lines = []
        for item in np.sort(rng.choice(items, size=min(3, len(items)), replace=False)).tolist():
            packs = 1 + int(daily[item] * rng.uniform(0.05, 0.2)) // int(case.items.pack_units[item])
            code = str(case.items.code[item])
            expires = day.date + dt.timedelta(days=int(rng.integers(200, 900)))
            lot = LotKey(code, f"{code}-{day.date:%m%d}{source[0]}", expires.isoformat())
            lines.append(Line(source, depot, lot, packs * int(case.items.pack_units[item])))
        found.append(day.entry("receive", source, 6, site=depot, lines=tuple(lines)))
    return found


@dataclass
class _OnShelf:
    """What is left of a lot while it is dealt out."""

    key: LotKey
    units: int


def sent(day: Day, plan: Plan, case: Case, rows: Iterable[StockRow], *, name: str) -> list[Entry]:
    """Return a transfer for every stop of a plan, by lot as it says; a few lorries come only tomorrow.

    `rows`: the stock it was made from; `name`: the plan's.
    """
    shelf: dict[tuple[str, str, str], list[_OnShelf]] = defaultdict(list)
    for row in rows:
        if row.state == "usable":
            shelf[row.site, row.item, row.lot].append(_OnShelf(_lot_of(row), row.units))
    lines: dict[Key, list[Line]] = defaultdict(list)
    sites, items = case.sites.code, case.items.code
    for depot, site, item, lot, units in _picked(plan):
        for key, taken in _taken(shelf[sites[depot], items[item], lot], units):
            lines[sites[depot], sites[site]].append(Line(sites[depot], "", key, taken))
    late = day.rng(2).random(len(lines)) < _LATE_SHARE
    tomorrow = day.date + dt.timedelta(days=1)
    found = []
    for number, ((source, target), own) in enumerate(lines.items()):
        shipment = f"{name}-{number + 1:03d}"
        place = f"IN_TRANSIT:{shipment}"
        moved = tuple(Line(line.from_location, place, line.lot, line.units) for line in own)
        about: dict[str, Any] = {"site": source, "shipment": shipment, "allocation": name}
        about["details"] = {"to": target, "arrives": (tomorrow if late[number] else day.date).isoformat()}
        found.append(day.entry("transfer", shipment, 9, lines=moved, **about))
    return found


def _picked(plan: Plan) -> Iterator[tuple[int, int, int, str, int]]:
    """Return depot, site, item, lot and units of what is loaded."""
    if len(plan.lots):
        lots = plan.lots
        columns = (lots.depot, lots.site, lots.item, lots.lot, lots.units)
    else:
        lines = plan.lines
        columns = (lines.depot, lines.site, lines.item, np.full(len(lines), "", dtype=object), lines.units)
    return zip(*(column.tolist() for column in columns), strict=True)


def _lot_of(row: StockRow) -> LotKey:
    return LotKey(row.item, row.lot, row.expires or NO_EXPIRY, row.owner_fund, row.earmark)


def _taken(lots: Iterable[_OnShelf], units: int) -> Iterator[tuple[LotKey, int]]:
    """Take units from lots in their order, and take them off."""
    for each in lots:
        part = min(units, each.units)
        if part:
            each.units -= part
            units -= part
            yield each.key, part


def arrivals(day: Day, moving: Sequence[tuple[Shipment, list[StockRow]]]) -> list[Entry]:
    """Return the receipts of shipments that are due, with what was damaged or lost on the way and why."""
    due = [(shipment, rows) for shipment, rows in moving if shipment.arrives <= day.date.isoformat()]
    chances = day.rng(3).random(len(due))
    found: list[Entry] = []
    for (shipment, rows), chance in zip(due, chances, strict=True):
        about: dict[str, Any] = {"site": shipment.to, "shipment": shipment.number, "refers_to": shipment.document}
        sound = [Line(row.place, shipment.to, _lot_of(row), row.units) for row in rows]
        if chance < _DAMAGED_SHARE:
            sound, spoilt = _split(sound, "DAMAGED", 1 + rows[0].units // 10)
            lines = (*sound, *spoilt)
            found.append(day.entry("confirm", shipment.number, 15, lines=lines, reason="broken-on-the-way", **about))
        elif chance < 2 * _DAMAGED_SHARE:
            # Two units are not there. They stay open, under way, until somebody finds out what became of them.
            sound, gone = _split(sound, "LOST", 2)
            if sound:
                found.append(day.entry("confirm", shipment.number, 15, lines=tuple(sound), **about))
            again = f"{shipment.number} again"
            found.append(day.entry("confirm", again, 18, lines=tuple(gone), reason="lost-on-the-way", **about))
        else:
            found.append(day.entry("confirm", shipment.number, 15, lines=tuple(sound), **about))
    return found


def _split(lines: list[Line], target: str, units: int) -> tuple[list[Line], list[Line]]:
    """Return lines of which the first gives some units to another target."""
    first, *rest = lines
    part = min(units, first.units)
    left = [Line(first.from_location, first.to_location, first.lot, first.units - part)] if first.units > part else []
    return [*left, *rest], [Line(first.from_location, target, first.lot, part)]


def used(day: Day, case: Case, rows: Iterable[StockRow]) -> list[Entry]:
    """Return what each site used of what it holds, first expiring first: about its daily use."""
    needs = case.needs
    consumable = ~case.items.durable[needs.item]
    drawn = needs.daily_units * day.rng(4).uniform(0.6, 1.1, len(needs)) * consumable
    wanted = {
        (case.sites.code[site], case.items.code[item]): int(units)
        for site, item, units in zip(needs.site, needs.item, drawn, strict=True)
    }
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        if row.state != "usable":
            continue
        part = min(wanted.get((row.site, row.item), 0), row.units)
        if part:
            wanted[row.site, row.item] -= part
            lines[row.site].append(Line(row.site, f"CONSUMED:{row.site}", _lot_of(row), part))
    return [day.entry("issue", site, 20, site=site, lines=tuple(own)) for site, own in sorted(lines.items())]


def counts(day: Day, rows: Iterable[StockRow]) -> list[Entry]:
    """Return counts of single lots at some sites; some find a few units less or more than the books say."""
    rows = [row for row in rows if row.state == "usable" and row.units]
    rng = day.rng(5)
    chosen = np.flatnonzero(rng.random(len(rows)) < _COUNTED_SHARE)
    wrong = rng.random(len(chosen)) < _MISCOUNTED_SHARE
    by = rng.integers(-3, 3, len(chosen))
    found = []
    for n, off, difference in zip(chosen.tolist(), wrong.tolist(), by.tolist(), strict=True):
        row = rows[n]
        units = max(0, row.units + (difference if off else 0))
        counted = (Counted(row.site, row.item, _lot_of(row), units),)
        found.append(day.entry("count", f"{row.site} {row.item} {row.lot} {row.expires}", 21, site=row.site,
                               counted=counted))  # fmt: skip
    return found
