"""The shortfall report as a workbook: its tables, coloured by state, with charts of items and money."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from allocator.sentence import Sentence, say
from allocator.shortfall_pictures import items_by_need
from allocator.shortfall_tables import STATUSES
from allocator.shortfall_words import STATUS_LETTERS, STATUS_WORDS
from data.pictures_matrix import STATUS_FILLS
from data.shortfall_out import ShortfallOut
from data.tables_book import write_book
from data.tables_out import AboutOut, TableOut
from data.texts import translator
from data.workbook_out import free_sheet_name

__all__ = ["write_shortfall_book"]

_CHARTS_MOST, _ACROSS = 12, 2
_PATTERNS = {"stripes": 14, "cross": 9, "dots": 17, "dashes": 13}
"""Excel's own fills: thin diagonal stripe, thin crosshatch, 6.25 % grey, thin horizontal."""


def write_shortfall_book(
    path: Path,
    given: ShortfallOut,
    *,
    title: Sentence,
    facts: Sequence[tuple[Sentence, Sentence | str | int]],
    lang: str,
) -> None:
    """Write the report to an .xlsx file; `facts`: where it comes from, for the About sheet."""
    tables = given.tables()
    about = AboutOut(title=title, day=given.report.today, facts=facts)
    write_book(path, tables, about, lang=lang, finish=partial(_finish, given=given, tables=tables, lang=lang))


def _finish(
    book: Any, sheets: dict[str, Any], names: set[str], *, given: ShortfallOut, tables: Sequence[TableOut], lang: str
) -> None:
    """Colour states, and add the charts."""
    by_name = {table.name: table for table in tables}
    word = translator(lang)
    looks = _looks(book)
    words = [word(text) for text in STATUS_WORDS]
    rows = by_name["shortfall"]
    _by_value(sheets["shortfall"], rows, ["status"], dict(zip(words, looks, strict=True)))
    chance = [n for n, column in enumerate(rows.columns) if column.name == "p_before_delivery"]
    sheets["shortfall"].conditional_format(
        1, chance[0], max(1, rows.rows), chance[0], {"type": "data_bar", "bar_color": "#E08A8A", "bar_solid": True,
         "min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1},
    )  # fmt: skip
    for name in ("items-by-week", "sites-by-week"):
        weeks = [column.name for column in by_name[name].columns if column.name.startswith("week_")]
        _by_value(sheets[name], by_name[name], weeks, dict(zip(STATUS_LETTERS, looks, strict=True)))
        _legend(sheets[name], len(by_name[name].columns) + 1, words, looks)
    _fans(book, sheets["items-by-day"], by_name["items-by-day"], names, given, word)
    if "budget-use" in sheets:
        _money(book, sheets["budget-use"], by_name["budget-use"], word)


def _looks(book: Any) -> list[Any]:
    """Return a format for each state: ground, pattern and colour of the sign."""
    found = []
    for status in STATUSES:
        ground, pattern, ink = STATUS_FILLS[status]
        look: dict[str, Any] = {"bg_color": ground, "font_color": ink, "bold": status == "stocked_out"}
        if pattern:
            look |= {"pattern": _PATTERNS[pattern], "fg_color": "#9AA5B1"}
        found.append(book.add_format(look))
    return found


def _by_value(sheet: Any, table: TableOut, columns: Sequence[str], looks: dict[str, Any]) -> None:
    places = [n for n, column in enumerate(table.columns) if column.name in columns]
    if not places or not table.rows:
        return
    for text, look in looks.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{text}"', "format": look}
        sheet.conditional_format(1, places[0], table.rows, places[-1], rule)


def _legend(sheet: Any, column: int, words: Sequence[str], looks: Sequence[Any]) -> None:
    """Say beside the matrix what the signs mean, in a box: rows that were written are closed."""
    text = "\n".join(f"{letter}  {text}" for letter, text in zip(STATUS_LETTERS, words, strict=True))
    sheet.insert_textbox(1, column, text, {"width": 170, "height": 20 * (len(looks) + 1), "font": {"size": 11}})


def _fans(book: Any, sheet: Any, table: TableOut, names: set[str], given: ShortfallOut, word: Any) -> None:
    """Add a sheet of charts: each item's use with its quantiles, and its stock, taken from the sheet of days."""
    fans, durable = given.report.fans, given.report.case.items.durable
    shown = [n for n in fans.item.tolist() if not durable[n]]
    if not shown:
        return
    charts = book.add_worksheet(free_sheet_name(word(say("Charts")), names))
    charts.set_landscape()
    charts.set_paper(9)
    urgent = [n for n in items_by_need(given.report).tolist() if n in shown][:_CHARTS_MOST]
    for place, item in enumerate(urgent):
        first = 1 + shown.index(item) * fans.days
        last = first + fans.days - 1
        chart = book.add_chart({"type": "line"})
        lines = (("use_0", "#8FBCEB", "dash"), ("use_1", "#0B4F8A", "solid"), ("use_3", "#0B4F8A", "dash"),
                 ("use_4", "#0B4F8A", "round_dot"), ("stock", "#8B1A1A", "solid"))  # fmt: skip
        for name, colour, dash in lines:
            column = next(n for n, each in enumerate(table.columns) if each.name == name)
            chart.add_series(
                {
                    "name": word(table.columns[column].title),
                    "categories": [sheet.get_name(), first, 1, last, 1],
                    "values": [sheet.get_name(), first, column, last, column],
                    "line": {"color": colour, "dash_type": dash, "width": 2 if name in ("use_1", "stock") else 1.25},
                    "y2_axis": name == "stock",
                }
            )
        chart.set_title({"name": word(say("{item}", item=given.words.item(item))), "name_font": {"size": 12}})
        chart.set_x_axis({"date_axis": True, "num_format": "mm-dd", "major_unit": 7, "major_unit_type": "days"})
        chart.set_y_axis({"name": word(say("used a day")), "min": 0, "major_gridlines": {"visible": True}})
        chart.set_y2_axis({"name": word(say("stock")), "min": 0})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 620, "height": 330})
        about = word(say("Use of {item} by day with its quantiles, and its stock.", item=given.words.item(item)))
        charts.insert_chart(
            place // _ACROSS * 17, place % _ACROSS * 10, chart, {"description": about, "object_position": 1}
        )


def _money(book: Any, sheet: Any, table: TableOut, word: Any) -> None:
    """Add bars of money needed beside what there is."""
    last = max(1, table.rows)
    chart = book.add_chart({"type": "bar"})
    for column, colour, pattern in ((1, "#9AA5B1", "percent_20"), (2, "#0B4F8A", None)):
        series: dict[str, Any] = {
            "name": word(table.columns[column].title),
            "categories": [sheet.get_name(), 1, 0, last, 0],
            "values": [sheet.get_name(), 1, column, last, column],
            "fill": {"color": colour},
        }
        if pattern:
            series["pattern"] = {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}
        chart.add_series(series)
    chart.set_title({"name": word(say("Budget use, yuan")), "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 620, "height": 120 + 40 * int(np.ceil(last))})
    sheet.insert_chart(0, len(table.columns) + 1, chart, {"description": word(say("Budget use, yuan"))})
