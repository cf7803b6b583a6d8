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
from data.texts import translator
from data.workbook_looks import Looks
from data.workbook_out import open_book, write_cells
from models.followed import fates_of
from models.plan_notes import notes_of
from models.plans import StoredPlan, plans
from models.used import used_between

__all__ = ["COLUMNS", "Followed", "FollowedRow", "follow", "write_followed"]

COLUMNS = {
    "planned": say("planned"),
    "sent": say("sent"),
    "delivered": say("delivered"),
    "set_aside": say("set aside"),
    "damaged": say("damaged"),
    "lost": say("lost"),
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


def write_followed(followed: Followed, path: Path, *, lang: str) -> None:
    """Write every row, with sums below, to an .xlsx file."""
    word = translator(lang)
    title = word(say("Planned, delivered and used: plan {plan}", plan=followed.plan))
    with open_book(path, date=followed.first, title=title) as book:
        looks = Looks(book)
        sheet = book.add_worksheet(word(say("Followed")))
        sheet.set_column(0, 3, 16)
        sheet.set_column(4, 3 + len(COLUMNS), 11)
        sheet.write_string(0, 0, title, looks.title)
        sheet.write_string(
            1, 0, word(say("Used from {first} to {last}.", first=followed.first, last=followed.last)), looks.note
        )
        names = (say("site"), say("site name"), say("item"), say("item name"))
        write_cells(sheet, 3, [word(each) for each in (*names, *COLUMNS.values())], looks.heading)
        styles = [looks.text] * len(names) + [looks.whole] * len(COLUMNS)
        for number, row in enumerate(followed.rows, start=4):
            said = [row.site.code, _name(row.site, lang), row.item.code, _name(row.item, lang)]
            write_cells(sheet, number, [*said, *(getattr(row, column) for column in COLUMNS)], styles=styles)
        end = 4 + len(followed.rows)
        write_cells(sheet, end, [word(say("total")), "", "", ""], looks.text)
        for column, name in enumerate(COLUMNS, start=len(names)):
            letter = chr(ord("A") + column)
            sheet.write_formula(end, column, f"=SUM({letter}5:{letter}{end})", looks.whole, followed.total(name))


def _name(named: Named, lang: str) -> str:
    return Named(named.code, named.name, named.name_zh).worded(lang)
