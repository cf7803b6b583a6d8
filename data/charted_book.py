"""Tables as a workbook with charts of its own, which take their numbers from the cells: they move with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from allocator.pictured import ChartOut
from allocator.sentence import Sentence, say
from data.tables_book import write_book
from data.tables_out import AboutOut, ColumnOut, TableOut
from data.texts import translator
from data.workbook_out import free_sheet_name

__all__ = ["write_charted_book"]

_ACROSS, _WIDTH, _ROW_HEIGHT, _COLUMN_WIDTH = 2, 620, 20, 64
_FILLS: tuple[tuple[str, str], ...] = (
    ("#0B4F8A", ""),
    ("#5B8FC7", "wide_downward_diagonal"),
    ("#1E6B45", "percent_50"),
    ("#8A5A00", "small_grid"),
    ("#52606D", "dark_horizontal"),
)
"""Colour and pattern of each series in turn, so that nobody needs colours to tell them apart."""
_LOST = ("#8B1A1A", "wide_upward_diagonal")
_SMALL = 100
_FORMATS = {"share": "0%", "whole": "#,##0", "decimal": "General"}


def write_charted_book(
    path: Path, tables: Sequence[TableOut], charts: Sequence[ChartOut], about: AboutOut, *, lang: str
) -> None:
    """Write tables, a sheet of charts and where it all comes from to an .xlsx file."""
    finish = partial(_finish, tables={table.name: table for table in tables}, charts=charts, word=translator(lang))
    write_book(path, tables, about, lang=lang, finish=finish if charts else None)


def _finish(
    book: Any,
    sheets: dict[str, Any],
    names: set[str],
    *,
    tables: dict[str, TableOut],
    charts: Sequence[ChartOut],
    word: Callable[[Sentence], str],
) -> None:
    """Add the sheet of charts, two across."""
    sheet = book.add_worksheet(free_sheet_name(word(say("Charts")), names))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    top, tallest = 0, 0
    for place, chart in enumerate(charts):
        if place % _ACROSS == 0:
            top, tallest = top + tallest, 0
        height = 140 + 22 * len(chart.rows) * (1 if chart.stacked else max(1, len(chart.series)))
        made = _made(book, sheets[chart.table].get_name(), tables[chart.table], chart, word)
        made.set_size({"width": _WIDTH, "height": height})
        where = (top, place % _ACROSS * (_WIDTH // _COLUMN_WIDTH + 1))
        sheet.insert_chart(*where, made, {"description": word(chart.title), "object_position": 1})
        tallest = max(tallest, -(-height // _ROW_HEIGHT) + 1)


def _made(book: Any, sheet: str, table: TableOut, chart: ChartOut, word: Callable[[Sentence], str]) -> Any:
    made = book.add_chart({"type": "bar"})
    first, last = 1 + chart.rows.start, chart.rows.stop
    column = {each.name: n for n, each in enumerate(table.columns)}
    labels = column[chart.labels]
    for number, name in enumerate(chart.series):
        drawn = table.columns[column[name]]
        made.add_series(
            {
                "name": word(drawn.title),
                "categories": [sheet, first, labels, last, labels],
                "values": [sheet, first, column[name], last, column[name]],
                "gap": 60,
                "overlap": 100 if chart.stacked else 0,
                **_fill((_LOST, _FILLS[0])[number] if chart.stacked else _FILLS[number % len(_FILLS)]),
                **_numbers(drawn, chart),
            }
        )
    holds = chart.holds or table.columns[column[chart.series[0]]].holds
    made.set_title({"name": word(chart.title), "name_font": {"size": 12}, "overlay": False})
    # The labels of bars that go to both sides stand left of all bars, not across them.
    made.set_y_axis(
        {"reverse": True, "label_position": "low", "crossing": "max", "major_gridlines": {"visible": False}}
    )
    gridlines = {"visible": True, "line": {"color": "#D9E2EC"}}
    made.set_x_axis({"num_format": _FORMATS.get(holds, "General"), "major_gridlines": gridlines})
    made.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    return made


def _fill(look: tuple[str, str]) -> dict[str, Any]:
    colour, pattern = look
    if not pattern:
        return {"fill": {"color": colour}, "border": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}, "border": {"color": colour}}


def _numbers(column: ColumnOut, chart: ChartOut) -> dict[str, Any]:
    """Return labels with the numbers, as they are few and beside each other; bars to both sides have the axis."""
    if chart.stacked:
        return {}
    small = all(abs(value) < _SMALL for value in (column.values[n] for n in chart.rows) if value is not None)
    shown = {"share": "0.0%", "whole": "#,##0"}.get(chart.holds or column.holds, "#,##0.00" if small else "#,##0")
    return {"data_labels": {"value": True, "num_format": shown, "font": {"size": 8}}}
