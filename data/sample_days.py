"""Invented days of a county: what comes in overnight, arrives, is lost, used and counted.

Functions return documents for `Ledger.post_all`, or drafts that work out their own lines.
The same seed and the same stock give the same day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from allocator.case import MICRO, Case
from models.days import start_of_day
from models.documents import Draft
from models.documents_aside import writeoff
from models.documents_confirm import Arrival, confirm
from models.entry import Counted, Entry, Line, LotKey
from models.requests import Head, Row
from models.shipments import Shipment
from models.stock import StockRow
from models.tables import NO_EXPIRY

__all__ = ["PARTNERS", "Day", "arrivals", "counts", "destroyed", "losses", "receipts", "reported", "used"]

PARTNERS = {
    "code": ["SUP1", "RCR1", "PRV1"],
    "kind": ["supplier", "donor", "upper_level"],
    "name": ["Tianling Protective Wear Works", "County Red Cross", "Prefecture command post"],
    "name_zh": ["天岭防护用品厂", "县红十字会", "市指挥部"],
}
"""Who gives and sells: columns of the table of partners."""

_HOUR = 3_600_000_000
_SOURCES = ("SUPPLIER:SUP1", "DONOR:RCR1", "UPPER_LEVEL:PRV1")
_REPORTED_SHARE, _LATE_SHARE, _DAMAGED_SHARE = 0.1, 0.02, 0.008
_COUNTED_SHARE, _MISCOUNTED_SHARE, _WRITTEN_OFF_SHARE = 0.04, 0.25, 0.002


@dataclass(frozen=True)
class Day:
    """One day somewhere; `actor`: who writes everything down. Its chances are drawn from the date and a seed."""

    date: dt.date
    zone: ZoneInfo
    actor: str
    seed: int = 0

    def at(self, hour: int, minute: int = 0) -> int:
        """Return a time of the day in UTC microseconds."""
        return start_of_day(self.date, self.zone) + hour * _HOUR + minute * _HOUR // 60

    def rng(self, about: int) -> np.random.Generator:
        """Return the chances of one part of the day."""
        return np.random.default_rng([self.seed, self.date.toordinal(), about])

    def entry(self, type_: str, name: str, hour: int, **content: object) -> Entry:
        """Return a document of this day; `name` tells it from others of its type."""
        key = f"{self.date} {type_} {name}"
        return Entry(key=key, type=type_, actor=self.actor, occurred_at=self.at(hour), **content)  # type: ignore[arg-type]

    def head(self, type_: str, name: str, hour: int, reason: str = "") -> Head:
        """Return the head of a document of this day; `name` tells it from others of its type."""
        return Head(key=f"{self.date} {type_} {name}", actor=self.actor, occurred_at=self.at(hour), reason=reason)


def reported(day: Day, case: Case) -> dict[str, list[Any]]:
    """Return the needs that some sites report anew, as columns for `models.catalogue.save_needs`.

    A need without a day was not reported, but worked out.
    """
    rng, needs = day.rng(0), case.needs
    rows = np.flatnonzero((rng.random(len(needs)) < _REPORTED_SHARE) & ~np.isnat(needs.reported_on))
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


def _lot_of(row: StockRow) -> LotKey:
    return LotKey(row.item, row.lot, row.expires or NO_EXPIRY, row.owner_fund, row.earmark)


def arrivals(day: Day, moving: Sequence[tuple[Shipment, list[StockRow]]]) -> tuple[list[Draft], list[str]]:
    """Return the receipts of shipments that are due, with what was damaged or lost on the way and why.

    Some lorries come only on a later day: the numbers of their notes are returned too.
    """
    due = [(shipment, rows) for shipment, rows in moving if shipment.arrives <= day.date.isoformat()]
    rng = day.rng(3)
    chances, late = rng.random(len(due)), rng.random(len(due)) < _LATE_SHARE
    found: list[Draft] = []
    for (shipment, rows), chance, stays_out in zip(due, chances, late.tolist(), strict=True):
        if stays_out:
            continue
        if chance < _DAMAGED_SHARE:
            found.append(_arrived(day, shipment, rows, damaged=1 + rows[0].units // 10))
        elif chance < 2 * _DAMAGED_SHARE:
            # Some units are not there. They stay open, under way, until somebody finds out what became of them.
            missing = min(2, rows[0].units)
            if sum(row.units for row in rows) > missing:
                found.append(_arrived(day, shipment, rows, missing=missing))
            found.append(_arrived(day, shipment, rows[:1], lost=missing))
        else:
            found.append(confirm(day.head("confirm", shipment.number, 15), shipment=shipment.number, all_sound=True))
    return found, [shipment.number for (shipment, _), stays_out in zip(due, late.tolist(), strict=True) if stays_out]


def _arrived(
    day: Day, shipment: Shipment, rows: Sequence[StockRow], *, damaged: int = 0, missing: int = 0, lost: int = 0
) -> Draft:
    """Return a receipt of a shipment lot by lot: of the first of `rows` some units are damaged, missing or lost."""
    if lost:
        head = day.head("confirm", f"{shipment.number} again", 18, reason="lost-on-the-way")
        return confirm(head, shipment=shipment.number, arrivals=[_arrival(rows[0], lost=lost)])
    first = _arrival(rows[0], sound=rows[0].units - damaged - missing, damaged=damaged)
    arrived = [first, *(_arrival(row, sound=row.units) for row in rows[1:])]
    head = day.head("confirm", shipment.number, 15, reason="broken-on-the-way" if damaged else "")
    arrived = [each for each in arrived if each.sound or each.damaged]
    return confirm(head, shipment=shipment.number, arrivals=arrived)


def _arrival(row: StockRow, *, sound: int = 0, damaged: int = 0, lost: int = 0) -> Arrival:
    expires = row.expires or NO_EXPIRY
    return Arrival(item=row.item, lot_no=row.lot, expires=expires, sound=sound, damaged=damaged, lost=lost)


def losses(day: Day, rows: Iterable[StockRow]) -> list[Draft]:
    """Return what some sites write off of what they hold, and why."""
    found = []
    own = [row for row in rows if row.state == "usable" and row.units]
    rng = day.rng(8)
    chosen = np.flatnonzero(rng.random(len(own)) < _WRITTEN_OFF_SHARE)
    reasons = rng.choice(["damaged", "broken", "stolen", "tested"], size=len(chosen))
    for n, reason in zip(chosen.tolist(), reasons.tolist(), strict=True):
        found.append(_written_off(day, own[n], min(own[n].units, 3), reason=reason))
    return found


def destroyed(day: Day, rows: Iterable[StockRow], lot: LotKey) -> list[Draft]:
    """Return the writing off of a recalled lot wherever it lies in quarantine."""
    own = [row for row in rows if row.state == "quarantine" and (row.item, row.lot) == (lot.item, lot.lot_no)]
    return [_written_off(day, row, row.units, reason="recalled") for row in own]


def _written_off(day: Day, row: StockRow, units: int, *, reason: str) -> Draft:
    name = f"{row.site} {row.item} {row.lot} {row.expires} {row.owner_fund} {row.earmark}"
    lot = _lot_of(row)
    said = Row(item=row.item, quantity=units, lot_no=lot.lot_no, expires=lot.expires, owner_fund=lot.owner_fund,
               earmark=lot.earmark)  # fmt: skip
    head = day.head("writeoff", name, 19, reason=reason)
    return writeoff(head, site=row.site, rows=[said], from_quarantine=row.state == "quarantine")


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
