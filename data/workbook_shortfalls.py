"""The sheets of shortfalls and of their reasons: who is still below the top of the ladder, and why.

Up to 100,000 pairs each has its row, the worst-off first, and names its reason, which stands once
on a sheet of its own; above that they are added up by area.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from allocator.case import Indices
from allocator.sentence import say
from data.csv_text import rounded_12, taken
from data.plan_tables import reason_key
from data.sheet_rows import number_cells, text_cells, write_columns
from data.texts import translator
from data.workbook_looks import PAIRS_SHOWN_MAX, PlanBook, both, lines_of
from data.workbook_out import write_cells

__all__ = ["write_shortfalls"]

_TITLE = "Shortfalls 缺口"
_PAIR_HEADINGS = (
    "Site 点位",
    "Area 区划代码",
    "Item 物资",
    "Unit 单位",
    "Tier 级别",
    "Daily use 日用量",
    "Held before 送前持有",
    "Counted 已盘点",
    "Sent 送达",
    "Still short 仍缺",
    "Cover after (days or share) 送后天数或比例",
    "Rung 档",
    "Reason 原因",
)
_PAIR_WIDTHS = (15, 10, 16, 10, 10, 10, 10, 10, 14, 7, 9)
_REASONS_TITLE = "Reasons 原因"
_REASON_HEADINGS = ("Reason 原因", "Needs 需求数", "Why", "原因")
_REASON_WIDTHS = (10, 9, 90, 80)
_LINE_POINTS = 15
_AREA_HEADINGS = (
    "Area 区划代码",
    "Item 物资",
    "Unit 单位",
    "Pairs short 缺口数",
    "Held and sent 持有与送达",
    "Still short 仍缺",
    "Lowest cover after (days or share) 最低送后天数或比例",
)
_AREA_WIDTHS = (10, 14, 16, 16, 20)
_AREA_ROWS_MAX = 100_000
_HEADING_ROW = 2


def write_shortfalls(out: PlanBook) -> None:
    """Add the sheet of shortfalls."""
    if len(out.plan.pairs) > PAIRS_SHOWN_MAX:
        _write_areas(out)
    else:
        _write_pairs(out)


def _head(out: PlanBook, widths: tuple[float, ...], headings: tuple[str, ...], note: str) -> Any:
    sheet = out.new_sheet(_TITLE, widths, heading_row=_HEADING_ROW)
    sheet.write_string(0, 0, f"{_TITLE}  {out.case.policy.date.isoformat()}", out.looks.title)
    sheet.write_string(1, 0, note, out.looks.note)
    write_cells(sheet, _HEADING_ROW, headings, out.looks.heading)
    return sheet


def _write_pairs(out: PlanBook) -> None:
    pairs = out.plan.pairs
    short = np.flatnonzero(out.standing.short_units > 0)
    order = short[np.lexsort((short, pairs.fill[short], np.where(pairs.rung[short] == 0, 127, pairs.rung[short])))]
    note = say(
        "{count} needs are not met to the top of the ladder; the worst-off stand first.", count=f"{len(order):,}"
    )
    widths = (out.site_width, _PAIR_WIDTHS[0], out.item_width, *_PAIR_WIDTHS[1:])
    sheet = _head(out, widths, _PAIR_HEADINGS, both(note))
    write_columns(sheet, _HEADING_ROW + 1, _pair_cells(out, order))
    if len(order):
        sheet.autofilter(_HEADING_ROW, 0, _HEADING_ROW + len(order), len(_PAIR_HEADINGS) - 1)
        _write_reasons(out, pairs.reason[order])


def _write_reasons(out: PlanBook, of_pairs: NDArray[np.integer]) -> None:
    """Add a sheet with each reason of the shortfalls once, in both languages."""
    shown, counts = np.unique(of_pairs, return_counts=True)
    sheet = out.new_sheet(_REASONS_TITLE, _REASON_WIDTHS, heading_row=_HEADING_ROW)
    sheet.write_string(0, 0, f"{_REASONS_TITLE}  {out.case.policy.date.isoformat()}", out.looks.title)
    note = say("Why the needs on the sheet of shortfalls are not met: {count} reasons.", count=f"{len(shown):,}")
    sheet.write_string(1, 0, both(note), out.looks.note)
    write_cells(sheet, _HEADING_ROW, _REASON_HEADINGS, out.looks.heading)
    reasons = [out.plan.reasons[reason] for reason in shown.tolist()]
    texts = [pa.array([word(one.sentence) for one in reasons]) for word in (translator("en"), translator("zh"))]
    lines = np.max([lines_of(text, width) for text, width in zip(texts, _REASON_WIDTHS[2:], strict=True)], axis=0)
    look = out.looks.wrapped
    cells = [
        text_cells([reason_key(reason) for reason in shown.tolist()], look),
        number_cells(counts, out.looks.whole_top),
        *(text_cells(text, look) for text in texts),
    ]
    write_columns(sheet, _HEADING_ROW + 1, cells, points=lines * float(_LINE_POINTS))


def _pair_cells(out: PlanBook, rows: NDArray[np.integer]) -> list[Any]:
    pairs, case, looks, standing = out.plan.pairs.take(rows), out.case, out.looks, out.standing

    def named(texts: Any, positions: Any, look: Any) -> Any:
        # Each distinct text becomes a cell once.
        return taken(text_cells(texts, look), positions)

    return [
        text_cells(out.site_labels(pairs.site), looks.text),
        text_cells(case.sites.area[pairs.site], looks.text),
        named(out.item_labels, pairs.item, looks.text),
        named(out.unit_labels, pairs.item, looks.text),
        named(out.tier_labels, pairs.tier, looks.text),
        number_cells(pairs.daily_units, looks.decimal),
        number_cells(standing.held[rows], looks.whole),
        named(["no 否", "yes 是"], pairs.counted.astype(np.int8), looks.text),
        number_cells(rounded_12(pairs.units), looks.whole),
        number_cells(rounded_12(standing.short_units[rows]), looks.decimal),
        number_cells(rounded_12(standing.cover[rows]), looks.decimal),
        number_cells(pairs.rung, looks.whole),
        named([reason_key(n) for n in range(len(out.plan.reasons))], pairs.reason, looks.text),
    ]


def _write_areas(out: PlanBook) -> None:
    pairs, case, looks, standing = out.plan.pairs, out.case, out.looks, out.standing
    short = np.flatnonzero(standing.short_units > 0)
    areas, of_site = _areas(case.sites.area, len(case.items))
    group = of_site[pairs.site[short]].astype(np.int64) * len(case.items) + pairs.item[short]
    size = len(areas) * len(case.items)
    count = np.bincount(group, minlength=size)
    held = np.bincount(group, weights=(standing.held + pairs.units)[short], minlength=size)
    lacking = np.bincount(group, weights=standing.short_units[short], minlength=size)
    cover = np.full(size, np.inf)
    np.minimum.at(cover, group, standing.cover[short])
    note = say(
        "{count} needs are not met to the top of the ladder, added up here by area; pairs.csv has each of them.",
        count=f"{len(short):,}",
    )
    sheet = _head(out, (18, out.item_width, *_AREA_WIDTHS), _AREA_HEADINGS, both(note))
    groups = np.flatnonzero(count)
    area, item = np.divmod(groups, len(case.items))
    cells = [
        taken(text_cells(pa.array(areas, pa.string()), looks.text), area),
        taken(text_cells(out.item_labels, looks.text), item),
        taken(text_cells(out.unit_labels, looks.text), item),
        number_cells(count[groups], looks.whole),
        number_cells(rounded_12(held[groups]), looks.whole),
        number_cells(rounded_12(lacking[groups]), looks.decimal),
        number_cells(rounded_12(cover[groups]), looks.decimal),
    ]
    write_columns(sheet, _HEADING_ROW + 1, cells)
    if len(groups):
        sheet.autofilter(_HEADING_ROW, 0, _HEADING_ROW + len(groups), len(_AREA_HEADINGS) - 1)


def _areas(codes: Any, items: int) -> tuple[list[str], Indices]:
    """Return the areas and each site's area: codes cut so short that a sheet can show them all."""
    areas = pa.array(codes, pa.string())
    longest = pc.max(pc.utf8_length(areas)).as_py() or 0
    for length in range(longest, -1, -1):
        cut = pc.dictionary_encode(pc.utf8_slice_codeunits(areas, 0, length))
        if len(cut.dictionary) * items <= _AREA_ROWS_MAX or length == 0:
            break
    order = pc.sort_indices(cut.dictionary)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return cut.dictionary.take(order).to_pylist(), rank[cut.indices.to_numpy()]
