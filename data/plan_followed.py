"""A plan beside what became of it: planned, sent, delivered and used, for each site and item."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.case import Case
from allocator.sentence import Named, say
from data.plan_standing import lines_of
from data.tables_out import TableOut, rows_out
from models.followed import fates_of
from models.plan_notes import notes_of
from models.plans import StoredPlan, plans
from models.used import used_between

__all__ = ["COLUMNS", "Followed", "FollowedRow", "follow", "followed_table"]

COLUMNS = {
    "planned": say("planned"),
    "sent": say("sent"),
    "delivered": say("delivered"),
    "set_aside": say("set aside"),
    "damaged": say("damaged"),
    "lost": say("lost"),
    "elsewhere": say("back or elsewhere"),
    "under_way": say("under way"),
    "used": say("used"),
}
"""Columns of units, and what they are called."""

_WENT = ("approved", "dispatched", "closed")


@dataclass(frozen=True, kw_only=True)
class FollowedRow:
    """Units of an item at a site. `used`: at the site, of whatever delivery, from the plan's day to the last day."""

    site: Named
    item: Named
    planned: int
    sent: int
    delivered: int
    set_aside: int
    damaged: int
    lost: int
    elsewhere: int
    under_way: int
    used: int

    @property
    def differs(self) -> bool:
        """Whether something else arrived than was planned."""
        return self.delivered != self.planned

    def plain(self) -> dict[str, object]:
        """Return it as plain values."""
        return asdict(self) | {"site": self.site.code, "item": self.item.code}


@dataclass(frozen=True)
class Followed:
    """What became of a plan; use is counted from `first` to `last`: today, or the eve of the next approved plan."""

    plan: str
    first: dt.date
    last: dt.date
    rows: list[FollowedRow]

    def total(self, column: str) -> int:
        """Return the units of all rows in a column."""
        return sum(int(getattr(row, column)) for row in self.rows)


def follow(
    connection: sa.Connection, stored: StoredPlan, folder: Path, case: Case, *, today: dt.date, zone: ZoneInfo
) -> Followed:
    """Return what became of a kept plan. `folder`: its files as it stands; `case`: its catalogue."""
    first = dt.date.fromisoformat(stored.date)
    later = [each.date for each in plans(connection) if each.status in _WENT and each.date > stored.date]
    last = dt.date.fromisoformat(min(later)) - dt.timedelta(days=1) if later else max(first, today)
    units: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for line in lines_of(folder):
        units[line.site, line.item]["planned"] += line.units
    notes = [note for note in notes_of(connection, stored.id) if note.sent is not None]
    sites = {note.number: note.site for note in notes}
    for note in notes:
        for key, sent in note.carried:
            units[note.site, key.item]["sent"] += sent
    for (number, code), fates in fates_of(connection, notes).items():
        for fate, amount in fates.items():
            units[sites[number], code][fate] += amount
    used = used_between(connection, first, last, zone)
    for pair, own in units.items():
        own["used"] = used.get(pair, 0)
    rows = [FollowedRow(site=_site(case, site), item=_item(case, code), **own) for (site, code), own in units.items()]
    return Followed(stored.id, first, last, sorted(rows, key=lambda row: (row.site.code, row.item.code)))


def _site(case: Case, code: str) -> Named:
    at = case.site_index[code]
    return Named(code, case.sites.name[at], case.sites.name_zh[at], with_code=True)


def _item(case: Case, code: str) -> Named:
    at = case.item_index[code]
    return Named(code, case.items.name[at], case.items.name_zh[at])


def followed_table(followed: Followed) -> TableOut:
    """Return every row as a table."""
    names = [
        ("site", say("site")),
        ("site_name", say("site name")),
        ("item", say("item")),
        ("item_name", say("item name")),
    ]
    columns = [(name, title, "text") for name, title in names]
    columns += [(name, title, "whole") for name, title in COLUMNS.items()]
    rows = [
        (
            row.site.code,
            _name(row.site),
            row.item.code,
            _name(row.item),
            *(getattr(row, column) for column in COLUMNS),
        )
        for row in followed.rows
    ]
    return rows_out("followed", say("Followed"), columns, rows, added_up=tuple(COLUMNS))


def _name(named: Named) -> Named | str:
    return Named(named.code, named.name, named.name_zh) if named.name or named.name_zh else ""
