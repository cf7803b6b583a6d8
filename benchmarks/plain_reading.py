"""What a file of receipts plainly says, read with other tools than the program's own (openpyxl, csv).

The oracle understands far less: whole numbers, 万, boxes of known contents, days written year first. What it does
not understand must be refused; what is posted must be every row as the oracle reads it, and nothing else.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

__all__ = ["BOXES", "HEADERS", "NAMES", "OWN", "ROLES", "TODAY", "Grid", "Row", "oracle"]

BOXES = {("MASK", "箱"): 2000, ("MASK", "盒"): 50, ("SUIT", "箱"): 25, ("GLOVE", "箱"): 100}
OWN = {"MASK": ("只", "个"), "SUIT": ("套",), "GLOVE": ("双",)}
_PAIRS: dict[tuple[str, str], Fraction | int] = {
    ("MASK", "双"): 2,
    ("GLOVE", "只"): Fraction(1, 2),
    ("GLOVE", "个"): Fraction(1, 2),
}
NAMES = {"口罩": "MASK", "防护服": "SUIT", "手套": "GLOVE", "县仓库": "D1", "东门卡口": "P1", "城关卫生院": "C2"}
NAMES |= {"甲公司": "S1", "乙基金会": "N1"}
_CODES = {"item": {"MASK", "SUIT", "GLOVE"}, "site": {"D1", "P1", "C2"}, "partner": {"S1", "N1"}}
HEADERS = {
    "number": ("number", "单号", "入库单号"),
    "day": ("day", "日期", "入库日期"),
    "partner": ("partner", "来源单位", "供应商"),
    "site": ("site", "点位编码", "收货单位", "点位"),
    "item": ("item", "物资编码", "物资名称", "物资"),
    "units": ("units", "数量", "入库数量", "数量（箱）", "数量(万)"),
    "said_unit": ("said_unit", "单位", "计量单位"),
    "lot": ("lot", "批号", "batch no"),
    "expires": ("expires", "有效期", "失效日期"),
}
ROLES = {header: role for role, headers in HEADERS.items() for header in headers}
_DUE = ("partner", "site", "item", "units")
TODAY = dt.date(2026, 6, 1)

Row = tuple[str, str, str, int, str, str]
"""Partner, site, item, base units, lot, last day."""

Grid = list[list[Any]]


class _Spoilt(Exception):
    """The oracle does not understand a cell."""


def oracle(path: Path) -> Counter[Row] | None:
    """Return the rows a file plainly says; None where a careful person could not say of every row what it says."""
    try:
        merged: list[Any] = []
        rows = _book_rows(path, merged) if path.suffix == ".xlsx" else _text_rows(path)
        return _read(rows, merged)
    except Exception:  # noqa: BLE001 - whatever goes wrong in another reader, it cannot say
        return None


def _book_rows(path: Path, merged: list[Any]) -> Grid:
    book = openpyxl.load_workbook(path, data_only=True)
    page: Any = book.active
    if page.max_row > 100 or page.max_column > 50:
        raise _Spoilt
    merged += [(area.min_row - 1, area.max_row - 1, area.min_col - 1) for area in page.merged_cells.ranges]
    return [["" if cell is None else cell for cell in row] for row in page.iter_rows(values_only=True)]


def _text_rows(path: Path) -> Grid:
    content = path.read_bytes()
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _Spoilt
    head = text[:20_000]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;|", key=head.count), strict=True))


def _read(rows: Grid, merged: Sequence[tuple[int, int, int]]) -> Counter[Row] | None:
    head = next((at for at, row in enumerate(rows) if set(_DUE) <= {ROLES.get(_trim(cell)) for cell in row}), None)
    if head is None:
        return None
    roles = [ROLES.get(_trim(cell)) for cell in rows[head]]
    if any(roles.count(role) > 1 for role in HEADERS):
        return None
    rows = _filled(rows, merged, head, roles)
    found: list[Row] = []
    for row in rows[head + 1 :]:
        cells = {role: cell for role, cell in zip(roles, row, strict=False) if role}
        if not any(_trim(cell) for cell in row):
            continue
        first_text = next(_trim(cell) for cell in row if _trim(cell))
        if first_text in ("合计", "Total", "填表人：某某") and not (_trim(cells["site"]) and _trim(cells["item"])):
            continue
        found.append(_row(cells, _trim(rows[head][roles.index("units")])))
    return Counter(_dated(found))


def _filled(rows: Grid, merged: Sequence[tuple[int, int, int]], head: int, roles: Sequence[str | None]) -> Grid:
    """Return the rows with what is merged in each of them; a header or a number merged with others says nothing."""
    filled = [list(row) for row in rows]
    for first, last, column in merged:
        if first <= head < last and roles[column] is not None:
            raise _Spoilt
        if first <= head or last == first:
            continue
        if roles[column] == "units":
            raise _Spoilt
        for at in range(first + 1, last + 1):
            if any(_trim(cell) for cell in filled[at]):
                filled[at][column] = filled[first][column]
    return filled


def _dated(rows: list[Row]) -> list[Row]:
    """Give lots without a date the one date that lots of that number have in the file, as is documented."""
    days: dict[tuple[str, str], set[str]] = {}
    for _, _, item, _, lot, expires in rows:
        if lot and expires:
            days.setdefault((item, lot), set()).add(expires)
    dated: list[Row] = []
    for row in rows:
        known = days.get((row[2], row[4]), set()) if row[4] and not row[5] else set()
        if len(known) > 1:
            raise _Spoilt
        dated.append((*row[:5], next(iter(known), row[5])))
    return dated


def _row(cells: dict[str, Any], header: str) -> Row:
    item = _code("item", cells)
    if len({_trim(cells.get(role, "")) for role in ("number", "lot")} & {"?"}):
        raise _Spoilt
    day = _day(cells.get("day", ""))
    if day and day > TODAY.isoformat():
        raise _Spoilt
    units = _units(item, cells["units"], _trim(cells.get("said_unit", "")), header)
    return (
        _code("partner", cells),
        _code("site", cells),
        item,
        units,
        _trim(cells.get("lot", "")),
        _day(cells.get("expires", "")),
    )


def _trim(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip(" \t\r\n\v\f\u00a0\u3000\u200b\ufeff")


def _code(role: str, cells: dict[str, Any]) -> str:
    text = _trim(cells[role])
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    code = text if text in _CODES[role] else NAMES.get(plain, "")
    if code not in _CODES[role]:
        raise _Spoilt
    return code


def _day(cell: Any) -> str:
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()[:10]
    text = unicodedata.normalize("NFKC", _trim(cell))
    if not text:
        return ""
    match = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?: 00:00:00)?", text, re.ASCII)
    if match is None:
        raise _Spoilt
    return dt.date(int(match[1]), int(match[2]), int(match[3])).isoformat()


def _units(item: str, cell: Any, said: str, header: str) -> int:
    if isinstance(cell, bool):
        raise _Spoilt
    text = unicodedata.normalize("NFKC", _trim(cell)).removeprefix("+")
    beside = "箱" if "箱" in header else ""
    factor = 10_000 if "万" in header else 1
    match = re.fullmatch(r"(\d+)(?:\.(\d*))?(?:[eE]\+?(\d))?\s*(万?)\s*(\D*)", text, re.ASCII)
    if match is None or (match[3] and match[5]):
        raise _Spoilt
    if said and beside and said != beside:
        raise _Spoilt
    if said == "50只/盒":
        # The row says itself what its box holds; of what is counted in pairs that is half as many.
        if (item, "只") not in {("MASK", "只"), *_PAIRS} or beside or match[5]:
            raise _Spoilt
        said, held = "盒", 50 * _PAIRS.get((item, "只"), 1)
    else:
        held = None
    if said.startswith("万"):
        said, factor = said[1:], 10_000
    power = 10_000 if match[4] else 1
    unit = match[5] or said or beside
    if (match[5] and (said or beside) and not _same(item, match[5], said or beside)) or (power > 1 and factor > 1):
        raise _Spoilt
    known: Fraction | int | None = 1 if not unit or unit in OWN[item] else BOXES.get((item, unit))
    one = held if held is not None else _PAIRS.get((item, unit), known)
    if one is None:
        raise _Spoilt
    digits = match[1] + (match[2] or "")
    number = int(digits) * 10 ** int(match[3] or 0) * power * factor * one
    units, rest = divmod(number, 10 ** len(match[2] or ""))
    if rest or not 0 < units <= 10**12:
        raise _Spoilt
    return int(units)


def _same(item: str, one: str, other: str) -> bool:
    return one == other or (one in OWN[item] and other in OWN[item])
