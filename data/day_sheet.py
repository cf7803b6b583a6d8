"""The day report as one sheet: the same table on the terminal, in a workbook and on paper.

What the level above reads first: what there was, what came, went and was used, what is left and where, what is
short by the day's plan, and what nobody has settled yet.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.texts import translator
from data.typesetting import pdf_of, qr_of
from models.day_report import DayItem

__all__ = [
    "DaySheet",
    "OpenRow",
    "Shortage",
    "cell_text",
    "day_rows",
    "facts_of",
    "open_rows",
    "sheet_pdf",
    "short_rows",
    "sum_sentence",
]

_TEMPLATE = Path(__file__).with_name("day_sheet.typ")

FLOWS: tuple[tuple[str, Sentence], ...] = (
    ("opening", say("opening")),
    ("received", say("+ received")),
    ("used", say("− used")),
    ("written_off", say("− written off")),
    ("counted", say("± counted")),
    ("given_back", say("− given back")),
    ("closing", say("= closing")),
)
"""The terms of the sum of a day, in its order: `DayItem`'s names, and their headings."""

HELD: tuple[tuple[str, Sentence], ...] = (
    ("at_depots", say("at depots")),
    ("at_sites", say("at sites")),
    ("unusable", say("unusable")),
    ("under_way", say("under way")),
)
"""Where the closing stock is."""

