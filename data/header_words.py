"""Words that people write over their columns, and which column of which table each of them means.

The words are data: `header_words.csv`, with columns table (empty: any), column and word. A file of the
same form adds words of one's own, which win. `-` is the column of words that mean none of ours; `total`
and `footer` are those of words in a row's first cell; a word without a column names its kind of table.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.aside_columns import asides_of
from data.columns import Column, TableSpec

__all__ = ["SHIPPED_WORDS", "HeaderWords", "bare", "folded", "read_header_words", "unit_in_header"]

SHIPPED_WORDS = Path(__file__).with_name("header_words.csv")

_BRACKETED = re.compile(r"^(?P<bare>.*?)\s*[(\[【](?P<inside>[^()\[\]【】]*)[)\]】]\s*$")
_SLASHED = re.compile(r"^(?P<bare>[^/:]+?)\s*[/:]\s*(?P<inside>[^/:]{1,8})$")
_LETTERS_MAX = 500
"""Letters of what may be a header or the word of a total: looking for brackets in longer cells takes seconds."""
_BLANKS = re.compile(r"[\s_\u200b\ufeff]+")


def folded(text: str) -> str:
    """Return a text as words are compared: narrow, lower case, one blank between words, none between Chinese.

    >>> folded("  Batch　NO. "), folded("库 存 数"), folded("item_code")
    ('batch no.', '库存数', 'item code')
    """
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip(" *:：").casefold()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", plain)


def bare(header: str) -> str:
    """Return a header without what stands in brackets, or after a slash, at its end.

    >>> bare("数量（只）"), bare("数量/万只"), bare("expires")
    ('数量', '数量', 'expires')
    """
    return _parts(header)[0]


def unit_in_header(header: str) -> str:
    """Return what stands in brackets, or after a slash, at the end of a header: often a unit.

    >>> unit_in_header("数量（万只）"), unit_in_header("Quantity (boxes)"), unit_in_header("units")
    ('万只', 'boxes', '')
    """
    return _parts(header)[1]


def _parts(header: str) -> tuple[str, str]:
    if len(header) > _LETTERS_MAX:
        return header, ""
    plain = folded(header)
    match = _BRACKETED.match(plain) or _SLASHED.match(plain)
    return (match["bare"], match["inside"].strip()) if match and match["bare"] else (plain, "")


@dataclass(frozen=True)
class HeaderWords:
    """Words by table and folded word; the table "" is any. The value is the name of a column.

    `kinds`: kinds of table by the words that name them; `footers`: beginnings of what stands below a table.
    """

    columns: Mapping[tuple[str, str], str]
    kinds: Mapping[str, str]
    footers: tuple[str, ...]

    def column(self, table: TableSpec, header: str) -> Column | None:
        """Return the column of a table, or one beside it, that a header's words mean."""
        known = {column.name: column for column in (*table.columns, *asides_of(table))}
        for word in dict.fromkeys((folded(header), bare(header))):
            for scope in (table.name, ""):
                found = known.get(self.columns.get((scope, word), ""))
                if found is not None:
                    return found
        return None

    def is_passed_over(self, header: str) -> bool:
        """Say whether a header is known to mean no column: a serial number, remarks."""
        return self.columns.get(("", bare(header))) == "-"

    def is_own(self, table: TableSpec, header: str) -> bool:
        """Say whether a header's word is this table's own, and not one of any table."""
        return any((table.name, word) in self.columns for word in (folded(header), bare(header)))

    def is_total(self, cell: str) -> bool:
        """Say whether a cell names a total."""
        return self.columns.get(("", bare(cell))) == "total"

    def is_footer(self, cell: str) -> bool:
        """Say whether a cell begins what stands below a table: who filled it in, who checked it."""
        return unicodedata.normalize("NFKC", cell).strip().casefold().startswith(self.footers)

    def kinds_in(self, text: str) -> set[str]:
        """Return the kinds of table that words of a title or name speak of.

        >>> sorted(read_header_words().kinds_in("黄州区防疫物资盘点表"))
        ['counts']
        """
        plain = folded(text).replace("出入库", "")
        return {kind for word, kind in self.kinds.items() if word in plain}


def read_header_words(more: Path | None = None) -> HeaderWords:
    """Return the shipped words, and those of a file of one's own, which win.

    Raises:
        ValueError: the file lacks a column, or a word in it is empty, with its row.

    """
    columns: dict[tuple[str, str], str] = {}
    kinds: dict[str, str] = {}
    footers: list[str] = []
    for path in (SHIPPED_WORDS, *([more] if more else [])):
        for table, column, written in _rows(path):
            word = folded(written)
            if column == "footer":
                # A colon behind it tells 注：from 注射器.
                footers.append(unicodedata.normalize("NFKC", written).strip().casefold())
            elif column:
                columns[table, word] = column
            else:
                kinds[word] = table
    return HeaderWords(columns, kinds, tuple(footers))


def _rows(path: Path) -> Iterable[tuple[str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"table", "column", "word"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path.name}: the columns table, column and word are needed")
        for number, row in enumerate(rows, start=2):
            word = row["word"] or ""
            if not folded(word):
                raise ValueError(f"{path.name}, row {number}: the word is empty")
            yield (row["table"] or "").strip(), (row["column"] or "").strip(), word
