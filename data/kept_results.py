"""What came of a background job, kept in one file in both languages: what its page shows, pictures, workbook and PDF.

A zip of: page.json (facts and the first rows of each table), pictures as SVG, and files that are saved.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from allocator.pictured import DrawnOut
from allocator.sentence import Sentence
from data.charted_book import write_charted_book
from data.ledger_facts import Fact
from data.pictured import drawing_of
from data.tables_out import AboutOut, TableOut
from data.tables_paper import cell_said, tables_pdf
from data.texts import LANGUAGES, translator

__all__ = ["ROWS", "kept_drawn", "zipped"]

ROWS = 25
"""Rows of each table that a page shows, the first; the workbook has all of all tables."""

_NUMBERS = ("whole", "decimal", "share")

Word = Callable[[Sentence], str]


def kept_drawn(
    make: Callable[[Word, str], DrawnOut],
    *,
    stem: str,
    shown: Collection[str] = (),
    without: tuple[str, ...] = (),
    rows: int = ROWS,
) -> bytes:
    """Return drawn results as they are kept. `make`: gives them in a language.

    `stem`: what the files are called; `shown`: names of tables that the page shows beside those that are printed;
    `without`: how names of columns begin that it leaves out.
    """
    files, told, pictures = dict[str, bytes](), dict[str, Any](), list[str]()
    for lang in LANGUAGES:
        word = translator(lang)
        given = make(word, lang)
        about = AboutOut(title=given.title, day=given.day, facts=given.facts)
        drawn = [drawing_of(each, word=word, lang=lang).svg() for each in given.pictures]
        pictures = [each.name for each in given.pictures]
        files |= {f"{name}.{lang}.svg": svg.encode() for name, svg in zip(pictures, drawn, strict=True)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "book.xlsx"
            write_charted_book(path, given.tables, given.charts, about, lang=lang)
            files[f"{stem}.{lang}.xlsx"] = path.read_bytes()
        files[f"{stem}.{lang}.pdf"] = tables_pdf(given.printed, about, lang=lang, pictures=drawn)
        tables = [*given.printed, *(each for each in given.tables if each.name in shown)]
        told[lang] = told_in([_without(each, without) for each in tables], given.facts, lang, rows=rows)
    return _zip(told | {"pictures": pictures}, files)


def _without(table: TableOut, begun: tuple[str, ...]) -> TableOut:
    kept = tuple(each for each in table.columns if not begun or not each.name.startswith(begun))
    return TableOut(name=table.name, title=table.title, columns=kept)


def zipped(
    tables: Sequence[TableOut],
    facts: Sequence[Fact],
    pictures: Sequence[str],
    files: Mapping[str, bytes],
    *,
    columns: Collection[str] = (),
) -> bytes:
    """Return tables, files and the names of the pictures among them as they are kept.

    `columns`: names of those that the page shows; all where none is named.
    """
    told = {lang: told_in(tables, facts, lang, columns=columns) for lang in LANGUAGES}
    return _zip({**told, "pictures": list(pictures)}, files)


def _zip(told: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("page.json", json.dumps(told, ensure_ascii=False))
        for name, content in files.items():
            made.writestr(name, content)
    return held.getvalue()


def told_in(
    tables: Sequence[TableOut], facts: Sequence[Fact], lang: str, *, columns: Collection[str] = (), rows: int = ROWS
) -> dict[str, Any]:
    """Return what a page shows, as texts in a language."""
    word = translator(lang)
    return {
        "facts": [[word(name), word(fact) if isinstance(fact, Sentence) else str(fact)] for name, fact in facts],
        "tables": [_table(each, lang, columns, rows) for each in tables if each.rows],
    }


def _table(table: TableOut, lang: str, columns: Collection[str], rows: int) -> dict[str, Any]:
    """Return the first rows of a table as texts; columns in which nothing stands are left out."""
    word = translator(lang)
    said = [
        (each, [cell_said(value, each.holds, word, lang) for value in each.values[:rows]])
        for each in table.columns
        if not columns or each.name in columns
    ]
    kept = [(each, cells) for n, (each, cells) in enumerate(said) if not n or any(cells)]
    return {
        "name": table.name,
        "title": word(table.title),
        "headings": [[word(each.title), each.holds in _NUMBERS] for each, _ in kept],
        "rows": [list(row) for row in zip(*(cells for _, cells in kept), strict=True)],
        "count": table.rows,
    }
