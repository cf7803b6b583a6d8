"""The public ledger of donations as one page that stands alone: both languages, no script, nothing fetched.

Its policy allows nothing but its own style, named by hash, so it may be put on any web server or opened from disk.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.texts import translator
from models.public_ledger import PublicLedger

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = [
    "GIFT_COLUMNS",
    "SOURCE_COLUMNS",
    "Column",
    "donation_notes",
    "donation_tables",
    "gift_rows",
    "public_page",
    "source_rows",
]

_STYLE = (
    "body{font:16px/1.5 'Noto Sans','Noto Sans SC',sans-serif;color:#102a43;background:#fff;margin:0 auto;"
    "max-width:72rem;padding:1rem}"
    "table{border-collapse:collapse;margin:1rem 0 2rem;width:100%}"
    "caption{text-align:start;font-weight:bold;padding:.3rem 0}"
    "th,td{border-bottom:1px solid #9aa5b1;padding:.3rem .5rem;text-align:start;vertical-align:top}"
    "td.n,th.n{text-align:end;font-variant-numeric:tabular-nums}"
    "tfoot td,tfoot th{font-weight:bold;border-top:2px solid #102a43}"
    "section{overflow-x:auto}a{color:#0b4f8a}p.small{color:#52606d}"
)

Column = tuple[str, Sentence, str]

GIFT_COLUMNS: tuple[Column, ...] = (
    ("day", say("received on"), "date"),
    ("document", say("document"), "text"),
    ("source", say("source"), "text"),
    ("item", say("item"), "text"),
    ("unit", say("unit"), "text"),
    ("units", say("units"), "whole"),
)
"""What is told of every gift: name, title and what a column holds, as `data.tables_out.rows_out` takes them."""

SOURCE_COLUMNS: tuple[Column, ...] = (
    ("source", say("source"), "text"),
    ("item", say("item"), "text"),
    ("unit", say("unit"), "text"),
    ("units", say("given"), "whole"),
    ("used", say("used"), "whole"),
    ("at_sites", say("held at sites"), "whole"),
    ("at_depots", say("held at depots, not yet distributed"), "whole"),
    ("under_way", say("under way"), "whole"),
    ("set_aside", say("set aside"), "whole"),
    ("lost", say("lost or spoilt"), "whole"),
    ("outside", say("given outside"), "whole"),
    ("given_back", say("given back"), "whole"),
    ("sites", say("sites reached"), "whole"),
)
"""What is told of each source and item; from `used` to `given_back` they add up to what was given."""


def gift_rows(ledger: PublicLedger, day_of: Callable[[int], dt.date]) -> list[tuple[Any, ...]]:
    """Return a row for every gift. `day_of`: the ledger's day of an instant."""
    return [
        (day_of(each.received_at), str(each.document), each.source, each.item, unit_named(each.unit), each.units)
        for each in ledger.gifts
    ]


def source_rows(ledger: PublicLedger) -> list[tuple[Any, ...]]:
    """Return a row for every source and item."""
    return [
        (each.source, each.item, unit_named(each.unit), each.units, *each.where.values(), each.sites)
        for each in ledger.sources
    ]


def donation_tables(ledger: PublicLedger, day_of: Callable[[int], dt.date]) -> list[TableOut]:
    """Return what became of the gifts, and every gift, as tables."""
    from data.tables_out import rows_out

    return [
        rows_out("donations", say("What became of the gifts"), SOURCE_COLUMNS, source_rows(ledger)),
        rows_out("gifts", say("Every gift"), GIFT_COLUMNS, gift_rows(ledger, day_of)),
    ]


def donation_notes(ledger: PublicLedger) -> list[Sentence]:
    """Return what a reader should know of how it is told."""
    return [_DONORS, _SUM, *([_SHARED] if any(each.shared for each in ledger.sources) else [])]


def public_page(ledger: PublicLedger, *, name: str, day_of: Callable[[int], dt.date], told: Sentence) -> str:
    """Return the page. `name`: of the ledger; `told`: as of when, and up to which document."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sections = "".join(_section(ledger, lang, name, day_of, told) for lang in ("zh", "en"))
    title = " · ".join(translator(lang)(_TITLE) for lang in ("zh", "en"))
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f'<nav><a href="#zh" lang="zh">中文</a> · <a href="#en" lang="en">English</a></nav><main>{sections}</main>'
        "</body></html>\n"
    )


_TITLE = say("Public ledger of donations")
_SHARED = say(
    "Units of one lot are not told apart. Where a lot came from several sources, what became of it is dealt to them in "
    "proportion to what each gave, in whole units."
)
_DONORS = say("Donors are numbered in the order of their first gift; those who agreed to it are named.")
_SUM = say("In every row what was used, is held, under way, set aside, lost or given on adds up to what was given.")


def _section(ledger: PublicLedger, lang: str, name: str, day_of: Callable[[int], dt.date], told: Sentence) -> str:
    word = translator(lang)
    tables = [
        _table(
            word(say("What became of the gifts")), SOURCE_COLUMNS, source_rows(ledger), lang, totals=_totals(ledger)
        ),
        _table(word(say("Every gift")), GIFT_COLUMNS, gift_rows(ledger, day_of), lang),
    ]
    body = tables if ledger.gifts else [f"<p>{escape(word(say('Nothing was given yet.')))}</p>"]
    return (
        f'<section id="{lang}" lang="{lang}"><h1>{escape(word(_TITLE))}</h1><p>{escape(name)}</p>'
        f"<p>{escape(word(told))}</p>{''.join(body)}"
        + "".join(f'<p class="small">{escape(word(note))}</p>' for note in donation_notes(ledger))
        + "</section>"
    )


def _totals(ledger: PublicLedger) -> list[tuple[Any, ...]]:
    """Return the sum of all sources for each item: units of different items are never added up."""
    sums: dict[str, tuple[Named, Named, list[int]]] = {}
    for each in ledger.sources:
        numbers = [each.units, *each.where.values()]
        if each.item.code in sums:
            numbers = [one + other for one, other in zip(sums[each.item.code][2], numbers, strict=True)]
        sums[each.item.code] = (each.item, unit_named(each.unit), numbers)
    return [(say("all sources"), item, unit, *numbers, None) for item, unit, numbers in sums.values()]


def _table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]], lang: str, totals: Sequence[Any] = ()
) -> str:
    word = translator(lang)
    heads = "".join(f'<th scope="col"{_number(holds)}>{escape(word(title))}</th>' for _, title, holds in columns)
    foot = f"<tfoot>{''.join(_rows(columns, totals, lang))}</tfoot>" if totals else ""
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(_rows(columns, rows, lang))}</tbody>{foot}</table>"
    )


def _rows(columns: Sequence[Column], rows: Sequence[Sequence[Any]], lang: str) -> Iterator[str]:
    for row in rows:
        first, *cells = ((_text(cell, lang), holds) for cell, (_, _, holds) in zip(row, columns, strict=True))
        rest = "".join(f"<td{_number(holds)}>{escape(text)}</td>" for text, holds in cells)
        yield f'<tr><th scope="row">{escape(first[0])}</th>{rest}</tr>'


def _number(holds: str) -> str:
    return ' class="n"' if holds == "whole" else ""


def _text(cell: Any, lang: str) -> str:
    if isinstance(cell, Sentence):
        return translator(lang)(cell)
    if isinstance(cell, Named):
        return cell.worded(lang)
    if isinstance(cell, int):
        return f"{cell:,}" if cell else "–"
    return "" if cell is None else str(cell)
