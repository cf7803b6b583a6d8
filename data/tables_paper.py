"""Tables on paper: the same tables that are saved as workbooks, as a PDF whose headings stand on every page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from allocator.sentence import Named, Sentence, say
from data.tables_out import AboutOut, TableOut
from data.texts import translator
from data.typesetting import pdf_of

__all__ = ["ROWS_PRINTED_MAX", "cell_said", "tables_pdf"]

ROWS_PRINTED_MAX = 600
"""Rows of one table that are printed; nobody reads more on paper, and a workbook holds all."""

_TEMPLATE = Path(__file__).with_name("tables_paper.typ")
_TEXTS = ("text", "date", "time")
_SMALL = 1000  # below it a price of 10.40 must not read as 10


def tables_pdf(tables: Sequence[TableOut], about: AboutOut, *, lang: str, pictures: Sequence[str] = ()) -> bytes:
    """Return tables as a PDF in the reader's language, with where they come from above them.

    `pictures`: as SVG, between both, all drawn to the same scale.
    """
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    given = {
        "lang": lang,
        "title": word(about.title),
        "day": about.day.isoformat(),
        "facts": [[word(name), _text(value, word, lang)] for name, value in about.facts],
        "pictures": [{"svg": each, "width": _width(each)} for each in pictures],
        "tables": [_printed(table, word, lang) for table in tables],
    }
    return pdf_of(_TEMPLATE, given)


def _width(picture: str) -> float:
    found = re.search(r'viewBox="0 0 ([0-9.]+)', picture)
    return float(found[1]) if found else 0.0


def _printed(table: TableOut, word: Callable[[Sentence], str], lang: str) -> dict[str, Any]:
    """Return a table as the template takes it; columns without anything in them are left out."""
    rows = min(table.rows, ROWS_PRINTED_MAX)
    printed = [
        (column, [cell_said(each, column.holds, word, lang) for each in column.values[:rows]])
        for column in table.columns
    ]
    kept = [(column, cells) for column, cells in printed if any(cells) or not rows]
    left_out = table.rows - rows
    more = say("{more:,} more rows are not printed; save it as .xlsx for all of them.", more=left_out)
    return {
        "title": word(table.title),
        "headings": [word(column.title) for column, _ in kept],
        "texts": [column.holds in _TEXTS for column, _ in kept],
        "rows": [list(row) for row in zip(*(cells for _, cells in kept), strict=True)],
        "more": word(more) if left_out else "",
    }


def cell_said(value: Any, holds: str, word: Callable[[Sentence], str], lang: str) -> str:
    """Return a cell as people read it; nothing where nobody said. `holds`: what its column does."""
    if value is None or value != value:  # noqa: PLR0124 - nan alone is not itself
        return ""
    if holds == "share":
        return f"{float(value) * 100:.1f} %"
    if holds == "whole":
        return f"{int(value):,}"
    if holds == "decimal":
        return f"{float(value):,.2f}" if abs(float(value)) < _SMALL else f"{float(value):,.0f}"
    return _text(value, word, lang)


def _text(value: Any, word: Callable[[Sentence], str], lang: str) -> str:
    if isinstance(value, Sentence):
        return word(value)
    if isinstance(value, Named):
        return value.worded(lang)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
