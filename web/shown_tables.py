"""Tables as pages show them: the same that are saved, with names beside codes, links, and only their first rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from allocator.sentence import Named, Sentence
from data.tables_out import ColumnOut, TableOut
from data.tables_paper import cell_said
from data.texts import translator
from web.pages import language_of

__all__ = ["Names", "ShownCell", "ShownTable", "shown_table", "shown_tables"]

Names = tuple[Mapping[str, Named], Mapping[str, Named]]
"""Names of sites and of items, by code."""

ROWS = 100
"""Rows of one table on a page; a workbook has all."""

_NUMBERS = ("whole", "decimal", "share")
_PLACES = ("site", "from", "to", "place", "other", "depot")


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """A cell as it is read. `name`: beside a code, "" for none; `href`: where it leads, "" for nowhere.

    `whole`: it is not broken over lines, as days and numbers of documents are.
    """

    text: str
    name: str = ""
    href: str = ""
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """A table of a page. `headings`: each with whether numbers stand under it; `more`: rows that are left out."""

    name: str
    title: Sentence
    headings: tuple[tuple[Sentence, bool], ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    count: int
    more: int


def shown_tables(
    request: Request,
    tables: Sequence[TableOut],
    names: Names,
    *,
    links: Mapping[str, Callable[[str], str]],
    most: int = ROWS,
) -> list[ShownTable]:
    """Return tables as a page shows them; those without rows are left out. `links`: address of a cell, by column."""
    return [shown_table(request, each, names, links=links, most=most) for each in tables if each.rows]


def shown_table(
    request: Request,
    table: TableOut,
    names: Names,
    *,
    links: Mapping[str, Callable[[str], str]] | None = None,
    most: int = ROWS,
) -> ShownTable:
    """Return one table; columns in which nothing stands are left out, the first ever shown."""
    lang = language_of(request)
    columns = [(each, _cells(each, names, links or {}, lang, most)) for each in table.columns]
    kept = [(each, cells) for n, (each, cells) in enumerate(columns) if not n or any(cell.text for cell in cells)]
    return ShownTable(
        name=table.name,
        title=table.title,
        headings=tuple((each.title, each.holds in _NUMBERS) for each, _ in kept),
        rows=tuple(zip(*(cells for _, cells in kept), strict=True)),
        count=table.rows,
        more=max(0, table.rows - most),
    )


def _cells(
    column: ColumnOut, names: Names, links: Mapping[str, Callable[[str], str]], lang: str, most: int
) -> list[ShownCell]:
    word, link = translator(lang), links.get(column.name)
    whole = link is not None or column.holds in ("date", "time")
    cells = []
    for value in column.values[:most]:
        text = cell_said(value, column.holds, word, lang)
        name = _name(column.name, value, names)
        href = link(text) if link is not None and text and text != "-" else ""
        cells.append(ShownCell(text=text, name="" if name is None else name.worded(lang), href=href, whole=whole))
    return cells


def _name(column: str, value: Any, names: Names) -> Named | None:
    """Return the name of a code in a cell, of the site in words of a place too; None where there is none to add."""
    sites, items = names
    if column == "item" and isinstance(value, str):
        return items.get(value)
    if column not in _PLACES:
        return None
    if isinstance(value, Sentence):
        value = value.values.get("owner") or value.values.get("code")
    return sites.get(value) if isinstance(value, str) else None
