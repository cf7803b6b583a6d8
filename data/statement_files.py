"""Statements out of files: a text of messages, or a table of them; whose each is, and of which day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.case_csv import read_text
from data.cell_text import date_in
from data.name_reading import folded_name
from data.problems import ProblemList
from data.sheet_cells import SheetCells, cells_of_csv, text_of
from data.statement_tokens import normalised, read_lexicon, tokens_of
from data.statements import CHARACTERS_MAX

__all__ = ["STATEMENT_BYTES_MAX", "SiteNames", "Statement", "read_statement_file", "statements_in"]

STATEMENT_BYTES_MAX = 20_000_000
"""Bytes a file of statements may have."""

_COLUMNS = {
    "site": (
        "site",
        "点位",
        "点位编码",
        "单位",
        "医院",
        "hospital",
        "sender",
        "facility",
        "place",
        "上报单位",
        "填报单位",
    ),
    "text": ("text", "内容", "原文", "message", "progress_text", "items_text", "需求", "物资需求", "备注", "statement"),
    "item": ("item", "物资", "物资名称", "品名"),
    "quantity": ("quantity", "units", "数量", "需求数量", "quantity_requested"),
    "date": ("date", "day", "日期", "时间", "填报日期"),
}
"""What the columns of a table of statements may be called."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What somebody said: `row` of the file, `site` as said ("" where nobody is named), the day it bears."""

    row: int
    site: str
    text: str
    on: dt.date | None = None
    quantity: str | None = None  # of a table with a column of quantities; `text` is then the item


class SiteNames:
    """Sites by code and by name. A name that several have is nobody's, but where one was chosen for it.

    `chosen`: codes by what was said, folded as `data.name_reading.folded_name` does it.

    >>> names = SiteNames({"P1": ["Clinic"], "P2": ["Clinic"]}, {"clinic": "P2", "theoldgate": "P1"})
    >>> names.codes("Clinic"), names.codes("The old gate"), names.codes("Gate")
    (['P2'], ['P1'], [])
    """

    def __init__(self, sites: Mapping[str, Sequence[str]], chosen: Mapping[str, str] | None = None) -> None:
        self._chosen = dict(chosen or {})
        by_name: dict[str, list[str]] = {said: [code] for said, code in self._chosen.items()}
        for code, names in sites.items():
            for name in dict.fromkeys((code, *names)):
                by_name.setdefault(normalised(name).strip(), []).append(code)
        self._by_name = {name: list(dict.fromkeys(codes)) for name, codes in by_name.items() if name}
        self._lengths = sorted({len(name) for name in self._by_name}, reverse=True)

    def codes(self, said: str) -> list[str]:
        """Return the sites of a name or code."""
        picked = self._chosen.get(folded_name(said))
        return self._by_name.get(normalised(said).strip(), []) if picked is None else [picked]

    def parted(self, line: str) -> tuple[str, str]:
        """Return the site that a line begins with, as it is said, and the rest; "" where it begins with none.

        >>> SiteNames({"P1": ["Gate", "卡口一"]}).parted("卡口一：口罩20只")
        ('卡口一', '口罩20只')
        """
        bare = line.lstrip(" \t\u3000[【")
        plain = normalised(bare)
        for length in self._lengths:
            if plain[:length] in self._by_name:
                rest = bare[length:].lstrip(" \t\u3000]】")
                if rest[:1] in ":：" or rest == "" or bare[length] in " \t\u3000]】":
                    return bare[:length], rest.lstrip(":： \t\u3000")
        return _sender_of(line)


_SENDER = re.compile(
    r"\s*(?:[\[【](?P<sender>[^\]】]{1,40})[\]】]\s*[:：]?|(?P<name>[^\d:：\[【]{1,20}|[A-Za-z]+-?\d+)[:：])(?P<rest>.*)"
)


def _sender_of(line: str) -> tuple[str, str]:
    """Return who a line names before a colon or in brackets, though no site is called so; "" where nobody is named.

    >>> _sender_of("张家湾：口罩20只"), _sender_of("需要：口罩20只")
    (('张家湾', '口罩20只'), ('', '需要：口罩20只'))
    """
    found = _SENDER.match(line)
    if found is None:
        return "", line
    name = found["sender"] or found["name"]
    # What speaks of items or of needing is no name.
    if not found["sender"] and tokens_of(name, read_lexicon()):
        return "", line
    return name.strip(), found["rest"].strip()


def read_statement_file(path: Path, sites: SiteNames, problems: ProblemList) -> list[Statement]:
    """Return the statements of a .txt or .csv file; none after a problem."""
    if path.suffix.lower() == ".csv":
        cells = cells_of_csv(path, problems)
        return [] if cells is None else list(_of_table(cells))
    content = read_text(path, problems, bytes_max=STATEMENT_BYTES_MAX)
    return [] if content is None else statements_in(content.decode("utf-8", errors="replace"), sites)


def statements_in(text: str, sites: SiteNames) -> list[Statement]:
    r"""Return the statements of a text: a line that names a site begins one, and an empty line ends it.

    >>> names = SiteNames({"P1": ["卡口一"], "P2": ["卡口二"]})
    >>> [(s.row, s.site, s.text) for s in statements_in("卡口一：口罩20只\n手套5双\n卡口二：面屏9个", names)]
    [(1, '卡口一', '口罩20只\n手套5双'), (3, '卡口二', '面屏9个')]
    """
    found: list[Statement] = []
    open_ = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            open_ = False
            continue
        site, rest = sites.parted(line)
        last = found[-1] if found else None
        if site or not open_ or last is None or len(last.text) + len(line) >= CHARACTERS_MAX:
            found.append(Statement(row=number, site=site, text=rest[:CHARACTERS_MAX]))
        else:
            found[-1] = Statement(row=last.row, site=last.site, text=f"{last.text}\n{line}")
        open_ = True
    return found


def _of_table(cells: SheetCells) -> Iterator[Statement]:
    header = [normalised(text_of(cell)).strip() for cell in cells.rows[0]] if cells.rows else []
    places = {what: [at for at, name in enumerate(header) if name in names] for what, names in _COLUMNS.items()}
    for number, row in enumerate(cells.rows[1:], start=2):
        texts = [text_of(cell).strip() for cell in row]
        site = next((texts[at] for at in places["site"] if texts[at]), "")
        said = next((date_in(texts[at]) for at in places["date"] if texts[at]), None)
        on = said if isinstance(said, dt.date) else None
        if places["item"] and places["quantity"]:
            item, quantity = texts[places["item"][0]], texts[places["quantity"][0]]
            if item:
                yield Statement(row=number, site=site, text=item, on=on, quantity=quantity)
            continue
        for at in places["text"]:
            if texts[at]:
                yield Statement(row=number, site=site, text=texts[at][:CHARACTERS_MAX], on=on)
