"""Why a pair got what it got: looked up in a plan's folder, without reading all of it.

pairs.csv is sorted by code, and UTF-8 sorts as its characters do, so a pair is found by halving
the file some thirty times, whether it has ten rows or ten million.
"""

from __future__ import annotations

import csv
import io
import json
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from allocator.sentence import Sentence, say
from allocator.words import tier_named
from data.csv_cells import meant, named_rows
from data.nearest import nearest, nearest_code
from data.os_reasons import reason_of
from data.plan_columns import PLAN_TABLES

__all__ = ["NoNeedsThere", "NotInPlan", "WhyAnswer", "rows_of_site", "why"]

_PAIR_COLUMNS = [column.name for column in PLAN_TABLES["pairs"]]
_PAIR_COLUMNS_ZH = {column.name: column.zh for column in PLAN_TABLES["pairs"]}


class NotInPlan(Exception):
    """The folder holds no plan, or the plan says nothing about this site and item."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class NoNeedsThere(NotInPlan):
    """The plan has no needs of this site. `near`: the code that may be meant, None where none is like it."""

    def __init__(self, sentence: Sentence, near: str | None) -> None:
        super().__init__(sentence)
        self.near = near


@dataclass(frozen=True, kw_only=True)
class WhyAnswer:
    """One pair of a plan and its reason, worded. `row`: its fields in pairs.csv, as they stand there."""

    site: str
    item: str
    row: Mapping[str, str]
    code: str
    sentence: str
    lang: str = "en"

    def __str__(self) -> str:
        """Return the pair's numbers to two decimals, one to a line, and the sentence under them."""
        shown = [name for name in _PAIR_COLUMNS if name != "reason"]  # its sentence is shown instead
        titles = _PAIR_COLUMNS_ZH if self.lang == "zh" else {name: name for name in shown}
        values = {name: _short(self.row.get(name, "")) for name in shown}
        values["tier"] = tier_named(values["tier"]).worded(self.lang)
        return "\n".join([*(f"{titles[name]}: {values[name]}" for name in shown), "", self.sentence])


def _short(text: str) -> str:
    """Return a number with at most two decimals, anything else as it is.

    >>> _short("12.2386780906"), _short("66"), _short("0.0004"), _short("CHK01"), _short("2020E1")
    ('12.24', '66', '0.0004', 'CHK01', '2020E1')
    """
    whole, point, decimals = text.partition(".")
    if not point or not (whole + decimals).isdigit():
        return text
    rounded = f"{float(text):.2f}".rstrip("0").rstrip(".")
    return f"{float(text):.1g}" if rounded == "0" and float(text) else rounded


def why(folder: Path, site: str, item: str, lang: str = "en") -> WhyAnswer:
    """Return what a site gets of an item and why, from a plan's folder.

    Raises NotInPlan, with the nearest code, where the plan does not hold the pair.
    """
    folder = Path(folder)
    path = folder / "pairs.csv"
    if not path.is_file():
        raise NotInPlan(say("{folder} holds no plan: pairs.csv is not there. Name the folder that "
                            "`allocator plan` wrote.", folder=str(folder)))  # fmt: skip
    rows = rows_of_site(path, site)
    if not rows:
        raise _unknown_site(path, site)
    row = next((row for row in rows if row["item"] == item), None)
    if row is None:
        raise NotInPlan(_unknown_item(folder, site, item, [row["item"] for row in rows]))
    code, sentence = _reason(folder, row["reason"], lang)
    return WhyAnswer(site=site, item=item, row=row, code=code, sentence=sentence, lang=_reader_of(lang))


def _reader_of(lang: str) -> str:
    """Return "zh" or "en" for a language as a locale names it."""
    return "zh" if lang.lower().startswith("zh") else "en"


def rows_of_site(path: Path, site: str) -> list[dict[str, str]]:
    """Return the rows of a site in a table sorted by site, the first of its columns."""
    if not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        names, found = _fields(content, 0), []
        for row in _rows_from(content, _first_at_least(content, site)):
            if row[0] != site:
                break
            found.append(dict(zip(names, row, strict=False)))
        return found


def _first_at_least(content: mmap.mmap, site: str) -> int:
    """Return where the first row starts whose site is not before this one."""
    low = _line_end(content, 0)
    high = len(content)
    while low < high:
        middle = (low + high) // 2
        start = max(low, content.rfind(b"\n", low, middle) + 1)
        if _fields(content, start)[0] < site:
            low = _line_end(content, start)
        else:
            high = start
    return low


def _line_end(content: mmap.mmap, start: int) -> int:
    end = content.find(b"\n", start)
    return len(content) if end < 0 else end + 1


def _fields(content: mmap.mmap, start: int) -> list[str]:
    line = content[start : _line_end(content, start)].decode()
    return [meant(cell) for cell in next(csv.reader([line]), [""])]


def _rows_from(content: mmap.mmap, start: int) -> Iterator[list[str]]:
    while start < len(content):
        yield _fields(content, start)
        start = _line_end(content, start)


def _unknown_site(path: Path, site: str) -> NoNeedsThere:
    import pyarrow.csv as pa_csv

    options = pa_csv.ConvertOptions(include_columns=["site"], column_types={"site": "string"})
    codes = pa_csv.read_csv(path, convert_options=options).column("site").unique().to_pylist()
    codes = [meant(code) for code in codes]
    near = nearest_code(site, codes)
    if near is None:
        sentence = say(
            "The plan has no needs of a site {site}. Take the site's code from pairs.csv in the plan's folder, or, of "
            "a plan in the ledger, from: allocator show PLAN --lines",
            site=site,
        )
    else:
        sentence = say("The plan has no needs of a site {site}; the nearest code is {near}.", site=site, near=near)
    return NoNeedsThere(sentence, near)


def _unknown_item(folder: Path, site: str, item: str, items_there: list[str]) -> Sentence:
    if item in _items_of_plan(folder):
        return say(
            "{site} has no need of {item} in this plan; it needs {items}.", site=site, item=item, items=items_there
        )
    near = nearest(item, items_there, alike=0.0) or items_there[0]
    return say("The plan has no item {item}; the nearest code {site} needs is {near}.", item=item, site=site, near=near)


def _items_of_plan(folder: Path) -> list[str]:
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return [str(item["item"]) for item in summary["items"]]
    except (OSError, ValueError, KeyError, TypeError):
        # A plan is still a plan without its summary; only the wording of a refusal hangs on it.
        return []


def _reason(folder: Path, key: str, lang: str) -> tuple[str, str]:
    column = _reader_of(lang)
    try:
        text = (folder / "reasons.csv").read_text(encoding="utf-8")
    except OSError as fault:
        raise NotInPlan(
            say("{file} cannot be read: {why}.", file=str(folder / "reasons.csv"), why=reason_of(fault))
        ) from fault
    for row in named_rows(io.StringIO(text)):
        if row["reason"] == key:
            return row["code"], row[column]
    return "", ""
