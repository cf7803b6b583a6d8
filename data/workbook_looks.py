"""How a plan's workbook looks, and how it words things: both languages side by side.

One workbook serves both readers, so its bytes do not depend on anybody's locale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from allocator.case import Case
from allocator.plan import Plan
from allocator.sentence import Named, Sentence
from allocator.summary import Standing
from allocator.words import tier_named, unit_named
from data.texts import translator
from data.workbook_out import free_sheet_name

__all__ = ["HEADING_POINTS", "PAIRS_SHOWN_MAX", "Looks", "PlanBook", "both", "label", "lines_of", "widths_of"]

PAIRS_SHOWN_MAX = 100_000
"""Plans with more pairs than this are shown by area; pairs.csv holds each of them."""

_A4 = 9
_COLUMN_LEAST, _COLUMN_MOST = 30, 66
HEADING_POINTS = 48
"""Height of the row of headings: three lines."""


def both(sentence: Sentence) -> str:
    """Return a sentence in English and Chinese, once where they are the same.

    >>> from allocator.sentence import say
    >>> both(say("{code}", code="D1"))
    'D1'
    """
    texts = (translator("en")(sentence), translator("zh")(sentence))
    return " ".join(dict.fromkeys(texts))


def widths_of(texts: Any) -> NDArray[np.floating]:
    """Return how wide each text is, in characters; a Chinese one counts twice.

    >>> widths_of(["mask", "口罩"]).tolist()
    [4.0, 4.0]
    """
    column = pa.array(texts, pa.string())
    # A Chinese character is three bytes of UTF-8, so it is as wide as half of bytes and characters.
    return np.asarray(pc.add(pc.binary_length(column), pc.utf8_length(column)).to_numpy(zero_copy_only=False) / 2)


def lines_of(texts: Any, width: float) -> NDArray[np.integer]:
    """Return how many lines each text takes in a column of a width, rather too many than too few."""
    return np.maximum(1, np.ceil(widths_of(texts) * 1.1 / width)).astype(np.int64)


def label(code: str, *names: str) -> str:
    """Return a code with the names there are, each once.

    >>> label("S1", "Gate", ""), label("S1", "卡口一", "卡口一")
    ('S1 Gate', 'S1 卡口一')
    """
    return " ".join(dict.fromkeys(text for text in (code, *names) if text))


class Looks:
    """The cell formats of the workbook, made once."""

    def __init__(self, book: Any) -> None:
        thin = {"border": 1, "border_color": "#9AA5B1", "valign": "vcenter"}
        stop = {"bold": True, "bg_color": "#E4EAF0", "valign": "vcenter", "top": 2, "bottom": 1}
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.note = book.add_format({"font_color": "#52606D"})
        self.section = book.add_format({"bold": True, "font_size": 12, "font_color": "#102A43"})
        self.heading = book.add_format({**thin, "bold": True, "text_wrap": True, "bg_color": "#D9E2EC"})
        # Indented, or a text would touch the number in the column before it.
        self.text = book.add_format({**thin, "indent": 1})
        self.wrapped = book.add_format({**thin, "text_wrap": True, "valign": "top", "indent": 1})
        self.whole = book.add_format({**thin, "num_format": "#,##0"})
        self.decimal = book.add_format({**thin, "num_format": "#,##0.00"})
        self.whole_top = book.add_format({**thin, "num_format": "#,##0", "valign": "top"})
        self.box = book.add_format({**thin, "align": "center", "font_size": 13})
        self.stop = book.add_format({**stop, "indent": 1})
        self.stop_whole = book.add_format(stop)
        self.stop_decimal = book.add_format({**stop, "num_format": "#,##0.00"})


def _in_both(name: Named) -> str:
    return " ".join(dict.fromkeys(name.worded(lang) for lang in ("en", "zh")))


def _fitting(widths: NDArray[np.floating]) -> float:
    """Return a column's width for texts of these widths: all of them whole, unless one is very long."""
    return float(np.clip(np.ceil(1.05 * widths.max(initial=0)) + 2, _COLUMN_LEAST, _COLUMN_MOST))


@dataclass(frozen=True)
class PlanBook:
    """A workbook being written for a plan: the open book, its looks and what it speaks of."""

    book: Any
    looks: Looks
    plan: Plan
    case: Case
    standing: Standing
    names: set[str]

    def new_sheet(self, name: str, widths: Sequence[float], *, heading_row: int | None = None) -> Any:
        """Add a sheet ready to print on A4 landscape, one page wide, with page numbers.

        `heading_row`: row, from 0, that is repeated on every page and stays in sight.
        """
        sheet = self.book.add_worksheet(free_sheet_name(name, self.names))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
        sheet.set_footer(f"&L{self.case.policy.date.isoformat()}&C&A&R&P / &N")
        if heading_row is not None:
            sheet.repeat_rows(heading_row)
            sheet.freeze_panes(heading_row + 1, 0)
            sheet.set_row(heading_row, HEADING_POINTS)
        return sheet

    @cached_property
    def item_labels(self) -> list[str]:
        """Every item's code and names."""
        items = self.case.items
        return [label(*texts) for texts in zip(items.code, items.name, items.name_zh, strict=True)]

    @cached_property
    def unit_labels(self) -> list[str]:
        """Every item's base unit in both languages."""
        return [_in_both(unit_named(unit)) for unit in self.case.items.unit]

    @cached_property
    def tier_labels(self) -> list[str]:
        """Every tier in both languages."""
        return [_in_both(tier_named(tier)) for tier in self.case.policy.tier_names]

    @cached_property
    def item_width(self) -> float:
        """Width of a column that shows every item's label whole."""
        return _fitting(widths_of(self.item_labels))

    @cached_property
    def site_width(self) -> float:
        """Width of a column that shows every site's label whole."""
        return _fitting(widths_of(self.site_labels(np.arange(len(self.case.sites)))))

    def site_label(self, position: int) -> str:
        """Return a site's code and names."""
        sites = self.case.sites
        return label(sites.code[position], sites.name[position], sites.name_zh[position])

    def site_labels(self, positions: NDArray[np.integer]) -> Any:
        """Return many sites' codes and names, as a pyarrow array."""
        sites = self.case.sites
        code, name, name_zh = (
            pa.array(column[positions], pa.string()) for column in (sites.code, sites.name, sites.name_zh)
        )
        known = pc.or_(pc.equal(name, ""), pc.equal(name, code))
        known_zh = pc.or_(pc.or_(pc.equal(name_zh, ""), pc.equal(name_zh, code)), pc.equal(name_zh, name))
        return pc.binary_join_element_wise(
            code,
            pc.if_else(known, "", pc.binary_join_element_wise(" ", name, "")),
            pc.if_else(known_zh, "", pc.binary_join_element_wise(" ", name_zh, "")),
            "",
        )