SENT = ("sent", say("sent on the day"))
SHORT = say("short")
NO_PLAN = say("no plan was made for this day")


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Units of an item that the day's plan leaves lacking to the top of the ladder, by tier; `sites`: how many.

    Parts of units count, as in the plan: only what is printed is rounded.
    """

    item: Named
    unit: str
    units: float
    by_tier: tuple[float, ...]
    sites: int

    @property
    def whole_by_tier(self) -> tuple[int, ...]:
        """The tiers in whole units that add up to the whole units of all: sums are rounded, not their terms."""
        ends = [round(part) for part in itertools.accumulate(self.by_tier[:-1])]
        return tuple(last - first for first, last in itertools.pairwise([0, *ends, round(self.units)]))


@dataclass(frozen=True, kw_only=True)
class OpenRow:
    """Something that waits for somebody. `number`: of the note or document; `days`: late, None where it has no term."""

    matter: Sentence
    number: str
    where: Sentence
    since: dt.date
    units: int | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class DaySheet:
    """One day of a ledger. `known`: the last document, and `known_at` the time, up to which it is told.

    `plan`: what the shortages are by, "" where none says so, and `why_not_short` why; `seal`: the newest signed head.
    """

    ledger: str
    day: dt.date
    known: int
    known_at: str
    items: Sequence[DayItem]
    plan: str = ""
    plan_status: Sentence | None = None
    tiers: Sequence[Named] = ()
    shortages: Sequence[Shortage] = ()
    open: Sequence[OpenRow] = ()
    seal: str = ""
    why_not_short: Sentence = NO_PLAN

    @property
    def is_of_then(self) -> bool:
        """Whether it is told by what was known at an earlier time, without plans and open matters."""
        return self.why_not_short is not NO_PLAN

    def short_of(self, item: str) -> float | None:
        """Return how much of an item is short; None where no plan says."""
        if not self.plan:
            return None
        return next((each.units for each in self.shortages if each.item.code == item), 0)


def day_rows(sheet: DaySheet, lang: str) -> tuple[list[str], list[list[Any]]]:
    """Return the headings and rows of the day's table: an item's name and unit, then numbers or None."""
    word = translator(lang)
    columns = (*FLOWS, *HELD, SENT)
    headings = [word(say("item")), word(say("unit")), *(word(title) for _, title in columns)]
    rows = [[_item(each.item, lang), _unit(each.unit, lang), *(getattr(each, name) for name, _ in columns)]
            for each in sheet.items]  # fmt: skip
    if sheet.plan:
        headings.append(word(SHORT))
        for row, each in zip(rows, sheet.items, strict=True):
            row.append(round(sheet.short_of(each.item.code) or 0))
    return headings, rows


def short_rows(sheet: DaySheet, lang: str) -> tuple[list[str], list[list[Any]]]:
    """Return the headings and rows of what is short by tier."""
    word = translator(lang)
    tiers = [tier.worded(lang) for tier in sheet.tiers]
    headings = [word(say("short item")), word(say("unit")), *tiers, word(say("sites short"))]
    rows = [
        [_item(each.item, lang), _unit(each.unit, lang), *each.whole_by_tier, each.sites]
        for each in sorted(sheet.shortages, key=lambda each: each.item.code)
    ]
    return headings, rows


def open_rows(sheet: DaySheet, lang: str) -> tuple[list[str], list[list[Any]]]:
    """Return the headings and rows of what is not settled."""
    word = translator(lang)
    titles = (say("open"), say("number"), say("where"), say("since"), say("units"), say("days late"))
    rows = [
        [word(each.matter), each.number, word(each.where), each.since.isoformat(), each.units, each.days]
        for each in sheet.open
    ]
    return [word(title) for title in titles], rows


def sum_sentence(sheet: DaySheet) -> Sentence:
    """Say that every item adds up, or which do not."""
    wrong = [each.item.code for each in sheet.items if each.unexplained]
    if wrong:
        return say("This does not add up: {items}. See: allocator audit check", items=wrong)
    return say(
        "For every item: opening + received − used − written off ± counted − given back = closing = at depots + "
        "at sites + unusable + under way."
    )


def _item(named: Named, lang: str) -> str:
    return f"{named.code} {named.worded(lang)}" if named.worded(lang) != named.code else named.code


def _unit(unit: str, lang: str) -> str:
    return unit_named(unit).worded(lang)


def sheet_pdf(sheet: DaySheet, *, lang: str = "en") -> bytes:
    """Return the report as a PDF of one page: the more there is on it, the smaller the letters."""
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    room = _ROWS_MOST - max(min(len(sheet.shortages), _BESIDE_MOST), min(len(sheet.open), _BESIDE_MOST))
    headings, rows = day_rows(replace(sheet, items=_weightiest(sheet, room)), lang)
    rows += _more(len(sheet.items) - len(rows), len(headings), lang)
    given: dict[str, Any] = {
        "lang": lang,
        "title": word(say("Day report of supplies")),
        "day_of": sheet.day.isoformat(),
        "facts": [[word(title), text] for title, text in facts_of(sheet, lang)],
        "qr": qr_of(sheet.seal),
        "seal": word(say("Seal of the ledger")),
        "day": _printed(headings, rows, texts=2),
        "closing": 2 + [name for name, _ in FLOWS].index("closing"),
        "sum": word(sum_sentence(sheet)),
        "adds_up": not any(each.unexplained for each in sheet.items),
        "nothing": "" if rows else word(say("Nothing was held and nothing moved.")),
        "parts": [*_parts(sheet, lang)],
        "signatures": [word(say("Prepared by, date, time")), word(say("Checked by, date, time")), word(say("Stamp"))],
    }
    return pdf_of(_TEMPLATE, given)


_ROWS_MOST = 48
"""Rows of items and, below them, of the smaller tables that are legible on one page."""
_BESIDE_MOST = 25


def _weightiest(sheet: DaySheet, most: int) -> list[DayItem]:
    """Return so many items, in their order: first what does not add up or is short, then what moved, then the rest."""

    def weight(each: DayItem) -> tuple[bool, bool, bool, int]:
        moved = each.received + each.used + each.written_off + abs(each.counted) + each.given_back + each.sent
        return bool(each.unexplained), bool(sheet.short_of(each.item.code)), bool(moved), moved

    kept = sorted(sheet.items, key=weight, reverse=True)[:most]
    return sorted(kept, key=lambda each: each.item.code)


def _more(count: int, columns: int, lang: str) -> list[list[Any]]:
    """Return the row that says how many are left out, and where they are; none where nothing is."""
    if count <= 0:
        return []
    said = translator(lang)(say("… and {more} more: allocator report day --out FILE.xlsx", more=count))
    return [[said, *[None] * (columns - 1)]]


def facts_of(sheet: DaySheet, lang: str) -> Iterator[tuple[Sentence, str]]:
    """Return what stands above the tables: names and texts."""
    word = translator(lang)
    yield say("Ledger"), sheet.ledger
    yield say("As known"), word(say("{time}, document {number}", time=sheet.known_at, number=sheet.known))
    if sheet.plan_status is not None:
        yield say("Short by plan"), f"{sheet.plan} · {word(sheet.plan_status)}"
    else:
        yield say("Short by plan"), word(sheet.why_not_short)


def _parts(sheet: DaySheet, lang: str) -> Iterator[dict[str, Any]]:
    """Return the smaller tables, those that have anything in them."""
    word = translator(lang)
    if sheet.shortages:
        headings, rows = short_rows(sheet, lang)
        worst = sorted(rows, key=lambda row: (-row[-1], row[0]))[:_BESIDE_MOST]
        rows = sorted(worst, key=lambda row: str(row[0])) + _more(len(rows) - len(worst), len(headings), lang)
        yield {"title": word(say("Short by tier, in units")), "share": 2, **_printed(headings, rows, texts=2)}
    if sheet.open:
        printed = _printed(*open_rows(sheet, lang), texts=4, wide=2)
        yield {"title": word(say("Not settled")), "share": 3, **printed}
    else:
        yield {"title": word(say("Not settled: nothing")), "share": 1, **_printed([], [], texts=0)}


def _printed(headings: list[str], rows: list[list[Any]], *, texts: int, wide: int = 0) -> dict[str, Any]:
    """Return a table as the template takes it: texts first, then numbers; `wide`: the column that takes the room."""
    cells = [[cell_text(cell, signed=heading.startswith("±")) for cell, heading in zip(row, headings, strict=True)]
             for row in rows]  # fmt: skip
    return {"headings": headings, "rows": cells, "texts": texts, "wide": wide}


def cell_text(cell: Any, *, signed: bool = False) -> str:
    """Return a cell as it is read: nothing where nobody said, a dash for none; a difference has its sign.

    >>> cell_text(1200), cell_text(0), cell_text(None), cell_text(3, signed=True), cell_text(-3, signed=True)
    ('1,200', '–', '', '+3', '−3')
    """
    if cell is None or isinstance(cell, str):
        return cell or ""
    text = f"{cell:+,}" if signed else f"{cell:,}"
    return text.replace("-", "−") if cell else "–"
